//! `/requests/{id}/manage`: what staff change about a request.

use super::id_in_address;
use crate::{
    components::{
        around::{self, HERE},
        field::{Choice, SelectField, TextField, TimeField},
        frame::Frame,
        icon::Icon,
        notice::ErrorSummary,
        overtaken::{Difference, Overtaken},
        page::page,
        reader::Reader,
        time::{WindowTime, window_words},
    },
    requests::{
        manage::{self, Managed},
        model::{Priority, Status, Window},
    },
    server::{self, forms::FormState},
    tf,
    words::{t, tc},
};
use jiff::tz::TimeZone;
use leptos::prelude::*;

/// `/requests/{id}/manage`.
#[component]
pub fn ManageRequestPage() -> impl IntoView {
    let form = FormState::current();
    let id = id_in_address();
    page(async move {
        let (portal, actor) = (server::page::portal()?, server::page::actor()?);
        let id = id?;
        let managed = manage::open(&portal, &actor, id).await?;
        let back = format!("/requests/{id}");
        let title = tf!("Edit {reference}", reference = managed.reference);
        let action = format!("{back}/manage");
        Ok(view! {
            <Frame title=format!("{title} {}", managed.subject)>
                <a class="back" href=back.clone()>{Icon::Back.draw()} {managed.subject.clone()}</a>
                <div class="page-head">
                    <h1>{title}</h1>
                </div>
                <ErrorSummary form=form.clone() />
                <form class="form sheet" method="post" action=action novalidate>
                    <Fields managed=managed form=form />
                    <div class="form-end">
                        <button class="btn btn-primary" type="submit">{t("Save changes")}</button>
                        <a class="btn btn-ghost" href=back>{t("Back")}</a>
                    </div>
                </form>
            </Frame>
        }
        .into_any())
    })
}

