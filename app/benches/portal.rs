//! `make bench-portal`: server time of pages and posts with 100,000 requests, 1,000,000 audit entries and 200 people who
//! watch, on SQLite and on PostgreSQL; and how long a change takes to reach every open list.
//!
//! Everything goes through the real router. `DESKSIDE_TEST_POSTGRES` names the PostgreSQL; without it only SQLite runs.

use anyhow::{Context, Result, ensure};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::Request,
};
use deskside::{
    accounts::{NewAccount, model::StartingRole, service as accounts},
    assembly,
    audit::By,
    directories::model::LOCAL,
    requests::search,
    server::{
        clock::Clock,
        config,
        db::{Db, sql},
        portal::Portal,
    },
    vocabulary,
};
use ed25519_dalek::SigningKey;
use futures_util::StreamExt;
use std::{
    env, fs,
    path::Path,
    time::{Duration, Instant},
};
use tokio::sync::mpsc;
use tower::ServiceExt;
use uuid::Uuid;

const REQUESTS: i64 = 100_000;
/// Of these every so many is still open.
const OPEN_EVERY: i64 = 50;
const PEOPLE: usize = 2_000;
const AUDITED: i64 = 1_000_000;
/// People with a page open: at the helpdesk, who watch the list of all requests, and employees, who watch their own.
const OPERATORS: usize = 40;
const EMPLOYEES: usize = 160;
const SAMPLES: usize = 60;
/// Of the filed ones so many are given back, which everybody who watches is told; the others are launched.
const RELEASED: usize = 20;
const PASSWORD: &str = "correct horse battery";

const SUBJECTS: [&str; 8] = [
    "Printer jams",
    "VPN does not connect",
    "Screen flickers after sleep",
    "Outlook asks for a password",
    "Disk is almost full",
    "Keyboard types twice",
    "Cannot open the shared folder",
    "Camera is black in calls",
];

#[tokio::main]
async fn main() -> Result<()> {
    let mut lines = Vec::new();
    let folder = env::temp_dir().join(format!("deskside-portal-bench-{}", std::process::id()));
    fs::create_dir(&folder)?;
    let sqlite = format!("sqlite://{}", folder.join("bench.sqlite").display());
    lines.extend(measure("sqlite", &sqlite, &folder.join("sqlite")).await?);
    if let Ok(server) = env::var("DESKSIDE_TEST_POSTGRES") {
        let database = new_database(&server).await?;
        lines.extend(measure("postgres", &database, &folder.join("postgres")).await?);
    }
    fs::remove_dir_all(&folder)?;
    println!(
        "\n{:<9} {:<44} {:>7} {:>7} {:>7}",
        "engine", "step", "p50 ms", "p95", "p99"
    );
    for line in &lines {
        let at =
            |part: usize| line.times[(line.times.len() * part / 100).min(line.times.len() - 1)].as_secs_f64() * 1e3;
        println!(
            "{:<9} {:<44} {:>7.1} {:>7.1} {:>7.1}",
            line.engine,
            line.step,
            at(50),
            at(95),
            at(99)
        );
    }
    Ok(())
}

async fn new_database(server: &str) -> Result<String> {
    use sqlx::{AssertSqlSafe, Connection};
    let name = format!("bench_{}", Uuid::now_v7().simple());
    let mut connection = sqlx::PgConnection::connect(server).await?;
    sqlx::raw_sql(AssertSqlSafe(format!("CREATE SCHEMA {name}")))
        .execute(&mut connection)
        .await?;
    connection.close().await?;
    let separator = if server.contains('?') { '&' } else { '?' };
    Ok(format!("{server}{separator}options[search_path]={name}"))
}

/// The times of one step, sorted.
struct Line {
    engine: &'static str,
    step: String,
    times: Vec<Duration>,
}

struct Bench {
    engine: &'static str,
    portal: Portal,
    router: Router,
    lines: Vec<Line>,
}

async fn measure(engine: &'static str, database: &str, data: &Path) -> Result<Vec<Line>> {
    fs::create_dir(data)?;
    let file = data.join("deskside.toml");
    fs::write(
        &file,
        format!("public_url = \"http://portal.test\"\ndata_dir = {data:?}\n[mail]\ntransport = \"memory\"\n"),
    )?;
    let config = config::load(Some(&file))?;
    let db = Db::open(database).await?;
    db.migrate().await?;
    let (relay, mut told) = mpsc::channel(1024);
    tokio::spawn(async move { while told.recv().await.is_some() {} });
    let portal = assembly::portal(config, db, Clock::System, SigningKey::from_bytes(&[7; 32]), relay)?;
    let router = assembly::router(portal.clone(), None);
    let mut bench = Bench {
        engine,
        portal,
        router,
        lines: Vec::new(),
    };
    let start = Instant::now();
    bench.fill().await?;
    eprintln!("{engine}: filled in {:.0} s", start.elapsed().as_secs_f32());
    bench.run().await?;
    Ok(bench.lines)
}

