//! Which reply is meant by what somebody typed.
//!
//! Invariant: pure; a whole title names one reply, whatever other titles it is a part of.

use super::model::{Offered, ReplyId};

/// Titles that are told when several fit, at most.
const TOLD: usize = 5;

/// What was found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Chosen {
    One(ReplyId),
    Nothing,
    /// These fit, and perhaps more.
    Several(Vec<String>),
}

/// Each title once: a directory's own reply stands before the shared one of the same title.
pub fn each_title_once(mut replies: Vec<Offered>) -> Vec<Offered> {
    replies.sort_by_cached_key(|reply| (folded(&reply.title), reply.shared, reply.id));
    replies.dedup_by_key(|reply| folded(&reply.title));
    replies
}

/// The reply with the title `typed`, or else the only one whose title has all its words.
pub fn choose(offered: &[Offered], typed: &str) -> Chosen {
    let typed = folded(typed);
    let words: Vec<&str> = typed.split_whitespace().collect();
    if words.is_empty() {
        return Chosen::Nothing;
    }
    if let Some(exact) = offered.iter().find(|reply| folded(&reply.title) == typed) {
        return Chosen::One(exact.id);
    }
    let fits = |reply: &&Offered| {
        let title = folded(&reply.title);
        words.iter().all(|word| title.contains(word))
    };
    let found: Vec<&Offered> = offered.iter().filter(fits).collect();
    match &found[..] {
        [] => Chosen::Nothing,
        [one] => Chosen::One(one.id),
        several => Chosen::Several(several.iter().take(TOLD).map(|reply| reply.title.clone()).collect()),
    }
}

/// Without what does not tell two titles apart: case and blanks around them.
pub fn folded(title: &str) -> String {
    title.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn reply(number: u128, title: &str, shared: bool) -> Offered {
        Offered {
            id: ReplyId(Uuid::from_u128(number)),
            title: title.to_owned(),
            shared,
        }
    }

    fn two() -> Vec<Offered> {
        vec![
            reply(1, "Printer", true),
            reply(2, "Printer is offline", true),
            reply(3, "Größe", true),
        ]
    }

    fn one(number: u128) -> Chosen {
        Chosen::One(ReplyId(Uuid::from_u128(number)))
    }

    #[test]
    fn a_whole_title_is_meant_even_where_it_is_part_of_another() {
        assert_eq!(choose(&two(), " PRINTER "), one(1));
    }

    #[test]
    fn words_of_one_title_are_enough() {
        assert_eq!(choose(&two(), "off prin"), one(2));
        assert_eq!(choose(&two(), "GRÖSSE"), Chosen::Nothing);
        assert_eq!(choose(&two(), "GRÖ"), one(3));
    }

    #[test]
    fn several_that_fit_are_told_and_never_guessed() {
        let told = Chosen::Several(vec!["Printer".to_owned(), "Printer is offline".to_owned()]);
        assert_eq!(choose(&two(), "print"), told);
        let many: Vec<Offered> = (0..9)
            .map(|number| reply(number, &format!("VPN {number}"), true))
            .collect();
        assert!(matches!(choose(&many, "vpn"), Chosen::Several(told) if told.len() == TOLD));
    }

    #[test]
    fn nothing_typed_means_nothing() {
        assert_eq!(choose(&two(), "  "), Chosen::Nothing);
    }

    #[test]
    fn a_directorys_own_reply_stands_before_the_shared_one() {
        let all = each_title_once(vec![
            reply(1, "Hello", true),
            reply(2, "hello", false),
            reply(3, "Bye", true),
        ]);
        assert_eq!(all.iter().map(|reply| reply.id.0.as_u128()).collect::<Vec<_>>(), [3, 2]);
    }

    proptest! {
        #[test]
        fn whatever_is_typed_what_is_chosen_was_offered(titles in prop::collection::vec("\\PC{0,12}", 0..6), typed in "\\PC{0,12}") {
            let offered = each_title_once(
                titles.iter().zip(1u128..).map(|(title, number)| reply(number, title, number % 2 == 0)).collect(),
            );
            if let Chosen::One(id) = choose(&offered, &typed) {
                prop_assert!(offered.iter().any(|reply| reply.id == id));
            }
        }
    }
}
