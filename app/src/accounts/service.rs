//! What can be done with accounts: one function per use case.

use super::{
    NewAccount,
    account::{check_password, check_time_zone, normal_login},
    model::{StartingRole, UserSummary},
    store,
    throttle::{self, Limit},
    token::{Token, TokenHash},
};
use crate::{
    audit::{self, By, Entry},
    directories::{self, source::SourceError},
    error::{AppError, FieldError},
    notices, roles,
    server::{
        access::{Action, Actor, Subject, authorize},
        clock::millis,
        db::{DbError, On, Tx},
        portal::Portal,
        random,
    },
    sessions,
    words::{self, Language, t},
};
use deskside_protocol::{UnixMillis, ids::UserId};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::net::IpAddr;

/// Use of a session is noted at most this often, so that reading pages does not write all the time.
const TOUCH_EVERY: UnixMillis = 60_000;

/// Somebody signed in; the token goes to the browser and nowhere else.
#[derive(Debug)]
pub struct SignedIn {
    pub token: Token,
    pub actor: Actor,
}

/// Signs somebody in. The session that the browser had before ends then; a failed try leaves it alone.
pub async fn sign_in(
    portal: &Portal,
    login: &str,
    password: String,
    address: IpAddr,
    earlier: Option<Token>,
) -> Result<SignedIn, AppError> {
    let login = normal_login(login);
    let mut missing = Vec::new();
    if login.is_empty() {
        missing.push(FieldError::new("login", t("Enter your login.")));
    }
    if password.is_empty() {
        missing.push(FieldError::new("password", t("Enter your password.")));
    }
    if !missing.is_empty() {
        return Err(AppError::Invalid { fields: missing });
    }
    let subjects = [
        (failure_subject("login", &login), Limit::Login),
        (address_subject(address), Limit::Address),
    ];
    count_attempt(portal, &subjects).await?;

    let user = match directories::sign_in::check(portal, &login, password).await {
        Ok(user) => user,
        Err(SourceError::Unavailable(error)) => return Err(error),
        Err(SourceError::Refused | SourceError::Unknown) => {
            record(
                portal,
                By::Machine("portal"),
                "account.sign_in_failed",
                "sign-in",
                json!({ "address": address }),
            )
            .await?;
            return Err(AppError::invalid(
                "password",
                t("Login and password do not fit together."),
            ));
        }
    };

    let now = portal.clock.now();
    let actor = actor(portal.db.on(), user).await?;
    let token = Token::new();
    let mut tx = portal.db.begin().await?;
    for (subject, limit) in &subjects {
        let after = store::lock_failures(&mut tx, subject).await?;
        store::set_failures(&mut tx, subject, throttle::succeeded(after, *limit)).await?;
    }
    if let Some(earlier) = earlier {
        store::remove_session(&mut tx, &earlier.hash()).await?;
    }
    let expires_at = now + millis(portal.config.sign_in.absolute());
    store::add_session(&mut tx, &token.hash(), actor.id(), now, expires_at).await?;
    store::set_browser_language(&mut tx, actor.id(), words::language()).await?;
    let subject = format!("user:{}", actor.id());
    let entry = account_entry(&actor, "account.signed_in", &subject, json!({ "address": address }));
    audit::append(&mut tx, entry, now).await?;
    tx.commit().await?;
    Ok(SignedIn { token, actor })
}

/// The account with this login, and whether this is its password; for the directory of the portal's own accounts. It
/// takes as long for a login that nobody has.
pub async fn check_password_of(
    portal: &Portal,
    login: &str,
    password: String,
) -> Result<(Option<UserSummary>, bool), AppError> {
    let user = store::find_by_login(portal.db.on(), login).await?;
    let hash = match &user {
        Some(user) => store::find_password_hash(portal.db.on(), user.id).await?,
        None => None,
    };
    let good = portal.passwords.verify(password, hash).await?;
    Ok((user, good))
}

/// Counts this attempt for each subject, or refuses it when one of them is blocked.
async fn count_attempt(portal: &Portal, subjects: &[(String, Limit)]) -> Result<(), AppError> {
    let now = portal.clock.now();
    let mut tx = portal.db.begin().await?;
    for (subject, limit) in subjects {
        let before = store::lock_failures(&mut tx, subject).await?;
        match throttle::attempt(before, *limit, now) {
            Ok(after) => store::set_failures(&mut tx, subject, after).await?,
            Err(blocked) => {
                let wait = u64::try_from(blocked.until - now).unwrap_or(0).div_ceil(1000);
                return Err(AppError::TooMany { retry_after_s: wait });
            }
        }
    }
    Ok(tx.commit().await?)
}

