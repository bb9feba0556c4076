//! Whether a hint was followed, and what that does to the next one.

use std::fs;

use promptune::ledger::What;
use serde_json::{Value, json};

use crate::person::{Person, append_text, usage};

/// What came of the routes, turn by turn.
fn outcomes(person: &Person) -> Vec<Vec<(String, bool)>> {
    let outcome = |what: What| match what {
        What::Turn { routes, .. } => {
            Some(routes.into_iter().map(|it| (it.route, it.taken)).collect())
        }
        _ => None,
    };
    let records = person.records().into_iter();
    records.filter_map(|record| outcome(record.what)).collect()
}

fn of(route: &str, taken: bool) -> Vec<(String, bool)> {
    vec![(route.to_owned(), taken)]
}

#[test]
fn a_hint_is_taken_up_by_a_call_in_the_same_turn() {
    let person = Person::new();
    person.types("p1", "run the tests").expect("a hint");
    person.calls("m1", &usage(1, 1, 1, 1), &[("t1", "promptune:test-runner")]);
    person.stops("p1");
    person.types("p2", "commit and push").expect("a hint");
    person.says(
        "m2",
        &usage(1, 1, 1, 1),
        &json!([{"type": "text", "text": "I did it myself."}]),
    );
    person.stops("p2");
    // Too late for the second hint.
    person.types("p3", "ok thanks");
    person.calls(
        "m3",
        &usage(1, 1, 1, 1),
        &[("t3", "promptune:git-operator")],
    );
    person.stops("p3");
    assert_eq!(
        outcomes(&person),
        [of("test-runner", true), of("git-operator", false)]
    );
}

#[test]
fn a_skill_is_taken_up_too_and_a_copy_counts() {
    let person = Person::new();
    person
        .types("p1", "break this feature down into tasks")
        .expect("a hint");
    person.says("m1", &usage(1, 1, 1, 1), &json!([{"type": "tool_use", "id": "t", "name": "Skill", "input": {"skill": "parallel-plan"}}]));
    person.stops("p1");
    assert_eq!(outcomes(&person), [of("parallel-plan", true)]);
}

#[test]
fn a_turn_that_goes_on_after_its_end_is_judged_again() {
    let person = Person::new();
    person.types("p1", "run the tests").expect("a hint");
    person.stops("p1");
    person.stops("p1");
    person.calls("m1", &usage(1, 1, 1, 1), &[("t1", "test-runner")]);
    person.stops("p1");
    assert_eq!(
        outcomes(&person),
        [of("test-runner", false), of("test-runner", true)]
    );
}

#[test]
fn a_turn_that_was_broken_off_is_judged_at_the_next_end() {
    let person = Person::new();
    person.types("p1", "run the tests").expect("a hint");
    // The client tells of no end.
    person.types("p2", "what is this?");
    person.stops("p2");
    assert_eq!(outcomes(&person), [of("test-runner", false)]);
}

#[test]
fn where_the_transcript_does_not_tell_nothing_is_claimed() {
    let person = Person::new();
    person.types("p1", "run the tests").expect("a hint");
    fs::remove_file(person.transcript()).expect("removed");
    person.stops("p1");
    assert_eq!(outcomes(&person), [Vec::new()]);
    // Nor where the turn lies too far back.
    person.types("p2", "commit and push").expect("a hint");
    let result = json!({"type": "user", "isSidechain": true, "x": "x".repeat(100_000)});
    append_text(&person.transcript(), &format!("{result}\n").repeat(90));
    person.stops("p2");
    assert_eq!(outcomes(&person)[1], Vec::new());
}

#[test]
fn noise_in_the_transcript_is_passed_over() {
    let person = Person::new();
    person.types("p1", "run the tests").expect("a hint");
    append_text(
        &person.transcript(),
        "noise\n{\"type\":\"assistant\"\n{\"type\":\"assistant\",\"message\":7}\n\u{0}\n",
    );
    let words = r#"he said "name":"Agent" and "subagent_type":"promptune:test-runner""#;
    person.says(
        "m1",
        &usage(1, 1, 1, 1),
        &json!([{"type": "text", "text": words}]),
    );
    person.stops("p1");
    assert_eq!(outcomes(&person), [of("test-runner", false)]);
}

/// Types the prompt that hints test-runner so many times, each ignored.
fn ignores(person: &Person, from: usize, times: usize) {
    for prompt in from..from + times {
        let id = format!("p{prompt}");
        person.types(&id, "run the tests");
        person.stops(&id);
    }
}

fn needed(person: &Person) -> Option<Value> {
    let text = fs::read(person.data().join("adaptive.json")).ok()?;
    serde_json::from_slice(&text).ok()
}

#[test]
fn a_route_ignored_many_times_goes_quieter_and_comes_back() {
    let person = Person::new();
    let settings = |adaptive: bool| json!({"cooldownMinutes": 0, "adaptive": adaptive});
    person.config(&settings(true));
    ignores(&person, 0, 4);
    assert_eq!(needed(&person), None);
    ignores(&person, 4, 1);
    assert_eq!(needed(&person), Some(json!({"routes": {"test-runner": 5}})));
    // Sure enough at first, not sure enough now.
    let vague = &between(&person);
    assert_eq!(person.types("q1", vague), None);
    assert!(
        person.types("q2", "run the tests").is_some(),
        "sure enough all the same"
    );
    assert!(
        person.types("q3", "use the test runner agent").is_some(),
        "asked for by name"
    );
    person.config(&settings(false));
    assert!(person.types("q4", vague).is_some(), "switched off");
    person.config(&settings(true));
    person.calls("m1", &usage(1, 1, 1, 1), &[("t1", "promptune:test-runner")]);
    person.stops("q4");
    assert_eq!(needed(&person), None, "taken up once");
    assert!(person.types("q5", vague).is_some());
}

/// A prompt for test-runner of which the router is as sure as is needed at first, and not as is after five: the first
/// such among the utterances.
fn between(person: &Person) -> String {
    let utterances = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/patterns/utterances/test-runner.jsonl"
    );
    let utterances = fs::read_to_string(utterances).expect("utterances");
    let mut command = person.command();
    let route = command
        .args(["route", "--jsonl"])
        .write_stdin(utterances.clone());
    let told = String::from_utf8(route.output().expect("it runs").stdout).expect("text");
    let parse = |line: &str| serde_json::from_str::<Value>(line).expect("JSON");
    let found = utterances
        .lines()
        .zip(told.lines().map(parse))
        .find(|(_, decision)| {
            let confidence = decision["confidence"].as_f64().unwrap_or_default();
            // Alone: a second request would bring its own hint.
            let offered = decision["candidates"].as_array().into_iter().flatten();
            let alone = offered.filter(|it| it["offered"] == true).count() == 1;
            decision["route"] == "test-runner" && alone && (0.8..0.9).contains(&confidence)
        });
    let (utterance, _) = found.expect("a prompt between 0.80 and 0.90");
    parse(utterance)["text"]
        .as_str()
        .expect("a text")
        .to_owned()
}

#[test]
fn a_damaged_state_is_no_state() {
    let person = Person::new();
    for text in [
        "",
        "{",
        "[]",
        "{\"routes\":{\"test-runner\":-1}}",
        "{\"routes\":7}",
    ] {
        fs::write(person.data().join("adaptive.json"), text).expect("written");
        person.config(&json!({"cooldownMinutes": 0}));
        assert!(person.types("p1", "run the tests").is_some(), "{text}");
    }
}
