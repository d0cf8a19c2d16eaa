//! Mail addresses and header text that cannot carry a second header.

use lettre::{Address, message::Mailbox};

/// Longest address (RFC 5321, section 4.5.3.1.3).
const LONGEST: usize = 254;

/// True for `local@domain` as our mail transports accept it.
pub fn is_good(address: &str) -> bool {
    address.len() <= LONGEST
        && !address.chars().any(|c| c.is_control() || c.is_whitespace())
        && parse(address).is_some()
}

fn parse(address: &str) -> Option<Address> {
    address.parse().ok()
}

/// `Name <address>`; the name as one line.
pub fn mailbox(name: &str, address: &str) -> Option<Mailbox> {
    let name = one_line(name);
    parse(address).map(|address| Mailbox::new((!name.is_empty()).then_some(name), address))
}

/// Text without line breaks and other control characters, at most 250 characters, for a header.
pub fn one_line(text: &str) -> String {
    let spaced: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    spaced
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .take(250)
        .collect()
}

/// Characters that a Message-ID may have here; everything else would end it or start another header.
pub fn is_message_id(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '@' | '+' | '=' | '[' | ']' | ':');
    (3..=200).contains(&text.len()) && text.chars().all(plain) && text.matches('@').count() == 1
}

#[cfg(test)]
#[path = "address_tests.rs"]
mod tests;