/// What was typed as a login may be a password by mistake, so only its hash is kept.
fn failure_subject(kind: &str, text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    digest
        .iter()
        .take(16)
        .fold(format!("{kind}:"), |subject, byte| format!("{subject}{byte:02x}"))
}

/// An IPv6 host has its whole /64 to guess from, so that is what counts.
fn address_subject(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => format!("address:{address}"),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("address:{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub struct Present {
    pub actor: Actor,
    /// The language that they chose, if they did.
    pub chosen_language: Option<Language>,
}

/// Who holds this token, if its session is still good. `active` is false for requests that a page makes by itself.
pub async fn present(portal: &Portal, token: &Token, active: bool) -> Result<Option<Present>, AppError> {
    let hash = token.hash();
    let Some(session) = store::find_session(portal.db.on(), &hash).await? else {
        return Ok(None);
    };
    let now = portal.clock.now();
    if !is_good(
        session.used_at,
        session.expires_at,
        now,
        millis(portal.config.sign_in.idle()),
    ) {
        return Ok(None);
    }
    if active && now - session.used_at >= TOUCH_EVERY {
        touch(portal, &hash, now).await?;
    }
    Ok(Some(Present {
        actor: actor(portal.db.on(), session.user).await?,
        chosen_language: session.chosen_language,
    }))
}

/// Somebody with everything that was granted to them.
pub async fn actor(on: On<'_>, user: UserSummary) -> Result<Actor, DbError> {
    let rights = roles::service::rights_of(on, user.id).await?;
    Ok(Actor { user, rights })
}

async fn touch(portal: &Portal, hash: &TokenHash, now: UnixMillis) -> Result<(), DbError> {
    let mut tx = portal.db.begin().await?;
    store::touch_session(&mut tx, hash, now).await?;
    tx.commit().await
}

fn is_good(used_at: UnixMillis, expires_at: UnixMillis, now: UnixMillis, idle: UnixMillis) -> bool {
    now < expires_at && now - used_at < idle
}

/// Ends the session of this token, and the notices that `browser` shows: also of somebody whose session ended before.
pub async fn sign_out(
    portal: &Portal,
    actor: Option<&Actor>,
    token: Option<&Token>,
    browser: Option<&Token>,
) -> Result<(), AppError> {
    if token.is_none() && browser.is_none() {
        return Ok(());
    }
    let mut tx = portal.db.begin().await?;
    if let Some(browser) = browser {
        notices::service::sign_out(&mut tx, browser).await?;
    }
    let ended = match token {
        Some(token) => store::remove_session(&mut tx, &token.hash()).await?,
        None => false,
    };
    if let Some(actor) = actor.filter(|_| ended) {
        let subject = format!("user:{}", actor.id());
        let entry = account_entry(actor, "account.signed_out", &subject, json!({}));
        audit::append(&mut tx, entry, portal.clock.now()).await?;
    }
    Ok(tx.commit().await?)
}

/// Ends every login session of the actor, this one too, and the remote sessions that the actor operates.
pub async fn sign_out_everywhere(portal: &Portal, actor: &Actor) -> Result<(), AppError> {
    let _permit = authorize(actor, Action::UseAccount, Subject::NONE)?;
    let mut tx = portal.db.begin().await?;
    let now = portal.clock.now();
    let ended = withdraw(&mut tx, actor.id(), now).await?;
    let subject = format!("user:{}", actor.id());
    let entry = account_entry(
        actor,
        "account.signed_out_everywhere",
        &subject,
        json!({ "sessions": ended }),
    );
    audit::append(&mut tx, entry, now).await?;
    tx.commit().await?;
    sessions::presence::end_unentitled(portal).await?;
    Ok(())
}

/// Ends a person's login sessions and the notices in their browsers, says how many sessions, and marks the remote sessions that they operate for their end.
pub(super) async fn withdraw(tx: &mut Tx, user: UserId, now: UnixMillis) -> Result<u64, DbError> {
    store::set_operated_until(tx, user, now).await?;
    notices::service::withdraw(tx, user).await?;
    store::remove_sessions_of(tx, user).await
}

/// Changes the actor's password. Every session ends, operated ones too; the returned token is the new one of this
/// browser.
pub async fn change_password(
    portal: &Portal,
    actor: &Actor,
    current: String,
    new: String,
    repeated: &str,
) -> Result<Token, AppError> {
    let _permit = authorize(actor, Action::UseAccount, Subject::NONE)?;
    let mut errors: Vec<_> = check_password("new_password", &new).into_iter().collect();
    if new != repeated {
        errors.push(FieldError::new(
            "repeat_password",
            t("This differs from the new password."),
        ));
    }
    if current.is_empty() {
        errors.push(FieldError::new("current_password", t("Enter your current password.")));
    }
    if !errors.is_empty() {
        return Err(AppError::Invalid { fields: errors });
    }
    let subjects = [(failure_subject("password", &actor.id().to_string()), Limit::Login)];
    count_attempt(portal, &subjects).await?;
    let hash = store::find_password_hash(portal.db.on(), actor.id()).await?;
    if !portal.passwords.verify(current, hash).await? {
        return Err(AppError::invalid(
            "current_password",
            t("This is not your current password."),
        ));
    }
    let hash = portal.passwords.hash(new).await?;
    let now = portal.clock.now();
    let token = Token::new();
    let mut tx = portal.db.begin().await?;
    for (subject, limit) in &subjects {
        let after = store::lock_failures(&mut tx, subject).await?;
        store::set_failures(&mut tx, subject, throttle::succeeded(after, *limit)).await?;
    }
    store::set_password_hash(&mut tx, actor.id(), &hash, now).await?;
    withdraw(&mut tx, actor.id(), now).await?;
    let expires_at = now + millis(portal.config.sign_in.absolute());
    store::add_session(&mut tx, &token.hash(), actor.id(), now, expires_at).await?;
    let subject = format!("user:{}", actor.id());
    audit::append(
        &mut tx,
        account_entry(actor, "account.password_changed", &subject, json!({})),
        now,
    )
    .await?;
    tx.commit().await?;
    sessions::presence::end_unentitled(portal).await?;
    Ok(token)
}

/// Sets the actor's time zone.
pub async fn set_time_zone(portal: &Portal, actor: &Actor, time_zone: &str) -> Result<(), AppError> {
    let _permit = authorize(actor, Action::UseAccount, Subject::NONE)?;
    let time_zone = time_zone.trim();
    if let Some(error) = check_time_zone(time_zone) {
        return Err(AppError::Invalid { fields: vec![error] });
    }
    let mut tx = portal.db.begin().await?;
    store::set_time_zone(&mut tx, actor.id(), time_zone).await?;
    notices::service::follow_zone(&mut tx, actor.id(), time_zone, portal.clock.now()).await?;
    let subject = format!("user:{}", actor.id());
    let detail = json!({ "from": actor.user.time_zone, "to": time_zone });
    audit::append(
        &mut tx,
        account_entry(actor, "account.time_zone_changed", &subject, detail),
        portal.clock.now(),
    )
    .await?;
    Ok(tx.commit().await?)
}

/// Sets the actor's language by its code; nothing: the one that the browser asks for.
pub async fn set_language(portal: &Portal, actor: &Actor, code: &str) -> Result<(), AppError> {
    let _permit = authorize(actor, Action::UseAccount, Subject::NONE)?;
    let language = match code.trim() {
        "" => None,
        code => match code.parse::<Language>() {
            Ok(language) => Some(language),
            Err(_) => return Err(AppError::invalid("language", t("Choose one of the languages."))),
        },
    };
    let mut tx = portal.db.begin().await?;
    store::set_language(&mut tx, actor.id(), language).await?;
    let subject = format!("user:{}", actor.id());
    let detail = json!({ "to": language.map(Language::code) });
    let entry = account_entry(actor, "account.language_changed", &subject, detail);
    audit::append(&mut tx, entry, portal.clock.now()).await?;
    Ok(tx.commit().await?)
}

/// The language that the actor chose, if they did.
pub async fn chosen_language(portal: &Portal, actor: &Actor) -> Result<Option<Language>, AppError> {
    let _permit = authorize(actor, Action::UseAccount, Subject::NONE)?;
    Ok(store::chosen_language(portal.db.on(), actor.id()).await?)
}

/// Makes an account. `by` has been authorised: the command line belongs to whoever may read the data folder.
pub async fn create(portal: &Portal, by: By<'_>, account: NewAccount) -> Result<UserSummary, AppError> {
    let account = account.checked().map_err(|fields| AppError::Invalid { fields })?;
    let hash = portal.passwords.hash(account.password.clone()).await?;
    let now = portal.clock.now();
    let id = UserId(random::uuid(now));
    let mut tx = portal.db.begin().await?;
    directories::service::get(tx.on(), account.directory)
        .await
        .map_err(|_| AppError::invalid("directory", t("Choose one of the directories.")))?;
    match store::add(&mut tx, id, &account, &hash, now).await {
        Err(DbError::Unique(_)) => return Err(AppError::invalid("login", t("This login is taken."))),
        other => other?,
    }
    roles::service::start_with(&mut tx, id, account.role, now).await?;
    let subject = format!("user:{id}");
    let detail = json!({ "login": account.login, "role": account.role, "directory": account.directory });
    audit::append(
        &mut tx,
        Entry {
            by,
            action: "account.created",
            subject: &subject,
            detail,
        },
        now,
    )
    .await?;
    tx.commit().await?;
    let NewAccount {
        login,
        name,
        email,
        directory,
        time_zone,
        ..
    } = account;
    Ok(UserSummary {
        id,
        login,
        name,
        email,
        directory,
        time_zone,
        language: Language::default(),
    })
}

/// What an administrator changes about somebody's rights.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RightsChange {
    /// Nobody can sign in as this person any longer.
    Disable,
    Enable,
    Role(StartingRole),
}

