//! Console events.

use std::io;
use tokio::signal::windows::{ctrl_close, ctrl_logoff, ctrl_shutdown};

/// Waits for Ctrl-C, the end of the console, or the end of the Windows session.
pub async fn interrupted() -> io::Result<()> {
    let (mut close, mut logoff, mut shutdown) = (ctrl_close()?, ctrl_logoff()?, ctrl_shutdown()?);
    tokio::select! {
        result = tokio::signal::ctrl_c() => result,
        _ = close.recv() => Ok(()),
        _ = logoff.recv() => Ok(()),
        _ = shutdown.recv() => Ok(()),
    }
}
