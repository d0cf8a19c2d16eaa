//! Rights, roles and directories: who can do what where, and what ends when it is taken.

use crate::{
    harness::Test,
    on_both_engines,
    stage::{self, Stage},
};
use deskside::{
    accounts::{
        NewAccount,
        model::StartingRole,
        people::{self, Found, PersonForm},
    },
    directories::{
        model::LOCAL,
        service::{self as directories, DirectoryForm},
    },
    error::AppError,
    requests::{filter::Show, reading, service as requests},
    roles::{
        model::{ADMINISTRATOR, OPERATOR, Right, Scope},
        service::{self, RoleForm},
    },
    server::access::Actor,
    sessions::model::SessionStatus,
};
use deskside_protocol::ids::{DirectoryId, RoleId, UserId};

/// Makes a directory.
async fn directory(test: &Test, ada: &Actor, name: &str) -> DirectoryId {
    let form = DirectoryForm {
        name: name.into(),
        time_zone: "Europe/Berlin".into(),
    };
    directories::create(&test.portal, ada, &form)
        .await
        .expect("a directory")
}

/// Makes a role.
async fn role(test: &Test, ada: &Actor, name: &str, rights: &[Right]) -> RoleId {
    let form = RoleForm {
        name: name.into(),
        rights: rights.to_vec(),
    };
    service::create(&test.portal, ada, &form).await.expect("a role")
}

/// Makes somebody in a directory.
async fn member(test: &Test, ada: &Actor, login: &str, directory: DirectoryId) -> Actor {
    let account = NewAccount {
        login: login.into(),
        name: format!("Person {login}"),
        email: format!("{login}@example.org"),
        role: StartingRole::Administrator,
        directory,
        time_zone: "UTC".into(),
        password: "a long enough password".into(),
    };
    let id = people::create(&test.portal, ada, account).await.expect("an account");
    test.as_actor(id).await
}

async fn give(test: &Test, ada: &Actor, to: UserId, role: RoleId, scope: Scope) -> Actor {
    service::grant(&test.portal, ada, to, role, scope).await.expect("given");
    test.as_actor(to).await
}

async fn subjects(test: &Test, actor: &Actor) -> Vec<String> {
    let page = reading::list_all(&test.portal, actor, &Show::Open.into())
        .await
        .expect("a list");
    page.rows.into_iter().map(|row| row.subject).collect()
}

