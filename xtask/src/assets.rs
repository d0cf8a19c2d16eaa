//! The browser part: cargo → wasm-bindgen → wasm-opt, Tailwind, then compression.
//!
//! Invariant: `site/pkg` changes only as a whole file at a time and only when an input changed, so that a running
//! portal never serves half a file.

use crate::{
    places::Places,
    stamp::{Inputs, unless_done},
    step::{output_of, run, run_quiet, step},
    targets::{self, WASM},
    tools,
};
use anyhow::{Context, Result, bail};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The stem of every file in `pkg`.
const NAME: &str = "deskside";
/// What an employee's page may load at most, compressed.
const BUDGET_BYTES: u64 = 120 * 1024;

/// Makes `site/pkg`, where an input changed.
pub fn build(places: &Places) -> Result<()> {
    let pkg = places.site().join("pkg");
    fs::create_dir_all(&pkg)?;
    let changed = [program(places, &pkg)?, style(places, &pkg)?];
    pictures(places, &pkg)?;
    if changed.contains(&true) {
        say_sizes(&pkg)?;
    }
    Ok(())
}

/// The paths of everything that is compiled into the browser part.
fn sources(places: &Places) -> impl Iterator<Item = PathBuf> {
    [
        "Cargo.toml",
        "Cargo.lock",
        "app",
        "protocol",
        "xtask/src/assets.rs",
        "xtask/package-lock.json",
    ]
    .map(|path| places.root.join(path))
    .into_iter()
}

fn program(places: &Places, pkg: &Path) -> Result<bool> {
    let inputs = Inputs::of(sources(places)).and(output_of(Command::new("rustc").arg("-V"))?);
    let made = [pkg.join(format!("{NAME}.js")), pkg.join(format!("{NAME}_bg.wasm"))];
    unless_done(&places.target.join("stamps/wasm"), &inputs, &made, || {
        let wasm = step("Building the browser part", || compile(places))?;
        step("Shrinking it", || shrink(places, &wasm, pkg))
    })
}

/// Compiles the app's islands to WebAssembly and returns the file.
fn compile(places: &Places) -> Result<PathBuf> {
    let compiler = targets::compiler(places, WASM)?;
    run(compiler.cargo().current_dir(&places.root).args([
        "build",
        "-p",
        "deskside",
        "--lib",
        "--no-default-features",
        "--features",
        "hydrate",
        "--target",
        WASM,
        "--profile",
        "wasm",
    ]))?;
    Ok(compiler.target_folder.join(WASM).join("wasm/deskside.wasm"))
}

fn shrink(places: &Places, wasm: &Path, pkg: &Path) -> Result<()> {
    let bound = places.target.join("bound");
    run_quiet(
        Command::new(tools::wasm_bindgen(places)?)
            .args(["--target", "web", "--no-typescript", "--out-name", NAME, "--out-dir"])
            .arg(&bound)
            .arg(wasm),
    )?;
    tools::npm_packages(places, "xtask")?;
    let small = bound.join("small.wasm");
    run_quiet(
        Command::new(places.root.join("xtask/node_modules/.bin/wasm-opt"))
            .args([
                "-Oz",
                "--enable-bulk-memory",
                "--enable-nontrapping-float-to-int",
                "--enable-sign-ext",
            ])
            .args([
                "--enable-mutable-globals",
                "--enable-reference-types",
                "--enable-multivalue",
                "-o",
            ])
            .arg(&small)
            .arg(bound.join(format!("{NAME}_bg.wasm"))),
    )?;
    // Without snippets the script is one file, which is what the content security policy and the budget count on.
    if bound.join("snippets").exists() {
        fs::remove_dir_all(bound.join("snippets"))?;
        bail!("a dependency brings JavaScript snippets, which the portal does not serve");
    }
    publish(&small, &pkg.join(format!("{NAME}_bg.wasm")))?;
    publish(&bound.join(format!("{NAME}.js")), &pkg.join(format!("{NAME}.js")))
}

fn style(places: &Places, pkg: &Path) -> Result<bool> {
    let css = pkg.join(format!("{NAME}.css"));
    let inputs = Inputs::of(["style", "app/src", "xtask/src/assets.rs"].map(|path| places.root.join(path)));
    unless_done(&places.target.join("stamps/css"), &inputs, std::slice::from_ref(&css), || {
        tools::npm_packages(places, "style")?;
        step("Building the style sheet", || {
            let made = places.target.join("bound.css");
            run_quiet(
                Command::new(places.root.join("style/node_modules/.bin/tailwindcss"))
                    .args(["--minify", "--input", "app.css", "--output"])
                    .arg(&made)
                    .current_dir(places.root.join("style")),
            )?;
            publish(&made, &css)
        })
    })
}

/// Files that are served as they are.
fn pictures(places: &Places, pkg: &Path) -> Result<()> {
    let folder = places.root.join("app/assets");
    unless_done(
        &places.target.join("stamps/pictures"),
        &Inputs::of([folder.clone()]),
        &[],
        || {
            fs::read_dir(&folder)?.try_for_each(|entry| {
                let entry = entry?;
                publish(&entry.path(), &pkg.join(entry.file_name()))
            })
        },
    )?;
    Ok(())
}

/// Puts a finished file in place, with its compressed twin first.
fn publish(from: &Path, to: &Path) -> Result<()> {
    let name = to
        .file_name()
        .context("a file has a name")?
        .to_string_lossy()
        .into_owned();
    let staged = to.with_file_name(format!(".{name}"));
    fs::copy(from, &staged).with_context(|| format!("cannot read {}", from.display()))?;
    run_quiet(
        Command::new("gzip")
            .args(["-9", "--keep", "--force", "--no-name"])
            .arg(&staged),
    )?;
    fs::rename(
        staged.with_file_name(format!(".{name}.gz")),
        to.with_file_name(format!("{name}.gz")),
    )?;
    fs::rename(&staged, to)?;
    Ok(())
}

fn say_sizes(pkg: &Path) -> Result<()> {
    let mut total = 0;
    for name in ["css", "js"]
        .map(|ending| format!("{NAME}.{ending}"))
        .into_iter()
        .chain([format!("{NAME}_bg.wasm")])
    {
        let (plain, small) = (
            fs::metadata(pkg.join(&name))?.len(),
            fs::metadata(pkg.join(format!("{name}.gz")))?.len(),
        );
        eprintln!("  {name:<20} {:>5} kB, compressed {:>4} kB", plain / 1000, small / 1000);
        total += small;
    }
    let verdict = if total <= BUDGET_BYTES { "within" } else { "OVER" };
    eprintln!(
        "  {:<20} {:>23} kB, {verdict} the budget of {} kB",
        "together",
        total / 1000,
        BUDGET_BYTES / 1000
    );
    Ok(())
}
