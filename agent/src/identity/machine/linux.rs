//! The machine's name on Linux.

/// The kernel's host name; empty when unknown.
pub fn name() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default()
}
