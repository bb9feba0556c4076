//! What nobody should send the hook, and what nobody should surround it with: it exits 0 all the same, and prints
//! a hint as JSON or nothing. No client is needed here; `tests/client` has the same with one.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on panics"
)]

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Duration;

use assert_cmd::Command;
use proptest::prelude::*;
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

    fn data(&self) -> std::path::PathBuf {
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

#[test]
fn it_hints_where_nothing_is_wrong() {
    let hint = Hook::new().answers(event("run the tests")).expect("a hint");
    assert!(hint.contains("promptune:test-runner"), "{hint}");
    assert_eq!(
        Hook::new().answers(event("what does this function do?")),
        None
    );
}

#[test]
fn an_empty_prompt_is_silent() {
    for prompt in ["", " ", "\n\n", "\u{feff}", "\0"] {
        assert_eq!(Hook::new().answers(event(prompt)), None, "{prompt:?}");
    }
}

#[test]
fn megabytes_of_noise() {
    assert_eq!(Hook::new().answers(noise(3_000_000)), None);
    assert_eq!(Hook::new().answers(vec![0; 3_000_000]), None);
    assert_eq!(Hook::new().answers(" ".repeat(3_000_000)), None);
    assert_eq!(Hook::new().answers("[".repeat(3_000_000)), None);
    assert_eq!(Hook::new().answers("\"".repeat(3_000_000)), None);
    assert_eq!(
        Hook::new().answers(event(&"run the tests ".repeat(220_000))),
        None
    );
}

#[test]
fn deep_nesting() {
    for depth in [100, 127, 128, 129, 10_000, 400_000] {
        for (open, close) in [("[", "]"), ("{\"x\":", "}")] {
            let nest = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            let _ = Hook::new().answers(nest.clone());
            let _ = Hook::new().answers(format!(
                r#"{{"hook_event_name":"UserPromptSubmit","prompt":"run the tests","x":{nest}}}"#
            ));
            assert_eq!(
                Hook::new().answers(format!(
                    r#"{{"hook_event_name":"UserPromptSubmit","prompt":{nest}}}"#
                )),
                None
            );
        }
    }
}

#[test]
fn lone_surrogates() {
    for half in [
        r"\ud83d",
        r"\udc00",
        r"\ud83d\ud83d",
        r"\udc00\ud800",
        r"\ud83dx",
    ] {
        let prompt = format!(
            r#"{{"hook_event_name":"UserPromptSubmit","session_id":"one","prompt":"run the tests {half}"}}"#
        );
        assert!(
            Hook::new().answers(prompt).is_some(),
            "{half}: the rest of the prompt is understood"
        );
        let elsewhere = format!(
            r#"{{"hook_event_name":"UserPromptSubmit","session_id":"{half}","cwd":"{half}","{half}":"{half}","prompt":"run the tests"}}"#
        );
        let _ = Hook::new().answers(elsewhere);
    }
}

#[test]
fn input_that_is_no_event() {
    let whole = event("run the tests");
    let cut = (0..whole.len())
        .step_by(7)
        .map(|end| whole.as_bytes()[..end].to_vec());
    let odd = [
        "null",
        "true",
        "7",
        "\"run the tests\"",
        "[]",
        "[\"run the tests\"]",
        "{}",
        "{\"prompt\":\"run the tests\"}",
        "run the tests",
        "{\"hook_event_name\":\"Stop\",\"prompt\":\"run the tests\"}",
        "{\"hook_event_name\":7,\"prompt\":\"run the tests\"}",
        "{\"hook_event_name\":\"UserPromptSubmit\"}",
        "{\"hook_event_name\":\"UserPromptSubmit\",\"prompt\":null}",
        "{\"hook_event_name\":\"UserPromptSubmit\",\"prompt\":[\"run the tests\"]}",
        "{\"hook_event_name\":\"SessionStart\"}",
        "{\"hook_event_name\":\"SessionStart\",\"source\":\"clear\",\"session_id\":\"../../x\"}",
    ];
    for stdin in cut.chain(odd.map(|text| text.as_bytes().to_vec())) {
        let shown = String::from_utf8_lossy(&stdin).into_owned();
        assert_eq!(Hook::new().answers(stdin), None, "{shown}");
    }
}

#[test]
fn a_session_cannot_name_a_file_elsewhere() {
    for session in [
        "../../../../escaped",
        "/tmp/escaped",
        "..",
        ".",
        "",
        "a\0b",
        "\u{202e}",
        &"x".repeat(5000),
    ] {
        let mut hook = Hook::new();
        let stdin = json!({"session_id": session, "hook_event_name": "UserPromptSubmit", "prompt": "run the tests"}).to_string();
        assert!(hook.answers(stdin).is_some(), "{session:.20?}");
        let written = fs::read_dir(hook.data().join("conversations")).map_or(0, Iterator::count);
        assert_eq!(written, 0, "{session:.20?}");
        assert!(!hook.home.path().join("escaped").exists());
    }
}

#[test]
fn wrong_flags_change_nothing() {
    for flags in [
        &["--bogus"][..],
        &["-x", "--y=z"],
        &["extra", "words"],
        &["--"],
        &[""],
        &["--json"],
    ] {
        let mut hook = Hook::new();
        hook.command.args(flags);
        assert!(hook.answers(event("run the tests")).is_some(), "{flags:?}");
    }
    let mut hook = Hook::new();
    hook.command.arg(OsStr::from_bytes(b"\xff\xfe"));
    assert!(hook.answers(event("run the tests")).is_some());
}

#[test]
fn no_command_exits_with_2_which_would_block_the_prompt() {
    for arguments in [
        &[][..],
        &["hock"],
        &["--bogus"],
        &["route"],
        &["route", "--bogus"],
        &["eval"],
        &["eval", "/proc/nowhere"],
        &["help", "x"],
    ] {
        let mut command = Command::new(BINARY);
        let output = command
            .args(arguments)
            .write_stdin(event("run the tests"))
            .timeout(Duration::from_mins(1))
            .output();
        let output = output.expect("it runs and ends");
        let code = output.status.code().expect("it was not killed");
        assert_ne!(code, 2, "{arguments:?}");
        assert!(
            code == 0 || output.stdout.is_empty(),
            "{arguments:?}: complaints belong on stderr: {output:?}"
        );
    }
}

#[test]
fn nobody_listens_to_the_answer() {
    let hook = Hook::new();
    let stdin = hook.home.path().join("event.json");
    fs::write(&stdin, event("run the tests")).expect("written");
    for shell in [
        "\"$0\" hook >&-",
        "\"$0\" hook 2>&-",
        "\"$0\" hook >/dev/full",
        "\"$0\" hook >&- 2>&-",
        "(\"$0\" hook; echo $? >status) | true; exit $(cat status)",
    ] {
        let status = std::process::Command::new("sh")
            .args(["-c", shell, BINARY])
            .stdin(File::open(&stdin).expect("just written"))
            .stdout(Stdio::null())
            .current_dir(hook.home.path())
            .env("HOME", hook.home.path())
            .env("PROMPTUNE_COOLDOWN", "0")
            .status();
        assert_eq!(status.expect("it runs").code(), Some(0), "{shell}");
    }
}

#[test]
fn nobody_speaks() {
    let hook = Hook::new();
    for shell in [
        "\"$0\" hook <&-",
        "\"$0\" hook </dev/null",
        "\"$0\" hook <.",
        "mkdir gone && cd gone && rmdir ../gone && \"$0\" hook </dev/null",
    ] {
        let output = std::process::Command::new("sh")
            .args(["-c", shell, BINARY])
            .current_dir(hook.home.path())
            .env("HOME", hook.home.path())
            .output();
        assert_eq!(hint(&output.expect("it runs")), None, "{shell}");
    }
}

#[test]
fn an_environment_without_anything() {
    let mut hook = Hook::new();
    hook.command.env_clear();
    assert!(hook.answers(event("run the tests")).is_some());
}

#[test]
fn folders_that_are_none() {
    let odd: [&[u8]; 8] = [
        b"",
        b"/proc/nowhere",
        b"/dev/null",
        b"/dev/null/x",
        b"relative",
        b"\xff\xfe",
        b"/proc/1/root",
        &[b'x'; 5000],
    ];
    for variable in [
        "PROMPTUNE_DATA",
        "HOME",
        "CLAUDE_CONFIG_DIR",
        "CLAUDE_PROJECT_DIR",
    ] {
        for value in odd {
            let value = OsString::from(OsStr::from_bytes(value));
            let hint = Hook::new()
                .env(variable, &value)
                .answers(event("run the tests"));
            assert!(hint.is_some(), "{variable}={value:?}");
        }
    }
}

#[test]
fn settings_that_are_none() {
    for (name, text) in [
        ("noise", noise(200_000)),
        ("empty", Vec::new()),
        ("types", br#"{"permissions":{"deny":"Agent"}}"#.to_vec()),
        ("list", b"[]".to_vec()),
    ] {
        let mut hook = Hook::new();
        for file in [
            ".claude/settings.json",
            ".claude/plugins/data/promptune-promptune/config.json",
        ] {
            write(&hook.home.path().join(file), &text);
        }
        assert!(hook.answers(event("run the tests")).is_some(), "{name}");
    }
}

#[test]
fn a_data_folder_in_ruins() {
    let mut hook = Hook::new();
    let data = hook.data();
    fs::create_dir_all(data.join("conversations/one")).expect("a folder where a file belongs");
    fs::create_dir_all(data.join("errors.log")).expect("a folder where a file belongs");
    fs::create_dir_all(data.join("config.json")).expect("a folder where a file belongs");
    assert!(hook.answers(event("run the tests")).is_some());
    assert_eq!(
        hook.answers(r#"{"hook_event_name":"SessionStart","source":"compact","session_id":"one"}"#),
        None
    );

    let mut hook = Hook::new();
    write(
        &hook.data().join("conversations"),
        b"a file where a folder belongs",
    );
    assert!(hook.answers(event("run the tests")).is_some());

    let mut hook = Hook::new();
    write(&hook.data().join("conversations/one"), &noise(3_000_000));
    for _ in 0..2 {
        // The first note may end up on the noise's last line.
        assert!(hook.answers(event("run the tests")).is_some());
    }
    assert_eq!(
        hook.answers(event("run the tests")),
        None,
        "noise or not, the hint is noted"
    );
}

#[test]
fn a_panic_inside() {
    let binary = if cfg!(feature = "fault-injection") {
        Some(OsString::from(BINARY))
    } else {
        std::env::var_os("PROMPTUNE_FAULTY_BINARY")
    };
    let Some(binary) = binary else {
        // Not by a macro, whose text would not be seen.
        let word = "skipped: a panic inside the hook, as PROMPTUNE_FAULTY_BINARY does not name a binary built with --features fault-injection\n";
        let _ = std::io::stderr().write_all(word.as_bytes());
        return;
    };
    let mut hook = Hook::of(binary).env("PROMPTUNE_FAULT", "panic");
    assert_eq!(hook.answers(event("run the tests")), None);
    let log = fs::read_to_string(hook.data().join("errors.log")).expect("a log");
    assert!(log.contains("a fault was injected"), "{log}");
}

fn write(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().expect("a file in a folder")).expect("a folder");
    fs::write(path, bytes).expect("written");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(stdin in proptest::collection::vec(any::<u8>(), 0..4000)) {
        let _ = Hook::new().answers(stdin);
    }

    #[test]
    fn any_prompt(before in "\\PC{0,200}", after in any::<String>()) {
        let _ = Hook::new().answers(event(&format!("{before} run the tests {after}")));
    }

    #[test]
    fn any_damage_to_an_event(at in 0_usize..90, with in any::<u8>()) {
        let mut stdin = event("run the tests").into_bytes();
        let at = at % stdin.len();
        stdin[at] = with;
        let _ = Hook::new().answers(stdin);
    }
}
