//! Quality on labelled prompts of other people. Reads the folder named by `PROMPTUNE_BENCH_DATA`; passes without it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test may fail, and says what it skipped"
)]

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;

fn corpus() -> Option<PathBuf> {
    let folder =
        std::env::var_os("PROMPTUNE_BENCH_DATA").map(|data| Path::new(&data).join("corpus"));
    if folder.is_none() {
        println!("skipped: PROMPTUNE_BENCH_DATA is not set, so no corpus is measured");
    }
    folder
}

fn eval(args: &[&str], file: &Path) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_promptune"));
    let done = command
        .arg("eval")
        .arg("--json")
        .args(args)
        .arg(file)
        .assert()
        .success();
    serde_json::from_slice(&done.get_output().stdout).unwrap()
}

fn figure(figures: &Value, name: &str) -> f64 {
    figures[name].as_f64().unwrap()
}

#[test]
fn turns_nobody_typed_stay_silent() {
    let Some(corpus) = corpus() else { return };
    let figures = eval(&[], &corpus.join("injected-dev.jsonl"));
    assert!(figures["rows"].as_u64().unwrap() > 0);
    assert_eq!(figures["fired"], 0, "{figures}");
}

/// The patterns were written with the `fit` half in sight; this is the other one.
#[test]
fn real_prompts_are_routed_rarely_and_rightly() {
    let Some(corpus) = corpus() else { return };
    let figures = eval(&["--half", "held"], &corpus.join("real-dev.jsonl"));
    println!("real, held half: {figures}");
    assert!(figure(&figures, "precision") >= 0.90, "{figures}");
    assert!(figure(&figures, "falsePositiveRate") <= 0.01, "{figures}");
}

#[test]
fn hard_prompts_of_another_author_are_found() {
    let Some(corpus) = corpus() else { return };
    let figures = eval(&["--half", "held"], &corpus.join("authored-dev.jsonl"));
    println!("authored, held half: {figures}");
    assert!(figure(&figures, "precision") >= 0.90, "{figures}");
    assert!(figure(&figures, "recall") >= 0.60, "{figures}");
}
