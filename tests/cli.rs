//! The commands as a person meets them.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail")]

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use serde_json::{Value, json};

fn promptune(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_promptune"));
    command
        .args(args)
        .env("NO_COLOR", "1")
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}

fn stdout(assert: &Assert) -> String {
    String::from_utf8(assert.get_output().stdout.clone()).unwrap()
}

fn stderr(assert: &Assert) -> String {
    String::from_utf8(assert.get_output().stderr.clone()).unwrap()
}

#[test]
fn route_shows_the_decision_and_why() {
    let shown = stdout(
        &promptune(&["route", "ok looks good, run the tests and then commit"])
            .assert()
            .success(),
    );
    assert!(
        shown.contains("test-runner → promptune:test-runner (agent, haiku)"),
        "{shown}"
    );
    assert!(
        shown.contains("git-operator → promptune:git-operator"),
        "{shown}"
    );
    assert!(
        shown.find("test-runner") < shown.find("git-operator"),
        "in the order asked: {shown}"
    );
    assert!(
        shown.contains("“commit” speaks for git-operator"),
        "{shown}"
    );
}

#[test]
fn route_highlights_the_matched_words_on_a_terminal() {
    let mut command = promptune(&["route", "please commit this"]);
    let shown = stdout(
        &command
            .env_remove("NO_COLOR")
            .env("CLICOLOR_FORCE", "1")
            .assert()
            .success(),
    );
    assert!(
        shown.contains("\u{1b}[30m\u{1b}[43mplease commit this"),
        "{shown:?}"
    );
}

#[test]
fn route_says_why_it_is_silent() {
    for (prompt, why) in [
        ("/compact", "slash command"),
        ("yes", "bare reply"),
        ("what does this function return?", "nothing in it asks"),
        ("", "nothing was typed"),
    ] {
        let shown = stdout(&promptune(&["route", prompt]).assert().success());
        assert!(
            shown.starts_with("silent: ") && shown.contains(why),
            "{prompt}: {shown}"
        );
    }
}

#[test]
fn route_json_keeps_the_contract() {
    let shown = stdout(
        &promptune(&["route", "--json", "run the tests"])
            .assert()
            .success(),
    );
    let decision: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(decision["route"], "test-runner");
    assert_eq!(
        decision["target"],
        json!({"kind": "agent", "name": "test-runner", "id": "promptune:test-runner", "model": "haiku"})
    );
    let confidence = decision["confidence"].as_f64().unwrap();
    assert!((0.6..=1.0).contains(&confidence));
    assert_eq!(decision["evidence"][0]["words"], "run the tests");
    let first = &decision["candidates"][0];
    assert_eq!(
        (&first["route"], &first["source"], &first["offered"]),
        (&json!("test-runner"), &json!("builtin"), &json!(true))
    );
    assert_eq!(first["score"], decision["confidence"]);
}

