//! What was saved, in a whole turn: the figures of `docs/cost.md`.

use serde_json::json;

use crate::person::{Person, append, reports, usage, works};

/// Three requests of an agent whose prompt grows from 10,000 tokens to 12,000 and 16,000.
fn three_steps(person: &Person, id: &str) {
    for line in works("w1", &usage(0, 10_000, 0, 100)) {
        append(&person.agent(id), &line);
    }
    for line in works("w2", &usage(0, 2_000, 10_000, 120)) {
        append(&person.agent(id), &line);
    }
    append(
        &person.agent(id),
        &reports("w3", &usage(0, 4_000, 12_000, 300)),
    );
}

#[test]
fn the_example_of_the_guide() {
    let person = Person::new();
    let hint = person.types("p1", "run the tests").expect("a hint");
    let hint = hint["hookSpecificOutput"]["additionalContext"]
        .as_str()
        .expect("a hint")
        .len();
    // 4 bytes are a token; what is left over is one more.
    let hint = f64::from(u32::try_from(hint.div_ceil(4)).expect("short"));
    person.calls(
        "m1",
        &usage(0, 150, 50_000, 200),
        &[("t1", "promptune:test-runner")],
    );
    person.became("t1", "a1", "p1", false);
    three_steps(&person, "a1");
    person.agent_stops("a1", "promptune:test-runner", "p1");
    person.stops("p1");
    let settled = person.settled();
    let it = settled[0].saved.expect("known");
    // Opus 5.5, in millionths of a dollar a token: output 20, written 5, read 0.20. Its prompt was 50,150 tokens.
    let own = 50_150.0 - hint;
    let alone = 3.0 * own * 0.2 + 2_000.0 * 0.2 + 6_000.0 * 5.0 + 220.0 * 20.0;
    let around = own * 0.2 + hint * 5.0 + 200.0 * 20.0 + 50_150.0 * 0.2 + 500.0 * 5.0;
    // Haiku 5.5: output 0.50, written 0.125, read 0.01.
    let agent = 520.0 * 0.5 + 16_000.0 * 0.125 + 22_000.0 * 0.01;
    let near = |a: f64, b: f64| assert!((a * 1e6 - b).abs() < 1e-6, "{a} is not {b} millionths");
    near(it.alone.0, alone);
    near(it.around.0, around);
    near(settled[0].cost.expect("priced").0, agent);
    near(it.saved.0, alone - around - agent);
}

#[test]
fn what_the_conversation_did_around_it_is_found() {
    let person = Person::new();
    person.types("p1", "look around");
    let agents = [("t1", "Explore"), ("t2", "Explore")];
    person.calls("m1", &usage(0, 0, 20_000, 400), &agents);
    for (tool, id) in [("t1", "a1"), ("t2", "a2")] {
        person.became(tool, id, "p1", true);
        three_steps(&person, id);
        person.agent_stops(id, "Explore", "p1");
    }
    person.says(
        "m2",
        &usage(0, 0, 20_000, 1),
        &json!([{"type": "text", "text": "They are at work."}]),
    );
    person.stops("p1");
    for it in person.settled() {
        assert!(!it.offered && it.route.is_none());
        // Two in one message share the call, 20,000 read and 400 out, and the launch, 20,000 read and 400 written;
        // each report comes alone: 20,000 read, 300 written.
        let around = 10_000.0 * 0.2
            + 200.0 * 20.0
            + 10_000.0 * 0.2
            + 200.0 * 5.0
            + 20_000.0 * 0.2
            + 300.0 * 5.0;
        let saved = it.saved.expect("known");
        assert!((saved.around.0 * 1e6 - around).abs() < 1e-6, "{saved:?}");
    }
}

#[test]
fn nothing_is_claimed_where_the_call_is_not_known() {
    let person = Person::new();
    person.types("p1", "look around");
    person.says(
        "m1",
        &usage(0, 0, 20_000, 400),
        &json!([{"type": "text", "text": "x"}]),
    );
    three_steps(&person, "a1");
    person.agent_stops("a1", "Explore", "p1");
    assert!(person.stops("p1").is_some());
    let settled = person.settled();
    assert_eq!(settled[0].saved, None);
    assert!(settled[0].cost.is_some() && settled[0].same_tokens.is_some());
}
