use super::*;
use uuid::Uuid;

fn folder() -> PathBuf {
    std::env::temp_dir().join(format!("deskside-identity-{}", Uuid::now_v7()))
}

fn enrolled(state: &Path) -> Identity {
    let key = new_key().unwrap();
    let identity = Identity {
        device: DeviceId(Uuid::now_v7()),
        server: "https://help.example.org".parse().unwrap(),
        portal_key: Fixed([7; 32]),
        key,
        authority: Some(b"pem".to_vec()),
        name: Some("Desk 4".into()),
    };
    identity.save(state).unwrap();
    identity
}

#[test]
fn what_was_saved_is_loaded() {
    let state = folder();
    let saved = enrolled(&state);
    let loaded = Identity::load(&state).unwrap();
    assert_eq!(loaded.device, saved.device);
    assert_eq!(loaded.server, saved.server);
    assert_eq!(loaded.portal_key, saved.portal_key);
    assert_eq!(loaded.public_key(), saved.public_key());
    assert_eq!(loaded.authority, saved.authority);
    assert_eq!(loaded.name, saved.name);
    fs::remove_dir_all(state).unwrap();
}

#[test]
fn a_device_without_its_file_is_told_to_enrol() {
    let error = Identity::load(&folder()).unwrap_err();
    assert!(matches!(error, IdentityError::NotEnrolled(_)));
    assert!(error.to_string().contains("deskside-agent enrol"));
}

#[test]
fn a_damaged_file_is_named() {
    let state = folder();
    enrolled(&state);
    for (file, content) in [("device.json", "{}"), ("device.key", "no key")] {
        let kept = fs::read(state.join(file)).unwrap();
        fs::write(state.join(file), content).unwrap();
        let error = Identity::load(&state).unwrap_err();
        assert!(
            matches!(&error, IdentityError::Damaged(path) if path.ends_with(file)),
            "{error}"
        );
        fs::write(state.join(file), kept).unwrap();
    }
    fs::remove_dir_all(state).unwrap();
}

#[test]
fn only_the_owner_may_read_the_key() {
    let state = folder();
    enrolled(&state);
    assert!(private::is_private(&state.join("device.key")).unwrap());
    fs::remove_dir_all(state).unwrap();
}

#[test]
fn every_key_is_another() {
    assert_ne!(new_key().unwrap(), new_key().unwrap());
}

#[test]
fn a_name_is_bounded_and_has_no_control_characters() {
    assert_eq!(facts(Some(&"ä".repeat(300))).name, "ä".repeat(255));
    assert_eq!(facts(Some(" a\u{7}b\n")).name, "ab");
    assert_eq!(facts(Some("\n")).name, "unnamed device");
    assert!(!facts(None).name.is_empty());
}
