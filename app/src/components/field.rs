//! Form fields: label, hint, what was typed, and the message at the field.
//!
//! Invariant: the id of an input is its name, so that an error summary can link to it.

use super::{icon::Icon, raw::escaped};
use crate::server::forms::FormState;
use leptos::prelude::*;

/// The message at a field, described to the input by [`described_by`].
pub fn problem(name: &str, message: Option<&str>) -> impl IntoView + use<> {
    let (id, message) = (format!("{name}-problem"), message.map(str::to_owned));
    message.map(|message| view! { <p class="problem" id=id>{Icon::Problem.draw()} <span>{message}</span></p> })
}

/// The ids for `aria-describedby`: hint and message, where they exist.
pub fn described_by(name: &str, hint: bool, failed: bool) -> Option<String> {
    match (hint, failed) {
        (false, false) => None,
        (true, false) => Some(format!("{name}-hint")),
        (false, true) => Some(format!("{name}-problem")),
        (true, true) => Some(format!("{name}-problem {name}-hint")),
    }
}

fn hint_line(name: &str, hint: Option<&'static str>) -> impl IntoView + use<> {
    let id = format!("{name}-hint");
    hint.map(|hint| view! { <p class="hint" id=id>{hint}</p> })
}

/// A line of text.
#[component]
pub fn TextField(
    name: &'static str,
    label: &'static str,
    #[prop(default = "text")] kind: &'static str,
    /// Used on a first visit; what was typed wins.
    #[prop(into, optional)]
    value: String,
    #[prop(optional)] hint: Option<&'static str>,
    #[prop(optional)] autocomplete: Option<&'static str>,
    #[prop(default = true)] required: bool,
    #[prop(optional)] autofocus: bool,
    form: FormState,
) -> impl IntoView {
    let failed = form.error(name).is_some();
    let value = form.value(name).map_or(value, str::to_owned);
    view! {
        <div class="field">
            <label for=name>{label}</label>
            {hint_line(name, hint)}
            <input
                class="input"
                id=name
                name=name
                type=kind
                value=value
                required=required
                autocomplete=autocomplete
                autofocus=autofocus && !form.is_posted()
                aria-invalid=failed.then_some("true")
                aria-describedby=described_by(name, hint.is_some(), failed)
            />
            {problem(name, form.error(name))}
        </div>
    }
    .into_any()
}

/// Several lines of text.
#[component]
pub fn TextArea(
    name: &'static str,
    label: &'static str,
    #[prop(into, optional)] value: String,
    #[prop(optional)] hint: Option<&'static str>,
    #[prop(default = 6)] rows: u8,
    #[prop(optional)] required: bool,
    form: FormState,
) -> impl IntoView {
    let failed = form.error(name).is_some();
    let value = form.value(name).map_or(value, str::to_owned);
    view! {
        <div class="field">
            <label for=name>{label}</label>
            {hint_line(name, hint)}
            <textarea
                class="textarea"
                id=name
                name=name
                rows=rows.to_string()
                required=required
                aria-invalid=failed.then_some("true")
                aria-describedby=described_by(name, hint.is_some(), failed)
            >
                // The parser drops one new line after the tag; without this one a text could lose its own.
                {format!("\n{}", escaped(&value))}
            </textarea>
            {problem(name, form.error(name))}
        </div>
    }
    .into_any()
}

/// One entry of a [`SelectField`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Choice {
    pub value: String,
    pub label: String,
}

/// One of several choices.
#[component]
pub fn SelectField(
    name: &'static str,
    label: &'static str,
    #[prop(into, optional)] value: String,
    choices: Vec<Choice>,
    #[prop(optional)] hint: Option<&'static str>,
    form: FormState,
) -> impl IntoView {
    let failed = form.error(name).is_some();
    let value = form.value(name).map_or(value, str::to_owned);
    let options = choices
        .into_iter()
        .map(|choice| {
            let selected = choice.value == value;
            view! { <option value=choice.value selected=selected>{choice.label}</option> }
        })
        .collect_view();
    view! {
        <div class="field">
            <label for=name>{label}</label>
            {hint_line(name, hint)}
            <select
                class="select"
                id=name
                name=name
                aria-invalid=failed.then_some("true")
                aria-describedby=described_by(name, hint.is_some(), failed)
            >
                {options}
            </select>
            {problem(name, form.error(name))}
        </div>
    }
    .into_any()
}

/// A yes-or-no question.
#[component]
pub fn Tick(
    name: &'static str,
    label: &'static str,
    checked: bool,
    #[prop(optional)] hint: Option<&'static str>,
) -> impl IntoView {
    view! {
        <div class="tick">
            <input
                class="checkbox"
                type="checkbox"
                id=name
                name=name
                value="yes"
                checked=checked
                aria-describedby=described_by(name, hint.is_some(), false)
            />
            <label for=name>{label}</label>
            {hint_line(name, hint)}
        </div>
    }
    .into_any()
}

/// A date with a time, without seconds; or with another `kind` of input a time of day.
#[component]
pub fn TimeField(
    #[prop(into)] name: String,
    label: &'static str,
    #[prop(default = "datetime-local")] kind: &'static str,
    #[prop(into, optional)] value: String,
    form: FormState,
) -> impl IntoView {
    let error = form.error(&name).map(str::to_owned);
    let value = form.value(&name).map_or(value, str::to_owned);
    view! {
        <div class="field">
            <label for=name.clone()>{label}</label>
            <input
                class="input"
                type=kind
                id=name.clone()
                name=name.clone()
                value=value
                aria-invalid=error.is_some().then_some("true")
                aria-describedby=described_by(&name, false, error.is_some())
            />
            {problem(&name, error.as_deref())}
        </div>
    }
    .into_any()
}
