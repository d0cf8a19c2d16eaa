//! The form of a request, new or changed. A failed check shows it again with everything that was typed.

use crate::{
    accounts::model::UserSummary,
    components::{
        around::{Around, HERE},
        field::{Choice, SelectField, TextArea, TextField, Tick, TimeField, described_by, problem},
        icon::Icon,
        notice::{ErrorSummary, Kind, Notice},
        overtaken::{Difference, Overtaken},
        time::Moment,
    },
    islands::suggest::Suggest,
    preconsents::page::AllowTick,
    requests::{
        forms::{ADD_TIME, OWNER},
        model::{RequestForm, WINDOWS, WindowForm},
    },
    server::forms::FormState,
    tf,
    words::{t, tc},
};
use deskside_protocol::UnixMillis;
use leptos::prelude::*;

/// What the form is for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Purpose {
    /// Somebody changed the request meanwhile: where what is stored differs from what was typed.
    pub differences: Option<Vec<Difference>>,
    /// Where it is posted.
    pub action: String,
    pub button: &'static str,
    /// Where "Back" leads.
    pub back: String,
    /// In which times are typed: the owner's.
    pub zone: String,
    /// Nobody is at the helpdesk now; somebody is from then on, if that is known.
    pub closed_until: Option<Option<UnixMillis>>,
    /// Whom it is filed for, when that is not the reader.
    pub owner: Option<UserSummary>,
    /// Help articles are offered: the reader files it for themselves.
    pub offers_help: bool,
}