#[test]
fn route_jsonl_answers_line_by_line_in_order() {
    let lines = "{\"id\":7,\"text\":\"commit this\",\"other\":[1]}\n\n{\"text\":\"why is the sky blue\"}\n{\"id\":\"x\",\"text\":\"do \\ud83d it\"}\n";
    let lines = lines.replace("\\ud83d ", "");
    let shown = stdout(
        &promptune(&["route", "--jsonl"])
            .write_stdin(lines)
            .assert()
            .success(),
    );
    let decisions: Vec<Value> = shown
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(decisions.len(), 3);
    assert_eq!(
        (&decisions[0]["id"], &decisions[0]["route"]),
        (&json!(7), &json!("git-operator"))
    );
    assert_eq!(
        (
            &decisions[1]["id"],
            &decisions[1]["route"],
            &decisions[1]["target"]
        ),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    assert_eq!(decisions[2]["id"], "x");
}

#[test]
fn bad_input_names_the_place_and_the_mend() {
    let failed = promptune(&["route", "--jsonl"])
        .write_stdin("{\"text\":\"a\"}\n{\"txt\":1}\n")
        .assert()
        .code(1);
    let error = stderr(&failed);
    assert!(
        error.contains("stdin:2:") && error.contains("mend:"),
        "{error}"
    );

    let folder = tempfile::tempdir().unwrap();
    let rows = folder.path().join("rows.jsonl");
    fs::write(
        &rows,
        "{\"text\":\"a\",\"route\":\"none\"}\n{\"text\":\"b\",\"route\":\"nowhere\"}\n",
    )
    .unwrap();
    let error = stderr(
        &promptune(&["eval", rows.to_str().unwrap()])
            .assert()
            .code(1),
    );
    assert!(
        error.contains("rows.jsonl:2") && error.contains("nowhere") && error.contains("mend:"),
        "{error}"
    );
    let error = stderr(&promptune(&["eval", "no-such-file"]).assert().code(1));
    assert!(
        error.contains("no-such-file") && error.contains("mend:"),
        "{error}"
    );
}

#[test]
fn wrong_usage_is_never_exit_code_2() {
    for args in [
        &["--bogus"][..],
        &[],
        &["route", "--bogus"],
        &["nonsense"],
        &["eval"],
    ] {
        promptune(args).assert().code(64);
    }
    promptune(&["--help"]).assert().success();
    promptune(&["--version"]).assert().success();
    promptune(&["hook", "--help"]).assert().success();
}

#[test]
fn eval_measures_and_gates() {
    let folder = tempfile::tempdir().unwrap();
    let rows = folder.path().join("rows.jsonl");
    let text = [
        json!({"text": "run the tests", "route": "test-runner", "ok": []}),
        json!({"text": "commit this", "route": "none", "ok": ["git-operator"]}),
        json!({"text": "push it", "route": "none", "ok": []}),
        json!({"text": "the weather is nice", "route": "test-runner", "ok": []}),
    ]
    .map(|row| row.to_string())
    .join("\n");
    fs::write(&rows, text).unwrap();
    let path = rows.to_str().unwrap();
    let figures: Value = serde_json::from_str(&stdout(
        &promptune(&["eval", "--json", path]).assert().success(),
    ))
    .unwrap();
    assert_eq!(
        (
            &figures["rows"],
            &figures["wanted"],
            &figures["fired"],
            &figures["right"]
        ),
        (&json!(4), &json!(2), &json!(3), &json!(2))
    );
    assert!((figures["precision"].as_f64().unwrap() - 2.0 / 3.0).abs() < 1e-9);
    assert_eq!(
        (&figures["recall"], &figures["falsePositiveRate"]),
        (&json!(0.5), &json!(0.5))
    );
    assert_eq!(figures["routes"]["test-runner"]["recall"], 0.5);
    promptune(&[
        "eval",
        "--min-precision",
        "0.6",
        "--min-recall",
        "0.5",
        path,
    ])
    .assert()
    .success();
    let error = stderr(
        &promptune(&["eval", "--min-precision", "0.7", path])
            .assert()
            .code(1),
    );
    assert!(error.contains("precision 0.667 is below 0.7"), "{error}");
    promptune(&["eval", "--max-fpr", "0.1", path])
        .assert()
        .code(1);
    let mistakes = stdout(&promptune(&["eval", "--mistakes", path]).assert().success());
    assert!(
        mistakes.contains("none → git-operator: push it"),
        "{mistakes}"
    );
}

#[test]
fn the_halves_of_a_file_are_disjoint_and_whole() {
    let prompts = "tests/prompts/git-operator.jsonl";
    let count = |half: &[&str]| -> u64 {
        let mut args = vec!["eval", "--json", prompts];
        args.extend(half);
        let figures: Value =
            serde_json::from_str(&stdout(&promptune(&args).assert().success())).unwrap();
        figures["rows"].as_u64().unwrap()
    };
    let (fit, held, all) = (
        count(&["--half", "fit"]),
        count(&["--half", "held"]),
        count(&[]),
    );
    assert!(fit > 0 && held > 0 && fit + held == all);
}

/// A patterns folder with one route, changed by `change`.
fn folder_with(change: impl Fn(&str) -> String) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let route = r#"{
  "route": "deploy",
  "purpose": "Deploys.",
  "target": {"kind": "agent", "name": "deployer", "model": "haiku", "tier": "execution"},
  "does": "deploys",
  "stay": "it is a drill",
  "patterns": [
    {"regex": "deploy (?:it|this)", "weight": 0.9}
  ],
  "keywords": [{"weight": 0.7, "phrases": ["ship to prod"]}],
  "examples": ["deploy this", "can you ship to prod"],
  "counterExamples": ["the deploy failed"]
}
"#;
    fs::write(folder.path().join("deploy.json"), change(route)).unwrap();
    folder
}

