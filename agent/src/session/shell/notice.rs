//! The window that shows what was allowed in advance, and the file that keeps it.

use super::{Shell, Told};
use crate::{
    session::{
        core::{Input, NoticeTold},
        preconsent::{self, PreConsents},
    },
    ui::{
        process::{self, Window},
        words::{FromWindow, Notice, ToWindow},
    },
};
use deskside_protocol::ids::RequestId;

/// The one notice that is open. Dropping it closes its window.
pub(super) struct Open {
    request: RequestId,
    number: u64,
    _window: Window,
}

impl Open {
    pub fn number(&self) -> u64 {
        self.number
    }
}

impl Shell {
    pub(super) fn show_notice(&mut self, request: RequestId, notice: Notice) -> Vec<Input> {
        if !self.options.prompt {
            return vec![Input::Notice(request, NoticeTold::Gone)];
        }
        self.windows_opened += 1;
        let number = self.windows_opened;
        let window = self
            .starter
            .open(self.told.clone(), move |told| Told::Notice(number, told));
        self.questions.put(number);
        window.show(ToWindow::Notice { notice });
        self.notice = Some(Open {
            request,
            number,
            _window: window,
        });
        vec![]
    }

    pub(super) fn notice_told(&mut self, number: u64, told: process::Told) -> Vec<Input> {
        let Some(open) = self.notice.as_ref().filter(|open| open.number == number) else {
            return vec![];
        };
        let request = open.request;
        let told = match told {
            process::Told::Said(FromWindow::Shown) => NoticeTold::Shown,
            process::Told::Said(FromWindow::Read) => NoticeTold::Read,
            process::Told::Said(FromWindow::TakenBack) => NoticeTold::TakenBack,
            process::Told::Said(FromWindow::Questions { taken, open }) => {
                self.questions.told(number, taken, open);
                return vec![];
            }
            process::Told::Said(_) => return vec![],
            process::Told::NeverShown | process::Told::Gone => {
                self.notice = None;
                NoticeTold::Gone
            }
        };
        vec![Input::Notice(request, told)]
    }

    pub(super) async fn save_allowed(&self, allowed: PreConsents) {
        let (state, device) = (self.options.state.clone(), self.identity.device);
        let stored = tokio::task::spawn_blocking(move || preconsent::store(&state, device, &allowed)).await;
        if let Ok(Err(error)) = stored {
            tracing::warn!("what is allowed in advance cannot be kept for a restart: {error}");
        }
    }
}
