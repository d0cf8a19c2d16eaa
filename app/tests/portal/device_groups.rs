//! Device groups: who manages them, which devices are in them, and the lists that they narrow.

use crate::{
    harness::{Engine, PASSWORD, Test},
    on_both_engines,
    stage::{self, Stage},
};
use deskside::{
    accounts::{
        NewAccount,
        model::StartingRole,
        people::{self, PersonForm},
    },
    device_groups::{
        model::{GROUP_NAME_CHARS, GROUP_NOTE_CHARS, GroupId, MOST_GROUPS},
        service::{self, GroupForm},
    },
    devices::{
        self,
        model::Shown,
        placing::{MOST_PLACED, place},
    },
    directories::service::{self as directories, DirectoryForm},
    error::AppError,
    requests::{filter::Filter, model::RequestForm, reading, service as requests},
    roles::{
        model::{Right, Scope},
        service::{self as roles, RoleForm},
    },
    server::{access::Actor, db::sql},
};
use deskside_protocol::{
    agent::DeviceFacts,
    bytes::Fixed,
    enrolment::EnrolmentToken,
    ids::{DeviceId, DirectoryId, RequestId},
    session::Platform,
};

fn form(name: &str, directory: &str) -> GroupForm {
    GroupForm {
        name: name.into(),
        note: String::new(),
        directory: directory.into(),
    }
}

async fn group(test: &Test, actor: &Actor, name: &str) -> GroupId {
    service::create(&test.portal, actor, &form(name, "all"))
        .await
        .expect("a group")
}

async fn names(test: &Test, actor: &Actor) -> Vec<String> {
    let groups = service::list(&test.portal, actor).await.expect("a list");
    groups.into_iter().map(|group| group.settings.name).collect()
}

async fn move_to(test: &Test, actor: &Actor, device: DeviceId, group: Option<GroupId>) -> Result<usize, AppError> {
    place(&test.portal, actor, vec![device], group).await
}

async fn shown(test: &Test, actor: &Actor, shown: Shown) -> Vec<String> {
    let page = devices::service::list_page(&test.portal, actor, shown, None).await;
    page.expect("a page").rows.into_iter().map(|row| row.name).collect()
}

async fn subjects(test: &Test, actor: &Actor, group: GroupId) -> Vec<String> {
    let filter = Filter {
        group: Some(group),
        ..Filter::default()
    };
    let page = reading::list_all(&test.portal, actor, &filter).await.expect("a page");
    page.rows.into_iter().map(|row| row.subject).collect()
}

async fn branch(test: &Test, ada: &Actor) -> DirectoryId {
    let form = DirectoryForm {
        name: "Branch".into(),
        time_zone: "UTC".into(),
    };
    directories::create(&test.portal, ada, &form)
        .await
        .expect("a directory")
}

/// Somebody of a directory, with these rights there.
async fn member(test: &Test, ada: &Actor, login: &str, directory: DirectoryId, rights: &[Right]) -> Actor {
    let account = NewAccount {
        login: login.into(),
        name: format!("Person {login}"),
        email: format!("{login}@example.org"),
        role: StartingRole::Employee,
        directory,
        time_zone: "UTC".into(),
        password: PASSWORD.into(),
    };
    let id = people::create(&test.portal, ada, account).await.expect("an account");
    if !rights.is_empty() {
        let form = RoleForm {
            name: format!("Role of {login}"),
            rights: rights.to_vec(),
        };
        let role = roles::create(&test.portal, ada, &form).await.expect("a role");
        let scope = Scope::Directory(directory);
        roles::grant(&test.portal, ada, id, role, scope).await.expect("granted");
    }
    test.as_actor(id).await
}

/// Enrols a device with a token that carries a group.
async fn enrol_into(test: &Test, actor: &Actor, owner: &str, group: &str) -> Result<DeviceId, AppError> {
    let made = devices::service::make_token(&test.portal, actor, owner, "", group).await?;
    let token: EnrolmentToken = made.token.parse().expect("a whole token");
    Ok(use_up(test, &token.secret).await)
}

async fn use_up(test: &Test, secret: &str) -> DeviceId {
    let enrolled = enrol_key(test, secret, 9).await;
    enrolled.expect("no error").expect("a good token")
}

