use super::*;
use crate::roles::model::Scope;
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

/// Columns: nobody's rights, then Create, Edit, View, Delete, Devices View, Devices Manage, Administration alone; each
/// for a stranger to the thing, its owner, its assistant.
const TABLE: &[(Action, &str)] = &[
    (Action::UseAccount, "yyy yyy yyy yyy yyy yyy yyy yyy"),
    (Action::ListOwnRequests, "yyy yyy yyy yyy yyy yyy yyy yyy"),
    (Action::ListRequests, "--- --- --- yyy --- --- --- ---"),
    (Action::FileRequest, "yyy yyy yyy yyy yyy yyy yyy yyy"),
    (Action::FileForOther, "--- yyy --- --- --- --- --- ---"),
    (Action::ViewRequest, "-y- -y- -y- yyy -y- -y- -y- -y-"),
    (Action::EditRequest, "-y- -y- -y- -y- -y- -y- -y- -y-"),
    (Action::CancelRequest, "-y- -y- -y- -y- -y- -y- -y- -y-"),
    (Action::ClaimRequest, "--- --- --- yyy --- --- --- ---"),
    (Action::ReleaseRequest, "--- --- yyy --y --- --- --- ---"),
    (Action::ManageRequest, "--- --- yyy --- --- --- --- ---"),
    (Action::ProposeTime, "-y- -y- yyy -yy -y- -y- -y- -y-"),
    (Action::LaunchRequest, "--- --- --- --y --- --- --- ---"),
    (Action::CloseRequest, "--- --- --- --- yyy --- --- ---"),
    (Action::ReopenRequest, "-y- -y- yyy -y- -y- -y- -y- -y-"),
    (Action::RateRequest, "-y- -y- -y- -y- -y- -y- -y- -y-"),
    (Action::AnswerConsent, "-y- -y- -y- -y- -y- -y- -y- -y-"),
    (Action::WriteMessage, "-y- -y- -y- yyy -y- -y- -y- -y-"),
    (Action::WriteNote, "--- --- --- y-y --- --- --- ---"),
    (Action::EndSession, "-y- -y- -y- -yy yyy -y- -y- -y-"),
    (Action::OperateSession, "--- --- --- --y --- --- --- ---"),
    (Action::WatchSession, "-y- -y- -y- yyy -y- -y- -y- -y-"),
    (Action::ListDevices, "yyy yyy yyy yyy yyy yyy yyy yyy"),
    (Action::ViewDevice, "-y- -y- -y- -y- -y- yyy yyy -y-"),
    (Action::MakeEnrolmentToken, "-y- -y- -y- -y- -y- -y- yyy -y-"),
    (Action::RevokeDevice, "-y- -y- -y- -y- -y- -y- yyy -y-"),
    (Action::ListDeviceGroups, "--- --- --- --- --- --- yyy ---"),
    (Action::ManageDeviceGroup, "--- --- --- --- --- --- yyy ---"),
    (Action::ManageSharedDeviceGroup, "--- --- --- --- --- --- yyy ---"),
    (Action::PlaceDevice, "--- --- --- --- --- --- yyy ---"),
    (Action::ListMail, "yyy yyy yyy yyy yyy yyy yyy yyy"),
    (Action::ReadMail, "-y- -y- -y- -y- -y- -y- -y- yyy"),
    (Action::ListPeople, "--- --- --- --- --- --- --- yyy"),
    (Action::ManagePerson, "--- --- --- --- --- --- --- yyy"),
    (Action::ManageRoles, "--- --- --- --- --- --- --- yyy"),
    (Action::ManageDirectories, "--- --- --- --- --- --- --- yyy"),
    (Action::ReadHelp, "yyy yyy yyy yyy yyy yyy yyy yyy"),
    (Action::ListArticles, "--- --- --- --- --- --- --- yyy"),
    (Action::ManageArticle, "--- --- --- --- --- --- --- yyy"),
    (Action::ManageSharedArticle, "--- --- --- --- --- --- --- yyy"),
    (Action::ListReplies, "--- --- --- --- --- --- --- yyy"),
    (Action::ManageReply, "--- --- --- --- --- --- --- yyy"),
    (Action::ManageSharedReply, "--- --- --- --- --- --- --- yyy"),
    (Action::InsertReply, "--- --- --- y-y --- --- --- ---"),
];

fn directory(number: u128) -> DirectoryId {
    DirectoryId(Uuid::from_u128(number))
}

/// Somebody with each of these rights everywhere.
fn everywhere(rights: &[Right]) -> Rights {
    Rights::new(rights.iter().map(|right| (*right, Scope::All)).collect())
}

/// Somebody with each of these rights for directory 1.
fn within_one(rights: &[Right]) -> Rights {
    let scope = Scope::Directory(directory(1));
    Rights::new(rights.iter().map(|right| (*right, scope)).collect())
}