on_both_engines! {
    async fn an_account_made_in_the_portal_begins_without_rights(test: Test) {
        let stage = Stage::set(&test).await;
        let bea = member(&test, &stage.ada, "bea", LOCAL).await;
        assert!(!bea.is_staff());
        assert_eq!(bea.rights.title(), "employee");
    }

    async fn a_right_for_one_directory_shows_the_requests_of_that_directory_only(test: Test) {
        let stage = Stage::set(&test).await;
        let branch = directory(&test, &stage.ada, "Branch").await;
        let bea = member(&test, &stage.ada, "bea", branch).await;
        stage.file(&test, "In the head office").await;
        let theirs = requests::file(&test.portal, &bea, &stage::form()).await.expect("filed");
        let vic = member(&test, &stage.ada, "vic", LOCAL).await;
        let vic = give(&test, &stage.ada, vic.id(), OPERATOR, Scope::Directory(branch)).await;
        assert_eq!(subjects(&test, &vic).await, ["Printer"]);
        assert_eq!(subjects(&test, &stage.oscar).await, ["Printer", "In the head office"]);
        requests::claim(&test.portal, &vic, theirs, 1).await.expect("claimed");
        let ours = stage.file(&test, "Not for Vic").await;
        let refused = requests::claim(&test.portal, &vic, ours, 1).await;
        assert_eq!(refused.expect_err("absent"), AppError::NotFound);
    }

    async fn view_alone_sees_and_connects_but_closes_nothing(test: Test) {
        let stage = Stage::set(&test).await;
        let view = role(&test, &stage.ada, "Viewer", &[Right::RequestsView]).await;
        let vic = member(&test, &stage.ada, "vic", LOCAL).await;
        let vic = give(&test, &stage.ada, vic.id(), view, Scope::All).await;
        let id = stage.file(&test, "Printer").await;
        let may = stage.see(&test, &vic, id).await.may;
        assert_eq!((may.claim, may.close, may.edit), (true, false, false));
        requests::claim(&test.portal, &vic, id, 1).await.expect("claimed");
        let may = stage.see(&test, &vic, id).await.may;
        assert_eq!((may.launch, may.release, may.close), (true, true, false));
        assert_eq!(requests::close(&test.portal, &vic, id, 2).await.expect_err("denied"), AppError::Denied);
    }

    async fn delete_closes_what_somebody_else_assists_with(test: Test) {
        let stage = Stage::set(&test).await;
        let both = role(&test, &stage.ada, "Closer", &[Right::RequestsView, Right::RequestsDelete]).await;
        let dee = member(&test, &stage.ada, "dee", LOCAL).await;
        let dee = give(&test, &stage.ada, dee.id(), both, Scope::All).await;
        let id = stage.claimed(&test).await;
        requests::close(&test.portal, &dee, id, 2).await.expect("closed");
    }

    async fn a_role_that_loses_view_ends_the_sessions_of_those_who_had_it(test: Test) {
        let stage = Stage::set(&test).await;
        let view = role(&test, &stage.ada, "Viewer", &[Right::RequestsView]).await;
        service::revoke(&test.portal, &stage.ada, stage.oscar.id(), OPERATOR, Scope::All).await.expect("taken");
        give(&test, &stage.ada, stage.oscar.id(), view, Scope::All).await;
        let stage = Stage { oscar: test.as_actor(stage.oscar.id()).await, ..stage };
        let (request, _) = stage.connected(&test).await;
        let form = RoleForm { name: "Viewer".into(), rights: vec![Right::DevicesView] };
        service::edit(&test.portal, &stage.ada, view, 1, &form).await.expect("changed");
        let session = stage.see(&test, &stage.emma, request).await.session.expect("a session");
        assert_eq!(session.status, SessionStatus::Ended);
    }

    async fn a_role_taken_signs_nobody_out_but_counts_at_once(test: Test) {
        let stage = Stage::set(&test).await;
        let mut oscar = test.signed_in("oscar").await;
        assert_eq!(oscar.get("/requests").await.status, 200);
        service::revoke(&test.portal, &stage.ada, stage.oscar.id(), OPERATOR, Scope::All).await.expect("taken");
        assert_eq!(oscar.get("/requests").await.status, 404);
        assert_eq!(oscar.get("/my-requests").await.status, 200);
    }

    async fn the_last_administrator_stays_one(test: Test) {
        let stage = Stage::set(&test).await;
        let taken = service::revoke(&test.portal, &stage.ada, stage.ada.id(), ADMINISTRATOR, Scope::All).await;
        assert!(matches!(taken, Err(AppError::Conflict { .. })), "{taken:?}");
        let abe = give(&test, &stage.ada, stage.oscar.id(), ADMINISTRATOR, Scope::All).await;
        service::revoke(&test.portal, &abe, stage.ada.id(), ADMINISTRATOR, Scope::All).await.expect("taken");
        let taken = service::revoke(&test.portal, &abe, abe.id(), ADMINISTRATOR, Scope::All).await;
        assert!(matches!(taken, Err(AppError::Conflict { .. })), "{taken:?}");
    }

    async fn whoever_administers_one_directory_gives_nothing_beyond_it(test: Test) {
        let stage = Stage::set(&test).await;
        let branch = directory(&test, &stage.ada, "Branch").await;
        let bob = member(&test, &stage.ada, "bob", branch).await;
        let bob = give(&test, &stage.ada, bob.id(), ADMINISTRATOR, Scope::Directory(branch)).await;
        let bea = member(&test, &bob, "bea", branch).await;
        let scope = Scope::Directory(branch);
        service::grant(&test.portal, &bob, bea.id(), OPERATOR, scope).await.expect("given");
        for scope in [Scope::All, Scope::Directory(LOCAL)] {
            let refused = service::grant(&test.portal, &bob, bea.id(), OPERATOR, scope).await;
            assert_eq!(refused.expect_err("refused").fields()[0].field, "scope");
        }
        let elsewhere = service::grant(&test.portal, &bob, stage.emma.id(), OPERATOR, scope).await;
        assert_eq!(elsewhere.expect_err("absent"), AppError::NotFound);
        let refused = service::create(&test.portal, &bob, &RoleForm::default()).await;
        assert_eq!(refused.expect_err("absent"), AppError::NotFound);
        let found = people::list(&test.portal, &bob, None, "", None).await.expect("a list");
        let logins: Vec<_> = found.rows.iter().map(|row| row.user.login.as_str()).collect();
        assert_eq!(logins, ["bea", "bob"]);
    }

    async fn whoever_administers_one_directory_takes_over_nobody_who_administers_more(test: Test) {
        let stage = Stage::set(&test).await;
        let branch = directory(&test, &stage.ada, "Branch").await;
        let bob = member(&test, &stage.ada, "bob", branch).await;
        let bob = give(&test, &stage.ada, bob.id(), ADMINISTRATOR, Scope::Directory(branch)).await;
        let boss = member(&test, &stage.ada, "boss", branch).await;
        give(&test, &stage.ada, boss.id(), ADMINISTRATOR, Scope::All).await;
        let set = people::set_password(&test.portal, &bob, boss.id(), "a long enough password".into()).await;
        assert_eq!(set.expect_err("absent"), AppError::NotFound);
        let disabled = people::set_active(&test.portal, &bob, boss.id(), false).await;
        assert_eq!(disabled.expect_err("absent"), AppError::NotFound);
    }

    async fn whoever_administers_one_directory_takes_over_nobody_with_any_right_elsewhere(test: Test) {
        let stage = Stage::set(&test).await;
        let branch = directory(&test, &stage.ada, "Branch").await;
        let bob = member(&test, &stage.ada, "bob", branch).await;
        let bob = give(&test, &stage.ada, bob.id(), ADMINISTRATOR, Scope::Directory(branch)).await;
        let bea = member(&test, &stage.ada, "bea", branch).await;
        give(&test, &stage.ada, bea.id(), OPERATOR, Scope::Directory(branch)).await;
        people::set_password(&test.portal, &bob, bea.id(), "a long enough password".into()).await.expect("set");
        give(&test, &stage.ada, bea.id(), OPERATOR, Scope::All).await;
        let set = people::set_password(&test.portal, &bob, bea.id(), "a long enough password".into()).await;
        assert_eq!(set.expect_err("absent"), AppError::NotFound);
        let form = PersonForm { name: "Bea".into(), email: "bob@example.org".into(), directory: branch };
        assert_eq!(people::edit(&test.portal, &bob, bea.id(), &form).await.expect_err("absent"), AppError::NotFound);
        let taken = service::revoke(&test.portal, &bob, bea.id(), OPERATOR, Scope::Directory(branch)).await;
        assert_eq!(taken.expect_err("absent"), AppError::NotFound);
    }

    async fn two_administrators_cannot_remove_each_other(test: Test) {
        let stage = Stage::set(&test).await;
        let abe = give(&test, &stage.ada, stage.oscar.id(), ADMINISTRATOR, Scope::All).await;
        let (one, two) = tokio::join!(
            service::revoke(&test.portal, &abe, stage.ada.id(), ADMINISTRATOR, Scope::All),
            service::revoke(&test.portal, &stage.ada, abe.id(), ADMINISTRATOR, Scope::All),
        );
        assert!(one.is_err() || two.is_err(), "{one:?} {two:?}");
    }

    async fn whoever_lost_the_right_to_see_a_request_gets_no_more_mail_about_it(test: Test) {
        let stage = Stage::set(&test).await;
        let id = stage.claimed(&test).await;
        people::set_active(&test.portal, &stage.ada, stage.oscar.id(), false).await.expect("disabled");
        let to_oscar = async || {
            let mails = stage::mails(&test).await;
            mails.iter().filter(|mail| mail.recipient_email == "oscar@example.org").count()
        };
        let before = to_oscar().await;
        deskside::requests::conversation::post(&test.portal, &stage.emma, id, "Hello?").await.expect("sent");
        assert_eq!(to_oscar().await, before);
    }

    async fn open_requests_follow_their_owner_to_another_directory(test: Test) {
        let stage = Stage::set(&test).await;
        let branch = directory(&test, &stage.ada, "Branch").await;
        let bea = member(&test, &stage.ada, "bea", branch).await;
        let open = requests::file(&test.portal, &bea, &stage::form()).await.expect("filed");
        let vic = member(&test, &stage.ada, "vic", LOCAL).await;
        let vic = give(&test, &stage.ada, vic.id(), OPERATOR, Scope::Directory(branch)).await;
        assert_eq!(subjects(&test, &vic).await.len(), 1);
        let form = PersonForm { name: "Bea".into(), email: "bea@example.org".into(), directory: LOCAL };
        people::edit(&test.portal, &stage.ada, bea.id(), &form).await.expect("moved");
        assert!(subjects(&test, &vic).await.is_empty());
        assert_eq!(reading::detail(&test.portal, &vic, open).await.expect_err("absent"), AppError::NotFound);
        assert_eq!(stage.see(&test, &stage.oscar, open).await.directory, LOCAL);
    }

    async fn a_name_beyond_ascii_is_found_however_it_is_typed(test: Test) {
        let stage = Stage::set(&test).await;
        let bea = member(&test, &stage.ada, "bea", LOCAL).await;
        let form = PersonForm { name: "Änne Иванова".into(), email: "b@example.org".into(), directory: LOCAL };
        people::edit(&test.portal, &stage.ada, bea.id(), &form).await.expect("changed");
        for text in ["Änne", "änne иван", "ИВАНОВА"] {
            let found = people::find(&test.portal, &stage.oscar, Right::RequestsCreate, text).await.expect("no error");
            assert!(matches!(found, Found::One(_)), "{text}: {found:?}");
        }
    }

    async fn a_person_is_found_by_login_address_or_name(test: Test) {
        let stage = Stage::set(&test).await;
        let erik = member(&test, &stage.ada, "erik", LOCAL).await.user;
        let erika = member(&test, &stage.ada, "erika", LOCAL).await.user;
        let find = async |text: &str| {
            people::find(&test.portal, &stage.oscar, Right::RequestsCreate, text).await.expect("no error")
        };
        for text in ["erik", " ERIK ", "erik@example.org", "person erik"] {
            assert_eq!(find(text).await, Found::One(erik.clone()), "{text}");
        }
        assert_eq!(find("eri").await, Found::Several(vec![erik, erika]));
        assert_eq!(find("%").await, Found::Nobody);
        assert_eq!(find("").await, Found::Nobody);
        let employee = people::find(&test.portal, &stage.emma, Right::RequestsCreate, "erik").await;
        assert_eq!(employee.expect("no error"), Found::Nobody);
    }

    async fn built_in_roles_cannot_be_changed_or_removed(test: Test) {
        let stage = Stage::set(&test).await;
        let form = RoleForm { name: "Mine".into(), rights: vec![Right::RequestsView] };
        for id in [OPERATOR, ADMINISTRATOR] {
            let changed = service::edit(&test.portal, &stage.ada, id, 1, &form).await;
            assert!(matches!(changed, Err(AppError::Conflict { .. })));
            let removed = service::remove(&test.portal, &stage.ada, id).await;
            assert!(matches!(removed, Err(AppError::Conflict { .. })));
        }
    }

    async fn a_role_that_somebody_has_cannot_be_removed(test: Test) {
        let stage = Stage::set(&test).await;
        let view = role(&test, &stage.ada, "Viewer", &[Right::RequestsView]).await;
        give(&test, &stage.ada, stage.emma.id(), view, Scope::All).await;
        let removed = service::remove(&test.portal, &stage.ada, view).await;
        assert!(matches!(removed, Err(AppError::Conflict { .. })));
        service::revoke(&test.portal, &stage.ada, stage.emma.id(), view, Scope::All).await.expect("taken");
        service::remove(&test.portal, &stage.ada, view).await.expect("removed");
    }

    async fn names_of_roles_and_directories_are_taken_once(test: Test) {
        let stage = Stage::set(&test).await;
        role(&test, &stage.ada, "Viewer", &[Right::RequestsView]).await;
        let form = RoleForm { name: "Viewer".into(), rights: vec![Right::RequestsView] };
        let refused = service::create(&test.portal, &stage.ada, &form).await.expect_err("refused");
        assert_eq!(refused.fields()[0].field, "name");
        directory(&test, &stage.ada, "Branch").await;
        let form = DirectoryForm { name: "Branch".into(), time_zone: "UTC".into() };
        let refused = directories::create(&test.portal, &stage.ada, &form).await.expect_err("refused");
        assert_eq!(refused.fields()[0].field, "name");
    }

    async fn a_role_changed_by_two_keeps_the_first_change_and_tells_the_second(test: Test) {
        let stage = Stage::set(&test).await;
        let id = role(&test, &stage.ada, "Viewer", &[Right::RequestsView]).await;
        let form = |name: &str| RoleForm { name: name.into(), rights: vec![Right::RequestsView] };
        service::edit(&test.portal, &stage.ada, id, 1, &form("First")).await.expect("changed");
        let second = service::edit(&test.portal, &stage.ada, id, 1, &form("Second")).await;
        assert!(matches!(second, Err(AppError::Conflict { .. })));
        assert_eq!(service::get(&test.portal, &stage.ada, id).await.expect("the role").name, "First");
    }

    async fn what_administrators_do_to_people_is_audited(test: Test) {
        let stage = Stage::set(&test).await;
        let bea = member(&test, &stage.ada, "bea", LOCAL).await;
        give(&test, &stage.ada, bea.id(), OPERATOR, Scope::All).await;
        let form = PersonForm { name: "Bea B".into(), email: "b@example.org".into(), directory: LOCAL };
        people::edit(&test.portal, &stage.ada, bea.id(), &form).await.expect("changed");
        people::set_active(&test.portal, &stage.ada, bea.id(), false).await.expect("disabled");
        people::set_active(&test.portal, &stage.ada, bea.id(), true).await.expect("enabled");
        let password = "another long password".to_owned();
        people::set_password(&test.portal, &stage.ada, bea.id(), password).await.expect("set");
        let audited = stage::audited(&test, &format!("user:{}", bea.id())).await;
        let expected = [
            "account.created",
            "account.role_granted",
            "account.changed",
            "account.disabled",
            "account.enabled",
            "account.password_set",
        ];
        assert_eq!(audited, expected);
    }

    async fn nobody_disables_themselves(test: Test) {
        let stage = Stage::set(&test).await;
        let refused = people::set_active(&test.portal, &stage.ada, stage.ada.id(), false).await;
        assert!(matches!(refused, Err(AppError::Conflict { .. })));
    }

    async fn an_administrator_makes_a_person_and_a_role_in_the_browser(test: Test) {
        Stage::set(&test).await;
        let mut ada = test.signed_in("ada").await;
        let local = LOCAL.to_string();
        let fields = [
            ("name", "Bea Baker"),
            ("login", "bea"),
            ("email", "bea@example.org"),
            ("directory", local.as_str()),
            ("time_zone", "Europe/Paris"),
            ("password", "a long enough password"),
        ];
        let made = ada.post("/people/new", &fields).await;
        assert_eq!(made.status, 303, "{}", made.body);
        let page = made.location().to_owned();
        let role = OPERATOR.to_string();
        let given = ada.post(&format!("{page}/roles"), &[("role", role.as_str()), ("scope", "all")]).await;
        assert_eq!(given.status, 303, "{}", given.body);
        assert!(ada.get(&page).await.body.contains("Operator for all directories"));
        let again = ada.post("/people/new", &fields).await;
        assert_eq!(again.status, 422);
        assert!(again.body.contains("This login is taken.") && again.body.contains("Bea Baker"));
        assert!(ada.get("/people?q=BEA").await.body.contains("Bea Baker"));
        let nothing = ada.post("/roles/new", &[("name", "Empty")]).await;
        assert!(nothing.body.contains("Choose at least one right."), "{}", nothing.body);
        let made = ada.post("/roles/new", &[("name", "Viewer"), ("requests_view", "yes")]).await;
        assert_eq!(made.location(), "/roles");
        assert!(ada.get("/roles").await.body.contains("Remote Assistance View"));
    }
}
