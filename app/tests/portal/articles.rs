//! Help articles: who writes them, who reads them, what is offered, and what counts as help.

use crate::{
    harness::{PASSWORD, Test},
    on_both_engines,
    stage::{self, Stage},
};
use deskside::{
    accounts::{NewAccount, model::StartingRole, people},
    articles::{
        model::{ArticleId, ArticleLink, BODY_CHARS, MOST_ARTICLES, TITLE_CHARS},
        service::{self, ArticleForm},
    },
    directories::{
        model::LOCAL,
        service::{self as directories, DirectoryForm},
    },
    error::AppError,
    overview,
    roles::{
        model::{ADMINISTRATOR, Scope},
        service as roles,
    },
    server::{access::Actor, db::sql},
};
use deskside_protocol::ids::DirectoryId;

/// A published article for everybody.
fn article(title: &str, body: &str) -> ArticleForm {
    ArticleForm {
        title: title.into(),
        body: body.into(),
        published: true,
        directory: "all".into(),
    }
}

async fn write(test: &Test, actor: &Actor, form: &ArticleForm) -> ArticleId {
    service::create(&test.portal, actor, form).await.expect("an article")
}

/// Makes a directory.
async fn branch(test: &Test, ada: &Actor) -> DirectoryId {
    let form = DirectoryForm {
        name: "Branch".into(),
        time_zone: "UTC".into(),
    };
    directories::create(&test.portal, ada, &form)
        .await
        .expect("a directory")
}

/// Makes somebody in a directory, without rights.
async fn member(test: &Test, ada: &Actor, login: &str, directory: DirectoryId) -> Actor {
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
    test.as_actor(id).await
}

fn titles(found: Vec<ArticleLink>) -> Vec<String> {
    found.into_iter().map(|article| article.title).collect()
}

async fn found(test: &Test, actor: &Actor, text: &str) -> Vec<String> {
    titles(service::help(&test.portal, actor, text).await.expect("a list"))
}

async fn offered(test: &Test, actor: &Actor, subject: &str) -> Vec<String> {
    titles(service::suggest(&test.portal, actor, subject).await.expect("a list"))
}

/// How many people every article helped, and how many it did not, as the list for administrators says.
async fn counted(test: &Test, ada: &Actor) -> (i64, i64) {
    let rows = service::list(&test.portal, ada).await.expect("a list");
    rows.iter()
        .fold((0, 0), |(yes, no), row| (yes + row.solved, no + row.unsolved))
}

/// What the overview tells `actor` about articles: title, how many it helped, how many not.
async fn told(test: &Test, actor: &Actor) -> Vec<(String, i64, i64)> {
    let overview = overview::service::overview(&test.portal, actor, None)
        .await
        .expect("figures");
    let lines = overview.self_help.into_iter();
    lines.map(|line| (line.title, line.solved, line.unsolved)).collect()
}

