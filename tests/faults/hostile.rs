//! A project folder that is hostile in every file we read of it.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use crate::{Home, assert_sound, assert_tests, binaries, contents, hint, run, write};

/// What is read of a project.
const FILES: [&str; 4] = [
    ".claude/settings.json",
    ".claude/settings.local.json",
    ".claude/promptune/evil.json",
    ".claude/skills/skill-rules.json",
];

/// Puts something hostile at `path`.
fn plant(kind: &str, path: &Path) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let nested =
        |open: &str, close: &str| format!("{}{}", open.repeat(200_000), close.repeat(200_000));
    match kind {
        "nested lists" => fs::write(path, nested("[", "]")).unwrap(),
        "nested objects" => fs::write(path, nested("{\"permissions\":", "}")).unwrap(),
        "nested denies" => {
            fs::write(
                path,
                format!("{{\"permissions\":{{\"deny\":{}}}}}", nested("[", "]")),
            )
            .unwrap();
        }
        "huge" => fs::File::create(path).unwrap().set_len(3 << 30).unwrap(),
        "zeros" => fs::write(path, vec![0; 500_000]).unwrap(),
        "not text" => fs::write(path, b"{\"\xff\xfe\":\"\xc3\x28\"}").unwrap(),
        "cut off" => fs::write(path, "{\"permissions\":{\"deny\":[\"Agent(").unwrap(),
        "pipe" => {
            let made = Command::new("mkfifo").arg(path).status();
            assert!(made.is_ok_and(|made| made.success()));
        }
        "folder" => fs::create_dir(path).unwrap(),
        "device" => symlink("/dev/zero", path).unwrap(),
        "terminal" => symlink("/dev/tty", path).unwrap(),
        "itself" => symlink(path, path).unwrap(),
        "process" => symlink("/proc/self/mem", path).unwrap(),
        "nowhere" => symlink("/nowhere/at/all", path).unwrap(),
        _ => unreachable!("a kind"),
    }
}

const KINDS: [&str; 14] = [
    "nested lists",
    "nested objects",
    "nested denies",
    "huge",
    "zeros",
    "not text",
    "cut off",
    "pipe",
    "folder",
    "device",
    "terminal",
    "itself",
    "process",
    "nowhere",
];

#[test]
fn every_file_hostile_in_every_way() {
    for binary in binaries() {
        for kind in KINDS {
            let home = Home::new(&binary);
            home.route();
            for file in FILES {
                plant(kind, &home.project().join(file));
            }
            let outside = contents(&home.outside());
            home.starts();
            assert_tests(home.types("run the tests").as_deref(), kind);
            let own = home.types("ship it to staging");
            // A file that is never twice the same keeps its own project's layer from being used.
            assert!(
                own.map_or(kind == "process", |it| it.contains("ships what is on main")),
                "{kind}: the sound file counts"
            );
            assert_eq!(contents(&home.outside()), outside, "{kind}");
            assert_sound(&home.data(), kind);
            let names: Vec<_> = fs::read_dir(home.project()).unwrap().flatten().collect();
            assert_eq!(names.len(), 1, "{kind}: {names:?}");
        }
    }
}

#[test]
fn the_folders_themselves_are_hostile() {
    for binary in binaries() {
        for folder in [".claude", ".claude/promptune", ".claude/skills"] {
            for kind in ["pipe", "device", "itself", "zeros", "nowhere"] {
                let home = Home::new(&binary);
                let path = home.project().join(folder);
                let _ = fs::remove_dir(&path);
                plant(kind, &path);
                home.starts();
                assert_tests(
                    home.types("run the tests").as_deref(),
                    &format!("{folder}: {kind}"),
                );
            }
        }
        // A project's folder of routes that leads to somebody else's files: they are read, and none is changed.
        let home = Home::new(&binary);
        write(
            &home.outside().join("secret.json"),
            "{\"password\": \"s3cret\"}",
        );
        symlink(home.outside(), home.project().join(".claude/promptune")).unwrap();
        let outside = contents(&home.outside());
        home.starts();
        assert_tests(home.types("run the tests").as_deref(), "a folder elsewhere");
        assert_eq!(contents(&home.outside()), outside);
        assert!(!home.log().contains("s3cret"), "{}", home.log());
    }
}

#[test]
fn settings_can_only_silence() {
    for binary in binaries() {
        let home = Home::new(&binary);
        let settings = home.project().join(".claude/settings.json");
        write(
            &settings,
            r#"{"permissions":{"deny":["Agent(promptune:test-runner)"]},"hooks":{"x":7}}"#,
        );
        assert_eq!(
            home.types("run the tests"),
            None,
            "what is denied is not named"
        );
        write(
            &settings,
            r#"{"permissions":{"deny":[")))(((","Agent(","Agent)*(",""]}}"#,
        );
        // An empty name in brackets is every name.
        assert_eq!(home.types("run the tests"), None);
        write(
            &settings,
            r#"{"permissions":{"deny":[")))(((","agent(x",""],"allow":["*"]}}"#,
        );
        assert_tests(home.types("run the tests").as_deref(), "odd rules");
    }
}

#[test]
fn a_project_that_is_no_folder() {
    let odd: [&[u8]; 12] = [
        b"",
        b"/",
        b"..",
        b"relative/../..",
        b"/proc/self/root",
        b"/proc/self/fd/0",
        b"/dev/zero",
        b"/dev/stdin",
        b"two\nlines",
        b"\xff\xfe",
        b"-rf",
        &[b'x'; 5000],
    ];
    for binary in binaries() {
        for value in odd {
            let home = Home::new(&binary);
            let shown = String::from_utf8_lossy(&value[..value.len().min(20)]).into_owned();
            let value = OsStr::from_bytes(value);
            let output = run(
                home.command().env("CLAUDE_PROJECT_DIR", value),
                home.start().as_bytes(),
            );
            assert_eq!(hint(&output), None, "{shown}");
            let output = run(
                home.command().env("CLAUDE_PROJECT_DIR", value),
                home.prompt("run the tests").as_bytes(),
            );
            assert_tests(hint(&output).as_deref(), &shown);
            // The same from the event alone.
            let mut event = home.event("UserPromptSubmit");
            event["prompt"] = serde_json::json!("run the tests");
            event["cwd"] = serde_json::json!(value.to_string_lossy());
            event["transcript_path"] = event["cwd"].clone();
            let output = run(
                home.command().env_remove("CLAUDE_PROJECT_DIR"),
                event.to_string().as_bytes(),
            );
            assert_tests(hint(&output).as_deref(), &shown);
            assert!(home.data().is_dir(), "{shown}");
        }
    }
}