fn lint(folder: &Path) -> Assert {
    promptune(&["lint", folder.to_str().unwrap()]).assert()
}

#[test]
fn lint_takes_a_sound_folder() {
    let folder = folder_with(str::to_owned);
    let shown = stdout(&lint(folder.path()).success());
    assert!(shown.contains("ok 1 file, no fault"), "{shown}");
    promptune(&["lint", folder.path().join("deploy.json").to_str().unwrap()])
        .assert()
        .success();
    let decision = stdout(
        &promptune(&[
            "route",
            "--json",
            "--patterns",
            folder.path().to_str().unwrap(),
            "deploy it",
        ])
        .assert()
        .success(),
    );
    assert!(decision.contains("promptune:deployer"), "{decision}");
}

#[test]
fn lint_names_file_line_column_and_mend() {
    for (from, to, place, says) in [
        (
            "deploy (?:it|this)",
            "deploy (?:it|this",
            "deploy.json:8:15",
            "does not parse",
        ),
        (
            "\"weight\": 0.9",
            "\"weight\": 1.9",
            "deploy.json:2:12",
            "between 0 and 1",
        ),
        (
            "\"purpose\"",
            "\"porpoise\"",
            "deploy.json:3:12",
            "porpoise",
        ),
        ("\"haiku\",", "\"haiku\"", "deploy.json:4:", "expected"),
        (
            "\"route\": \"deploy\"",
            "\"route\": \"ship\"",
            "deploy.json:2:12",
            "differs from the file's name",
        ),
        ("deployer", "Deployer:x", "deploy.json:4:39", "lower-case"),
        ("\"haiku\"", "\"hiaku\"", "deploy.json:4:60", "model"),
        (
            "ship to prod\"]",
            "Ship to prod\"]",
            "deploy.json:10:44",
            "lower case",
        ),
        ("(?:it|this)", "{..x}", "deploy.json:8:15", "not a gap"),
        (
            "(?:it|this)",
            "{verbs}",
            "deploy.json:8:15",
            "no words are called",
        ),
        (
            "deploy (?:it|this)",
            "(?:deploy)?",
            "deploy.json:8:15",
            "matches nothing",
        ),
        (
            "\"deploy this\"",
            "\"bake bread\"",
            "deploy.json:11:16",
            "does not take deploy",
        ),
        (
            "the deploy failed",
            "deploy it",
            "deploy.json:12:23",
            "takes deploy",
        ),
    ] {
        let folder = folder_with(|route| route.replace(from, to));
        let error = stderr(&lint(folder.path()).code(1));
        assert!(
            error.contains(place) && error.contains(says) && error.contains("mend:"),
            "{to}: {error}"
        );
    }
}

#[test]
fn lint_says_what_it_cannot_read() {
    for path in ["no-such-folder", "tests"] {
        let error = stderr(&promptune(&["lint", path]).assert().code(1));
        assert!(error.contains("mend:"), "{error}");
    }
    let folder = folder_with(str::to_owned);
    fs::write(
        folder.path().join("deploy.json"),
        b"{\n \"route\": \"\xff\"}",
    )
    .unwrap();
    let error = stderr(&lint(folder.path()).code(1));
    assert!(
        error.contains("deploy.json:2:12") && error.contains("UTF-8"),
        "{error}"
    );
}
