//! The portal's end of a link: knows every test device's key, and shows everything else to the test.

use super::{device, device_key, public, soon};
use deskside_protocol::{
    ids::DeviceId,
    link::{PortalToRelay, RelayToPortal},
};
use deskside_relay::PortalEnd;
use tokio::sync::mpsc;

pub struct FakePortal {
    pub to_relay: mpsc::Sender<PortalToRelay>,
    heard: mpsc::UnboundedReceiver<RelayToPortal>,
}

impl FakePortal {
    pub fn new(mut end: PortalEnd) -> Self {
        let (tell, heard) = mpsc::unbounded_channel();
        let to_relay = end.to_relay.clone();
        tokio::spawn(async move {
            while let Some(message) = end.from_relay.recv().await {
                let answer = match message {
                    RelayToPortal::DeviceKeyWanted { query, device } => PortalToRelay::DeviceKey {
                        query,
                        key: key_of(device),
                    },
                    RelayToPortal::EnrolWanted { query, token, .. } => PortalToRelay::EnrolAnswer {
                        query,
                        device: (token == "good").then(|| device(9)),
                    },
                    other => {
                        if tell.send(other).is_err() {
                            return;
                        }
                        continue;
                    }
                };
                if end.to_relay.send(answer).await.is_err() {
                    return;
                }
            }
        });
        Self { to_relay, heard }
    }

    /// The next thing that the relay says.
    pub async fn hear(&mut self) -> RelayToPortal {
        soon("the relay's word to the portal", self.heard.recv())
            .await
            .expect("the relay is gone")
    }

    /// Waits until the relay says something that fits.
    pub async fn hear_until(&mut self, fits: impl Fn(&RelayToPortal) -> bool) -> RelayToPortal {
        loop {
            let message = self.hear().await;
            if fits(&message) {
                return message;
            }
        }
    }
}

fn key_of(wanted: DeviceId) -> Option<deskside_protocol::bytes::PublicKey> {
    (1..100)
        .find(|number| device(*number) == wanted)
        .map(|number| public(&device_key(number)))
}
