//! An IMAP server for one test: Dovecot, on loopback, with one mailbox in a temporary folder.

use super::folder::Folder;
use deskside::server::config::InboxConfig;
use std::{
    fs,
    net::{Ipv4Addr, TcpListener, TcpStream},
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

const PASSWORD: &str = "letters";

/// A running server; gone with this value.
pub struct Dovecot {
    server: Child,
    port: u16,
    folder: Folder,
}

impl Dovecot {
    pub fn start() -> Self {
        let folder = Folder::make("dovecot");
        let port = free_port();
        let path = folder.path().display().to_string();
        // As root Dovecot changes to users of its own; as somebody else it stays what it is.
        let as_root = fs::metadata(folder.path()).expect("a folder").uid() == 0;
        let name = Command::new("id").arg("-un").output().expect("id runs").stdout;
        let name = String::from_utf8_lossy(&name).trim().to_owned();
        let mail_user = if as_root { "mail" } else { name.as_str() };
        let users = match as_root {
            true => String::new(),
            false => format!(
                "default_internal_user = {name}\ndefault_login_user = {name}\ndefault_internal_group =\n\
                 service imap-login {{\n  chroot =\n}}\nservice anvil {{\n  chroot =\n}}\n"
            ),
        };
        let certificate = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
        fs::write(folder.path().join("cert.pem"), certificate.cert.pem()).expect("written");
        fs::write(folder.path().join("key.pem"), certificate.signing_key.serialize_pem()).expect("written");
        let settings = format!(
            "base_dir = {path}/run\nprotocols = imap\nlog_path = {path}/log\nmail_location = maildir:{path}/mail:INDEX=MEMORY\n\
             ssl = yes\nssl_cert = <{path}/cert.pem\nssl_key = <{path}/key.pem\ndisable_plaintext_auth = no\n\
             first_valid_uid = 1\n\
             passdb {{\n  driver = static\n  args = password={PASSWORD}\n}}\n\
             userdb {{\n  driver = static\n  args = uid={mail_user} gid={mail_user} home={path}/mail\n}}\n\
             service imap-login {{\n  inet_listener imap {{\n    address = 127.0.0.1\n    port = {port}\n  }}\n\
             inet_listener imaps {{\n    port = 0\n  }}\n}}\n{users}"
        );
        fs::write(folder.path().join("dovecot.conf"), settings).expect("written");
        for name in ["mail", "mail/new", "mail/cur", "mail/tmp"] {
            fs::create_dir(folder.path().join(name)).expect("a folder");
        }
        for name in ["", "mail", "mail/new", "mail/cur", "mail/tmp"] {
            fs::set_permissions(folder.path().join(name), fs::Permissions::from_mode(0o777)).expect("opened");
        }
        let server = Command::new("dovecot")
            .args(["-F", "-c"])
            .arg(folder.path().join("dovecot.conf"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("dovecot is installed (make test installs it)");
        let dovecot = Self { server, port, folder };
        dovecot.wait();
        dovecot
    }

    fn wait(&self) {
        let start = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_err() {
            let log = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            assert!(
                start.elapsed() < Duration::from_secs(20),
                "dovecot does not answer: {log}"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// A portal's settings for the mailbox, with `security` of `none` or `starttls`.
    pub fn config(&self, security: &str) -> InboxConfig {
        serde_json::from_value(serde_json::json!({
            "host": "localhost",
            "port": self.port,
            "security": security,
            "username": "help",
            "password": PASSWORD,
            "address": "help@portal.test",
            "ca_certificate": (security != "none").then(|| self.folder.path().join("cert.pem")),
        }))
        .expect("settings")
    }

    /// From now on the mailbox is read-only: marks are forgotten with the connection that made them.
    pub fn forbid_marks(&self) {
        self.set_mode("mail/cur", 0o555);
    }

    /// Takes that back.
    pub fn allow_marks(&self) {
        self.set_mode("mail/cur", 0o777);
    }

    fn set_mode(&self, name: &str, mode: u32) {
        fs::set_permissions(self.folder.path().join(name), fs::Permissions::from_mode(mode)).expect("set");
    }

    /// How many mails have all these marks, such as `FS` for flagged and seen, as a maildir calls them.
    pub fn marked(&self, marks: &str) -> usize {
        let names = fs::read_dir(self.folder.path().join("mail/cur")).expect("a folder");
        let names = names
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().into_owned());
        let has_all = |name: &String| {
            name.split_once(":2,")
                .is_some_and(|(_, has)| marks.chars().all(|mark| has.contains(mark)))
        };
        names.filter(has_all).count()
    }

    /// Somebody marks all mails as unread.
    pub fn mark_all_unread(&self) {
        let folder = self.folder.path().join("mail/cur");
        for entry in fs::read_dir(&folder).expect("a folder").flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if let Some((mail, _)) = name.split_once(":2,") {
                fs::rename(entry.path(), folder.join(format!("{mail}:2,"))).expect("renamed");
            }
        }
    }

    /// A mail arrives.
    pub fn deliver(&self, mail: &str) {
        let name = uuid::Uuid::now_v7().to_string();
        let unfinished: PathBuf = self.folder.path().join("mail/tmp").join(&name);
        fs::write(&unfinished, mail).expect("written");
        fs::set_permissions(&unfinished, fs::Permissions::from_mode(0o666)).expect("opened");
        fs::rename(unfinished, self.folder.path().join("mail/new").join(name)).expect("delivered");
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        // Asked first: killed at once it would leave its processes behind.
        let _ = Command::new("kill").arg(self.server.id().to_string()).status();
        let _ = self.server.wait();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    listener.local_addr().expect("an address").port()
}
