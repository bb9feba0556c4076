//! `promptune estimate`, as a person runs it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on panics"
)]

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::{Value, json};

fn estimate(client: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_promptune"));
    command
        .arg("estimate")
        .args(args)
        .env("CLAUDE_CONFIG_DIR", client)
        .env("PROMPTUNE_DATA", client.join("data"))
        .env("TZ", "UTC")
        .env("NO_COLOR", "1");
    command
}

fn text(client: &Path, args: &[&str]) -> String {
    let done = estimate(client, args).assert().success();
    String::from_utf8(done.get_output().stdout.clone()).unwrap()
}

fn figures(client: &Path, args: &[&str]) -> Value {
    serde_json::from_str(&text(client, &[&["--json"], args].concat())).unwrap()
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// One message at `second` past ten, with `output` answer tokens.
fn message(second: u32, agent: Option<(&str, &str)>, model: &str, output: u64) -> String {
    let mut line = json!({
        "type": "assistant", "timestamp": format!("2026-11-20T10:{:02}:{:02}.000Z", second / 60, second % 60),
        "isSidechain": agent.is_some(), "cwd": "/home/me/shop",
        "message": {"id": format!("msg_{second}_{agent:?}"), "model": model, "usage": {"input_tokens": 0, "output_tokens": output}},
    });
    if let Some((id, kind)) = agent {
        line["agentId"] = id.into();
        line["attributionAgent"] = kind.into();
    }
    format!("{line}\n")
}

/// A conversation on Opus 5.5 ($20 a million answer tokens) that called agents on Haiku 4.5 ($5).
fn history(kind: &str) -> tempfile::TempDir {
    let client = tempfile::tempdir().unwrap();
    let project = client.path().join("projects/-home-me-shop");
    fs::create_dir_all(project.join("c/subagents")).unwrap();
    let (opus, haiku) = ("claude-opus-5-5", "claude-haiku-4-5");
    let own = [
        (0, 7_000_000),
        (10, 1000),
        (60, 2000),
        (300, 3000),
        (900, 7_000_000),
    ];
    let own: String = own
        .iter()
        .map(|(at, output)| message(*at, None, opus, *output))
        .collect();
    fs::write(project.join("c.jsonl"), own).unwrap();
    // Three side by side: 60 s, 120 s and 180 s long.
    for (id, output) in [("a1", 10_000), ("a2", 20_000), ("a3", 60_000)] {
        let last = 20 + 60 * id[1..].parse::<u32>().unwrap();
        let run = message(20, Some((id, kind)), haiku, output / 2)
            + &message(last, Some((id, kind)), haiku, output / 2);
        fs::write(project.join(format!("c/subagents/agent-{id}.jsonl")), run).unwrap();
    }
    client
}

#[test]
fn the_designs_inputs_give_its_figures_without_its_rounding() {
    let nobody = tempfile::tempdir().unwrap();
    let inputs = [
        "--tasks",
        "5",
        "--workflows",
        "1200",
        "--conversation",
        "0.054",
        "--executor",
        "0.270",
        "--cheap-executor",
        "$0.044",
    ];
    let shown = words(&text(nobody.path(), &inputs));
    for row in [
        "the conversation itself $0.054 $0.054",
        "5 executors $1.350 $0.220",
        "one workflow, estimated $1.404 $0.274",
        "1,200 workflows, estimated $1,684.80 $328.80",
        "estimated to cost $1.130 (80.5 %) less",
        "given with --conversation.",
    ] {
        assert!(shown.contains(row), "{row}: {shown}");
    }
    assert!(!shown.contains("ASSUMED"), "{shown}");
    let figures = figures(nobody.path(), &inputs);
    let year = figures["allWorkflows"]["conversationModel"]
        .as_f64()
        .unwrap();
    assert!((year - 1684.80).abs() < 1e-9, "{year}");
    assert_eq!(figures["executor"]["source"], "given");
    assert_eq!(figures["seconds"], Value::Null);
}

#[test]
fn without_a_past_it_says_what_it_assumes() {
    let nobody = tempfile::tempdir().unwrap();
    let shown = words(&text(nobody.path(), &[]));
    assert_eq!(shown.matches("ASSUMED, not measured").count(), 3, "{shown}");
    assert!(
        shown.contains("each reads 30,000 tokens from the cache"),
        "{shown}"
    );
    assert!(
        shown.contains("assumed: no conversation tells its model"),
        "{shown}"
    );
    assert!(shown.contains("Not told: no past run"), "{shown}");
    let dearer = text(
        nobody.path(),
        &["--executor", "0.01", "--cheap-executor", "0.02"],
    );
    assert!(dearer.contains("MORE"), "{dearer}");
}

#[test]
fn past_executors_are_what_it_counts_on() {
    let client = history("promptune:parallel-task-executor");
    let figures = figures(
        client.path(),
        &["--tasks", "3", "--executor-model", "claude-haiku-4-5"],
    );
    let close = |pointer: &str, wanted: f64| {
        let value = figures.pointer(pointer).unwrap().as_f64().unwrap();
        assert!((value - wanted).abs() < 1e-9, "{pointer}: {value}");
    };
    // The median run answered with 20,000 tokens.
    close("/executor/dollars", 0.4);
    close("/cheapExecutor/dollars", 0.1);
    // What it said before, while and just after they ran: 1,000 + 2,000 + 3,000 tokens.
    close("/conversation/dollars", 0.12);
    close("/workflow/conversationModel", 1.32);
    close("/workflow/cheapModel", 0.42);
    assert_eq!(figures["conversationModel"], "Opus 5.5");
    for figure in ["executor", "cheapExecutor", "conversation"] {
        assert_eq!(figures[figure]["source"], "history", "{figure}");
    }
    close("/seconds/overlapped/took", 180.0);
    close("/seconds/overlapped/oneAfterAnother", 360.0);
    close("/seconds/sequential", 360.0);
    close("/seconds/parallel", 180.0);
    let shown = words(&text(client.path(), &["--tasks", "3"]));
    assert!(
        shown.contains("median of 3 past runs of parallel-task-executor"),
        "{shown}"
    );
    assert!(
        shown.contains(
            "3 tasks like your past runs take 6 min 0 s one after another and 3 min 0 s in parallel"
        ),
        "{shown}"
    );
    // A flag replaces one figure, not the others.
    let mixed = words(&text(client.path(), &["--executor", "0.27"]));
    assert!(
        mixed.contains("given with --executor.") && mixed.contains("median of 3 past runs"),
        "{mixed}"
    );
}

#[test]
fn other_agents_stand_in_and_that_is_said() {
    let client = history("Explore");
    let shown = words(&text(client.path(), &[]));
    assert!(
        shown.contains(
            "median of 3 past runs of agents of any type (none of parallel-task-executor yet)"
        ),
        "{shown}"
    );
}

#[test]
fn bad_arguments_are_told() {
    let nobody = tempfile::tempdir().unwrap();
    let unknown = estimate(nobody.path(), &["--model", "claude-nobody"])
        .assert()
        .code(1);
    let error = String::from_utf8_lossy(&unknown.get_output().stderr).into_owned();
    assert!(
        error.contains("claude-nobody") && error.contains("mend:"),
        "{error}"
    );
    for bad in [
        ["--tasks", "0"],
        ["--executor", "-1"],
        ["--executor", "much"],
    ] {
        estimate(nobody.path(), &bad).assert().code(64);
    }
}
