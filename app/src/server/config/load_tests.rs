use super::*;
use crate::server::{config::Secret, random};

fn loaded(file: &str, env: &[(&str, &str)]) -> Result<Config, String> {
    let path = std::env::temp_dir().join(format!("deskside-config-{}.toml", random::uuid(0)));
    std::fs::write(&path, file).expect("written");
    let env = env
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let result = load_with(Some(&path), env).map_err(|error| error.to_string());
    std::fs::remove_file(path).expect("removed");
    result
}

#[test]
fn nothing_needs_to_be_configured() {
    let config = loaded("", &[]).expect("the defaults");
    assert_eq!(config.public_url, "http://127.0.0.1:8080");
    assert_eq!(config.database_url(), "sqlite://./deskside-data/deskside.sqlite");
}

#[test]
fn the_file_overrides_the_defaults_and_the_environment_the_file() {
    let file = "public_url = \"http://file.test\"\n[sign_in]\nidle_minutes = 5\n";
    let config = loaded(file, &[("DESKSIDE__PUBLIC_URL", "http://env.test")]).expect("a configuration");
    assert_eq!(
        (config.public_url.as_str(), config.sign_in.idle_minutes),
        ("http://env.test", 5)
    );
}

#[test]
fn numbers_flags_and_lists_come_from_the_environment_too() {
    let env = [
        ("DESKSIDE__SIGN_IN__IDLE_MINUTES", "7"),
        ("DESKSIDE__FILES__BLOCKED", ".exe, ISO"),
        ("DESKSIDE__RELAY__PATHS__DIRECT", "false"),
        ("DESKSIDE__RELAY__PUBLIC_IPS", "192.0.2.1, 2001:db8::1"),
        ("DESKSIDE__PUSH__ALLOW_HOSTS", "push.lan, 127.0.0.1"),
    ];
    let config = loaded("", &env).expect("a configuration");
    assert_eq!(config.files.blocked, ["exe", "iso"]);
    assert_eq!(config.sign_in.idle_minutes, 7);
    assert!(!config.relay.paths.direct);
    assert_eq!(config.relay.public_ips.len(), 2);
    assert_eq!(config.push.allow_hosts, ["push.lan", "127.0.0.1"]);
}

const SMTP: &str = "[mail]\ntransport = \"smtp\"\n[mail.smtp]\nhost = \"mail.test\"\nport = 587\nsecurity = \"starttls\"\n\
                    username = \"desk\"\n";

#[test]
fn a_password_of_digits_stays_as_it_was_written() {
    let config = loaded(SMTP, &[("DESKSIDE__MAIL__SMTP__PASSWORD", "007")]).expect("a configuration");
    let password = config.mail.smtp.and_then(|smtp| smtp.password);
    assert_eq!(password.as_ref().map(Secret::reveal), Some("007"));
}

#[test]
fn a_missing_secret_is_named_with_its_variable() {
    let error = loaded(SMTP, &[]).expect_err("no password");
    assert!(
        error.contains("mail.smtp.password is missing") && error.contains("DESKSIDE__MAIL__SMTP__PASSWORD"),
        "{error}"
    );
}

#[test]
fn an_unknown_key_is_named() {
    let error = loaded("[sign_in]\nidle_minuets = 5\n", &[]).expect_err("unknown");
    assert!(error.contains("idle_minuets"), "{error}");
    assert!(!error.contains('\n'), "{error}");
}

#[test]
fn an_unknown_variable_is_named() {
    let error = loaded("", &[("DESKSIDE__PUBLIC_URI", "http://x.test")]).expect_err("unknown");
    assert!(error.contains("public_uri"), "{error}");
}

#[test]
fn a_value_of_the_wrong_kind_is_named_by_its_key() {
    let error = loaded("[sign_in]\nidle_minutes = \"soon\"\n", &[]).expect_err("no number");
    assert!(error.contains("idle_minutes"), "{error}");
    let error = loaded("[relay]\npublic_ips = [\"here\"]\n", &[]).expect_err("no address");
    assert!(error.contains("here"), "{error}");
}

