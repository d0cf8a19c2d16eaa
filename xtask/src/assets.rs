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

const STYLE: &str = "deskside.css";
/// The programs in the browser: the name of the files and the app's feature that is compiled into them.
const PROGRAMS: [(&str, &str); 2] = [("deskside", "pages"), ("deskside-viewer", "viewer")];
/// What a page that is not the viewer's may load at most, compressed.
const BUDGET_BYTES: u64 = 120_000;

/// Makes `site/pkg`, where an input changed.
pub fn build(places: &Places) -> Result<()> {
    let pkg = places.site().join("pkg");
    fs::create_dir_all(&pkg)?;
    let changed = [programs(places, &pkg)?, style(places, &pkg)?];
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

fn programs(places: &Places, pkg: &Path) -> Result<bool> {
    let inputs = Inputs::of(sources(places)).and(output_of(Command::new("rustc").arg("-V"))?);
    let made: Vec<PathBuf> = PROGRAMS
        .iter()
        .flat_map(|(name, _)| files_of(name))
        .map(|file| pkg.join(file))
        .collect();
    unless_done(&places.target.join("stamps/wasm"), &inputs, &made, || {
        PROGRAMS.iter().try_for_each(|(name, feature)| {
            let wasm = step(&format!("Building {name} for the browser"), || compile(places, feature))?;
            step("Shrinking it", || shrink(places, name, &wasm, pkg))
        })
    })
}

fn files_of(program: &str) -> [String; 2] {
    [format!("{program}.js"), format!("{program}_bg.wasm")]
}

/// Compiles the app's islands to WebAssembly and returns the file.
fn compile(places: &Places, feature: &str) -> Result<PathBuf> {
    let compiler = targets::compiler(places, WASM)?;
    let mut cargo = compiler.cargo();
    cargo
        .current_dir(&places.root)
        .args(["build", "-p", "deskside", "--lib", "--no-default-features"]);
    run(cargo.args(["--features", feature, "--target", WASM, "--profile", "wasm"]))?;
    Ok(compiler.target_folder.join(WASM).join("wasm/deskside.wasm"))
}

fn shrink(places: &Places, name: &str, wasm: &Path, pkg: &Path) -> Result<()> {
    let bound = places.target.join("bound");
    run_quiet(
        Command::new(tools::wasm_bindgen(places)?)
            .args(["--target", "web", "--no-typescript", "--out-name", name, "--out-dir"])
            .arg(&bound)
            .arg(wasm),
    )?;
    // One file each is what the content security policy and the budget count on.
    if bound.join("snippets").exists() {
        fs::remove_dir_all(bound.join("snippets"))?;
        bail!("a dependency brings JavaScript snippets, which the portal does not serve");
    }
    tools::npm_packages(places, "xtask")?;
    let [script, program] = files_of(name);
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
            .arg(bound.join(&program)),
    )?;
    publish(&small, &pkg.join(program))?;
    publish(&bound.join(&script), &pkg.join(script))
}

fn style(places: &Places, pkg: &Path) -> Result<bool> {
    let css = pkg.join(STYLE);
    let inputs = Inputs::of(["style", "app/src", "xtask/src/assets.rs"].map(|path| places.root.join(path)));
    unless_done(
        &places.target.join("stamps/css"),
        &inputs,
        std::slice::from_ref(&css),
        || {
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
        },
    )
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
    let style = [STYLE.to_owned()];
    for (name, _) in PROGRAMS {
        let mut total = 0;
        for file in style.iter().chain(&files_of(name)) {
            let packed = fs::metadata(pkg.join(format!("{file}.gz")))?.len();
            eprintln!(
                "  {file:<26} {:>4} kB, compressed {:>4} kB",
                fs::metadata(pkg.join(file))?.len() / 1000,
                packed / 1000
            );
            total += packed;
        }
        let viewer = name.ends_with("viewer");
        let verdict = match total <= BUDGET_BYTES {
            _ if viewer => "the viewer's page".to_owned(),
            true => format!("within the budget of {} kB", BUDGET_BYTES / 1000),
            false => format!("OVER the budget of {} kB", BUDGET_BYTES / 1000),
        };
        eprintln!("  {:<26} {:>23} kB, {verdict}", "together", total / 1000);
    }
    Ok(())
}
