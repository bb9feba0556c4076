//! What lies around: folders, settings, whoever listens.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::process::Stdio;

use crate::{BINARY, Hook, event, hint, noise};

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
    assert!(log.contains("a panic at src/"), "{log}");
    assert!(
        !log.contains("injected"),
        "a message may quote the prompt: {log}"
    );
}

#[test]
fn pipes_where_files_belong() {
    // Opening one would wait for somebody at its other end.
    for pipe in [
        ".claude/settings.json",
        ".claude/plugins/data/promptune-promptune/config.json",
        ".claude/plugins/data/promptune-promptune/errors.log",
        ".claude/plugins/data/promptune-promptune/conversations/one",
    ] {
        let mut hook = Hook::new();
        let pipe = hook.home.path().join(pipe);
        fs::create_dir_all(pipe.parent().expect("a file in a folder")).expect("a folder");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.is_ok_and(|status| status.success()));
        assert!(
            hook.answers(event("run the tests")).is_some(),
            "{}",
            pipe.display()
        );
        assert_eq!(hook.answers("no event, which is logged"), None);
    }
}

fn write(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().expect("a file in a folder")).expect("a folder");
    fs::write(path, bytes).expect("written");
}
