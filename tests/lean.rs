//! What the shipped binary asks of the system at a prompt that gets no hint: calls, threads, memory.
//!
//! `PROMPTUNE_STAGED` names a folder made by `scripts/stage`. Without it, or without strace or GNU time, a test says so
//! and passes.

#![cfg(all(target_os = "linux", target_arch = "x86_64"))]
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may fail, and says what it found"
)]

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// Events of the benchmarks that get no hint, up to 64 kB.
const MISSES: [&str; 6] = [
    "miss",
    "machine",
    "log-20k",
    "code-20k",
    "fenced-20k",
    "prose-32k",
];

/// The shipped binary and the tool to watch it with, or `None` with a line that says which is missing.
fn at_hand(tool: &str) -> Option<PathBuf> {
    let Some(staged) = std::env::var_os("PROMPTUNE_STAGED") else {
        println!("skipped: PROMPTUNE_STAGED names no staged plugin");
        return None;
    };
    let works = Command::new(tool)
        .args(["-o", "/dev/null", "true"])
        .stderr(Stdio::null())
        .status();
    if !works.is_ok_and(|status| status.success()) {
        println!("skipped: {tool} is not installed, or may not be used here");
        return None;
    }
    Some(Path::new(&staged).join("bin/promptune"))
}

fn event(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("benches/events/{name}.json"))
}

/// Runs the hook under `tool` on an event that gets no hint. Returns what the tool wrote.
fn watched(tool: &[&str], binary: &Path, event: &Path) -> String {
    let home = TempDir::new().unwrap();
    let report = home.path().join("report");
    let done = Command::new(tool[0])
        .args(&tool[1..])
        .arg("-o")
        .arg(&report)
        .arg(binary)
        .arg("hook")
        .stdin(File::open(event).unwrap())
        .env_remove("PROMPTUNE")
        .env("PROMPTUNE_DATA", home.path().join("data"))
        .env("HOME", home.path())
        .output()
        .unwrap();
    assert!(done.status.success(), "{done:?}");
    assert!(done.stdout.is_empty(), "{} gets a hint", event.display());
    fs::read_to_string(report).unwrap()
}

#[test]
fn a_miss_makes_few_system_calls_no_thread_and_no_socket() {
    let Some(binary) = at_hand("strace") else {
        return;
    };
    for name in MISSES {
        let report = watched(&["strace", "-f"], &binary, &event(name));
        let calls: Vec<&str> = report
            .lines()
            .filter_map(|line| line.split_whitespace().nth(1)?.split_once('('))
            .map(|(call, _)| call)
            .collect();
        println!("{name}: {} system calls: {}", calls.len(), calls.join(" "));
        assert!(
            calls.contains(&"execve") && calls.contains(&"read"),
            "{report}"
        );
        assert!(calls.len() <= 60, "{report}");
        for forbidden in ["clone", "clone3", "fork", "vfork", "socket", "connect"] {
            assert!(!calls.contains(&forbidden), "{name}: {report}");
        }
    }
}

/// Peak memory in kB. Measured by GNU time, as a child's peak is never below that of the process that started it, and
/// this one is larger.
fn peak(binary: &Path, event: &Path) -> u64 {
    let report = watched(&["time", "-f", "%M"], binary, event);
    report.trim().parse().unwrap()
}

#[test]
fn a_miss_takes_little_memory() {
    let Some(binary) = at_hand("time") else {
        return;
    };
    for name in MISSES {
        let peak = peak(&binary, &event(name));
        println!("{name}: {peak} kB");
        assert!(peak <= 6 * 1024, "{name}: {peak} kB");
    }
    let long = tempfile::NamedTempFile::new().unwrap();
    // With escapes, so that it is kept in two forms.
    let prompt = "run the tests\n".repeat(69_000);
    let json = serde_json::json!({"hook_event_name": "UserPromptSubmit", "prompt": prompt});
    fs::write(long.path(), json.to_string()).unwrap();
    let peak = peak(&binary, long.path());
    println!("an event of {} bytes: {peak} kB", json.to_string().len());
    assert!(peak <= 8 * 1024, "{peak} kB");
}