#[test]
fn the_table_says_who_may_do_what() {
    let columns: Vec<Vec<Right>> = std::iter::once(Vec::new())
        .chain(Right::ALL.map(|right| vec![right]))
        .collect();
    for (action, expected) in TABLE {
        let found: Vec<String> = columns
            .iter()
            .map(|rights| {
                let rights = everywhere(rights);
                let may = [STRANGER, OWNER, ASSISTANT]
                    .map(|relation| allowed(*action, &rights, relation, Some(directory(1))));
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

#[test]
fn rights_for_one_directory_change_nothing_in_another() {
    let (nothing, one) = (Rights::default(), within_one(&Right::ALL));
    for action in Action::ALL {
        for relation in [STRANGER, OWNER, ASSISTANT] {
            // An owner's notes are hidden from them by a rule, not by a right.
            let without = allowed(action, &nothing, relation, Some(directory(2)));
            assert_eq!(
                allowed(action, &one, relation, Some(directory(2))),
                without,
                "{action:?}"
            );
        }
    }
}

#[test]
fn roles_directories_and_what_all_share_belong_to_those_with_rights_everywhere() {
    let one = within_one(&Right::ALL);
    for action in [
        Action::ManageRoles,
        Action::ManageDirectories,
        Action::ManageSharedArticle,
        Action::ManageSharedReply,
        Action::ManageSharedDeviceGroup,
    ] {
        assert!(!allowed(action, &one, STRANGER, None), "{action:?}");
    }
    assert!(allowed(Action::ListPeople, &one, STRANGER, None));
    assert!(!allowed(Action::ReadMail, &one, STRANGER, None));
}

fn actor(id: u128, rights: Rights) -> Actor {
    let user = UserSummary {
        id: UserId(Uuid::from_u128(id)),
        login: "x".into(),
        name: "X".into(),
        email: "x@example.org".into(),
        directory: directory(1),
        time_zone: "UTC".into(),
        language: Default::default(),
    };
    Actor { user, rights }
}

fn somebody_elses() -> Subject {
    let owner = actor(8, Rights::default()).user;
    Subject::assisted(&owner, Some(UserId(Uuid::from_u128(9))))
}

#[test]
fn what_one_may_not_see_looks_absent() {
    let error = authorize(&actor(1, Rights::default()), Action::EditRequest, somebody_elses()).err();
    assert_eq!(error, Some(AppError::NotFound));
}

#[test]
fn what_one_may_see_but_not_change_is_denied() {
    let viewer = actor(1, everywhere(&[Right::RequestsView]));
    let error = authorize(&viewer, Action::EditRequest, somebody_elses()).err();
    assert_eq!(error, Some(AppError::Denied));
}

#[test]
fn a_session_of_another_operator_looks_absent() {
    let all = actor(1, everywhere(&Right::ALL));
    let error = authorize(&all, Action::OperateSession, somebody_elses()).err();
    assert_eq!(error, Some(AppError::NotFound));
}

#[test]
fn lists_reach_no_further_than_the_rights() {
    let reach = |rights, action| {
        authorize(&actor(1, rights), action, Subject::NONE)
            .expect("lists are permitted")
            .reach()
    };
    let me = UserId(Uuid::from_u128(1));
    let own = Reach::OwnedBy(me);
    assert_eq!(reach(Rights::default(), Action::ListDevices), own);
    assert_eq!(
        reach(everywhere(&[Right::DevicesView]), Action::ListDevices),
        Reach::All
    );
    assert_eq!(
        reach(everywhere(&[Right::DevicesManage]), Action::ListDevices),
        Reach::All
    );
    let one_and_own = Reach::Within {
        directories: vec![directory(1)],
        or_of: Some(me),
    };
    assert_eq!(
        reach(within_one(&[Right::DevicesView]), Action::ListDevices),
        one_and_own
    );
    let one = Reach::Within {
        directories: vec![directory(1)],
        or_of: None,
    };
    assert_eq!(reach(within_one(&[Right::RequestsView]), Action::ListRequests), one);
    assert_eq!(reach(within_one(&Right::ALL), Action::ListMail), own);
    assert_eq!(reach(everywhere(&Right::ALL), Action::ListMail), Reach::All);
    assert_eq!(reach(everywhere(&Right::ALL), Action::ListOwnRequests), own);
}

#[test]
fn choosing_a_directory_never_widens_a_list() {
    let one = Reach::Within {
        directories: vec![directory(1)],
        or_of: None,
    };
    let none = Reach::Within {
        directories: vec![],
        or_of: None,
    };
    assert_eq!(one.clone().only(Some(directory(1))), one);
    assert_eq!(one.clone().only(Some(directory(2))), none);
    assert_eq!(one.clone().only(None), one);
    assert_eq!(Reach::All.only(Some(directory(1))), one);
}

#[test]
fn a_thing_without_owner_belongs_to_nobody() {
    let error = authorize(&actor(1, Rights::default()), Action::ReadMail, Subject::NONE).err();
    assert_eq!(error, Some(AppError::NotFound));
}

proptest! {
    #[test]
    fn a_permit_is_given_exactly_when_the_table_says_yes(
        action in prop::sample::select(Action::ALL.to_vec()),
        rights in prop::sample::subsequence(Right::ALL.to_vec(), 0..=Right::ALL.len()),
        one: bool,
        owner: bool,
        assistant: bool,
    ) {
        let rights = if one { within_one(&rights) } else { everywhere(&rights) };
        let actor = actor(1, rights.clone());
        let id = |own: bool| UserId(Uuid::from_u128(if own { 1 } else { 2 }));
        let subject = Subject { assistant: Some(id(assistant)), ..Subject::owned(id(owner), directory(1)) };
        prop_assert_eq!(
            authorize(&actor, action, subject).is_ok(),
            allowed(action, &rights, Relation { owner, assistant }, Some(directory(1)))
        );
    }
}
