//! Which entries are found, which are offered, and that routes are as they were.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::shelf::{Home, rows};

const PROMPTS: &[&str] = &[
    "the helm chart for the billing service fails on template, values.yaml looks right to me",
    "this query on orders takes 40 seconds in postgres, explain analyze shows a seq scan",
    "pods go into CrashLoopBackOff after the rollout",
    "customers were charged twice with their card",
    "cannot borrow `cache` as mutable, tokio task needs 'static, how do I restructure this",
    "why does src/list/Row.tsx re-render on each keystroke, useMemo does nothing",
    "all goroutines are asleep - deadlock",
    "blind users cannot reach the menu without a mouse",
    "can somebody check the terms of service before we go live, what could we be sued for",
    "main.tf wants to recreate the vpc, the state file is locked",
    "users can't log in any more since the password reset",
    "make twelve slides for the board meeting out of notes.md",
    "site's down, 502 everywhere, customers are complaining",
    "use the schema-mover for this",
    "rename the variable",
    "what does line 12 do",
    "looks good, thanks",
    "delete the comment above it",
    "why did you do it like that?",
    "put the other one first",
];

fn ids(decision: &Value, offered: bool) -> Vec<&str> {
    let candidates = decision["candidates"].as_array().expect("a list");
    let entries = candidates.iter().filter(|it| it["source"] == "catalog");
    let entries = entries.filter(|it| !offered || it["offered"] == true);
    entries
        .map(|it| it["target"]["id"].as_str().expect("an ID"))
        .collect()
}

#[test]
fn what_is_found_is_as_recorded() {
    let home = Home::new();
    let mut told = String::new();
    for prompt in PROMPTS {
        let decision = home.decision(prompt);
        let ranked = ids(&decision, false);
        let offered = ids(&decision, true).join(", ");
        let offered = if offered.is_empty() {
            "silence".to_owned()
        } else {
            offered
        };
        let _ = writeln!(
            told,
            "{prompt}\n  → {offered}\n    of {}",
            ranked[..ranked.len().min(3)].join(", ")
        );
    }
    insta::assert_snapshot!("found", told);
}

#[test]
fn a_candidate_tells_what_the_client_takes() {
    let home = Home::new();
    let decision =
        home.decision("main.tf wants to recreate the vpc, the terraform state file is locked");
    let first = &decision["candidates"][0];
    assert_eq!(decision["route"], Value::Null);
    assert_eq!(first["route"], Value::Null);
    assert_eq!(first["source"], "catalog");
    assert_eq!(first["offered"], true);
    assert_eq!(
        first["target"],
        json!({"kind": "agent", "name": "terra-former", "id": "terra-former", "model": "haiku"})
    );
    let scores: Vec<f64> = decision["candidates"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["score"].as_f64().unwrap())
        .collect();
    assert!(scores.is_sorted_by(|a, b| a >= b), "{scores:?}");
    assert!(scores[0] <= 1.0);
}

#[test]
fn those_that_say_the_same_take_one_place() {
    let home = Home::new();
    let decision = home.decision("production outage, write the postmortem");
    let watches = ids(&decision, false)
        .into_iter()
        .filter(|id| id.starts_with("night-watch"));
    assert_eq!(watches.count(), 1, "{decision}");
}

