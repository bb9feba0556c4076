//! Symbolic links planted in the place of our files and folders: nothing is written, cut or removed through them.

use std::fs;
use std::os::unix::fs::symlink;

use promptune::ledger::{self, FULL};
use serde_json::json;

use crate::{Home, SESSION, assert_tests, binaries, contents, hint, run, write};

/// What we write, and where a link may stand for it.
const FILES: [&str; 8] = [
    "ledger.jsonl",
    "ledger.lock",
    "errors.log",
    "errors.log.old",
    "adaptive.json",
    "config.json",
    "conversations/11111111-2222-3333-4444-555555555555",
    "ledger.000001.jsonl",
];

/// Everything that writes: a hint, a fault for the log, a start, an agent, a turn's end, the conversation's end.
fn everything(home: &Home, what: &str) {
    assert_tests(named(home).as_deref(), what);
    assert_eq!(hint(&run(&mut home.command(), b"no event")), None, "{what}");
    home.starts();
    let mut agent = home.event("SubagentStop");
    agent["agent_id"] = json!("a1");
    agent["agent_type"] = json!("promptune:test-runner");
    agent["agent_transcript_path"] = json!(home.outside().join("agent-a1.jsonl"));
    for event in [agent, home.event("Stop"), home.event("SessionEnd")] {
        let output = run(&mut home.command(), event.to_string().as_bytes());
        assert_eq!(hint(&output), None, "{what}");
    }
    assert_tests(named(home).as_deref(), what);
}

/// The hint that the test runner gets by its name: every time, and noted in the conversation's file.
fn named(home: &Home) -> Option<String> {
    let mut command = home.command();
    let event = home.prompt("use the test-runner agent to run the tests");
    hint(&run(
        command.env_remove("PROMPTUNE_COOLDOWN"),
        event.as_bytes(),
    ))
}

#[test]
fn a_link_in_place_of_a_file_is_not_written_through() {
    for binary in binaries() {
        for name in FILES {
            for there in ["precious", "full", "missing"] {
                let home = Home::new(&binary);
                home.route();
                write(&home.outside().join("full"), "x".repeat(FULL as usize + 1));
                let link = home.data().join(name);
                fs::create_dir_all(link.parent().unwrap()).unwrap();
                symlink(home.outside().join(there), &link).unwrap();
                let before = contents(&home.outside());
                everything(&home, name);
                assert_eq!(contents(&home.outside()), before, "{name} → {there}");
                // The ledger itself goes on unless its own file is the link.
                let lines = ledger::read(&home.data()).records.len();
                assert!(lines > 0 || name == "ledger.jsonl", "{name} → {there}");
            }
        }
    }
}

#[test]
fn a_link_in_place_of_a_folder_is_removed_when_a_conversation_starts() {
    for binary in binaries() {
        for name in ["conversations", "index"] {
            let home = Home::new(&binary);
            home.route();
            // As old as what is removed otherwise, under a name that a conversation may have.
            let old = home.outside().join("id_rsa");
            write(&old, "a key");
            let long_ago = std::time::UNIX_EPOCH;
            let file = fs::File::options().write(true).open(&old).unwrap();
            file.set_modified(long_ago).unwrap();
            fs::create_dir_all(home.data()).unwrap();
            symlink(home.outside(), home.data().join(name)).unwrap();
            let before = contents(&home.outside());
            home.starts();
            assert_eq!(contents(&home.outside()), before, "{name}");
            everything(&home, name);
            assert_eq!(contents(&home.outside()), before, "{name}");
            assert!(
                home.data().join(name).symlink_metadata().unwrap().is_dir(),
                "{name}"
            );
            assert!(
                home.log().contains("a symbolic link stood there"),
                "{}",
                home.log()
            );
            let shipped = home
                .types("ship it to staging")
                .expect("the route was compiled");
            assert!(shipped.contains("ships what is on main"), "{shipped}");
        }
    }
}

#[test]
fn a_link_in_place_of_the_compiled_layer_is_replaced() {
    for binary in binaries() {
        let home = Home::new(&binary);
        home.route();
        home.starts();
        let index = home.data().join("index");
        let file = fs::read_dir(&index)
            .unwrap()
            .flatten()
            .next()
            .unwrap()
            .path();
        fs::remove_file(&file).unwrap();
        symlink(home.outside().join("precious"), &file).unwrap();
        let before = contents(&home.outside());
        assert_eq!(
            home.types("ship it to staging"),
            None,
            "what is no layer says nothing"
        );
        home.starts();
        assert_eq!(contents(&home.outside()), before);
        assert!(file.symlink_metadata().unwrap().is_file());
        assert!(home.types("ship it to staging").is_some());
    }
}

#[test]
fn what_a_killed_process_left_is_removed_and_nothing_else() {
    let home = Home::new(&binaries()[0]);
    let data = home.data();
    let left = [
        "adaptive.promptune-1234.tmp",
        "index/user-00.promptune-77.tmp",
    ];
    let others = [
        "adaptive.promptune-x.tmp",
        "notes.1234.tmp",
        "promptune-12.tmp",
        "a.promptune-.tmp",
    ];
    for name in left.iter().chain(&others) {
        write(&data.join(name), "half");
        let file = fs::File::options()
            .write(true)
            .open(data.join(name))
            .unwrap();
        file.set_modified(std::time::UNIX_EPOCH).unwrap();
    }
    write(
        &data.join("adaptive.promptune-99.tmp"),
        "another process is at work on it",
    );
    home.starts();
    for name in left {
        assert!(!data.join(name).exists(), "{name}");
    }
    for name in others.iter().chain(&["adaptive.promptune-99.tmp"]) {
        assert!(data.join(name).exists(), "{name}");
    }
    assert!(!data.join("conversations").join(SESSION).exists());
}
