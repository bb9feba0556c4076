//! A hint is not repeated while the model still sees it.

use crate::api;
use crate::run::Desk;

const TESTS: &str = "run the tests";

#[test]
fn a_route_is_hinted_once_in_a_conversation() {
    let Some(desk) = Desk::ready() else { return };
    let mut conversation = desk.conversation();
    assert!(conversation.types(TESTS).hint().is_some());
    let again = conversation.types(TESTS);
    assert_eq!(again.hint(), None);
    assert_eq!(
        again.request().all_hints().len(),
        1,
        "the first one is still in sight"
    );
    assert!(
        conversation.types("commit and push").hint().is_some(),
        "another route is another matter"
    );
    assert!(
        conversation
            .types("use the test runner agent")
            .hint()
            .is_some(),
        "and so is an agent asked for by name"
    );
    conversation.leaves();
    assert!(
        desk.types(TESTS).hint().is_some(),
        "a new conversation starts afresh"
    );
}

#[test]
fn a_resumed_conversation_remembers_its_hints() {
    let Some(desk) = Desk::ready() else { return };
    let mut conversation = desk.conversation();
    assert!(conversation.types(TESTS).hint().is_some());
    let session = conversation.session();
    conversation.leaves();
    let mut resumed = desk.resumed(&session);
    assert_eq!(resumed.types(TESTS).hint(), None);
    assert_eq!(resumed.session(), session);
    resumed.leaves();
}

#[test]
fn a_cool_down_of_zero_lifts_it() {
    let Some(desk) = Desk::with_model(api::only_answers) else {
        return;
    };
    let desk = desk.with("PROMPTUNE_COOLDOWN", "0");
    let mut conversation = desk.conversation();
    for _ in 0..3 {
        assert!(conversation.types(TESTS).hint().is_some());
    }
    conversation.leaves();
}

#[test]
fn compacting_and_clearing_forget_the_hints() {
    let Some(desk) = Desk::with_model(api::only_answers) else {
        return;
    };
    let mut conversation = desk.conversation();
    assert!(conversation.types(TESTS).hint().is_some());
    assert_eq!(conversation.types(TESTS).hint(), None);
    for command in ["/compact", "/clear"] {
        let heard = conversation.types(command);
        assert_eq!(
            heard.hooks("SessionStart"),
            [(String::new(), 0)],
            "the hook is told of {command}"
        );
        assert!(
            conversation.types(TESTS).hint().is_some(),
            "after {command} the model sees the hint no more"
        );
        assert_eq!(conversation.types(TESTS).hint(), None);
    }
    conversation.leaves();
}