on_both_engines! {
    async fn an_employee_finds_an_article_by_the_beginning_of_a_word(test: Test) {
        let stage = Stage::set(&test).await;
        write(&test, &stage.ada, &article("Drucker klemmt", "Das Papier im Fach herausnehmen.")).await;
        write(&test, &stage.ada, &article("VPN", "Sign in again.")).await;
        for text in ["druck", "KLEMMT", "papier drucker", "heraus"] {
            assert_eq!(found(&test, &stage.emma, text).await, ["Drucker klemmt"], "{text}");
        }
        for text in ["drucker vpn", "!!!", "'; DROP TABLE articles; --"] {
            assert!(found(&test, &stage.emma, text).await.is_empty(), "{text}");
        }
        assert_eq!(found(&test, &stage.emma, "").await.len(), 2);
    }

    async fn an_article_is_found_inside_its_words_after_those_that_fit_better(test: Test) {
        let stage = Stage::set(&test).await;
        write(&test, &stage.ada, &article("A fingerprint is refused", "Clean the glass.")).await;
        write(&test, &stage.ada, &article("Blueprints", "Ask the office.")).await;
        write(&test, &stage.ada, &article("Printers", "Turn it on.")).await;
        write(&test, &stage.ada, &article("What you print stays white", "Turn the paper.")).await;
        let expected = ["What you print stays white", "Printers", "A fingerprint is refused", "Blueprints"];
        assert_eq!(found(&test, &stage.emma, "print").await, expected);
        assert_eq!(offered(&test, &stage.emma, "print").await, expected[..3]);
        assert_eq!(found(&test, &stage.emma, "gerp glass").await, ["A fingerprint is refused"]);
        assert!(found(&test, &stage.emma, "rp").await.is_empty());
    }

    async fn an_unpublished_article_is_absent_for_readers(test: Test) {
        let stage = Stage::set(&test).await;
        let draft = ArticleForm { published: false, ..article("Printer jams", "Open it.") };
        let id = write(&test, &stage.ada, &draft).await;
        assert!(found(&test, &stage.emma, "printer").await.is_empty());
        assert!(offered(&test, &stage.emma, "printer").await.is_empty());
        assert_eq!(service::answer(&test.portal, &stage.emma, id, true).await, Err(AppError::NotFound));
        let mut emma = test.signed_in("emma").await;
        assert_eq!(emma.get(&format!("/help/{id}")).await.status, 404);
        assert_eq!(emma.post(&format!("/help/{id}"), &[("answer", "yes")]).await.status, 404);
    }

    async fn an_article_of_another_directory_is_absent(test: Test) {
        let stage = Stage::set(&test).await;
        let branch = branch(&test, &stage.ada).await;
        let bea = member(&test, &stage.ada, "bea", branch).await;
        let form = ArticleForm { directory: branch.to_string(), ..article("Branch printer", "In the hall.") };
        let id = write(&test, &stage.ada, &form).await;
        write(&test, &stage.ada, &article("Every printer", "Turn it on.")).await;
        assert_eq!(found(&test, &bea, "printer").await, ["Branch printer", "Every printer"]);
        assert_eq!(found(&test, &stage.emma, "printer").await, ["Every printer"]);
        assert_eq!(offered(&test, &stage.emma, "printer").await, ["Every printer"]);
        assert_eq!(service::read(&test.portal, &stage.emma, id).await.expect_err("absent"), AppError::NotFound);
        assert_eq!(test.signed_in("bea").await.get(&format!("/help/{id}")).await.status, 200);
        assert_eq!(test.signed_in("emma").await.get(&format!("/help/{id}")).await.status, 404);
    }

    async fn only_administrators_write_articles(test: Test) {
        let stage = Stage::set(&test).await;
        let id = write(&test, &stage.ada, &article("Printer", "Turn it on.")).await;
        for actor in [&stage.emma, &stage.oscar] {
            let form = article("Mine", "Text");
            assert_eq!(service::create(&test.portal, actor, &form).await, Err(AppError::NotFound));
            assert_eq!(service::edit(&test.portal, actor, id, 1, &form).await, Err(AppError::NotFound));
            assert_eq!(service::open(&test.portal, actor, id).await, Err(AppError::NotFound));
            assert_eq!(service::list(&test.portal, actor).await, Err(AppError::NotFound));
        }
    }

    async fn whoever_administers_one_directory_writes_for_that_one_only(test: Test) {
        let stage = Stage::set(&test).await;
        let branch = branch(&test, &stage.ada).await;
        let bob = member(&test, &stage.ada, "bob", branch).await;
        roles::grant(&test.portal, &stage.ada, bob.id(), ADMINISTRATOR, Scope::Directory(branch)).await.expect("given");
        let bob = test.as_actor(bob.id()).await;
        let shared = write(&test, &stage.ada, &article("For all", "Text")).await;
        for directory in ["all".to_owned(), LOCAL.to_string(), "nowhere".to_owned()] {
            let form = ArticleForm { directory, ..article("Mine", "Text") };
            let refused = service::create(&test.portal, &bob, &form).await.expect_err("refused");
            assert_eq!(refused.fields()[0].field, "directory");
        }
        assert_eq!(service::open(&test.portal, &bob, shared).await, Err(AppError::NotFound));
        let own = ArticleForm { directory: branch.to_string(), ..article("Mine", "Text") };
        let id = write(&test, &bob, &own).await;
        let rows = service::list(&test.portal, &bob).await.expect("a list");
        assert_eq!(rows.iter().map(|row| row.id).collect::<Vec<_>>(), [id]);
        let moved = ArticleForm { directory: "all".into(), ..own };
        let refused = service::edit(&test.portal, &bob, id, 1, &moved).await.expect_err("refused");
        assert_eq!(refused.fields()[0].field, "directory");
    }

    async fn an_answer_counts_once_per_person_and_the_latest_stays(test: Test) {
        let stage = Stage::set(&test).await;
        let id = write(&test, &stage.ada, &article("Printer", "Turn it on.")).await;
        for solved in [true, true, false] {
            service::answer(&test.portal, &stage.emma, id, solved).await.expect("kept");
        }
        assert_eq!(counted(&test, &stage.ada).await, (0, 1));
        service::answer(&test.portal, &stage.oscar, id, true).await.expect("kept");
        assert_eq!(counted(&test, &stage.ada).await, (1, 1));
        let shown = overview::service::overview(&test.portal, &stage.oscar, None).await.expect("figures").self_help;
        assert_eq!((shown.len(), shown[0].solved, shown[0].unsolved), (1, 1, 1));
        let audited = stage::audited(&test, &format!("article:{id}")).await;
        assert_eq!(audited, ["article.created", "article.answered", "article.answered", "article.answered"]);
    }

    async fn the_overview_of_one_directory_counts_the_answers_of_its_people(test: Test) {
        let stage = Stage::set(&test).await;
        let branch = branch(&test, &stage.ada).await;
        let bea = member(&test, &stage.ada, "bea", branch).await;
        let id = write(&test, &stage.ada, &article("Printer", "Turn it on.")).await;
        service::answer(&test.portal, &stage.emma, id, true).await.expect("kept");
        service::answer(&test.portal, &bea, id, false).await.expect("kept");
        let shown = overview::service::overview(&test.portal, &stage.oscar, Some(branch)).await.expect("figures").self_help;
        assert_eq!((shown.len(), shown[0].solved, shown[0].unsolved), (1, 0, 1));
    }

    async fn what_fits_best_is_offered_first_and_never_more_than_three(test: Test) {
        let stage = Stage::set(&test).await;
        write(&test, &stage.ada, &article("Paper", "A printer eats it when it is damp.")).await;
        write(&test, &stage.ada, &article("Printer jams", "Open the flap.")).await;
        write(&test, &stage.ada, &article("Printer offline", "Start it again.")).await;
        write(&test, &stage.ada, &article("Screen", "Not about that at all.")).await;
        assert_eq!(
            offered(&test, &stage.emma, "My printer jams").await,
            ["Printer jams", "Printer offline", "Paper"]
        );
        write(&test, &stage.ada, &article("Printer jams often", "Clean it.")).await;
        assert_eq!(
            offered(&test, &stage.emma, "The printer jams!").await,
            ["Printer jams", "Printer jams often", "Printer offline"]
        );
        assert_eq!(offered(&test, &stage.emma, "scree").await, ["Screen"]);
        assert!(offered(&test, &stage.emma, "my a is").await.is_empty());
    }

    async fn changed_words_lead_to_an_article_and_old_ones_no_longer(test: Test) {
        let stage = Stage::set(&test).await;
        let id = write(&test, &stage.ada, &article("Printer", "Turn it on.")).await;
        service::edit(&test.portal, &stage.ada, id, 1, &article("Scanner", "Turn it off.")).await.expect("changed");
        assert!(found(&test, &stage.emma, "printer").await.is_empty());
        assert_eq!(found(&test, &stage.emma, "scanner").await, ["Scanner"]);
    }

    async fn suggestions_come_as_a_piece_of_a_page(test: Test) {
        let stage = Stage::set(&test).await;
        let id = write(&test, &stage.ada, &article("Printer <b>", "Turn it on.")).await;
        let mut emma = test.signed_in("emma").await;
        let answer = emma.fetch("/help/suggest?q=my%20print").await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "text/html; charset=utf-8"));
        assert!(answer.body.contains(&format!("href=\"/help/{id}\" target=\"_blank\"")), "{}", answer.body);
        assert!(answer.body.contains("Printer &lt;b>") && !answer.body.contains("<html"), "{}", answer.body);
        assert_eq!(emma.fetch("/help/suggest?q=nothing").await.body, "");
        let form = emma.get("/requests/new").await;
        assert!(form.body.contains("id=\"suggestions\"") && form.body.contains("href=\"/help\""), "{}", form.body);
    }

    async fn a_reader_says_whether_it_helped_and_is_led_on(test: Test) {
        let stage = Stage::set(&test).await;
        let id = write(&test, &stage.ada, &article("Printer & paper", "# First\n\n<script>x</script>\n\n[bad](javascript:x)")).await;
        let mut emma = test.signed_in("emma").await;
        let page = format!("/help/{id}");
        let shown = emma.get(&page).await;
        assert!(shown.body.contains("Did this help?") && shown.body.contains("<h2>First</h2>"), "{}", shown.body);
        assert!(shown.body.contains("&lt;script&gt;x") && !shown.body.contains("javascript:"), "{}", shown.body);
        assert!(emma.get("/help?q=pap").await.body.contains(&format!("href=\"{page}\"")));

        let yes = emma.post(&page, &[("answer", "yes")]).await;
        assert_eq!(yes.location(), format!("{page}?answered=yes"), "{}", yes.body);
        assert!(emma.get(yes.location()).await.body.contains("It is good to know that this article helped."));
        let no = emma.post(&page, &[("answer", "no")]).await;
        let thanks = emma.get(no.location()).await;
        assert!(thanks.body.contains("/requests/new?subject=Printer%20%26%20paper"), "{}", thanks.body);
        let form = emma.get("/requests/new?subject=Printer%20%26%20paper").await;
        assert!(form.body.contains("value=\"Printer &amp; paper\""), "{}", form.body);
        assert_eq!(counted(&test, &stage.ada).await, (0, 1));
        assert_eq!(emma.post(&page, &[("answer", "perhaps")]).await.status, 422);
    }

    async fn staff_see_on_the_overview_what_helped(test: Test) {
        let stage = Stage::set(&test).await;
        let id = write(&test, &stage.ada, &article("Printer", "Turn it on.")).await;
        let mut oscar = test.signed_in("oscar").await;
        let before = oscar.get("/overview").await;
        assert!(before.body.contains("Self-help") && before.body.contains("Nobody has said yet"), "{}", before.body);
        service::answer(&test.portal, &stage.emma, id, true).await.expect("kept");
        let after = oscar.get("/overview").await;
        assert!(after.body.contains("Solved by the article") && !after.body.contains("Nobody has said yet"));
    }

    async fn a_text_over_the_limit_is_refused_and_what_was_typed_is_kept(test: Test) {
        let stage = Stage::set(&test).await;
        let mut ada = test.signed_in("ada").await;
        let long = format!("Kept{}", "ß".repeat(BODY_CHARS - 3));
        let fields = [("title", "Kept title"), ("body", long.as_str()), ("directory", "all"), ("published", "yes")];
        let refused = ada.post("/articles/new", &fields).await;
        assert_eq!(refused.status, 422);
        assert!(refused.body.contains("The text has 20001 characters. At most 20000 are possible."));
        assert!(refused.body.contains("value=\"Kept title\"") && refused.body.contains(&long));
        let widest = "💡".repeat(BODY_CHARS);
        let fields = [("title", "Edge"), ("body", widest.as_str()), ("directory", "all"), ("published", "yes")];
        assert_eq!(ada.post("/articles/new", &fields).await.location(), "/articles?done=article");
        let title = |chars| article(&"ß".repeat(chars), "Text");
        assert!(service::create(&test.portal, &stage.ada, &title(TITLE_CHARS)).await.is_ok());
        let refused = service::create(&test.portal, &stage.ada, &title(TITLE_CHARS + 1)).await.expect_err("refused");
        assert_eq!(refused.fields()[0].field, "title");
    }

    async fn articles_saved_at_once_wait_for_each_others_words_one_way_only(test: Test) {
        let stage = Stage::set(&test).await;
        let one = write(&test, &stage.ada, &article("One", "Text")).await;
        let two = write(&test, &stage.ada, &article("Two", "Text")).await;
        for (version, letter) in (1..).zip(['a', 'b', 'c', 'd', 'e', 'f']) {
            // The title of each stands in the text of the other.
            let (alpha, omega) = (format!("alpha{letter}"), format!("omega{letter}"));
            let (first, second) = (article(&alpha, &omega), article(&omega, &alpha));
            let (first, second) = tokio::join!(
                service::edit(&test.portal, &stage.ada, one, version, &first),
                service::edit(&test.portal, &stage.ada, two, version, &second),
            );
            first.expect("the first is saved");
            second.expect("the second is saved");
        }
    }

    async fn there_are_five_hundred_articles_and_not_one_more(test: Test) {
        let stage = Stage::set(&test).await;
        let mut tx = test.portal.db.begin().await.expect("a transaction");
        for _ in 1..MOST_ARTICLES {
            sql("INSERT INTO articles (id, title, body, published, directory_id, created_at, changed_at, version) \
                 VALUES ($1, 'Other', 'Text', $2, NULL, 0, 0, 1)")
                .bind(uuid::Uuid::now_v7())
                .bind(false)
                .execute(&mut tx)
                .await
                .expect("an insert");
        }
        tx.commit().await.expect("a commit");
        write(&test, &stage.ada, &article("The last", "Text")).await;
        let refused = service::create(&test.portal, &stage.ada, &article("One more", "Text")).await;
        assert!(matches!(refused, Err(AppError::Conflict { .. })), "{refused:?}");
    }

    async fn every_mistake_in_an_article_is_told_at_once(test: Test) {
        let stage = Stage::set(&test).await;
        let refused = service::create(&test.portal, &stage.ada, &ArticleForm::default()).await.expect_err("refused");
        let fields: Vec<_> = refused.fields().iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["title", "body", "directory"]);
    }

    async fn an_edit_that_was_overtaken_shows_both_and_saves_over_it_when_asked_again(test: Test) {
        let stage = Stage::set(&test).await;
        let id = write(&test, &stage.ada, &article("Printer", "Turn it on.")).await;
        let mut ada = test.signed_in("ada").await;
        let page = format!("/articles/{id}/edit");
        let edit = |title, body, version| {
            [("title", title), ("body", body), ("directory", "all"), ("published", "yes"), ("version", version)]
        };
        assert_eq!(ada.post(&page, &edit("Printer in the hall", "Turn it on.", "1")).await.status, 303);
        let overtaken = ada.post(&page, &edit("Printer", "Turn it off.", "1")).await;
        assert_eq!(overtaken.status, 409);
        assert!(overtaken.body.contains("Somebody changed this article"), "{}", overtaken.body);
        assert!(overtaken.body.contains("<td>Printer in the hall</td>") && overtaken.body.contains("<td>Turn it off.</td>"));
        assert!(overtaken.body.contains("name=\"version\" value=\"2\""), "{}", overtaken.body);
        assert_eq!(ada.post(&page, &edit("Printer", "Turn it off.", "2")).await.status, 303);
        assert_eq!(service::open(&test.portal, &stage.ada, id).await.expect("the article").content.body, "Turn it off.");
    }

    async fn an_administrator_writes_an_article_in_the_browser(test: Test) {
        Stage::set(&test).await;
        let mut ada = test.signed_in("ada").await;
        assert!(ada.get("/administration").await.body.contains("href=\"/articles\""));
        let local = LOCAL.to_string();
        let fields = [("title", "Draft"), ("body", "Text"), ("directory", local.as_str())];
        let made = ada.post("/articles/new", &fields).await;
        assert_eq!(made.location(), "/articles?done=article", "{}", made.body);
        let list = ada.get(made.location()).await;
        assert!(list.body.contains("The article is saved.") && list.body.contains("Draft"), "{}", list.body);
    }

    async fn an_article_is_deleted_after_a_question_with_everything_said_about_it(test: Test) {
        let stage = Stage::set(&test).await;
        let id = write(&test, &stage.ada, &article("Printer", "Turn it on.")).await;
        let other = write(&test, &stage.ada, &article("Scanner", "Turn it on.")).await;
        for article in [id, other] {
            service::answer(&test.portal, &stage.emma, article, true).await.expect("kept");
        }
        let mut ada = test.signed_in("ada").await;
        let page = format!("/articles/{id}/delete");
        assert!(ada.get(&format!("/articles/{id}/edit")).await.body.contains(&format!("href=\"{page}\"")));
        let asked = ada.get(&page).await;
        assert!(asked.body.contains("“Printer” is deleted for everybody"), "{}", asked.body);
        assert!(asked.body.contains("What 1 person said about it"), "{}", asked.body);
        assert_eq!(counted(&test, &stage.ada).await, (2, 0), "asking deletes nothing");
        let done = ada.post(&page, &[("version", "1")]).await;
        assert_eq!(done.location(), "/articles?done=article-deleted", "{}", done.body);
        assert!(ada.get(done.location()).await.body.contains("The article is deleted."));
        assert_eq!(counted(&test, &stage.ada).await, (1, 0));
        assert_eq!(told(&test, &stage.oscar).await, [("Scanner".to_owned(), 1, 0)]);
        assert!(found(&test, &stage.emma, "printer").await.is_empty());
        assert_eq!(service::answer(&test.portal, &stage.emma, id, true).await, Err(AppError::NotFound));
        let audited = stage::audited(&test, &format!("article:{id}")).await;
        assert_eq!(audited, ["article.created", "article.answered", "article.deleted"]);
    }

    async fn an_article_that_somebody_changed_is_not_deleted_unseen(test: Test) {
        let stage = Stage::set(&test).await;
        let id = write(&test, &stage.ada, &article("Printer", "Turn it on.")).await;
        service::edit(&test.portal, &stage.ada, id, 1, &article("Printer", "Turn it off.")).await.expect("changed");
        let late = test.signed_in("ada").await.post(&format!("/articles/{id}/delete"), &[("version", "1")]).await;
        assert_eq!(late.status, 409);
        assert!(late.body.contains("so it was not deleted") && late.body.contains("value=\"2\""), "{}", late.body);
        assert!(service::open(&test.portal, &stage.ada, id).await.is_ok());
    }

    async fn only_whoever_may_write_an_article_deletes_it(test: Test) {
        let stage = Stage::set(&test).await;
        let branch = branch(&test, &stage.ada).await;
        let bob = member(&test, &stage.ada, "bob", branch).await;
        roles::grant(&test.portal, &stage.ada, bob.id(), ADMINISTRATOR, Scope::Directory(branch)).await.expect("given");
        let bob = test.as_actor(bob.id()).await;
        let shared = write(&test, &stage.ada, &article("For all", "Text")).await;
        for actor in [&stage.emma, &stage.oscar, &bob] {
            assert_eq!(service::delete(&test.portal, actor, shared, 1).await, Err(AppError::NotFound));
        }
        let own = write(&test, &bob, &ArticleForm { directory: branch.to_string(), ..article("Mine", "Text") }).await;
        service::delete(&test.portal, &bob, own, 1).await.expect("deleted");
    }

    async fn the_overview_tells_no_title_of_an_unpublished_article_to_those_who_may_not_see_it(test: Test) {
        let stage = Stage::set(&test).await;
        let id = write(&test, &stage.ada, &article("Printer", "Turn it on.")).await;
        let secret = write(&test, &stage.ada, &article("Secret plan", "Turn it on.")).await;
        for (article, solved) in [(id, true), (secret, false)] {
            service::answer(&test.portal, &stage.emma, article, solved).await.expect("kept");
        }
        let hidden = ArticleForm { published: false, ..article("Secret plan", "Turn it on.") };
        service::edit(&test.portal, &stage.ada, secret, 1, &hidden).await.expect("changed");
        let expected = [("Printer".to_owned(), 1, 0), ("Articles that are not published".to_owned(), 0, 1)];
        assert_eq!(told(&test, &stage.oscar).await, expected, "its answers still count");
        assert_eq!(told(&test, &stage.ada).await[1].0, "Secret plan");
        let mut oscar = test.signed_in("oscar").await;
        for address in ["/overview", "/overview/self-help.csv"] {
            let shown = oscar.get(address).await;
            assert!(shown.status == 200 && !shown.body.contains("Secret plan"), "{}", shown.body);
        }
    }

    async fn the_overview_plots_the_most_answered_articles_and_counts_the_rest_together(test: Test) {
        let stage = Stage::set(&test).await;
        for number in 0..10 {
            let id = write(&test, &stage.ada, &article(&format!("Article {number}"), "Text")).await;
            service::answer(&test.portal, &stage.emma, id, number % 2 == 0).await.expect("kept");
        }
        let overview = overview::service::overview(&test.portal, &stage.oscar, None).await.expect("figures");
        let short = overview.self_help_in_short();
        assert_eq!((short.len(), short[8].title.as_str()), (9, "All other articles"));
        assert_eq!(short.iter().fold((0, 0), |sum, line| (sum.0 + line.solved, sum.1 + line.unsolved)), (5, 5));
        assert_eq!(overview.solved_by_articles(), Some((5, 10)));
        let page = test.signed_in("oscar").await.get("/overview").await;
        assert!(page.body.contains("5 of 10") && page.body.contains("href=\"/overview/self-help.csv\""), "{}", page.body);
        let (plot, table) = page.body.split_once("id=\"self-help-heading\"").expect("a chart").1.split_once("</svg>").expect("a plot");
        assert_eq!(plot.matches("<rect").count(), 18);
        assert!(table.contains("All other articles") && table.contains("Article 7"), "{table}");
    }

    async fn what_helped_is_exported_in_full(test: Test) {
        let stage = Stage::set(&test).await;
        let id = write(&test, &stage.ada, &article("=1+1, \"so\"", "Text")).await;
        service::answer(&test.portal, &stage.emma, id, true).await.expect("kept");
        let table = test.signed_in("oscar").await.get("/overview/self-help.csv").await;
        assert_eq!((table.status, table.header("content-type")), (200, "text/csv; charset=utf-8"));
        let expected = "\u{feff}Article,Solved by the article,Not solved\r\n\"'=1+1, \"\"so\"\"\",1,0\r\n";
        assert_eq!(table.body, expected);
        assert_eq!(test.signed_in("emma").await.get("/overview/self-help.csv").await.status, 404);
    }
}
