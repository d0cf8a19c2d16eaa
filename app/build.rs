//! Rebuilds when a migration is added, because they are embedded.

fn main() {
    println!("cargo:rerun-if-changed=../migrations");
    println!("cargo:rerun-if-env-changed=DESKSIDE_SITE");
}
