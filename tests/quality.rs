//! Quality on prompts that were written apart from everything the router was taught with, so that it cannot slip unseen.
//!
//! `tests/quality/` is for measuring only: whoever tunes patterns or teaches the model does not look into it.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may fail, and says what it found"
)]

use assert_cmd::Command;

/// What a file must reach: precision, recall, and at most this share of hints on prompts that want none.
fn gate(file: &str, precision: &str, recall: &str, fpr: &str) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_promptune"));
    let done = command
        .args(["eval", "--min-precision", precision, "--min-recall", recall])
        .args(["--max-fpr", fpr])
        .arg(format!("tests/quality/{file}.jsonl"))
        .assert()
        .success();
    println!("{}", String::from_utf8_lossy(&done.get_output().stdout));
}

#[test]
fn english() {
    gate("english", "0.95", "0.85", "0.01");
}

#[test]
fn nine_other_languages() {
    gate("languages", "0.95", "0.70", "0.03");
}
