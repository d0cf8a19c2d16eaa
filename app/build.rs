//! Embeds the browser's files into release builds; debug builds read them from the folder at run time.
//!
//! `DESKSIDE_SITE` names the folder that holds `pkg`; without it, `site` in the target folder.

use std::{
    env,
    fmt::Write,
    fs, io,
    path::{Path, PathBuf},
};

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=../migrations");
    println!("cargo:rerun-if-env-changed=DESKSIDE_SITE");
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?);
    let site = env::var_os("DESKSIDE_SITE")
        .map(PathBuf::from)
        .or_else(|| Some(out.ancestors().nth(4)?.join("site")));
    let mut code = String::new();
    let embeds = env::var("PROFILE").is_ok_and(|profile| profile == "release");
    let folder = site.map(|site| site.join("pkg"));
    match &folder {
        Some(folder) if embeds => {
            println!("cargo:rerun-if-changed={}", folder.display());
            embed(folder, &mut code)?;
            code.push_str("const FOLDER: Option<&str> = None;\n");
        }
        _ => {
            code.push_str("static FILES: &[(&str, &[u8])] = &[];\n");
            let folder = folder.map(|folder| folder.display().to_string());
            writeln!(code, "const FOLDER: Option<&str> = {folder:?};").map_err(io::Error::other)?;
        }
    }
    fs::write(out.join("site.rs"), code)
}

fn embed(folder: &Path, code: &mut String) -> io::Result<()> {
    let mut files: Vec<PathBuf> = match fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?,
        Err(_) => Vec::new(),
    };
    files.retain(|file| file.is_file());
    files.sort();
    code.push_str("static FILES: &[(&str, &[u8])] = &[\n");
    for file in files {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        writeln!(code, "    ({name:?}, include_bytes!({file:?})),").map_err(io::Error::other)?;
    }
    code.push_str("];\n");
    Ok(())
}
