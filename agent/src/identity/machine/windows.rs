//! The machine's name on Windows.

/// The computer name; empty when unknown.
pub fn name() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_default()
}
