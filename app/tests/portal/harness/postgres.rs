//! A PostgreSQL for the tests: the one that `DESKSIDE_TEST_POSTGRES` names, else a cluster of our own, one per process.
//!
//! Our cluster's parent is a shell that waits for this process to end, so it stops and is removed however we end.

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
    time::{Duration, Instant},
};

const VARIABLE: &str = "DESKSIDE_TEST_POSTGRES";
const START_WITHIN: Duration = Duration::from_secs(60);

/// The address of a new, empty schema.
pub async fn new_schema() -> String {
    let server = server().await;
    let schema = format!("test_{}", uuid::Uuid::now_v7().simple());
    let mut connection = PgConnection::connect(server).await.expect("a PostgreSQL that answers");
    run(&mut connection, format!("CREATE SCHEMA {schema}")).await;
    connection.close().await.expect("the connection closes");
    let separator = if server.contains('?') { '&' } else { '?' };
    format!("{server}{separator}options[search_path]={schema}")
}

/// Removes the schema again.
pub async fn drop_schema(url: &str) {
    let Some((_, schema)) = url.split_once("options[search_path]=") else {
        return;
    };
    let mut connection = PgConnection::connect(server().await)
        .await
        .expect("a PostgreSQL that answers");
    run(&mut connection, format!("DROP SCHEMA {schema} CASCADE")).await;
    connection.close().await.expect("the connection closes");
}

async fn run(connection: &mut PgConnection, statement: String) {
    // Only our own schema names are in it.
    sqlx::raw_sql(AssertSqlSafe(statement))
        .execute(connection)
        .await
        .expect("the statement works");
}

async fn server() -> &'static str {
    static SERVER: OnceLock<String> = OnceLock::new();
    if let Some(url) = SERVER.get() {
        return url;
    }
    tokio::task::spawn_blocking(|| SERVER.get_or_init(|| env::var(VARIABLE).unwrap_or_else(|_| start_cluster())))
        .await
        .expect("a PostgreSQL for the tests")
}

fn start_cluster() -> String {
    let programs = programs();
    let folder = env::temp_dir().join(format!("deskside-pg-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir(&folder).expect("a temporary folder");
    give_to_plain_user(&folder);
    let script = r#"
        set -e
        "$1/initdb" -D "$2/data" -U postgres --auth=trust -E UTF8 --no-locale --no-sync >"$2/log" 2>&1
        "$1/postgres" -D "$2/data" -k "$2" -c listen_addresses= -c max_connections=300 -c fsync=off \
            -c synchronous_commit=off -c full_page_writes=off >>"$2/log" 2>&1 &
        server=$!
        cat >/dev/null || true
        kill -INT $server
        wait $server || true
        rm -rf "$2"
    "#;
    let child = as_plain_user()
        .args(["sh", "-c", script, "sh"])
        .arg(&programs)
        .arg(&folder)
        .current_dir(&folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("PostgreSQL can be started");
    // Held open until this process ends; then the shell stops the cluster.
    std::mem::forget(child);
    let started = Instant::now();
    let mut ready = Command::new(programs.join("pg_isready"));
    ready.args(["-q", "-U", "postgres", "-h"]).arg(&folder);
    while !ready.status().is_ok_and(|status| status.success()) {
        let log = || fs::read_to_string(folder.join("log")).unwrap_or_default();
        assert!(
            started.elapsed() < START_WITHIN,
            "PostgreSQL did not start within a minute:\n{}",
            log()
        );
        std::thread::sleep(Duration::from_millis(50));
    }
    format!("postgres://postgres@localhost/postgres?host={}", folder.display())
}

/// The newest installed server's programs.
fn programs() -> PathBuf {
    let installed = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = installed
        .filter_map(|entry| {
            Some((
                entry.file_name().to_str()?.parse::<u32>().ok()?,
                entry.path().join("bin"),
            ))
        })
        .filter(|(_, folder)| folder.join("initdb").exists())
        .max();
    let on_path = || {
        let folders = env::var_os("PATH").unwrap_or_default();
        env::split_paths(&folders).find(|folder| folder.join("initdb").exists())
    };
    newest
        .map(|(_, folder)| folder)
        .or_else(on_path)
        .unwrap_or_else(|| panic!("no PostgreSQL: install the package postgresql, or name a server in {VARIABLE}"))
}

/// PostgreSQL refuses to run as root; root runs it as the user that Debian's package made.
fn as_plain_user() -> Command {
    if is_root() {
        let mut command = Command::new("setpriv");
        command.args(["--reuid", "postgres", "--regid", "postgres", "--clear-groups"]);
        command
    } else {
        Command::new("env")
    }
}

fn give_to_plain_user(folder: &Path) {
    if is_root() {
        let status = Command::new("chown").arg("postgres:postgres").arg(folder).status();
        assert!(
            status.is_ok_and(|status| status.success()),
            "the folder can be given to the user postgres"
        );
    }
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}
