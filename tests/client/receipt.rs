//! The receipt at a turn's end, as the real client makes it come about.

use std::fs;

use promptune::ledger::{self, Settled, What};
use serde_json::Value;

use crate::api;
use crate::conversation::Heard;
use crate::run::Desk;

/// Two requests, each of 1,000 input, 20,000 read from the cache and 50 output tokens: on Haiku 5.5, in dollars a million
/// 0.10, 0.01 and 0.50, 200 + 400 + 50 millionths. On Opus 5.5, at 4, 0.20 and 20: 8,000 + 8,000 + 2,000.
const RECEIPT: &str = "promptune: test-runner finished · haiku · 42.1k tokens · $0.00065 (on opus: $0.018, 96 % less)";

/// What the person is shown.
fn told(events: &[Value]) -> Vec<&str> {
    events
        .iter()
        .filter(|event| event["subtype"] == "informational")
        .filter_map(|event| event["content"].as_str()?.strip_prefix("Stop says: "))
        .collect()
}

fn settled(desk: &Desk) -> Vec<Settled> {
    let read = ledger::read(&desk.home.data());
    assert_eq!(read.skipped, 0);
    let settled = |what| match what {
        What::Settled(settled) => Some(*settled),
        _ => None,
    };
    read.records
        .into_iter()
        .filter_map(|record| settled(record.what))
        .collect()
}

/// What came of the hints.
fn taken(desk: &Desk) -> Vec<(String, bool)> {
    let taken = |what| match what {
        What::Turn { routes, .. } => Some(routes),
        _ => None,
    };
    ledger::read(&desk.home.data())
        .records
        .into_iter()
        .filter_map(|record| taken(record.what))
        .flatten()
        .map(|it| (it.route, it.taken))
        .collect()
}

fn followed() -> [(String, bool); 1] {
    [("test-runner".to_owned(), true)]
}

#[test]
fn an_agent_that_ran_is_told_with_its_price() {
    let Some(desk) = Desk::ready() else { return };
    let heard: Heard = desk.types("run the tests");
    assert_eq!(told(&heard.events), [RECEIPT], "{:#?}", heard.events);
    assert_eq!(
        heard.hooks("SubagentStop"),
        [(String::new(), 0)],
        "it only notes"
    );
    let settled = settled(&desk);
    let [it] = settled.as_slice() else {
        panic!("{settled:?}")
    };
    assert_eq!((it.requests, it.complete, it.offered), (2, true, true));
    assert_eq!(it.session_model.as_deref(), Some("claude-opus-5-5"));
    // The client's own list says the same: `costUSD` of the run.
    let result = heard.events.iter().find(|event| event["type"] == "result");
    let own = &result.expect("a result")["modelUsage"]["claude-haiku-5-5"]["costUSD"];
    let own = own.as_f64().expect("a price");
    assert!((it.cost.expect("priced").0 - own).abs() < 1e-12, "{own}");
    assert!(it.saved.is_some(), "the call was found: {it:?}");
    assert_eq!(taken(&desk), followed());
    let text = fs::read_to_string(ledger::current(&desk.home.data())).expect("a ledger");
    assert!(
        !text.contains("run the tests") && !text.contains(api::REPORT),
        "{text}"
    );
}

#[test]
fn the_model_does_not_see_the_receipt() {
    let Some(desk) = Desk::ready() else { return };
    let mut conversation = desk.conversation();
    assert_eq!(told(&conversation.types("run the tests").events), [RECEIPT]);
    let next = conversation.types("what does this function do?");
    let seen = next.request().body.to_string();
    assert!(seen.contains(api::REPORT), "the agent's report is in sight");
    assert!(!seen.contains("finished · haiku"), "{seen}");
    conversation.leaves();
}

#[test]
fn an_agent_in_the_background_is_told_when_it_has_ended() {
    let Some(desk) = Desk::with_model(api::follows_hints_in_background) else {
        return;
    };
    let mut conversation = desk.conversation();
    let heard = conversation.types("run the tests");
    assert!(heard.hint().is_some());
    // The turn at the agent's end, which nobody typed.
    conversation.hears("An answer.");
    let events = conversation.leaves();
    assert_eq!(told(&events), [RECEIPT]);
    assert_eq!(settled(&desk).len(), 1);
    assert_eq!(taken(&desk), followed());
}

#[test]
fn a_model_that_answers_itself_has_ignored_the_hint() {
    let Some(desk) = Desk::with_model(api::only_answers) else {
        return;
    };
    let heard = desk.types("run the tests");
    assert!(heard.hint().is_some());
    assert_eq!(told(&heard.events), [""; 0]);
    assert_eq!(heard.hooks("Stop"), [(String::new(), 0)]);
    assert_eq!(taken(&desk), [("test-runner".to_owned(), false)]);
}

#[test]
fn receipts_are_off_where_the_person_says_so() {
    let Some(desk) = Desk::ready() else { return };
    fs::create_dir_all(desk.home.data()).expect("a folder");
    fs::write(
        desk.home.data().join("config.json"),
        r#"{"receipts": false}"#,
    )
    .expect("written");
    let heard = desk.types("run the tests");
    assert_eq!(told(&heard.events), [""; 0]);
    assert_eq!(settled(&desk).len(), 1);
}
