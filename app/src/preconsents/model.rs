//! What pages know of it. Compiles for browser and server.

use crate::requests::model::Window;
use serde::{Deserialize, Serialize};

/// What is allowed in advance for one request.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Allowance {
    /// Those of the request's windows in which nobody is asked, the past ones as well.
    pub windows: Vec<Window>,
    /// The one that is now.
    pub now: Option<Window>,
    /// The device has shown it; before that, it asks.
    pub shown: bool,
}
