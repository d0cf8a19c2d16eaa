//! Which keys without a character of their own carry which characters now.
//!
//! Invariant: pure; a key gets another character only after it was left alone for [`REST`], because programs look up
//! what a key means only when they get to it.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

/// How long a key keeps its character after it was used.
pub const REST: Duration = Duration::from_millis(400);
/// Keys used at most.
const MOST: usize = 16;

/// Where a character is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Placed {
    /// There is no spare key.
    Nowhere,
    /// It is on this key.
    Already(u8),
    /// It belongs on this key, once this time has passed.
    New { keycode: u8, wait: Duration },
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    keycode: u8,
    keysym: u32,
    used: Option<Instant>,
}

/// The spare keys.
#[derive(Debug)]
pub struct Spare {
    slots: Vec<Slot>,
    touched: HashSet<u8>,
}

impl Spare {
    /// From keys that carry nothing; those with the highest numbers are least likely to be wanted by others.
    pub fn new(mut free: Vec<u8>) -> Self {
        free.sort_unstable_by(|a, b| b.cmp(a));
        let slots = free
            .into_iter()
            .take(MOST)
            .map(|keycode| Slot {
                keycode,
                keysym: 0,
                used: None,
            })
            .collect();
        Self {
            slots,
            touched: HashSet::new(),
        }
    }

    /// Where to find or put a character that is typed now.
    pub fn place(&mut self, keysym: u32, now: Instant) -> Placed {
        if let Some(slot) = self.slots.iter_mut().find(|slot| slot.keysym == keysym) {
            slot.used = Some(now);
            return Placed::Already(slot.keycode);
        }
        // An unused one first, then the one that rested longest.
        let Some(slot) = self.slots.iter_mut().min_by_key(|slot| slot.used) else {
            return Placed::Nowhere;
        };
        let wait = slot
            .used
            .map_or(Duration::ZERO, |used| (used + REST).saturating_duration_since(now));
        slot.keysym = keysym;
        slot.used = Some(now + wait);
        self.touched.insert(slot.keycode);
        Placed::New {
            keycode: slot.keycode,
            wait,
        }
    }

    /// Whether a key is one of the spare ones.
    pub fn owns(&self, keycode: u8) -> bool {
        self.slots.iter().any(|slot| slot.keycode == keycode)
    }

    /// Keys that got a character.
    pub fn used(&self) -> Vec<u8> {
        self.touched.iter().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_keeps_its_key() {
        let now = Instant::now();
        let mut spare = Spare::new(vec![10, 12]);
        assert_eq!(
            spare.place(0xDF, now),
            Placed::New {
                keycode: 12,
                wait: Duration::ZERO
            }
        );
        assert_eq!(spare.place(0xDF, now), Placed::Already(12));
        assert_eq!(
            spare.place(0xE4, now),
            Placed::New {
                keycode: 10,
                wait: Duration::ZERO
            }
        );
    }

    #[test]
    fn a_key_rests_before_it_gets_another_character() {
        let start = Instant::now();
        let mut spare = Spare::new(vec![10, 12]);
        spare.place(1, start);
        spare.place(2, start + Duration::from_millis(100));
        let now = start + Duration::from_millis(150);
        assert_eq!(
            spare.place(3, now),
            Placed::New {
                keycode: 12,
                wait: REST - Duration::from_millis(150)
            }
        );
        assert_eq!(spare.place(2, now), Placed::Already(10));
        assert_eq!(
            spare.place(4, start + Duration::from_secs(9)),
            Placed::New {
                keycode: 10,
                wait: Duration::ZERO
            }
        );
    }

    #[test]
    fn without_free_keys_there_is_nowhere() {
        assert_eq!(Spare::new(vec![]).place(1, Instant::now()), Placed::Nowhere);
    }

    #[test]
    fn the_keys_to_clear_are_those_that_got_a_character() {
        let mut spare = Spare::new(vec![10, 11, 12]);
        spare.place(7, Instant::now());
        assert_eq!(spare.used(), [12]);
        assert!(spare.owns(11) && !spare.owns(13));
    }
}
