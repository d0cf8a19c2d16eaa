//! What a list shows when it has no lines: why, and what to do next.

use super::icon::Icon;
use leptos::prelude::*;

/// An empty list.
#[component]
pub fn Empty(icon: Icon, title: &'static str, #[prop(optional)] children: Option<Children>) -> impl IntoView {
    view! {
        <div class="empty">
            {icon.draw_large()} <h2>{title}</h2> {children.map(|children| children())}
        </div>
    }
}
