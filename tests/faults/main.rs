//! Faults and malice, one kind a file. What must hold in each: the prompt goes through (exit 0, stdout a hint or
//! nothing), nothing false is hinted, nothing that was written is lost, and no file outside our folder is touched.
//!
//! The test's own build is driven, and where `PROMPTUNE_STAGED` names a folder made by `scripts/stage` the shipped
//! binary as well. What needs root, strace or a mount says so and passes without.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that cannot go on panics, and says what it skipped"
)]

mod homes;
mod hostile;
mod kill;
mod links;
mod locale;
mod long;
mod mapped;
mod owner;
mod replaced;
mod soak;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

const SESSION: &str = "11111111-2222-3333-4444-555555555555";

/// The binaries to drive.
fn binaries() -> Vec<PathBuf> {
    let mut all = vec![PathBuf::from(env!("CARGO_BIN_EXE_promptune"))];
    all.extend(shipped());
    all
}

/// The binary as it is shipped, which on `x86_64` Linux begins before the C library does.
fn shipped() -> Option<PathBuf> {
    let staged = std::env::var_os("PROMPTUNE_STAGED")?;
    Some(Path::new(&staged).join("bin/promptune"))
}

/// The strace program, or a line that says that it is skipped.
fn strace(what: &str) -> bool {
    let works = Command::new("strace")
        .args(["-o", "/dev/null", "true"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let works = works.is_ok_and(|status| status.success());
    if !works {
        println!("skipped: {what}, as strace is not installed or may not be used here");
    }
    works
}

fn root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// A person's home with a project in it, and something beside it that is not ours.
struct Home {
    top: TempDir,
    folder: PathBuf,
    binary: PathBuf,
}

impl Home {
    fn new(binary: &Path) -> Self {
        Self::named(binary, "home")
    }

    /// The same in a folder of this `name`.
    fn named(binary: &Path, name: &str) -> Self {
        let top = tempfile::tempdir().unwrap();
        let folder = top.path().join(name);
        fs::create_dir_all(folder.join("shop/.claude")).unwrap();
        let it = Self {
            top,
            folder,
            binary: binary.to_owned(),
        };
        write(&it.top.path().join("outside/precious"), "not ours\n");
        it
    }

    fn client(&self) -> PathBuf {
        self.folder.join(".claude")
    }

    fn data(&self) -> PathBuf {
        self.client().join("plugins/data/promptune-promptune")
    }

    fn project(&self) -> PathBuf {
        self.folder.join("shop")
    }

    fn outside(&self) -> PathBuf {
        self.top.path().join("outside")
    }

    /// Gives the project a route of its own, to a skill.
    fn route(&self) {
        let route = json!({
            "route": "deploy", "target": {"kind": "skill", "name": "deploy"}, "does": "ships what is on main",
            "patterns": [{"regex": "(?:ship|deploy) {..3}staging", "weight": 0.9}], "examples": ["ship it to staging"],
        });
        let file = self.project().join(".claude/promptune/deploy.json");
        write(&file, route.to_string());
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.binary);
        self.surround(command.arg("hook"));
        command
    }

    /// The command's environment, and nothing else in it.
    fn surround(&self, command: &mut Command) {
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", &self.folder)
            .env("CLAUDE_PROJECT_DIR", self.project())
            .env("PROMPTUNE_COOLDOWN", "0")
            .current_dir(self.top.path());
    }

    fn event(&self, name: &str) -> Value {
        let transcript = self
            .client()
            .join(format!("projects/-shop/{SESSION}.jsonl"));
        json!({
            "session_id": SESSION, "transcript_path": transcript.to_string_lossy(), "cwd": self.project().to_string_lossy(),
            "prompt_id": "p1", "hook_event_name": name,
        })
    }

    fn prompt(&self, text: &str) -> String {
        let mut event = self.event("UserPromptSubmit");
        event["prompt"] = json!(text);
        event.to_string()
    }

    fn start(&self) -> String {
        let mut event = self.event("SessionStart");
        event["source"] = json!("startup");
        event.to_string()
    }

    /// The hint that a prompt gets.
    fn types(&self, text: &str) -> Option<String> {
        hint(&run(&mut self.command(), self.prompt(text).as_bytes()))
    }

    /// A conversation starts, in silence.
    fn starts(&self) {
        let output = run(&mut self.command(), self.start().as_bytes());
        assert_eq!(hint(&output), None);
    }

    fn log(&self) -> String {
        fs::read_to_string(self.data().join("errors.log")).unwrap_or_default()
    }
}

/// Writes a file and makes the folders above it.
fn write(path: &Path, text: impl AsRef<[u8]>) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Runs `command` with `stdin`.
fn run(command: &mut Command, stdin: &[u8]) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    // Who does not want all of it may hang up.
    let _ = child.stdin.take().unwrap().write_all(stdin);
    child.wait_with_output().expect("it ends")
}

/// The hint in `output`. Anything else there, or another exit code, fails.
fn hint(output: &Output) -> Option<String> {
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
    if output.stdout.is_empty() {
        return None;
    }
    let answer: Value = serde_json::from_slice(&output.stdout).expect("stdout is JSON");
    let hint = answer["hookSpecificOutput"]["additionalContext"].as_str();
    let hint = hint.expect("with a hint in it").to_owned();
    let whole = json!({"hookSpecificOutput": {"hookEventName": "UserPromptSubmit", "additionalContext": hint}});
    assert_eq!(answer, whole, "and nothing else");
    Some(hint)
}

/// Whether `hint` names the built-in route to the test runner.
#[track_caller]
fn assert_tests(hint: Option<&str>, what: &str) {
    let hint = hint.unwrap_or_else(|| panic!("no hint: {what}"));
    assert!(hint.contains("promptune:test-runner"), "{what}: {hint}");
}

/// All that is in `folder`: content of files, targets of links, modes.
fn contents(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(at) = open.pop() {
        for entry in fs::read_dir(&at).into_iter().flatten().flatten() {
            let (path, meta) = (entry.path(), entry.metadata().unwrap());
            let mode = meta.permissions().mode();
            let what = if meta.is_dir() {
                open.push(path.clone());
                String::new()
            } else if meta.is_symlink() {
                fs::read_link(&path).unwrap().display().to_string()
            } else if meta.is_file() {
                fs::read(&path).unwrap().escape_ascii().to_string()
            } else {
                String::new()
            };
            found.insert(path, format!("{mode:o} {what}"));
        }
    }
    found
}

/// Every line of the ledger in `data` is whole; so is every other file.
fn assert_sound(data: &Path, what: &str) {
    let ledger = promptune::ledger::read(data);
    assert_eq!(ledger.skipped, 0, "{what}: the ledger's lines are whole");
    if let Ok(text) = fs::read(data.join("adaptive.json")) {
        let told: Result<Value, _> = serde_json::from_slice(&text);
        assert!(told.is_ok(), "{what}: {}", text.escape_ascii());
    }
}