/// Changes what somebody may do, and ends what they do now: login sessions at once, operated sessions with the next
/// round of the running portal. Doing it twice is no error. `by` has been authorised, as for [`create`].
pub async fn change_rights(
    portal: &Portal,
    by: By<'_>,
    login: &str,
    change: RightsChange,
) -> Result<UserSummary, AppError> {
    let now = portal.clock.now();
    let mut tx = portal.db.begin().await?;
    let (user, active) = store::find_any_by_login(tx.on(), &normal_login(login))
        .await?
        .ok_or_else(|| AppError::invalid("login", t("There is no account with this login.")))?;
    let (action, detail) = match change {
        RightsChange::Disable => {
            store::set_active(&mut tx, user.id, false).await?;
            ("account.disabled", json!({ "was_active": active }))
        }
        RightsChange::Enable => {
            store::set_active(&mut tx, user.id, true).await?;
            ("account.enabled", json!({ "was_active": active }))
        }
        RightsChange::Role(role) => {
            roles::service::start_with(&mut tx, user.id, role, now).await?;
            ("account.role_changed", json!({ "to": role }))
        }
    };
    if change != RightsChange::Enable {
        withdraw(&mut tx, user.id, now).await?;
    }
    let subject = format!("user:{}", user.id);
    let entry = Entry {
        by,
        action,
        subject: &subject,
        detail,
    };
    audit::append(&mut tx, entry, now).await?;
    tx.commit().await?;
    Ok(user)
}

