use super::*;

fn folder() -> std::path::PathBuf {
    let folder = std::env::temp_dir().join(format!("deskside-key-{}", random::uuid(0)));
    make_data_dir(&folder).expect("a folder");
    folder
}

#[test]
fn the_second_start_finds_the_key_of_the_first() {
    let folder = folder();
    let first = load_or_make(&folder).expect("a key");
    let second = load_or_make(&folder).expect("a key");
    assert_eq!(first.to_bytes(), second.to_bytes());
    fs::remove_dir_all(folder).expect("removed");
}

#[test]
fn a_damaged_key_is_named_and_never_replaced() {
    let folder = folder();
    fs::write(folder.join(FILE), "damaged").expect("written");
    let error = load_or_make(&folder).expect_err("damaged");
    assert!(error.to_string().contains("portal.key"));
    assert_eq!(fs::read_to_string(folder.join(FILE)).expect("read"), "damaged");
    fs::remove_dir_all(folder).expect("removed");
}

#[test]
fn an_instance_keeps_its_name() {
    let (folder, other) = (folder(), folder());
    let name = instance(&folder).expect("a name");
    assert_eq!(instance(&folder).expect("a name"), name);
    assert_ne!(instance(&other).expect("a name"), name);
    for folder in [folder, other] {
        fs::remove_dir_all(folder).expect("removed");
    }
}

#[test]
fn a_data_folder_is_for_one_running_portal() {
    let folder = folder();
    let first = lock(&folder).expect("free");
    assert!(lock(&folder).expect_err("taken").to_string().contains("in use"));
    drop(first);
    assert!(lock(&folder).is_ok());
    fs::remove_dir_all(folder).expect("removed");
}
