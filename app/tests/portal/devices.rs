//! Enrolling devices and knowing which are there.

use crate::{
    harness::Test,
    on_both_engines,
    stage::{self, Stage},
};
use deskside::{
    accounts::model::StartingRole,
    devices::{
        model::{PAGE_ROWS, Shown},
        service,
    },
    error::AppError,
    requests::model::Status,
    server::budget::TOKENS_AN_HOUR,
    sessions::{
        self, relay_link,
        reports::{self, Taken},
    },
};
use deskside_protocol::{
    agent::DeviceFacts,
    bytes::{Fixed, PublicKey},
    ids::DeviceId,
    link::{PortalToRelay, RelayToPortal},
    report::Event,
    session::Platform,
};
use std::time::Duration;

fn facts(name: &str) -> DeviceFacts {
    DeviceFacts {
        name: name.into(),
        platform: Platform::Windows,
        agent_version: "0.1.0".into(),
    }
}

fn key(number: u8) -> PublicKey {
    Fixed([number; 32])
}

on_both_engines! {
    async fn a_token_enrols_one_device_for_its_owner(test: Test) {
        let emma = test.person("emma", StartingRole::Employee).await;
        let token = service::make_token(&test.portal, &emma, "", "", "").await.expect("a token");
        let command = format!("deskside-agent enrol --server http://portal.test --token {}", token.token);
        assert_eq!(token.command, command);
        let secret = stage::enrolment_secret(&test, &emma).await;
        let id = service::enrol(&test.portal, &secret, key(1), &facts("PC-1")).await.expect("no error");
        let rows = service::list_own(&test.portal, &emma).await.expect("devices");
        assert_eq!(rows.iter().map(|row| Some(row.id)).collect::<Vec<_>>(), [id]);
        assert_eq!((rows[0].name.as_str(), rows[0].platform, rows[0].online), ("PC-1", Platform::Windows, false));
    }

    async fn a_token_works_once(test: Test) {
        let emma = test.person("emma", StartingRole::Employee).await;
        let token = stage::enrolment_secret(&test, &emma).await;
        assert!(service::enrol(&test.portal, &token, key(1), &facts("A")).await.expect("no error").is_some());
        assert!(service::enrol(&test.portal, &token, key(2), &facts("B")).await.expect("no error").is_none());
    }

    async fn two_devices_with_one_token_at_once_are_one_device(test: Test) {
        let emma = test.person("emma", StartingRole::Employee).await;
        let token = stage::enrolment_secret(&test, &emma).await;
        let (a, b) = (facts("A"), facts("B"));
        let (first, second) = tokio::join!(
            service::enrol(&test.portal, &token, key(1), &a),
            service::enrol(&test.portal, &token, key(2), &b),
        );
        assert_ne!(first.expect("no error").is_some(), second.expect("no error").is_some());
    }

    async fn a_token_is_good_for_24_hours_and_not_longer(test: Test) {
        let emma = test.person("emma", StartingRole::Employee).await;
        let make = || stage::enrolment_secret(&test, &emma);
        let (in_time, late) = (make().await, make().await);
        test.advance(Duration::from_millis(24 * 3_600_000 - 1));
        assert!(service::enrol(&test.portal, &in_time, key(1), &facts("A")).await.expect("no error").is_some());
        test.advance(Duration::from_millis(1));
        assert!(service::enrol(&test.portal, &late, key(2), &facts("B")).await.expect("no error").is_none());
    }

    async fn a_key_is_enrolled_once_and_the_token_stays_good(test: Test) {
        let emma = test.person("emma", StartingRole::Employee).await;
        let make = || stage::enrolment_secret(&test, &emma);
        let (first, second) = (make().await, make().await);
        service::enrol(&test.portal, &first, key(1), &facts("A")).await.expect("no error").expect("a device");
        assert!(service::enrol(&test.portal, &second, key(1), &facts("A")).await.expect("no error").is_none());
        assert!(service::enrol(&test.portal, &second, key(2), &facts("B")).await.expect("no error").is_some());
    }

    async fn a_made_up_token_is_no_good(test: Test) {
        for text in ["", "x", &"A".repeat(43), &"A".repeat(100_000)] {
            assert!(service::enrol(&test.portal, text, key(1), &facts("A")).await.expect("no error").is_none());
        }
    }

    async fn an_employee_makes_tokens_for_nobody_else_and_learns_no_logins(test: Test) {
        let emma = test.person("emma", StartingRole::Employee).await;
        test.person("oscar", StartingRole::Operator).await;
        let ask = |login: &'static str| service::make_token(&test.portal, &emma, login, "", "");
        let existing = ask("oscar").await.expect_err("refused");
        assert_eq!(existing, ask("nobody").await.expect_err("refused"));
        assert_eq!(existing.fields()[0].field, "owner");
    }

    async fn an_administrator_makes_a_token_for_anybody_and_names_the_device(test: Test) {
        let stage = Stage::set(&test).await;
        let token = service::make_token(&test.portal, &stage.ada, "emma", "Front desk", "").await.expect("a token");
        assert_eq!(token.owner.name, "Emma");
        let (secret, _) = token.token.split_once('.').expect("secret and key");
        let id = service::enrol(&test.portal, secret, key(1), &facts("PC-9")).await.expect("no error").expect("a device");
        let message = RelayToPortal::DeviceOnline { device: id, facts: facts("PC-10"), at: 0 };
        relay_link::take(&test.portal, message).await.expect("taken");
        let rows = service::list_own(&test.portal, &stage.emma).await.expect("devices");
        assert!(rows.iter().any(|row| row.id == id && row.name == "Front desk" && row.online));
    }

    async fn a_device_name_on_two_lines_is_refused(test: Test) {
        let emma = test.person("emma", StartingRole::Employee).await;
        let refused = service::make_token(&test.portal, &emma, "", "a\nb", "").await.expect_err("refused");
        assert_eq!(refused.fields()[0].field, "device_name");
    }

    async fn the_relay_gets_the_key_of_an_enrolled_device_and_none_for_another(test: Test) {
        let stage = Stage::set(&test).await;
        stage::told(&mut test);
        for (query, device) in [(1, stage.device.id), (2, DeviceId(uuid::Uuid::nil()))] {
            relay_link::take(&test.portal, RelayToPortal::DeviceKeyWanted { query, device }).await.expect("taken");
        }
        let known = Some(Fixed(stage.device.key.verifying_key().to_bytes()));
        let expected =
            [PortalToRelay::DeviceKey { query: 1, key: known }, PortalToRelay::DeviceKey { query: 2, key: None }];
        assert_eq!(stage::told(&mut test), expected);
    }

    async fn the_relay_gets_an_answer_to_every_enrolment(test: Test) {
        let emma = test.person("emma", StartingRole::Employee).await;
        let token = stage::enrolment_secret(&test, &emma).await;
        for query in [1, 2] {
            let token = token.clone();
            let message = RelayToPortal::EnrolWanted { query, token, key: key(1), facts: facts("A") };
            relay_link::take(&test.portal, message).await.expect("taken");
        }
        let told = stage::told(&mut test);
        assert!(matches!(told[0], PortalToRelay::EnrolAnswer { query: 1, device: Some(_) }), "{told:?}");
        assert_eq!(told[1], PortalToRelay::EnrolAnswer { query: 2, device: None });
    }

    async fn presence_is_shown_and_forgotten_at_a_restart(test: Test) {
        let stage = Stage::set(&test).await;
        let online = async |test: &Test| service::list_own(&test.portal, &stage.emma).await.expect("devices")[0].online;
        stage.device.comes_online(&test).await;
        assert!(online(&test).await);
        stage.device.goes_offline(&test).await;
        assert!(!online(&test).await);
        stage.device.comes_online(&test).await;
        test.restart().await;
        deskside::sessions::presence::recover(&test.portal).await.expect("recovered");
        assert!(!online(&test).await);
    }

    async fn staff_see_all_devices_page_by_page_and_employees_their_own(test: Test) {
        let stage = Stage::set(&test).await;
        for number in 0..PAGE_ROWS {
            // Nobody makes that many tokens within an hour.
            test.advance(Duration::from_secs(3600));
            stage::enrol(&test, &stage.oscar, &format!("PC-{number:03}")).await;
        }
        let first = service::list_page(&test.portal, &stage.oscar, Shown::All, None).await.expect("a page");
        assert_eq!((first.rows.len(), first.rows[0].name.as_str()), (PAGE_ROWS, "EMMA-PC"));
        let last = service::list_page(&test.portal, &stage.oscar, Shown::All, first.next).await.expect("a page");
        assert_eq!((last.rows.len(), last.rows[0].name.as_str(), last.next), (1, "PC-099", None));
        assert_eq!(service::list_page(&test.portal, &stage.emma, Shown::All, None).await.expect("a page").rows.len(), 1);
    }

    async fn twenty_tokens_an_hour_are_made_and_not_one_more(test: Test) {
        let emma = test.person("emma", StartingRole::Employee).await;
        for _ in 0..TOKENS_AN_HOUR {
            service::make_token(&test.portal, &emma, "", "", "").await.expect("a token");
        }
        test.advance(Duration::from_secs(3599));
        let refused = service::make_token(&test.portal, &emma, "", "", "").await.expect_err("refused");
        assert_eq!(refused, AppError::TooMany { retry_after_s: 1 });
        test.advance(Duration::from_secs(1));
        service::make_token(&test.portal, &emma, "", "", "").await.expect("a token");
    }

    async fn a_removed_device_ends_its_session_and_never_connects_again(test: Test) {
        let stage = Stage::set(&test).await;
        let (request, session) = stage.connected(&test).await;
        stage::told(&mut test);
        service::revoke(&test.portal, &stage.emma, stage.device.id).await.expect("removed");
        let told = stage::told(&mut test);
        assert!(told.contains(&PortalToRelay::CloseSession { session }), "{told:?}");
        assert_eq!(told.last(), Some(&PortalToRelay::DropDevice { device: stage.device.id }));
        assert_eq!(stage.see(&test, &stage.oscar, request).await.row.status, Status::Assigned);

        let wanted = RelayToPortal::DeviceKeyWanted { query: 1, device: stage.device.id };
        relay_link::take(&test.portal, wanted).await.expect("taken");
        stage.device.comes_online(&test).await;
        let expected = [
            PortalToRelay::DeviceKey { query: 1, key: None },
            PortalToRelay::DropDevice { device: stage.device.id },
        ];
        assert_eq!(stage::told(&mut test), expected);
        assert!(service::list_own(&test.portal, &stage.emma).await.expect("devices").is_empty());
        let report = stage.device.report(&test, Event::Interrupted { session });
        let taken = reports::take(&test.portal, stage.device.id, &report).await.expect("no error");
        assert_eq!(taken, Taken::UnknownDevice);
        let version = stage.see(&test, &stage.oscar, request).await.row.version;
        let refused = sessions::service::launch(&test.portal, &stage.oscar, request, version).await.expect_err("refused");
        assert!(refused.to_string().starts_with("EMMA-PC was removed"), "{refused}");
        let subject = format!("device:{}", stage.device.id);
        assert_eq!(stage::audited(&test, &subject).await, ["device.enrolled", "device.revoked"]);
    }

    async fn owner_and_administrator_remove_a_device_and_others_never(test: Test) {
        let stage = Stage::set(&test).await;
        let eve = test.person("eve", StartingRole::Employee).await;
        let remove = |actor| service::revoke(&test.portal, actor, stage.device.id);
        assert_eq!(remove(&eve).await.expect_err("absent"), AppError::NotFound);
        assert_eq!(remove(&stage.oscar).await.expect_err("refused"), AppError::Denied);
        let mut ada = test.signed_in("ada").await;
        assert!(ada.get("/devices").await.body.contains("Remove device"));
        let path = format!("/devices/{}/revoke", stage.device.id);
        assert_eq!(ada.post(&path, &[]).await.location(), "/devices");
        remove(&stage.emma).await.expect("twice is no error");
        let subject = format!("device:{}", stage.device.id);
        assert_eq!(stage::audited(&test, &subject).await, ["device.enrolled", "device.revoked"]);
    }

    async fn a_removal_and_a_launch_at_once_leave_no_session(test: Test) {
        let stage = Stage::set(&test).await;
        stage.device.comes_online(&test).await;
        let id = stage.claimed(&test).await;
        let (removed, _launched) = tokio::join!(
            service::revoke(&test.portal, &stage.emma, stage.device.id),
            sessions::service::launch(&test.portal, &stage.oscar, id, 2),
        );
        removed.expect("removed");
        assert_eq!(stage.see(&test, &stage.oscar, id).await.row.status, Status::Assigned);
    }

    async fn old_tokens_are_forgotten_a_week_after_they_expired(test: Test) {
        let emma = test.person("emma", StartingRole::Employee).await;
        service::make_token(&test.portal, &emma, "", "", "").await.expect("a token");
        test.advance(Duration::from_secs(9 * 24 * 3600));
        service::clean_up(&test.portal).await.expect("cleaned up");
    }

    async fn the_device_page_asks_strangers_to_sign_in(test: Test) {
        let answer = test.browser().get("/devices").await;
        assert_eq!((answer.status, answer.location().starts_with("/sign-in")), (303, true));
    }
}
