//! Taking rights back: what ends when somebody is signed out everywhere, disabled or given another role.

use crate::{
    harness::{PASSWORD, Test},
    on_both_engines,
    stage::{self, Stage},
};
use deskside::{
    accounts::{
        model::StartingRole,
        service::{self, RightsChange},
    },
    audit::By,
    sessions::presence,
};
use deskside_protocol::{command::Order, link::PortalToRelay, session::EndReason};

const CONSOLE: By<'static> = By::Machine("command line");

/// True when the relay was told to close the session and the device to end it.
fn ended(test: &mut Test, session: deskside_protocol::ids::SessionId, stage: &Stage) -> bool {
    let told = stage::told(test);
    let key = test.portal.public_key();
    let end = Order::EndSession {
        session,
        reason: EndReason::Operator,
    };
    let ordered = told.iter().any(|message| match message {
        PortalToRelay::Command { device, command } => {
            *device == stage.device.id
                && command
                    .open::<deskside_protocol::command::Command>(&key)
                    .is_ok_and(|command| command.order == end)
        }
        _ => false,
    });
    ordered && told.contains(&PortalToRelay::CloseSession { session })
}

on_both_engines! {
    async fn signing_out_everywhere_ends_the_sessions_that_one_operates(test: Test) {
        let stage = Stage::set(&test).await;
        let (_, session) = stage.connected(&test).await;
        stage::told(&mut test);
        service::sign_out_everywhere(&test.portal, &stage.oscar).await.expect("signed out");
        assert!(ended(&mut test, session, &stage));
    }

    async fn the_owner_signing_out_everywhere_ends_no_session_of_others(test: Test) {
        let stage = Stage::set(&test).await;
        let (_, session) = stage.connected(&test).await;
        stage::told(&mut test);
        service::sign_out_everywhere(&test.portal, &stage.emma).await.expect("signed out");
        assert!(!ended(&mut test, session, &stage));
    }

    async fn a_changed_password_ends_the_sessions_that_one_operates(test: Test) {
        let stage = Stage::set(&test).await;
        let (_, session) = stage.connected(&test).await;
        stage::told(&mut test);
        let new = "another long password".to_owned();
        service::change_password(&test.portal, &stage.oscar, PASSWORD.into(), new.clone(), &new).await.expect("changed");
        assert!(ended(&mut test, session, &stage));
    }

    async fn a_disabled_operator_is_signed_out_and_the_running_portal_ends_the_sessions(test: Test) {
        let stage = Stage::set(&test).await;
        let mut browser = test.signed_in("oscar").await;
        let (_, session) = stage.connected(&test).await;
        stage::told(&mut test);
        service::change_rights(&test.portal, CONSOLE, "OSCAR", RightsChange::Disable).await.expect("disabled");
        assert_eq!(browser.get("/requests").await.location(), "/sign-in?next=/requests");
        presence::expire(&test.portal).await.expect("time passes");
        assert!(ended(&mut test, session, &stage));
        let fields = [("login", "oscar"), ("password", PASSWORD)];
        assert_eq!(test.browser().post("/sign-in", &fields).await.status, 422);

        service::change_rights(&test.portal, CONSOLE, "oscar", RightsChange::Enable).await.expect("enabled");
        assert_eq!(test.browser().post("/sign-in", &fields).await.status, 303);
        let audited = stage::audited(&test, &format!("user:{}", stage.oscar.id())).await;
        assert!(audited.ends_with(&["account.disabled".into(), "account.enabled".into(), "account.signed_in".into()]));
    }

    async fn another_role_signs_out_and_ends_operated_sessions(test: Test) {
        let stage = Stage::set(&test).await;
        let mut browser = test.signed_in("oscar").await;
        let (_, session) = stage.connected(&test).await;
        stage::told(&mut test);
        let change = RightsChange::Role(StartingRole::Employee);
        service::change_rights(&test.portal, CONSOLE, "oscar", change).await.expect("changed");
        presence::expire(&test.portal).await.expect("time passes");
        assert!(ended(&mut test, session, &stage));
        assert_eq!(browser.get("/requests").await.status, 303);
        assert_eq!(test.signed_in("oscar").await.get("/requests").await.status, 404);
    }

    async fn a_session_launched_after_that_stays(test: Test) {
        let stage = Stage::set(&test).await;
        service::sign_out_everywhere(&test.portal, &stage.oscar).await.expect("signed out");
        test.advance(std::time::Duration::from_millis(1));
        let (_, session) = stage.connected(&test).await;
        presence::expire(&test.portal).await.expect("time passes");
        assert!(!ended(&mut test, session, &stage));
    }

    async fn a_login_that_nobody_has_is_named_as_such(test: Test) {
        let unknown = service::change_rights(&test.portal, CONSOLE, "nobody", RightsChange::Disable).await;
        assert_eq!(unknown.expect_err("refused").fields()[0].message, "There is no account with this login.");
    }
}
