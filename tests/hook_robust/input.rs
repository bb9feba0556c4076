//! What comes in: on stdin, and as arguments.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::time::Duration;

use assert_cmd::Command;
use proptest::prelude::*;
use serde_json::json;

use crate::{BINARY, Hook, event, noise};

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
fn the_log_quotes_nothing_that_came_in() {
    for stdin in [
        "s3cret",
        "\"s3cret\"",
        "[\"s3cret\"]",
        "{\"s3cret\":",
        "{\"hook_event_name\":\"s3cret",
        "{\"prompt\":\"s3cret\",\"prompt\":\"s3cret\"}",
        "{\"hook_event_name\":\"UserPromptSubmit\",\"prompt\":{\"s3cret\":1}}",
    ] {
        let mut hook = Hook::new();
        assert_eq!(hook.answers(stdin), None, "{stdin}");
        let log = fs::read_to_string(hook.data().join("errors.log")).unwrap_or_default();
        assert!(!log.contains("s3cret"), "{log}");
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
