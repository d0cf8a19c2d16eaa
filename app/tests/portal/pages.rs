//! What pages show of what people typed.

use crate::{
    harness::{Browser, Test},
    on_both_engines,
};
use deskside::accounts::model::StartingRole;

/// Ends every element that could hold it, then begins one of its own.
const HOSTILE: &str = "</title></textarea></script>--><b id=\"evil\">x</b>";
const BEGUN: &str = "<b id=\"evil\">";

async fn shows_no_markup(browser: &mut Browser, path: &str, shown: bool) {
    let answer = browser.get(path).await;
    assert_eq!(answer.status, 200, "{path}");
    assert!(!answer.body.contains(BEGUN), "{path}: {}", answer.body);
    assert_eq!(answer.body.contains("&lt;b id="), shown, "{path}: {}", answer.body);
}

on_both_engines! {
    async fn what_somebody_typed_is_never_markup(test: Test) {
        test.person("emma", StartingRole::Employee).await;
        test.person("oscar", StartingRole::Operator).await;
        let (mut emma, mut oscar) = (test.signed_in("emma").await, test.signed_in("oscar").await);
        let filed = emma.post("/requests/new", &[("subject", HOSTILE), ("description", HOSTILE)]).await;
        assert_eq!(filed.status, 303, "{}", filed.body);
        let page = filed.header("location").to_owned();
        assert_eq!(emma.post(&format!("{page}/messages"), &[("text", HOSTILE)]).await.status, 303);
        for path in [page.as_str(), "/my-requests", &format!("{page}/edit")] {
            shows_no_markup(&mut emma, path, true).await;
        }
        for path in [page.as_str(), "/requests"] {
            shows_no_markup(&mut oscar, path, true).await;
        }
    }

    async fn a_refused_form_shows_no_markup_of_what_was_typed(test: Test) {
        test.person("emma", StartingRole::Employee).await;
        let mut emma = test.signed_in("emma").await;
        let answer = emma.post("/requests/new", &[("subject", ""), ("description", HOSTILE)]).await;
        assert_eq!(answer.status, 422);
        assert!(!answer.body.contains(BEGUN), "{}", answer.body);
        let answer = test.browser().post("/sign-in", &[("login", HOSTILE), ("password", "x"), ("next", HOSTILE)]).await;
        assert!(!answer.body.contains(BEGUN), "{}", answer.body);
    }
}
