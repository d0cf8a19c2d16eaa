use crate::server::key::{FILE, load_or_make, make_data_dir};
use crate::server::random;
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

fn folder() -> PathBuf {
    let folder = std::env::temp_dir().join(format!("deskside-private-{}", random::uuid(0)));
    make_data_dir(&folder).expect("a folder");
    folder
}

#[test]
fn only_the_portal_can_read_key_and_folder() {
    let folder = folder();
    load_or_make(&folder).expect("a key");
    let mode = |path: &Path| fs::metadata(path).expect("exists").permissions().mode() & 0o777;
    assert_eq!((mode(&folder), mode(&folder.join(FILE))), (0o700, 0o600));
    fs::remove_dir_all(folder).expect("removed");
}

#[test]
fn a_folder_and_a_key_that_others_could_read_are_closed_to_them() {
    let folder = folder();
    load_or_make(&folder).expect("a key");
    let open = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("set");
    open(&folder, 0o755);
    open(&folder.join(FILE), 0o644);
    make_data_dir(&folder).expect("a folder");
    load_or_make(&folder).expect("a key");
    let mode = |path: &Path| fs::metadata(path).expect("exists").permissions().mode() & 0o777;
    assert_eq!((mode(&folder), mode(&folder.join(FILE))), (0o700, 0o600));
    fs::remove_dir_all(folder).expect("removed");
}

#[test]
fn a_folder_that_everybody_can_write_to_is_refused_and_left_alone() {
    let folder = folder();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o1777)).expect("set");
    let error = make_data_dir(&folder).expect_err("refused");
    assert!(error.to_string().contains("everybody can write to"), "{error}");
    let mode = fs::metadata(&folder).expect("exists").permissions().mode() & 0o7777;
    assert_eq!(mode, 0o1777);
    fs::remove_dir_all(folder).expect("removed");
}