impl Bench {
    async fn fill(&self) -> Result<()> {
        let person = |login: &str, role| NewAccount {
            login: login.to_owned(),
            name: format!("Person {login}"),
            email: format!("{login}@example.org"),
            role,
            directory: LOCAL,
            time_zone: "Europe/Berlin".to_owned(),
            password: PASSWORD.to_owned(),
        };
        let by = By::Machine("bench");
        let emma = accounts::create(&self.portal, by, person("emma", StartingRole::Employee)).await?;
        accounts::create(&self.portal, by, person("oscar", StartingRole::Operator)).await?;
        for number in 0..OPERATORS {
            let operator = person(&format!("operator{number}"), StartingRole::Operator);
            accounts::create(&self.portal, by, operator).await?;
        }
        for number in 0..EMPLOYEES {
            let employee = person(&format!("employee{number}"), StartingRole::Employee);
            accounts::create(&self.portal, by, employee).await?;
        }
        let now = self.portal.clock.now();
        let owners: Vec<String> = (0..PEOPLE).map(|_| Uuid::now_v7().to_string()).collect();
        let mut tx = self.portal.db.begin().await?;
        for (number, id) in owners.iter().enumerate() {
            sql(
                "INSERT INTO users (id, login, name, email, time_zone, password_hash, active, created_at, \
                 password_changed_at, directory_id) VALUES ($1, $2, $3, $4, 'UTC', '', TRUE, 0, 0, $5)",
            )
            .bind(id)
            .bind(format!("user{number}"))
            .bind(format!("User Number {number}"))
            .bind(format!("user{number}@example.org"))
            .bind(LOCAL)
            .execute(&mut tx)
            .await?;
        }
        for number in 0..SAMPLES {
            sql(
                "INSERT INTO devices (id, owner_id, name, platform, agent_version, public_key, online, enrolled_at, \
                 name_given) VALUES ($1, $2, $3, 'linux', '0.1.0', $4, TRUE, 0, TRUE)",
            )
            .bind(device(number))
            .bind(emma.id)
            .bind(format!("desk-{number}"))
            .bind(format!("key {number}"))
            .execute(&mut tx)
            .await?;
        }
        tx.commit().await?;
        let minute = 60_000;
        for start in (0..REQUESTS).step_by(5_000) {
            let mut tx = self.portal.db.begin().await?;
            for number in start..start + 5_000 {
                let id = Uuid::now_v7().to_string();
                let open = number % OPEN_EVERY == 0;
                let created = now - (REQUESTS - number) * minute;
                let subject = format!("{} ({number})", SUBJECTS[number as usize % SUBJECTS.len()]);
                sql(
                    "INSERT INTO requests (id, number, owner_id, subject, description, one_time, status, open, \
                     created_at, changed_at, version, last_seq, directory_id, claimed_at, finished_at) \
                     VALUES ($1, $2, $3, $4, 'It happens every morning.', TRUE, $5, $6, $7, $7, 1, 1, $8, $9, $10)",
                )
                .bind(&id)
                .bind(1001 + number)
                .bind(&owners[number as usize % PEOPLE])
                .bind(&subject)
                .bind(if open { "new" } else { "closed" })
                .bind(open)
                .bind(created)
                .bind(LOCAL)
                .bind((!open).then_some(created + 30 * minute))
                .bind((!open).then_some(created + 90 * minute))
                .execute(&mut tx)
                .await?;
                for word in search::words([subject.as_str(), "It happens every morning"]) {
                    sql("INSERT INTO request_words (request_id, said, word) VALUES ($1, FALSE, $2)")
                        .bind(&id)
                        .bind(search::stored(&word))
                        .execute(&mut tx)
                        .await?;
                }
                if number % 3 == 0 {
                    sql("INSERT INTO request_windows (request_id, starts_at, ends_at) VALUES ($1, $2, $3)")
                        .bind(&id)
                        .bind(created + 60 * minute)
                        .bind(created + 120 * minute)
                        .execute(&mut tx)
                        .await?;
                }
            }
            tx.commit().await?;
        }
        for start in (0..AUDITED).step_by(50_000) {
            let mut tx = self.portal.db.begin().await?;
            for seq in start..start + 50_000 {
                // Before the chain's first entry, so that the portal's own goes on.
                sql(
                    "INSERT INTO audit_log (seq, at, actor_name, action, subject, detail, previous_hash, hash) \
                     VALUES ($1, 0, 'bench', 'bench', 'bench', '{}', '', $2)",
                )
                .bind(-1 - seq)
                .bind(format!("{seq:064}"))
                .execute(&mut tx)
                .await?;
            }
            tx.commit().await?;
        }
        let mut tx = self.portal.db.begin().await?;
        sql(
            "INSERT INTO word_parts (part, word) SELECT DISTINCT word, word FROM request_words \
             ON CONFLICT (part, word) DO NOTHING",
        )
        .execute(&mut tx)
        .await?;
        sql("UPDATE word_parts_progress SET done_until = ''")
            .execute(&mut tx)
            .await?;
        tx.commit().await?;
        while vocabulary::service::learn_some(&self.portal).await? > 0 {}
        let mut tx = self.portal.db.begin().await?;
        sql("UPDATE request_numbers SET last = $1")
            .bind(1001 + REQUESTS)
            .execute(&mut tx)
            .await?;
        tx.commit().await?;
        // What both engines do by themselves after a while.
        let mut tx = self.portal.db.begin().await?;
        sql("ANALYZE").execute(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn run(&mut self) -> Result<()> {
        let (emma, oscar) = (self.sign_in("emma").await?, self.sign_in("oscar").await?);
        let mut watching = Vec::new();
        for number in 0..OPERATORS {
            let cookie = self.sign_in(&format!("operator{number}")).await?;
            watching.push(self.open("/live?topics=requests,devices", &cookie, true).await?);
        }
        for number in 0..EMPLOYEES {
            let cookie = self.sign_in(&format!("employee{number}")).await?;
            watching.push(self.open("/live?topics=mine", &cookie, false).await?);
        }
        eprintln!("{}: {} watch", self.engine, watching.len());
        for (step, path) in [
            ("list: open, newest first", "/requests"),
            ("list: page 20", "/requests?page=20"),
            ("list: most urgent first", "/requests?sort=priority"),
            ("list: available now first", "/requests?sort=available"),
            ("list: by owner", "/requests?sort=owner"),
            ("list: by subject", "/requests?sort=subject"),
            ("list: available now", "/requests?available=now"),
            ("list: search, rare word", "/requests?q=4250"),
            ("list: search, common word", "/requests?q=printer"),
            ("list: search, inside a common word", "/requests?q=rinte"),
            ("list: search, best match first, rare", "/requests?show=history&q=4250"),
            ("list: history, newest first", "/requests?show=history"),
            ("list: history, search, two words", "/requests?show=history&q=vpn+777"),
            ("list: history, page 200", "/requests?show=history&page=200"),
            ("overview", "/overview"),
            ("new request: the form", "/requests/new"),
        ] {
            let cookie = oscar.clone();
            self.repeat(step, async |bench: &Self, _| bench.get(path, &cookie).await.map(drop))
                .await?;
        }
        let mut filed = Vec::new();
        let mut times = Vec::new();
        for number in 0..SAMPLES {
            let device = device(number);
            let body = format!("subject=Filed+{number}&description=&availability=any&one_time=on&device={device}");
            let start = Instant::now();
            let to = self.post("/requests/new", &emma, body).await?;
            times.push(start.elapsed());
            filed.push(to);
        }
        self.note("file a request", times);
        let mut times = Vec::new();
        for page in &filed {
            let start = Instant::now();
            self.post(&format!("{page}/claim"), &oscar, "version=1".to_owned())
                .await?;
            times.push(start.elapsed());
        }
        self.note("claim a request", times);
        let mut times = Vec::new();
        for page in filed.iter().skip(RELEASED) {
            let start = Instant::now();
            self.post(&format!("{page}/launch"), &oscar, "version=2".to_owned())
                .await?;
            times.push(start.elapsed());
        }
        self.note("launch a request", times);
        let cookie = oscar.clone();
        self.repeat("a request's page", async |bench: &Self, number| {
            bench.get(&filed[number], &cookie).await.map(drop)
        })
        .await?;
        self.reach(&oscar, &filed, &mut watching).await
    }

    /// How long a change takes to reach everybody who watches the list.
    async fn reach(&mut self, oscar: &str, filed: &[String], watching: &mut [Watching]) -> Result<()> {
        let (mut told, mut shown) = (Vec::new(), Vec::new());
        for page in filed.iter().take(RELEASED) {
            for stream in watching.iter_mut() {
                stream.drain().await;
            }
            let start = Instant::now();
            self.post(&format!("{page}/release"), oscar, "version=2".to_owned())
                .await?;
            for stream in watching.iter_mut().filter(|stream| stream.list) {
                stream.hear().await?;
            }
            told.push(start.elapsed());
            // What the pages do then, all at once.
            let lists = watching.iter().filter(|stream| stream.list);
            let fetched = lists.map(|stream| self.get("/requests", &stream.cookie));
            futures_util::future::try_join_all(fetched).await?;
            shown.push(start.elapsed());
        }
        self.note("every open list is told of a change", told);
        self.note("every open list has fetched it", shown);
        Ok(())
    }

    async fn repeat(&mut self, step: &str, work: impl AsyncFn(&Self, usize) -> Result<()>) -> Result<()> {
        let mut times = Vec::new();
        for number in 0..SAMPLES {
            let start = Instant::now();
            work(self, number).await?;
            times.push(start.elapsed());
        }
        self.note(step, times);
        Ok(())
    }

    fn note(&mut self, step: &str, mut times: Vec<Duration>) {
        times.sort_unstable();
        self.lines.push(Line {
            engine: self.engine,
            step: step.to_owned(),
            times,
        });
    }

    async fn sign_in(&self, login: &str) -> Result<String> {
        let body = format!("login={login}&password={}", PASSWORD.replace(' ', "+"));
        let answer = self.send(form("/sign-in", "", body)?).await?;
        let cookie = answer.headers().get("set-cookie").context("signed in")?.to_str()?;
        Ok(cookie.split(';').next().unwrap_or_default().to_owned())
    }

    async fn get(&self, path: &str, cookie: &str) -> Result<String> {
        let request = Request::get(path)
            .header("cookie", cookie)
            .header("host", "portal.test");
        let answer = self.send(request.body(Body::empty())?).await?;
        ensure!(answer.status() == 200, "{path}: {}", answer.status());
        Ok(String::from_utf8_lossy(&to_bytes(answer.into_body(), 8 << 20).await?).into_owned())
    }

    /// Posts a form and says where it leads.
    async fn post(&self, path: &str, cookie: &str, body: String) -> Result<String> {
        let answer = self.send(form(path, cookie, body)?).await?;
        ensure!(answer.status() == 303, "{path}: {}", answer.status());
        Ok(answer.headers()["location"].to_str()?.to_owned())
    }

    async fn open(&self, path: &str, cookie: &str, list: bool) -> Result<Watching> {
        let request = Request::get(path)
            .header("cookie", cookie)
            .header("host", "portal.test");
        let answer = self.send(request.body(Body::empty())?).await?;
        ensure!(answer.status() == 200, "{path}: {}", answer.status());
        Ok(Watching {
            stream: Box::pin(answer.into_body().into_data_stream().map(|part| part.is_ok())),
            list,
            cookie: cookie.to_owned(),
        })
    }

    async fn send(&self, request: Request<Body>) -> Result<axum::response::Response> {
        Ok(self.router.clone().oneshot(request).await?)
    }
}

/// The id of a device.
fn device(number: usize) -> Uuid {
    Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + number as u128)
}

fn form(path: &str, cookie: &str, body: String) -> Result<Request<Body>> {
    Ok(Request::post(path)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("cookie", cookie)
        .header("host", "portal.test")
        .header("origin", "http://portal.test")
        .header("sec-fetch-site", "same-origin")
        .body(Body::from(body))?)
}

/// An open page's stream of notices.
struct Watching {
    stream: std::pin::Pin<Box<dyn futures_util::Stream<Item = bool> + Send>>,
    /// Of the staff's list.
    list: bool,
    cookie: String,
}

impl Watching {
    async fn hear(&mut self) -> Result<()> {
        let heard = tokio::time::timeout(Duration::from_secs(5), self.stream.next()).await;
        ensure!(matches!(heard, Ok(Some(true))), "a stream ended or said nothing");
        Ok(())
    }

    async fn drain(&mut self) {
        while let Ok(Some(true)) = tokio::time::timeout(Duration::from_millis(2), self.stream.next()).await {}
    }
}
