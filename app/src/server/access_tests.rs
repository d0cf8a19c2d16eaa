use super::*;

#[test]
fn every_action_is_listed_once() {
    let unique: std::collections::HashSet<_> = Action::ALL.into_iter().collect();
    assert_eq!(unique.len(), Action::ALL.len());
}
