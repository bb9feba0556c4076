//! What nobody should send the hook, and what nobody should surround it with: it exits 0 all the same, and prints
//! a hint as JSON or nothing. No client is needed here; `tests/client` has the same with one.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on panics"
)]

mod input;
mod surroundings;

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::Output;
use std::time::Duration;

use assert_cmd::Command;
use serde_json::{Value, json};
use tempfile::TempDir;

const BINARY: &str = env!("CARGO_BIN_EXE_promptune");

/// The hook, about to run in a home of its own.
struct Hook {
    home: TempDir,
    command: Command,
}

impl Hook {
    fn new() -> Self {
        Self::of(BINARY)
    }

    fn of(binary: impl AsRef<OsStr>) -> Self {
        let home = tempfile::tempdir().expect("a temporary folder");
        let mut command = Command::new(binary);
        command
            .arg("hook")
            .env_clear()
            .env("HOME", home.path())
            .current_dir(home.path());
        command.timeout(Duration::from_mins(1));
        Self { home, command }
    }

    fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    fn data(&self) -> PathBuf {
        self.home
            .path()
            .join(".claude/plugins/data/promptune-promptune")
    }

    /// Runs it on `stdin` and returns the hint, if there is one. Anything else on stdout, or another exit code, fails.
    fn answers(&mut self, stdin: impl Into<Vec<u8>>) -> Option<String> {
        hint(
            &self
                .command
                .write_stdin(stdin)
                .output()
                .expect("it runs and ends"),
        )
    }
}

fn hint(output: &Output) -> Option<String> {
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
    if output.stdout.is_empty() {
        return None;
    }
    let answer: Value = serde_json::from_slice(&output.stdout).expect("stdout is JSON");
    let hint = answer["hookSpecificOutput"]["additionalContext"]
        .as_str()
        .expect("with a hint in it");
    let whole = json!({"hookSpecificOutput": {"hookEventName": "UserPromptSubmit", "additionalContext": hint}});
    assert_eq!(answer, whole, "and nothing else");
    assert!(hint.starts_with("promptune: "), "{hint}");
    Some(hint.to_owned())
}

fn event(prompt: &str) -> String {
    json!({"session_id": "one", "hook_event_name": "UserPromptSubmit", "prompt": prompt})
        .to_string()
}

/// Bytes that look random, the same in every run.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let next = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    };
    (0..length).map(next).collect()
}