/// Where what is stored now differs from what was typed over an older version.
fn differences(managed: &Managed, form: &FormState) -> Vec<Difference> {
    let stored = &managed.form;
    let typed = |name: &str| form.value(name).unwrap_or_default().to_owned();
    let person = |id: &str| {
        let found = managed.assistants.iter().find(|person| person.id.to_string() == id);
        found.map(|person| person.name.clone()).unwrap_or_default()
    };
    let team = |id: &str| {
        let found = managed.teams.iter().find(|team| team.id.to_string() == id);
        found.map(|team| team.name.clone()).unwrap_or_default()
    };
    let status = |code: &str| {
        code.parse::<Status>()
            .map_or_else(|_| String::new(), |status| status.label().to_owned())
    };
    let priority = |code: &str| Priority::from_code(code).map(Priority::label).unwrap_or_default();
    let time = |from: &str, until: &str| match (from, until) {
        ("", "") => String::new(),
        _ => format!("{from} – {until}").replace('T', " "),
    };
    let scheduled = time(&typed("scheduled_from"), &typed("scheduled_until"));
    [
        Difference::between(t("Assistant"), person(&stored.assistant), person(&typed("assistant"))),
        Difference::between(t("Team"), team(&stored.team), team(&typed("team"))),
        Difference::between(t("Status"), status(&stored.status), status(&typed("status"))),
        Difference::between(t("Priority"), priority(&stored.priority), priority(&typed("priority"))),
        Difference::between(
            t("Scheduled time"),
            time(&stored.scheduled_from, &stored.scheduled_until),
            scheduled,
        ),
        Difference::between(t("Tags"), &stored.tags, typed("tags")),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[component]
fn Fields(managed: Managed, form: FormState) -> impl IntoView {
    let typed = managed.form.clone();
    let nobody = Choice {
        value: String::new(),
        label: t("Nobody").to_owned(),
    };
    let assistants = managed.assistants.iter().map(|person| Choice {
        value: person.id.to_string(),
        label: person.name.clone(),
    });
    let no_team = Choice {
        value: String::new(),
        label: t("No team").to_owned(),
    };
    let teams = managed.teams.iter().map(|team| Choice {
        value: team.id.to_string(),
        label: team.name.clone(),
    });
    let statuses = managed.statuses.iter().map(|status| Choice {
        value: status.code().to_owned(),
        label: status.label().to_owned(),
    });
    let priorities = Priority::ALL.map(|priority| Choice {
        value: priority.code().to_owned(),
        label: priority.label().to_owned(),
    });
    // The version that was typed over stays, so that a change of somebody else is not lost unseen; once both were
    // shown, saving again is meant.
    let version = match form.value("version").filter(|_| !form.overtaken) {
        Some(version) => version.to_owned(),
        None => typed.version,
    };
    let differences = form.overtaken.then(|| differences(&managed, &form));
    let differences = differences.map(|differences| view! { <Overtaken differences=differences /> });
    view! {
        {differences}
        <input type="hidden" name="version" value=version />
        <div class="pair">
            <SelectField
                name="assistant"
                label=t("Assistant")
                value=typed.assistant
                choices=std::iter::once(nobody).chain(assistants).collect()
                form=form.clone()
            />
            <SelectField
                name="team"
                label=t("Team")
                value=typed.team
                choices=std::iter::once(no_team).chain(teams).collect()
                form=form.clone()
            />
        </div>
        <div class="pair">
            <SelectField name="status" label=t("Status") value=typed.status choices=statuses.collect() form=form.clone() />
            <SelectField
                name="priority"
                label=t("Priority")
                value=typed.priority
                choices=priorities.to_vec()
                form=form.clone()
            />
        </div>
        <fieldset class="group">
            <legend>{t("Scheduled time")}</legend>
            <p class="hint">
                {t("In your time zone. Leave both empty while nothing is agreed.")} " "
                <OwnerTimes owner=managed.owner.name.clone() zone=managed.owner.time_zone.clone() windows=managed.windows />
            </p>
            <div class="pair">
                <TimeField name="scheduled_from" label=tc("time", "From") value=typed.scheduled_from form=form.clone() />
                <TimeField name="scheduled_until" label=tc("time", "Until") value=typed.scheduled_until form=form.clone() />
            </div>
        </fieldset>
        <TextField
            name="tags"
            label=t("Tags")
            hint=t("Words to sort requests by, with commas between them.")
            value=typed.tags
            required=false
            autocomplete="off"
            form=form
        />
    }
    .into_any()
}

/// When the owner is available, in the reader's zone and, where it differs, in theirs.
#[component]
pub fn OwnerTimes(owner: String, zone: String, windows: Vec<Window>) -> impl IntoView {
    if windows.is_empty() {
        return view! { <span>{tf!("{name} is available at any time.", name = owner)}</span> }.into_any();
    }
    let lines = windows
        .into_iter()
        .map(|window| view! { <li><BothTimes window=window zone=zone.clone() /></li> });
    view! {
        <span>{tf!("{name} is available:", name = owner)}</span>
        <ul class="times">{lines.collect_view()}</ul>
    }
    .into_any()
}

/// A time as the reader reads it, and as the person in `zone` does where that differs.
#[component]
pub fn BothTimes(window: Window, zone: String) -> impl IntoView {
    let reader = Reader::current();
    let mine = window_words(window, reader.now, &reader.zone);
    let theirs = TimeZone::get(&zone)
        .ok()
        .map(|zone| window_words(window, reader.now, &zone));
    let differs = theirs.filter(|theirs| *theirs != mine);
    let (before, after) = match differs {
        Some(theirs) => around::cut(&tf!("{mine} yours, {theirs} theirs", mine = HERE, theirs = theirs)),
        None => (None, None),
    };
    let muted = |words: Option<String>| words.map(|words| view! { <span class="muted">{words}</span> });
    view! { {muted(before)} <WindowTime window=window /> {muted(after)} }.into_any()
}
