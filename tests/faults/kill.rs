//! SIGKILL at every system call, by strace: what is on the disk is whole or absent, and the next run works.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::process::{Command, Stdio};

use promptune::ledger;
use serde_json::json;

use crate::{Home, assert_sound, assert_tests, binaries, contents, hint, run, strace, write};

/// Calls by which a file can come, change or go; a kill at any other leaves what the one before it left.
const WRITES: [&str; 17] = [
    "open",
    "openat",
    "mkdir",
    "mkdirat",
    "write",
    "pwrite64",
    "writev",
    "rename",
    "renameat",
    "renameat2",
    "unlink",
    "unlinkat",
    "close",
    "ftruncate",
    "flock",
    "fsync",
    "exit_group",
];

/// Runs the hook on `event` and kills it at its `number`th `call`. Whether it was killed.
fn killed(home: &Home, event: &str, call: &str, number: usize) -> bool {
    let stdin = home.top.path().join("event");
    fs::write(&stdin, event).unwrap();
    let mut command = Command::new("strace");
    command
        .args(["-f", "-o", "/dev/null", "-e"])
        .arg(format!("inject=?{call}:signal=KILL:when={number}"))
        .arg(&home.binary)
        .arg("hook");
    home.surround(&mut command);
    let status = command
        .stdin(File::open(&stdin).unwrap())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    !status.success()
}

/// A home in which every writer has something to write: an agent has run, and a hint was ignored five times.
fn prepared(binary: &std::path::Path) -> Home {
    let home = Home::new(binary);
    home.route();
    let transcript = home.event("Stop")["transcript_path"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut lines = String::new();
    for number in 0..6 {
        let mut prompt: serde_json::Value =
            serde_json::from_str(&home.prompt("run the tests")).unwrap();
        prompt["prompt_id"] = json!(format!("p{number}"));
        let line = json!({"type": "user", "promptId": format!("p{number}"), "isSidechain": false, "message": {"role": "user", "content": "x"}});
        let _ = writeln!(lines, "{line}");
        let said = json!({
            "type": "assistant", "isSidechain": false, "timestamp": "2026-11-22T10:00:00.000Z", "requestId": format!("r{number}"),
            "message": {"id": format!("m{number}"), "role": "assistant", "model": "claude-opus-5-5", "content": [{"type": "text", "text": "x"}],
                "usage": {"input_tokens": 1, "output_tokens": 1}},
        });
        let _ = writeln!(lines, "{said}");
        write(transcript.as_ref(), &lines);
        assert_tests(
            hint(&run(&mut home.command(), prompt.to_string().as_bytes())).as_deref(),
            "to be ignored",
        );
    }
    home
}

/// What the home is without its data; what was in the ledger is in `after`.
fn nothing_lost(before: &[ledger::Record], home: &Home, what: &str) {
    assert_sound(&home.data(), what);
    let after = ledger::read(&home.data()).records;
    assert!(after.starts_with(before), "{what}: lines are lost");
}

fn at_every_call(event: impl Fn(&Home) -> String, works: impl Fn(&Home, &str)) {
    if !strace("SIGKILL at every system call") {
        return;
    }
    for binary in binaries() {
        let home = prepared(&binary);
        let kept = contents(&home.project());
        let mut kills = 0;
        for call in WRITES {
            for number in 1.. {
                let before = ledger::read(&home.data()).records;
                let dead = killed(&home, &event(&home), call, number);
                let what = format!("{call} {number} of {}", binary.display());
                nothing_lost(&before, &home, &what);
                works(&home, &what);
                nothing_lost(&before, &home, &what);
                assert_eq!(contents(&home.project()), kept, "{what}");
                if !dead {
                    break;
                }
                kills += 1;
                assert!(number < 1000, "it never comes to its end");
            }
        }
        assert!(kills > 3, "it was killed {kills} times");
        println!("{}: killed at {kills} calls", binary.display());
    }
}

#[test]
fn while_a_hint_is_noted() {
    at_every_call(
        |home| home.prompt("run the tests"),
        |home, what| assert_tests(home.types("run the tests").as_deref(), what),
    );
}

#[test]
fn while_a_layer_is_compiled() {
    at_every_call(
        |home| {
            let _ = fs::remove_dir_all(home.data().join("index"));
            home.start()
        },
        |home, what| {
            // Before the next start there is a whole one or none.
            let own = home.types("ship it to staging");
            assert!(
                own.is_none_or(|it| it.contains("ships what is on main")),
                "{what}"
            );
            assert!(!home.log().contains("damaged"), "{what}: {}", home.log());
            home.starts();
            assert!(home.types("ship it to staging").is_some(), "{what}");
        },
    );
}

#[test]
fn while_an_agent_is_noted() {
    at_every_call(
        |home| {
            let mut agent = home.event("SubagentStop");
            agent["agent_id"] = json!("a1");
            agent["agent_type"] = json!("Explore");
            agent["agent_transcript_path"] = json!("/nowhere/agent-a1.jsonl");
            agent.to_string()
        },
        |home, what| assert_tests(home.types("run the tests").as_deref(), what),
    );
}

#[test]
fn while_a_turn_is_settled_and_a_route_goes_quiet() {
    at_every_call(
        |home| {
            let _ = fs::remove_file(home.data().join("adaptive.json"));
            let mut stop = home.event("Stop");
            stop["prompt_id"] = json!("p5");
            stop.to_string()
        },
        |home, what| {
            let output = run(
                &mut home.command(),
                home.event("Stop").to_string().as_bytes(),
            );
            assert_eq!(hint(&output), None, "{what}");
        },
    );
}
