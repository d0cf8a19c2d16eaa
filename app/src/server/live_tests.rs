use super::*;
use proptest::prelude::*;

fn user(number: u128) -> UserId {
    UserId(uuid::Uuid::from_u128(number))
}

#[test]
fn a_topic_is_read_back_from_its_text() {
    let viewer = user(1);
    let id = uuid::Uuid::from_u128(5);
    for topic in [
        Topic::Requests,
        Topic::Mine(viewer),
        Topic::Devices,
        Topic::Request(RequestId(id)),
        Topic::Session(SessionId(id)),
    ] {
        assert_eq!(Topic::parse(&topic.to_string(), viewer), Ok(topic));
    }
}

#[test]
fn one_persons_own_list_is_not_anothers() {
    assert_ne!(Topic::parse("mine", user(1)), Topic::parse("mine", user(2)));
}

#[test]
fn a_person_has_thirty_two_streams_and_gets_places_back() {
    let live = Live::default();
    let mut places: Vec<_> = (0..STREAMS_PER_USER)
        .map(|_| live.take_place(user(1)).expect("a place"))
        .collect();
    assert!(live.take_place(user(1)).is_none());
    assert!(live.take_place(user(2)).is_some());
    places.pop();
    assert!(live.take_place(user(1)).is_some());
}

#[tokio::test]
async fn whoever_subscribed_before_a_change_hears_of_it() {
    let live = Live::default();
    let mut changes = live.subscribe();
    live.publish(Topic::Requests, 7);
    assert_eq!(
        changes.recv().await,
        Ok(Change {
            topic: Topic::Requests,
            version: 7
        })
    );
}

proptest! {
    #[test]
    fn any_text_is_a_topic_or_not(text in "\\PC{0,60}") {
        let _ = Topic::parse(&text, user(1));
    }
}
