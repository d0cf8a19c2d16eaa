//! Small line drawings on a 24-unit grid. They decorate only: the words beside them carry the meaning.

use base64::{Engine, prelude::BASE64_STANDARD};
use leptos::prelude::*;
use std::sync::LazyLock;

/// The picture in the browser's tab, inside the page: no request of its own.
pub static FAVICON: LazyLock<String> = LazyLock::new(|| {
    let picture = include_bytes!("../../assets/favicon.svg");
    format!("data:image/svg+xml;base64,{}", BASE64_STANDARD.encode(picture))
});

/// A drawing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Icon {
    Add,
    Remove,
    Back,
    Next,
    Check,
    Problem,
    Note,
    Search,
    Screen,
    Request,
    Mail,
    Lost,
    File,
}

impl Icon {
    fn path(self) -> &'static str {
        match self {
            Self::Add => "M12 5v14M5 12h14",
            Self::Remove => "M7 7l10 10M17 7L7 17",
            Self::Back => "M14 6l-6 6 6 6",
            Self::Next => "M10 6l6 6-6 6",
            Self::Check => "M5 12.5l4.5 4.5L19 7.5",
            Self::Problem => "M12 4.5L21 19.5H3L12 4.5zM12 10v4M12 16.9v.1",
            Self::Note => "M12 3.5a8.5 8.5 0 110 17 8.5 8.5 0 010-17zM12 11v5M12 7.9v.1",
            Self::Search => "M10.5 4.5a6 6 0 110 12 6 6 0 010-12zM15 15l4.5 4.5",
            Self::Screen => "M4 5h16a1 1 0 011 1v9a1 1 0 01-1 1H4a1 1 0 01-1-1V6a1 1 0 011-1zM9 20h6M12 16v4",
            Self::Request => {
                "M5 4h14a1 1 0 011 1v11a1 1 0 01-1 1h-7l-4.5 3.5V17H5a1 1 0 01-1-1V5a1 1 0 011-1zM8 8.5h8M8 12h5"
            }
            Self::Mail => "M4 5.5h16a1 1 0 011 1v11a1 1 0 01-1 1H4a1 1 0 01-1-1v-11a1 1 0 011-1zM3.5 7l8.5 6.5L20.5 7",
            Self::File => "M7 3.5h7l4.5 4.5V20a.5.5 0 01-.5.5H7a.5.5 0 01-.5-.5V4a.5.5 0 01.5-.5zM14 3.5V8h4.5",
            Self::Lost => {
                "M4 5h16a1 1 0 011 1v9a1 1 0 01-1 1H4a1 1 0 01-1-1V6a1 1 0 011-1zM9 20h6M10 8.5l4 4M14 8.5l-4 4"
            }
        }
    }

    /// Draws it at the size of the surrounding text.
    pub fn draw(self) -> impl IntoView {
        self.with_class("icon")
    }

    /// Draws it large, above an empty state.
    pub fn draw_large(self) -> impl IntoView {
        self.with_class("icon mark")
    }

    fn with_class(self, class: &'static str) -> impl IntoView {
        view! {
            <svg class=class viewBox="0 0 24 24" aria-hidden="true" focusable="false">
                <path d=self.path()></path>
            </svg>
        }
    }
}

/// The product's mark: two shapes side by side that make a D.
pub fn mark() -> impl IntoView {
    view! {
        <svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">
            <rect x="3.5" y="3" width="5" height="18" rx="1.75" fill="#f2b23e"></rect>
            <path
                d="M11 4.750C11 3.784 11.784 3 12.750 3 17.400 3 20.750 6.900 20.750 12s-3.350 9-8 9c-.966 0-1.750-.784-1.750-1.750z"
                fill="currentColor"
            ></path>
        </svg>
    }
}