#[test]
fn routes_are_what_they_are_without_a_catalogue() {
    let home = Home::new();
    let prompts = include_str!("../quality/english.jsonl");
    let with = home.path("shelf.jsonl");
    let with = home.run(
        &["route", "--jsonl", "--catalog", with.to_str().unwrap()],
        prompts,
    );
    let none = home.write("none.jsonl", "").path("none.jsonl");
    let without = home.run(
        &["route", "--jsonl", "--catalog", none.to_str().unwrap()],
        prompts,
    );
    let read = |output: &[u8]| -> Vec<Value> {
        let text = std::str::from_utf8(output).expect("text");
        text.lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect()
    };
    let (with, without) = (read(&with.stdout), read(&without.stdout));
    assert_eq!(with.len(), prompts.lines().count());
    assert_eq!(with.len(), without.len());
    let mut decided = 0;
    let mut offered = 0;
    for (with, without) in with.iter().zip(&without) {
        for field in ["route", "target", "confidence", "evidence"] {
            assert_eq!(with[field], without[field]);
        }
        let routes = |decision: &Value| -> Vec<Value> {
            let all = decision["candidates"].as_array().unwrap().iter();
            all.filter(|it| it["source"] != "catalog")
                .cloned()
                .collect()
        };
        let sorted = |decision: &Value| {
            let mut routes: Vec<String> = routes(decision).iter().map(Value::to_string).collect();
            routes.sort();
            routes
        };
        assert_eq!(sorted(with), sorted(without));
        if !with["route"].is_null() {
            decided += 1;
            assert_eq!(ids(with, true), Vec::<&str>::new(), "beside a route");
        }
        offered += usize::from(!ids(with, true).is_empty());
    }
    assert!(decided > 100, "{decided}");
    // Some of them do speak of Terraform, Helm or a password reset.
    assert!(
        offered * 30 < with.len(),
        "{offered} of {} ordinary prompts are offered something",
        with.len()
    );
}

#[test]
fn eval_tells_how_well_entries_are_found() {
    let home = Home::new();
    home.write(
        "queries.jsonl",
        concat!(
            r#"{"kind": "agent", "name": "ferris", "level": 1, "text": "cannot borrow as mutable, fix the lifetimes in this rust crate with cargo"}"#, "\n",
            r#"{"kind": "agent", "name": "night-watch-two", "level": 2, "text": "there was an outage, who is on call"}"#, "\n",
            r#"{"kind": null, "name": null, "level": 0, "text": "rename it"}"#, "\n",
            r#"{"text": "what is this", "route": "none"}"#, "\n",
            r#"{"text": "run the tests", "route": "test-runner"}"#, "\n",
        ),
    );
    let done = home.run(
        &[
            "eval",
            "--json",
            "--catalog",
            "../../shelf.jsonl",
            "../../queries.jsonl",
        ],
        "",
    );
    let levels: Value = serde_json::from_slice(&done.stdout).expect("JSON");
    assert_eq!(levels[0]["level"], 0);
    assert_eq!(levels[0]["rows"], 2);
    assert_eq!(levels[0]["offered"], 0);
    for level in [1, 2] {
        assert_eq!(levels[level]["rows"], 1);
        // The other one says the same of itself, and is right too.
        assert_eq!(levels[level]["first"], 1, "{levels}");
    }
    let wrong = home.run(
        &[
            "eval",
            "--catalog",
            "../../queries.jsonl",
            "../../queries.jsonl",
        ],
        "",
    );
    let told = String::from_utf8_lossy(&wrong.stderr);
    assert_eq!(wrong.status.code(), Some(1));
    assert!(
        told.contains("queries.jsonl:3") && told.contains("mend:"),
        "{told}"
    );
}

#[test]
fn a_small_catalogue_is_found_in_too() {
    let home = Home::new();
    let rows = rows();
    let few: Vec<&str> = rows.lines().take(3).collect();
    home.write("few.jsonl", &few.join("\n"));
    let few = home.path("few.jsonl");
    let ask = |prompt: &str| -> Value {
        let done = home.run(
            &[
                "route",
                "--json",
                "--catalog",
                few.to_str().unwrap(),
                prompt,
            ],
            "",
        );
        serde_json::from_slice(&done.stdout).expect("JSON")
    };
    let decision = ask("this query takes 40 seconds in postgres, explain analyze shows a seq scan");
    assert_eq!(
        ids(&decision, true).first(),
        Some(&"query-tuner"),
        "{decision}"
    );
    assert_eq!(
        ids(&ask("fix the typo in the header"), true),
        Vec::<&str>::new()
    );
}