#[test]
fn each_impossible_combination_is_said_by_its_key() {
    for (file, key) in [
        ("public_url = \"help.test\"", "public_url"),
        ("public_url = \"https://help.test/desk\"", "public_url"),
        ("[listen]\ntls_key = \"k\"", "listen.tls_certificate"),
        ("[listen]\ntls_certificate = \"c\"", "listen.tls_key"),
        ("[mail]\nfrom = \"nobody\"", "mail.from"),
        ("[mail]\ntransport = \"smtp\"", "mail.smtp"),
        ("[relay]\nmode = \"remote\"", "relay.url"),
        ("[relay]\nmode = \"remote\"\nurl = \"ws://r.test\"", "relay.public_url"),
        (
            "[relay.paths]\ndirect = false\nrelay_udp = false\nrelay_tcp = false",
            "relay.paths",
        ),
        ("[push]\ncontact = \"help@example.org\"", "push.contact"),
        ("[files]\nmax_bytes = 0", "files.max_bytes"),
        ("[files]\nblocked = [\"a b\"]", "files.blocked"),
        ("[sign_in]\nidle_minutes = 0", "sign_in.idle_minutes"),
        ("[sign_in]\nabsolute_hours = 0", "sign_in.absolute_hours"),
    ] {
        let error = loaded(file, &[]).expect_err(file);
        assert!(error.starts_with(key), "{file}: {error}");
    }
}

const INBOX: &str = "[mail.inbox]\nhost = \"imap.test\"\nport = 993\nsecurity = \"tls\"\nusername = \"help\"\n\
                     password = \"secret\"\naddress = \"help@example.org\"\n";

#[test]
fn nobody_is_asked_about_senders_unless_a_server_is_named() {
    let inbox = loaded(INBOX, &[])
        .expect("a configuration")
        .mail
        .inbox
        .expect("an inbox");
    assert_eq!(inbox.trusted_authserv, None);
}

#[test]
fn a_server_that_is_asked_about_senders_has_one_name() {
    assert!(loaded(&format!("{INBOX}trusted_authserv = \"mx.example.org\""), &[]).is_ok());
    for name in ["mx.example.org 1", "mx.example.org;", "a, b"] {
        let error = loaded(&format!("{INBOX}trusted_authserv = \"{name}\""), &[]).expect_err(name);
        assert!(error.starts_with("mail.inbox.trusted_authserv"), "{error}");
    }
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = load_with(Some(Path::new("/nowhere/deskside.toml")), HashMap::new()).expect_err("absent");
    assert!(error.to_string().contains("/nowhere/deskside.toml"));
}

#[test]
fn secrets_never_show_in_a_log() {
    let config = loaded(SMTP, &[("DESKSIDE__MAIL__SMTP__PASSWORD", "hunter2hunter2")]).expect("a configuration");
    assert!(!format!("{config:?}").contains("hunter2"));
}

#[test]
fn push_services_can_ask_the_sender_of_mails_unless_somebody_else_is_named() {
    let sender = "[mail]\nfrom = \"Help <help@example.org>\"\n";
    let config = loaded(sender, &[]).expect("a configuration");
    assert_eq!(
        (config.push.enabled, config.push_contact().as_str()),
        (true, "mailto:help@example.org")
    );
    let config = loaded("[push]\ncontact = \"https://example.org/help\"", &[]).expect("a configuration");
    assert_eq!(config.push_contact(), "https://example.org/help");
}

#[test]
fn the_host_is_taken_from_the_address_with_or_without_port() {
    for (url, host) in [
        ("https://help.test", "help.test"),
        ("https://help.test:8443", "help.test"),
        ("https://help.test/", "help.test"),
        ("http://[::1]:8080", "[::1]"),
        ("http://[::1]", "[::1]"),
    ] {
        let config = loaded(&format!("public_url = \"{url}\""), &[]).expect(url);
        assert_eq!(config.host(), host, "{url}");
    }
}

#[test]
fn browsers_signal_at_the_portal_or_at_the_remote_relay() {
    let config = loaded("public_url = \"https://help.test\"", &[]).expect("a configuration");
    assert_eq!(config.signal_url(), "wss://help.test/relay/signal");
    assert_eq!(config.agent_server(), "https://help.test");
    let remote = "[relay]\nmode = \"remote\"\nurl = \"ws://r.test/relay/link\"\npublic_url = \"https://relay.test/\"";
    let config = loaded(remote, &[]).expect("a configuration");
    assert_eq!(config.signal_url(), "wss://relay.test/relay/signal");
    assert_eq!(config.agent_server(), "https://relay.test");
}