async fn enrol_key(test: &Test, secret: &str, key: u8) -> Result<Option<DeviceId>, AppError> {
    let facts = DeviceFacts {
        name: "NEW-PC".into(),
        platform: Platform::Linux,
        agent_version: "0.1.0".into(),
    };
    devices::service::enrol(&test.portal, secret, Fixed([key; 32]), &facts).await
}

#[derive(sqlx::FromRow)]
struct PlanRow {
    detail: String,
}

#[derive(sqlx::FromRow)]
struct Counted {
    found: i64,
}

/// Devices in a group of another directory than their owner's.
async fn count_misplaced(test: &Test) -> i64 {
    let counted: Counted = sql(
        "SELECT COUNT(*) AS found FROM devices d JOIN users u ON u.id = d.owner_id \
                                JOIN device_groups g ON g.id = d.group_id WHERE g.directory_id <> u.directory_id",
    )
    .fetch_one(test.portal.db.on())
    .await
    .expect("a count");
    counted.found
}

on_both_engines! {
    async fn a_group_is_made_changed_and_removed_and_the_audit_log_has_it(test: Test) {
        let stage = Stage::set(&test).await;
        let id = group(&test, &stage.ada, "Shop floor").await;
        service::edit(&test.portal, &stage.ada, id, 1, &form("Hall", "all")).await.expect("changed");
        assert_eq!(names(&test, &stage.ada).await, ["Hall"]);
        service::remove(&test.portal, &stage.ada, id, false).await.expect("removed");
        assert!(names(&test, &stage.ada).await.is_empty());
        let expected = ["device_group.created", "device_group.changed", "device_group.removed"];
        assert_eq!(stage::audited(&test, &format!("device_group:{id}")).await, expected);
    }

    async fn a_page_that_was_overtaken_saves_nothing(test: Test) {
        let stage = Stage::set(&test).await;
        let id = group(&test, &stage.ada, "Shop floor").await;
        service::edit(&test.portal, &stage.ada, id, 1, &form("Hall", "all")).await.expect("changed");
        let refused = service::edit(&test.portal, &stage.ada, id, 1, &form("Roof", "all")).await.expect_err("refused");
        assert_eq!(refused.status(), 409);
        assert_eq!(names(&test, &stage.ada).await, ["Hall"]);
    }

    async fn a_directory_has_each_name_once_and_another_has_it_too(test: Test) {
        let stage = Stage::set(&test).await;
        let branch = branch(&test, &stage.ada).await;
        group(&test, &stage.ada, "Office").await;
        let again = service::create(&test.portal, &stage.ada, &form("Office", "all")).await.expect_err("refused");
        assert_eq!(again.fields()[0].field, "name");
        service::create(&test.portal, &stage.ada, &form("Office", &branch.to_string())).await.expect("another one");
    }

    async fn names_and_notes_are_as_long_as_their_limits_and_not_longer(test: Test) {
        let stage = Stage::set(&test).await;
        let fits = GroupForm { note: "n".repeat(GROUP_NOTE_CHARS), ..form(&"ß".repeat(GROUP_NAME_CHARS), "all") };
        service::create(&test.portal, &stage.ada, &fits).await.expect("a group");
        let long = GroupForm { note: "n".repeat(GROUP_NOTE_CHARS + 1), ..form(&"ß".repeat(GROUP_NAME_CHARS + 1), "all") };
        let refused = service::create(&test.portal, &stage.ada, &long).await.expect_err("refused");
        assert_eq!(refused.fields().iter().map(|error| error.field.as_str()).collect::<Vec<_>>(), ["name", "note"]);
    }

    async fn a_hundred_groups_can_be_made_and_not_one_more(test: Test) {
        let stage = Stage::set(&test).await;
        for number in 0..MOST_GROUPS {
            group(&test, &stage.ada, &format!("Group {number}")).await;
        }
        let refused = service::create(&test.portal, &stage.ada, &form("One more", "all")).await.expect_err("refused");
        assert!(refused.to_string().starts_with("There are 100 device groups"), "{refused}");
    }

    async fn of_two_groups_that_are_made_at_once_only_one_is_the_last_possible(test: Test) {
        let stage = Stage::set(&test).await;
        for number in 1..MOST_GROUPS {
            group(&test, &stage.ada, &format!("Group {number}")).await;
        }
        let (one, two) = (form("One", "all"), form("Two", "all"));
        let (one, two) = tokio::join!(
            service::create(&test.portal, &stage.ada, &one),
            service::create(&test.portal, &stage.ada, &two),
        );
        assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
    }

    async fn who_manages_the_devices_of_one_directory_manages_its_groups_only(test: Test) {
        let stage = Stage::set(&test).await;
        let branch = branch(&test, &stage.ada).await;
        let dora = member(&test, &stage.ada, "dora", branch, &[Right::DevicesManage]).await;
        let shared = group(&test, &stage.ada, "Everywhere").await;
        let own = service::create(&test.portal, &dora, &form("Branch", &branch.to_string())).await.expect("a group");
        assert_eq!(names(&test, &dora).await, ["Branch"]);
        let elsewhere = service::create(&test.portal, &dora, &form("More", "all")).await.expect_err("refused");
        assert_eq!(elsewhere.fields()[0].field, "directory");
        assert_eq!(service::open(&test.portal, &dora, shared).await.expect_err("absent"), AppError::NotFound);
        let removed = service::remove(&test.portal, &dora, shared, true).await;
        assert_eq!(removed.expect_err("absent"), AppError::NotFound);
        let given_away = service::edit(&test.portal, &dora, own, 1, &form("Branch", "all")).await.expect_err("refused");
        assert_eq!(given_away.fields()[0].field, "directory");
    }

    async fn who_manages_devices_only_comes_to_the_groups_through_the_administration(test: Test) {
        let stage = Stage::set(&test).await;
        let branch = branch(&test, &stage.ada).await;
        member(&test, &stage.ada, "dora", branch, &[Right::DevicesManage]).await;
        let mut dora = test.signed_in("dora").await;
        let page = dora.get("/administration").await;
        assert_eq!(page.status, 200);
        assert!(page.body.contains("/device-groups") && !page.body.contains("href=\"/people\""), "{}", page.body);
    }

    async fn a_device_is_in_one_group_at_most(test: Test) {
        let stage = Stage::set(&test).await;
        let (first, second) = (group(&test, &stage.ada, "First").await, group(&test, &stage.ada, "Second").await);
        let device = stage.device.id;
        assert_eq!(move_to(&test, &stage.ada, device, Some(first)).await, Ok(1));
        assert_eq!(move_to(&test, &stage.ada, device, Some(second)).await, Ok(1));
        assert!(shown(&test, &stage.ada, Shown::OfGroup(first)).await.is_empty());
        assert_eq!(shown(&test, &stage.ada, Shown::OfGroup(second)).await, ["EMMA-PC"]);
        assert_eq!(move_to(&test, &stage.ada, device, None).await, Ok(1));
        assert_eq!(shown(&test, &stage.ada, Shown::Ungrouped).await, ["EMMA-PC"]);
        let audited = stage::audited(&test, &format!("device:{device}")).await;
        assert_eq!(audited, ["device.enrolled", "device.placed", "device.placed", "device.placed"]);
    }

    async fn a_device_that_is_there_already_is_no_change(test: Test) {
        let stage = Stage::set(&test).await;
        let group = group(&test, &stage.ada, "Offices").await;
        assert_eq!(move_to(&test, &stage.ada, stage.device.id, Some(group)).await, Ok(1));
        assert_eq!(move_to(&test, &stage.ada, stage.device.id, Some(group)).await, Ok(0));
    }

    async fn ticked_devices_are_moved_together_from_the_page(test: Test) {
        let stage = Stage::set(&test).await;
        let other = stage::enrol(&test, &stage.oscar, "OSCAR-PC").await;
        let group = group(&test, &stage.ada, "Offices").await;
        let mut ada = test.signed_in("ada").await;
        let page = ada.get("/devices").await.body;
        assert!(page.contains("form=\"move-devices\"") && page.contains("id=\"move-devices\""), "{page}");
        let (one, two, to) = (stage.device.id.to_string(), other.id.to_string(), group.to_string());
        let fields = [("device", one.as_str()), ("device", two.as_str()), ("group", to.as_str()), ("shown", "none")];
        let answer = ada.post("/devices/group", &fields).await;
        assert_eq!((answer.status, answer.location()), (303, "/devices?group=none&done=placed"));
        assert_eq!(shown(&test, &stage.ada, Shown::OfGroup(group)).await, ["EMMA-PC", "OSCAR-PC"]);
    }

    async fn nothing_ticked_is_said_on_the_page(test: Test) {
        let stage = Stage::set(&test).await;
        group(&test, &stage.ada, "Offices").await;
        let answer = test.signed_in("ada").await.post("/devices/group", &[("group", "")]).await;
        assert_eq!(answer.status, 422);
        assert!(answer.body.contains("Tick the devices that you want to move."), "{}", answer.body);
    }

    async fn no_more_devices_are_moved_at_once_than_a_page_has(test: Test) {
        let stage = Stage::set(&test).await;
        let many = |count: usize| (0..count).map(|n| DeviceId(uuid::Uuid::from_u128(n as u128))).collect();
        let refused = place(&test.portal, &stage.ada, many(MOST_PLACED + 1), None).await.expect_err("refused");
        assert_eq!(refused.fields()[0].field, "device");
        let absent = place(&test.portal, &stage.ada, many(MOST_PLACED), None).await.expect_err("absent");
        assert_eq!(absent, AppError::NotFound);
    }

    async fn one_device_that_may_not_be_moved_keeps_all_where_they_are(test: Test) {
        let stage = Stage::set(&test).await;
        let branch = branch(&test, &stage.ada).await;
        let dora = member(&test, &stage.ada, "dora", branch, &[Right::DevicesManage]).await;
        let hers = stage::enrol(&test, &dora, "DORA-PC").await;
        let group = group(&test, &stage.ada, "Everywhere").await;
        let both = vec![hers.id, stage.device.id];
        let refused = place(&test.portal, &dora, both, Some(group)).await.expect_err("refused");
        assert_eq!(refused, AppError::NotFound);
        assert!(shown(&test, &stage.ada, Shown::OfGroup(group)).await.is_empty());
        assert_eq!(move_to(&test, &dora, hers.id, Some(group)).await, Ok(1));
    }

    async fn an_owner_and_an_operator_move_no_device_and_see_no_choice(test: Test) {
        let stage = Stage::set(&test).await;
        let group = group(&test, &stage.ada, "Offices").await;
        for (actor, login) in [(&stage.emma, "emma"), (&stage.oscar, "oscar")] {
            let refused = move_to(&test, actor, stage.device.id, Some(group)).await.expect_err("refused");
            assert_eq!(refused, AppError::Denied);
            let page = test.signed_in(login).await.get("/devices").await.body;
            assert!(!page.contains("move-devices") && !page.contains("token_group"), "{page}");
        }
    }

    async fn a_group_of_a_directory_takes_no_device_of_another(test: Test) {
        let stage = Stage::set(&test).await;
        let branch = branch(&test, &stage.ada).await;
        let own = service::create(&test.portal, &stage.ada, &form("Branch", &branch.to_string())).await.expect("a group");
        let refused = move_to(&test, &stage.ada, stage.device.id, Some(own)).await.expect_err("refused");
        assert_eq!(refused.fields()[0].field, "group");
        let unknown = GroupId(uuid::Uuid::from_u128(7));
        let absent = move_to(&test, &stage.ada, stage.device.id, Some(unknown)).await.expect_err("refused");
        assert_eq!(refused, absent);
    }

    async fn a_group_with_devices_of_others_does_not_become_one_of_a_directory(test: Test) {
        let stage = Stage::set(&test).await;
        let branch = branch(&test, &stage.ada).await;
        let id = group(&test, &stage.ada, "Everywhere").await;
        move_to(&test, &stage.ada, stage.device.id, Some(id)).await.expect("moved");
        let narrowed = form("Everywhere", &branch.to_string());
        let refused = service::edit(&test.portal, &stage.ada, id, 1, &narrowed).await.expect_err("refused");
        assert!(refused.fields()[0].message.starts_with("1 device in this group"), "{refused:?}");
        move_to(&test, &stage.ada, stage.device.id, None).await.expect("moved");
        service::edit(&test.portal, &stage.ada, id, 1, &narrowed).await.expect("changed");
    }

    async fn a_group_with_devices_is_removed_only_when_they_shall_be_in_none(test: Test) {
        let stage = Stage::set(&test).await;
        stage.file(&test, "Printer").await;
        let id = group(&test, &stage.ada, "Offices").await;
        move_to(&test, &stage.ada, stage.device.id, Some(id)).await.expect("moved");
        let mut ada = test.signed_in("ada").await;
        let path = format!("/device-groups/{id}/remove");
        let refused = ada.post(&path, &[]).await;
        assert!(refused.status == 422 && refused.body.contains("1 device is in this group"), "{}", refused.body);
        assert_eq!(ada.post(&path, &[("leaving", "yes")]).await.location(), "/device-groups");
        assert_eq!(shown(&test, &stage.ada, Shown::Ungrouped).await, ["EMMA-PC"]);
        assert!(subjects(&test, &stage.oscar, id).await.is_empty());
    }

    async fn a_token_carries_a_group_in_which_its_device_begins(test: Test) {
        let stage = Stage::set(&test).await;
        let id = group(&test, &stage.ada, "Offices").await;
        enrol_into(&test, &stage.ada, "emma", &id.to_string()).await.expect("a device");
        assert_eq!(shown(&test, &stage.ada, Shown::OfGroup(id)).await, ["NEW-PC"]);
    }

    async fn who_may_not_place_devices_makes_no_token_with_a_group(test: Test) {
        let stage = Stage::set(&test).await;
        let id = group(&test, &stage.ada, "Offices").await;
        for group in [id.to_string(), "x".to_owned()] {
            let refused = enrol_into(&test, &stage.emma, "", &group).await.expect_err("refused");
            assert_eq!(refused.fields()[0].field, "token_group");
        }
    }

    async fn a_token_outlives_its_group_and_its_owners_directory(test: Test) {
        let stage = Stage::set(&test).await;
        let branch = branch(&test, &stage.ada).await;
        let bea = member(&test, &stage.ada, "bea", branch, &[]).await;
        let id = service::create(&test.portal, &stage.ada, &form("Branch", &branch.to_string())).await.expect("a group");
        let made = devices::service::make_token(&test.portal, &stage.ada, "bea", "", &id.to_string()).await.expect("a token");
        let person = PersonForm { name: "Bea".into(), email: "bea@example.org".into(), directory: stage.emma.user.directory };
        people::edit(&test.portal, &stage.ada, bea.id(), &person).await.expect("moved");
        let token: EnrolmentToken = made.token.parse().expect("a whole token");
        use_up(&test, &token.secret).await;
        assert!(shown(&test, &stage.ada, Shown::OfGroup(id)).await.is_empty());
        service::remove(&test.portal, &stage.ada, id, false).await.expect("removed");
    }

    async fn who_moves_to_another_directory_takes_devices_out_of_its_groups(test: Test) {
        let stage = Stage::set(&test).await;
        let branch = branch(&test, &stage.ada).await;
        let local = form("Local", &stage.emma.user.directory.to_string());
        let (own, shared) = (
            service::create(&test.portal, &stage.ada, &local).await.expect("a group"),
            group(&test, &stage.ada, "Everywhere").await,
        );
        let other = stage::enrol(&test, &stage.emma, "SHARED-PC").await;
        stage.file(&test, "Printer").await;
        move_to(&test, &stage.ada, stage.device.id, Some(own)).await.expect("moved");
        move_to(&test, &stage.ada, other.id, Some(shared)).await.expect("moved");
        let person = PersonForm { name: "Emma".into(), email: "emma@example.org".into(), directory: branch };
        people::edit(&test.portal, &stage.ada, stage.emma.id(), &person).await.expect("moved");
        assert_eq!(shown(&test, &stage.ada, Shown::Ungrouped).await, ["EMMA-PC"]);
        assert_eq!(shown(&test, &stage.ada, Shown::OfGroup(shared)).await, ["SHARED-PC"]);
        assert!(subjects(&test, &stage.oscar, own).await.is_empty());
    }

    async fn requests_follow_their_device_when_it_is_moved_and_they_when_it_is_changed(test: Test) {
        let stage = Stage::set(&test).await;
        let id = group(&test, &stage.ada, "Offices").await;
        let before = stage.file(&test, "Before").await;
        move_to(&test, &stage.ada, stage.device.id, Some(id)).await.expect("moved");
        stage.file(&test, "After").await;
        requests::file(&test.portal, &stage.emma, &stage::form()).await.expect("one without a device");
        assert_eq!(subjects(&test, &stage.oscar, id).await, ["After", "Before"]);
        let none = RequestForm { device: String::new(), ..edited(&test, &stage, before).await };
        requests::edit(&test.portal, &stage.emma, before, &none).await.expect("edited");
        assert_eq!(subjects(&test, &stage.oscar, id).await, ["After"]);
    }

    async fn a_move_overtakes_nobody_who_has_the_request_open(test: Test) {
        let stage = Stage::set(&test).await;
        let id = group(&test, &stage.ada, "Offices").await;
        let request = stage.file(&test, "Printer").await;
        move_to(&test, &stage.ada, stage.device.id, Some(id)).await.expect("moved");
        requests::claim(&test.portal, &stage.oscar, request, 1).await.expect("the page is still good");
        assert_eq!(subjects(&test, &stage.oscar, id).await, ["Printer"]);
    }

    async fn a_move_while_requests_are_filed_leaves_all_of_them_in_the_group(test: Test) {
        let stage = Stage::set(&test).await;
        let id = group(&test, &stage.ada, "Offices").await;
        let (moved, first, second, third) = tokio::join!(
            move_to(&test, &stage.ada, stage.device.id, Some(id)),
            stage.file(&test, "A"),
            stage.file(&test, "B"),
            stage.file(&test, "C"),
        );
        assert_eq!(moved, Ok(1));
        assert_eq!(subjects(&test, &stage.oscar, id).await.len(), [first, second, third].len());
    }

    async fn moves_of_several_devices_and_changes_of_their_requests_wait_for_each_other(test: Test) {
        let stage = Stage::set(&test).await;
        let id = group(&test, &stage.ada, "Offices").await;
        let other = stage::enrol(&test, &stage.emma, "SECOND-PC").await;
        let first = stage.file(&test, "First").await;
        let form = RequestForm { device: other.id.to_string(), ..stage::form() };
        let second = requests::file(&test.portal, &stage.emma, &form).await.expect("filed");
        for round in 0..6 {
            let subject = format!("Round {round}");
            let one = RequestForm { subject: subject.clone(), ..edited(&test, &stage, first).await };
            let two = RequestForm { subject, ..edited(&test, &stage, second).await };
            let to = (round % 2 == 0).then_some(id);
            let (moved, one, two) = tokio::join!(
                place(&test.portal, &stage.ada, vec![stage.device.id, other.id], to),
                requests::edit(&test.portal, &stage.emma, first, &one),
                requests::edit(&test.portal, &stage.emma, second, &two),
            );
            assert_eq!(moved, Ok(2));
            one.expect("the first is changed");
            two.expect("the second is changed");
        }
    }

    async fn an_enrolment_and_the_removal_of_its_group_wait_for_each_other(test: Test) {
        let stage = Stage::set(&test).await;
        for round in 0..6 {
            let id = group(&test, &stage.ada, "Offices").await;
            let made = devices::service::make_token(&test.portal, &stage.ada, "emma", "", &id.to_string()).await;
            let token: EnrolmentToken = made.expect("a token").token.parse().expect("a whole token");
            let (enrolled, removed) = tokio::join!(
                enrol_key(&test, &token.secret, 100 + round),
                service::remove(&test.portal, &stage.ada, id, true),
            );
            assert!(enrolled.expect("no error").is_some());
            removed.expect("removed");
        }
    }

    async fn a_device_that_is_moved_while_its_owner_is_ends_in_no_group_of_another_directory(test: Test) {
        let stage = Stage::set(&test).await;
        let home = stage.emma.user.directory;
        let branch = branch(&test, &stage.ada).await;
        let own = service::create(&test.portal, &stage.ada, &form("Home", &home.to_string())).await.expect("a group");
        for round in 0..6 {
            let directory = if round % 2 == 0 { branch } else { home };
            let person = PersonForm { name: "Emma".into(), email: "emma@example.org".into(), directory };
            let (edited, placed) = tokio::join!(
                people::edit(&test.portal, &stage.ada, stage.emma.id(), &person),
                move_to(&test, &stage.ada, stage.device.id, Some(own)),
            );
            edited.expect("moved");
            assert!(matches!(placed, Ok(_) | Err(AppError::Invalid { .. })), "{placed:?}");
            assert_eq!(count_misplaced(&test).await, 0);
        }
    }

    async fn who_moves_takes_all_their_devices_along_and_the_audit_log_has_each(test: Test) {
        let stage = Stage::set(&test).await;
        let branch = branch(&test, &stage.ada).await;
        let local = form("Local", &stage.emma.user.directory.to_string());
        let own = service::create(&test.portal, &stage.ada, &local).await.expect("a group");
        let other = stage::enrol(&test, &stage.emma, "SECOND-PC").await;
        place(&test.portal, &stage.ada, vec![stage.device.id, other.id], Some(own)).await.expect("moved");
        let person = PersonForm { name: "Emma".into(), email: "emma@example.org".into(), directory: branch };
        people::edit(&test.portal, &stage.ada, stage.emma.id(), &person).await.expect("moved");
        for device in [stage.device.id, other.id] {
            let entries = stage::audited(&test, &format!("device:{device}")).await;
            assert_eq!(entries.iter().filter(|entry| *entry == "device.placed").count(), 2, "{entries:?}");
        }
    }

    async fn the_lists_address_and_its_export_keep_the_group(test: Test) {
        let stage = Stage::set(&test).await;
        let id = group(&test, &stage.ada, "Offices").await;
        requests::file(&test.portal, &stage.emma, &RequestForm { subject: "Elsewhere".into(), ..stage::form() }).await.expect("filed");
        stage.file(&test, "Here").await;
        move_to(&test, &stage.ada, stage.device.id, Some(id)).await.expect("moved");
        let mut oscar = test.signed_in("oscar").await;
        let page = oscar.get(&format!("/requests?group={id}")).await.body;
        assert!(page.contains("Here") && !page.contains("Elsewhere") && page.contains("Device group Offices"), "{page}");
        assert!(page.contains("href=\"/requests.csv?group="), "{page}");
        let table = oscar.get(&format!("/requests.csv?group={id}")).await.body;
        assert!(table.contains("Here") && !table.contains("Elsewhere"), "{table}");
    }

    async fn a_group_shows_nobody_requests_or_devices_of_other_directories(test: Test) {
        let stage = Stage::set(&test).await;
        let branch = branch(&test, &stage.ada).await;
        let rights = [Right::RequestsView, Right::DevicesView];
        let otto = member(&test, &stage.ada, "otto", branch, &rights).await;
        let shared = group(&test, &stage.ada, "Everywhere").await;
        let local = form("Headquarters", &stage.emma.user.directory.to_string());
        let own = service::create(&test.portal, &stage.ada, &local).await.expect("a group");
        stage.file(&test, "Printer").await;
        for id in [shared, own] {
            move_to(&test, &stage.ada, stage.device.id, Some(id)).await.expect("moved");
            assert!(subjects(&test, &otto, id).await.is_empty());
            assert!(shown(&test, &otto, Shown::OfGroup(id)).await.is_empty());
        }
        let mut browser = test.signed_in("otto").await;
        for path in ["/requests".to_owned(), format!("/requests?group={own}"), "/devices".to_owned()] {
            let page = browser.get(&path).await.body;
            assert!(page.contains("Everywhere") && !page.contains("Headquarters"), "{path} {page}");
        }
    }
}

async fn edited(test: &Test, stage: &Stage, id: RequestId) -> RequestForm {
    requests::edit_form(&test.portal, &stage.emma, id)
        .await
        .expect("the form")
}

#[tokio::test]
async fn a_list_of_a_group_is_read_along_an_index_in_its_order() {
    let test = Test::start(Engine::Sqlite).await;
    let plan: Vec<PlanRow> = sql(
        "EXPLAIN QUERY PLAN SELECT r.id FROM requests r JOIN users o ON o.id = r.owner_id \
         WHERE r.open = TRUE AND r.group_id = 'x' ORDER BY r.number DESC LIMIT 51",
    )
    .fetch_all(test.portal.db.on())
    .await
    .expect("a plan");
    let plan: Vec<String> = plan.into_iter().map(|row| row.detail).collect();
    assert!(plan[0].contains("requests_by_group"), "{plan:?}");
    assert!(plan.iter().all(|line| !line.contains("TEMP B-TREE")), "{plan:?}");
    test.end().await;
}
