//! What a directory is asked: who somebody is, whether a login is theirs, and whom it has.

use crate::{
    harness::{PASSWORD, Test},
    on_both_engines,
};
use deskside::{
    accounts::{model::StartingRole, people},
    directories::{
        model::LOCAL,
        sign_in::{self, NAMED},
        source::SourceError,
    },
    error::AppError,
};

on_both_engines! {
    async fn a_login_with_its_password_is_the_account_that_it_belongs_to(test: Test) {
        let emma = test.person("emma", StartingRole::Employee).await;
        let found = sign_in::check(&test.portal, "emma", PASSWORD.into()).await;
        assert_eq!(found, Ok(emma.user));
    }

    async fn a_wrong_password_is_refused_and_a_login_that_nobody_has_is_unknown(test: Test) {
        test.person("emma", StartingRole::Employee).await;
        let check = |login: &'static str| sign_in::check(&test.portal, login, "not the password".into());
        assert_eq!(check("emma").await, Err(SourceError::Refused));
        assert_eq!(check("nobody").await, Err(SourceError::Unknown));
    }

    async fn who_was_disabled_is_nobody_to_a_directory(test: Test) {
        let (ada, emma) = (
            test.person("ada", StartingRole::Administrator).await,
            test.person("emma", StartingRole::Employee).await,
        );
        assert_eq!(sign_in::find(&test.portal, " EMMA ").await, Ok(Some(emma.user.clone())));
        people::set_active(&test.portal, &ada, emma.id(), false).await.expect("disabled");
        assert_eq!(sign_in::find(&test.portal, "emma").await, Ok(None));
        let signed_in = sign_in::check(&test.portal, "emma", PASSWORD.into()).await;
        assert_eq!(signed_in, Err(SourceError::Unknown));
    }

    async fn a_directory_that_cannot_be_asked_says_so(test: Test) {
        test.person("emma", StartingRole::Employee).await;
        test.portal.db.close().await;
        let failed = sign_in::check(&test.portal, "emma", PASSWORD.into()).await;
        assert!(matches!(failed, Err(SourceError::Unavailable(AppError::Internal { .. }))), "{failed:?}");
        test.restart().await;
    }

    async fn a_directorys_page_names_its_first_ten_people_and_not_one_more(test: Test) {
        let ada = test.person("ada", StartingRole::Administrator).await;
        for number in 0..NAMED {
            test.person(&format!("person{number:02}"), StartingRole::Employee).await;
        }
        let named = sign_in::list_first(&test.portal, &ada, LOCAL).await.expect("people");
        assert_eq!((named.len(), named[0].login.as_str()), (NAMED, "ada"));
        let page = test.signed_in("ada").await.get(&format!("/directories/{LOCAL}")).await.body;
        assert!(page.contains("Person08") && !page.contains("Person09"), "{page}");
    }

    async fn whoever_does_not_manage_directories_is_told_nobody(test: Test) {
        let oscar = test.person("oscar", StartingRole::Operator).await;
        let refused = sign_in::list_first(&test.portal, &oscar, LOCAL).await;
        assert_eq!(refused.expect_err("absent"), AppError::NotFound);
    }
}
