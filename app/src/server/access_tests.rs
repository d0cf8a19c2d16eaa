use super::*;
use proptest::prelude::*;
use uuid::Uuid;

const STRANGER: Relation = Relation {
    owner: false,
    assistant: false,
};
const OWNER: Relation = Relation {
    owner: true,
    assistant: false,
};
const ASSISTANT: Relation = Relation {
    owner: false,
    assistant: true,
};

/// Columns: employee (stranger, owner, assistant), operator (the same), administrator (the same).
const TABLE: &[(Action, &str)] = &[
    (Action::UseAccount, "yyy yyy yyy"),
    (Action::ListOwnRequests, "yyy yyy yyy"),
    (Action::ListRequests, "--- yyy yyy"),
    (Action::FileRequest, "yyy yyy yyy"),
    (Action::ViewRequest, "-y- yyy yyy"),
    (Action::EditRequest, "-y- -y- -y-"),
    (Action::CancelRequest, "-y- -y- -y-"),
    (Action::ClaimRequest, "--- yyy yyy"),
    (Action::ReleaseRequest, "--- --y yyy"),
    (Action::LaunchRequest, "--- --y --y"),
    (Action::CloseRequest, "--- --y yyy"),
    (Action::AnswerConsent, "-y- -y- -y-"),
    (Action::WriteMessage, "-y- yyy yyy"),
    (Action::EndSession, "-y- -yy yyy"),
    (Action::OperateSession, "--- --y --y"),
    (Action::WatchSession, "-y- yyy yyy"),
    (Action::ListDevices, "yyy yyy yyy"),
    (Action::ViewDevice, "-y- yyy yyy"),
    (Action::MakeEnrolmentToken, "-y- -y- yyy"),
    (Action::RevokeDevice, "-y- -y- yyy"),
    (Action::ListMail, "yyy yyy yyy"),
    (Action::ReadMail, "-y- -y- yyy"),
];

#[test]
fn the_table_says_who_may_do_what() {
    for (action, expected) in TABLE {
        let found: Vec<String> = Role::ALL
            .into_iter()
            .map(|role| {
                let may = [STRANGER, OWNER, ASSISTANT].map(|relation| allowed(*action, role, relation));
                may.into_iter().map(|may| if may { 'y' } else { '-' }).collect()
            })
            .collect();
        assert_eq!(found.join(" "), *expected, "{action:?}");
    }
}

#[test]
fn the_table_has_every_action_once() {
    let listed: Vec<Action> = TABLE.iter().map(|(action, _)| *action).collect();
    assert_eq!(listed, Action::ALL);
    let unique: std::collections::HashSet<_> = listed.into_iter().collect();
    assert_eq!(unique.len(), Action::ALL.len());
}

fn actor(id: u128, role: Role) -> Actor {
    let user = UserSummary {
        id: UserId(Uuid::from_u128(id)),
        login: "x".into(),
        name: "X".into(),
        email: "x@example.org".into(),
        role,
        time_zone: "UTC".into(),
    };
    Actor { user }
}

fn somebody_elses() -> Subject {
    Subject::assisted(UserId(Uuid::from_u128(8)), Some(UserId(Uuid::from_u128(9))))
}

#[test]
fn what_one_may_not_see_looks_absent() {
    let error = authorize(&actor(1, Role::Employee), Action::EditRequest, somebody_elses()).err();
    assert_eq!(error, Some(AppError::NotFound));
}

#[test]
fn what_one_may_see_but_not_change_is_denied() {
    let error = authorize(&actor(1, Role::Operator), Action::EditRequest, somebody_elses()).err();
    assert_eq!(error, Some(AppError::Denied));
}

#[test]
fn a_session_of_another_operator_looks_absent() {
    let error = authorize(&actor(1, Role::Operator), Action::OperateSession, somebody_elses()).err();
    assert_eq!(error, Some(AppError::NotFound));
}

#[test]
fn lists_reach_no_further_than_the_role() {
    let reach = |role, action| {
        authorize(&actor(1, role), action, Subject::NONE)
            .expect("lists are permitted")
            .reach()
    };
    let own = Reach::OwnedBy(UserId(Uuid::from_u128(1)));
    assert_eq!(reach(Role::Employee, Action::ListDevices), own);
    assert_eq!(reach(Role::Operator, Action::ListDevices), Reach::All);
    assert_eq!(reach(Role::Operator, Action::ListMail), own);
    assert_eq!(reach(Role::Administrator, Action::ListMail), Reach::All);
    assert_eq!(reach(Role::Administrator, Action::ListOwnRequests), own);
}

#[test]
fn a_thing_without_owner_belongs_to_nobody() {
    let error = authorize(&actor(1, Role::Employee), Action::ReadMail, Subject::NONE).err();
    assert_eq!(error, Some(AppError::NotFound));
}

proptest! {
    #[test]
    fn a_permit_is_given_exactly_when_the_table_says_yes(
        action in prop::sample::select(Action::ALL.to_vec()),
        role in prop::sample::select(Role::ALL.to_vec()),
        owner: bool,
        assistant: bool,
    ) {
        let actor = actor(1, role);
        let id = |own: bool| UserId(Uuid::from_u128(if own { 1 } else { 2 }));
        let subject = Subject::assisted(id(owner), Some(id(assistant)));
        prop_assert_eq!(
            authorize(&actor, action, subject).is_ok(),
            allowed(action, role, Relation { owner, assistant })
        );
    }
}