/// Where what is stored now differs from what was typed over an older version.
pub fn differences(stored: &RequestForm, typed: &RequestForm, devices: &[Choice]) -> Vec<Difference> {
    let device = |form: &RequestForm| {
        let chosen = devices.iter().find(|choice| choice.value == form.device);
        chosen.map_or_else(|| t("another device").to_owned(), |choice| choice.label.clone())
    };
    let times = |form: &RequestForm| {
        if form.any_time {
            return t("any time").to_owned();
        }
        let windows = form.windows.iter().filter(|window| **window != WindowForm::default());
        let words = windows.map(|window| {
            let times = format!("{} – {}", window.from, window.until).replace('T', " ");
            match window.allow {
                true => tf!("{times}, without asking", times = times),
                false => times,
            }
        });
        words.collect::<Vec<_>>().join("; ")
    };
    let once = |form: &RequestForm| if form.one_time { t("yes") } else { t("no") };
    [
        Difference::between(t("Subject"), &stored.subject, &typed.subject),
        Difference::between(t("Description"), &stored.description, &typed.description),
        Difference::between(t("Device"), device(stored), device(typed)),
        Difference::between(tc("field", "Available"), times(stored), times(typed)),
        Difference::between(t("One-time request"), once(stored), once(typed)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// All fields of a request.
#[component]
pub fn Fields(purpose: Purpose, typed: RequestForm, devices: Vec<Choice>, form: FormState) -> impl IntoView {
    let version = (!typed.version.is_empty())
        .then(|| view! { <input type="hidden" name="version" value=typed.version.clone() /> });
    let closed = purpose.closed_until.map(|opens| {
        let opens = opens.map(|at| {
            let sentence = tf!("It is there again: {when}.", when = HERE);
            view! { " " <Around sentence=sentence><Moment at=at /></Around> }
        });
        view! {
            <Notice kind=Kind::Note>
                {t("Nobody is at the helpdesk now.")} {opens} " " {t("You can file your request all the same.")}
            </Notice>
        }
    });
    let help = purpose.offers_help.then(|| {
        view! {
            <p class="muted mb-4">
                <Around sentence=tf!("Perhaps a {link} solves it at once.", link = HERE)>
                    <a href="/help" target="_blank" rel="noopener">{t("help article")}</a>
                </Around>
            </p>
        }
    });
    let suggestions = purpose.offers_help.then(|| {
        view! {
            <div class="suggestions" id="suggestions" aria-live="polite"></div>
            <Suggest input="subject".to_owned() place="suggestions".to_owned() />
        }
    });
    view! {
        <ErrorSummary form=form.clone() />
        {purpose.differences.clone().map(|differences| view! { <Overtaken differences=differences /> })}
        {closed}
        {help}
        <form class="form sheet" method="post" action=purpose.action.clone() novalidate>
            // Enter in a field presses the first button of a form: it must be the one that sends.
            <button class="hidden" type="submit" tabindex="-1" aria-hidden="true">
                {purpose.button}
            </button>
            {version}
            {purpose.owner.as_ref().map(|owner| view! { <input type="hidden" name=OWNER value=owner.id.to_string() /> })}
            <div>
                <TextField
                    name="subject"
                    label=t("Subject")
                    hint=t("In a few words: what does not work?")
                    value=typed.subject.clone()
                    autocomplete="off"
                    form=form.clone()
                />
                {suggestions}
            </div>
            <TextArea
                name="description"
                label=t("Description")
                hint=t("What did you do, what happened, what did you expect? Leave it empty if the subject says it all.")
                value=typed.description.clone()
                form=form.clone()
            />
            <SelectField
                name="device"
                label=t("Device")
                hint=t("The device that needs help.")
                value=typed.device.clone()
                choices=devices
                form=form.clone()
            />
            <Availability typed=typed.clone() zone=purpose.zone owner=purpose.owner form=form.clone() />
            <Tick
                name="one_time"
                label=t("One-time request")
                hint=t("It is closed when its session ends. Without the tick it stays for further sessions.")
                checked=typed.one_time
            />
            <div class="form-end">
                <button class="btn btn-primary" type="submit">{purpose.button}</button>
                <a class="btn btn-ghost" href=purpose.back>{t("Back")}</a>
            </div>
        </form>
    }
    .into_any()
}

#[component]
fn Availability(typed: RequestForm, zone: String, owner: Option<UserSummary>, form: FormState) -> impl IntoView {
    let (question, about_zone) = match &owner {
        Some(owner) => (
            tf!("When is {name} available?", name = owner.name),
            tf!(
                "Their time zone: {zone}. Rows that you leave empty do not count.",
                zone = zone
            ),
        ),
        None => (
            t("When are you available?").to_owned(),
            tf!(
                "Your time zone: {zone}. Rows that you leave empty do not count.",
                zone = zone
            ),
        ),
    };
    let failed = form.error("availability").is_some();
    let more = (typed.windows.len() < WINDOWS).then(|| {
        view! {
            <div>
                <button class="btn btn-quiet btn-sm" type="submit" name=ADD_TIME value="1">
                    {Icon::Add.draw()} {t("Add another time")}
                </button>
            </div>
        }
    });
    let rows = typed
        .windows
        .iter()
        .enumerate()
        .map(|(index, window)| view! { <Row number=index + 1 typed=window.clone() own=owner.is_none() form=form.clone() /> })
        .collect_view();
    view! {
        <fieldset
            class="group availability"
            id="availability"
            tabindex="-1"
            aria-describedby=described_by("availability", false, failed)
        >
            <legend>{question}</legend>
            {problem("availability", form.error("availability"))}
            <div class="choices">
                <div class="choice">
                    <input
                        class="radio"
                        type="radio"
                        id="availability-any"
                        name="availability"
                        value="any"
                        checked=typed.any_time
                        aria-describedby="availability-any-hint"
                    />
                    <label for="availability-any">{t("Any time")}</label>
                    <p class="hint" id="availability-any-hint">{t("You are asked before anybody connects.")}</p>
                </div>
                <div class="choice">
                    <input
                        class="radio"
                        type="radio"
                        id="availability-windows"
                        name="availability"
                        value="windows"
                        checked=!typed.any_time
                        aria-describedby="availability-windows-hint"
                    />
                    <label for="availability-windows">{t("At these times")}</label>
                    <p class="hint" id="availability-windows-hint">{t("Name one or more times that suit you.")}</p>
                </div>
            </div>
            <div class="windows">
                <p class="hint">{about_zone}</p>
                {rows}
                {more}
            </div>
        </fieldset>
    }
    .into_any()
}

#[component]
fn Row(number: usize, typed: WindowForm, own: bool, form: FormState) -> impl IntoView {
    // Nobody allows it in somebody else's name.
    let tick = own.then(|| view! { <AllowTick number=number checked=typed.allow form=form.clone() /> });
    view! {
        <fieldset class="window">
            <legend>{tf!("Time {number}", number = number)}</legend>
            <TimeField name=format!("from-{number}") label=tc("time", "From") value=typed.from form=form.clone() />
            <TimeField name=format!("until-{number}") label=tc("time", "Until") value=typed.until form=form />
            {tick}
        </fieldset>
    }
    .into_any()
}