/// A person by id, also one who may no longer sign in.
pub async fn find(on: On<'_>, id: UserId) -> Result<Option<UserSummary>, DbError> {
    store::find(on, id).await
}

/// A person who may sign in, by login.
pub async fn find_by_login(on: On<'_>, login: &str) -> Result<Option<UserSummary>, DbError> {
    store::find_by_login(on, &normal_login(login)).await
}

/// Removes sessions that are over and failures that no longer count.
pub async fn clean_up(portal: &Portal) -> Result<(), DbError> {
    let now = portal.clock.now();
    let mut tx = portal.db.begin().await?;
    store::remove_dead_sessions(&mut tx, now, now - millis(portal.config.sign_in.idle())).await?;
    store::remove_old_failures(&mut tx, now - throttle::FORGET_AFTER, now).await?;
    tx.commit().await
}

fn account_entry<'a>(actor: &'a Actor, action: &'a str, subject: &'a str, detail: serde_json::Value) -> Entry<'a> {
    Entry {
        by: By::Actor(actor),
        action,
        subject,
        detail,
    }
}

async fn record(
    portal: &Portal,
    by: By<'_>,
    action: &str,
    subject: &str,
    detail: serde_json::Value,
) -> Result<(), DbError> {
    let mut tx = portal.db.begin().await?;
    audit::append(
        &mut tx,
        Entry {
            by,
            action,
            subject,
            detail,
        },
        portal.clock.now(),
    )
    .await?;
    tx.commit().await
}
