//! The off switches, at every event of the hook.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::desk::{BINARY, Desk};

/// What the hook answers to an event of the conversation `session`.
fn answers(desk: &Desk, event: &str, session: &str, more: &[(&str, &str)]) -> Value {
    let mut json = json!({
        "hook_event_name": event,
        "session_id": session,
        "cwd": desk.path("project"),
    });
    for (name, value) in more {
        json[name] = json!(value);
    }
    let mut child = desk
        .command(Path::new(BINARY))
        .arg("hook")
        .env("PROMPTUNE_COOLDOWN", "0")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    // Where it is switched off it ends without listening.
    let _ = stdin.write_all(json.to_string().as_bytes());
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0));
    if output.stdout.is_empty() {
        return Value::Null;
    }
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn types(desk: &Desk, session: &str, prompt: &str) -> Value {
    answers(desk, "UserPromptSubmit", session, &[("prompt", prompt)])
}

fn hints(desk: &Desk, session: &str) -> bool {
    let answer = types(desk, session, "run the tests");
    answer["hookSpecificOutput"]["additionalContext"].is_string()
}

#[test]
fn a_conversation_stays_off_when_it_is_compacted() {
    let desk = Desk::new();
    assert!(hints(&desk, "s1"));
    let told = types(&desk, "s1", "promptune off");
    assert!(
        told["systemMessage"]
            .as_str()
            .is_some_and(|it| it.contains("is off"))
    );
    assert!(told.get("decision").is_none(), "nobody is blocked");
    assert!(!hints(&desk, "s1"));
    assert!(hints(&desk, "s2"));
    answers(&desk, "SessionStart", "s1", &[("source", "compact")]);
    assert!(!hints(&desk, "s1"), "the same conversation goes on");
    answers(&desk, "SessionStart", "s1", &[("source", "clear")]);
    assert!(hints(&desk, "s1"), "a new one has begun");
}

#[test]
fn what_is_switched_off_notes_nothing() {
    let desk = Desk::new();
    fs::create_dir_all(desk.data()).expect("a folder");
    fs::write(desk.data().join("config.json"), r#"{"enabled": false}"#).expect("written");
    assert!(!hints(&desk, "s1"));
    let end = [("agent_id", "a1"), ("agent_type", "promptune:test-runner")];
    for event in ["SubagentStop", "Stop", "SessionEnd"] {
        assert_eq!(answers(&desk, event, "s1", &end), Value::Null);
    }
    let names: Vec<_> = fs::read_dir(desk.data())
        .expect("readable")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    assert_eq!(names, ["config.json"]);
    fs::write(desk.data().join("config.json"), r#"{"enabled": true}"#).expect("written");
    assert!(hints(&desk, "s1"));
    answers(&desk, "SubagentStop", "s1", &end);
    assert!(
        desk.data().join("ledger.jsonl").exists(),
        "these events are noted otherwise"
    );
}

#[test]
fn a_project_is_off_by_a_file() {
    let desk = Desk::new();
    let folder = desk.path("project/.claude/promptune");
    fs::create_dir_all(&folder).expect("a folder");
    assert!(hints(&desk, "s1"));
    fs::write(folder.join("off"), "").expect("written");
    assert!(!hints(&desk, "s1"));
    let told = types(&desk, "s1", "promptune on");
    let said = told["systemMessage"].as_str().expect("words");
    assert!(said.contains("but silent: .claude/promptune/off"), "{said}");
}

#[test]
fn a_switch_that_cannot_be_noted_is_told() {
    let desk = Desk::new();
    let file = desk.path("file");
    fs::write(&file, "").expect("written");
    let desk = desk.with("PROMPTUNE_DATA", &file);
    let told = types(&desk, "s1", "promptune off");
    let said = told["systemMessage"].as_str().expect("words");
    assert!(
        said.starts_with("promptune cannot be switched off here"),
        "{said}"
    );
}

#[test]
fn the_variable_silences_even_the_switch() {
    let desk = Desk::new().with("PROMPTUNE", "off");
    assert_eq!(types(&desk, "s1", "promptune on"), Value::Null);
    assert!(!desk.data().exists());
}
