//! The file itself.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use promptune::ledger::{self, FULL, LONGEST_LINE, Record, What, append, append_and_tend};
use serde_json::json;
use tempfile::tempdir;

use crate::person::{BINARY, Person, event_file};

fn record(conversation: usize, text: &str) -> Record {
    let what = What::Agent {
        agent: text.to_owned(),
        name: "promptune:test-runner".to_owned(),
        transcript: "x".repeat(400),
    };
    Record::new(&format!("c{conversation}"), "-home-ann", "p", what).expect("usable")
}

/// The agents in the ledger, each expected once.
fn agents(folder: &Path) -> HashSet<String> {
    let read = ledger::read(folder);
    let count = read.records.len();
    let agents: HashSet<String> = read
        .records
        .into_iter()
        .filter_map(|record| match record.what {
            What::Agent { agent, .. } => Some(agent),
            _ => None,
        })
        .collect();
    assert_eq!(agents.len(), count, "no line is read twice");
    agents
}

fn note(person: &Person, agent: usize) -> Child {
    let mut event = person.event("SubagentStop", "p1");
    event["agent_id"] = json!(format!("a{agent}"));
    event["agent_type"] = json!("Explore");
    event["agent_transcript_path"] = json!(person.agent("x"));
    let stdin = event_file(&person.data().join(format!("event-{agent}")), &event);
    let mut command = Command::new(BINARY);
    command
        .arg("hook")
        .env("PROMPTUNE_DATA", person.data())
        .stdin(stdin)
        .stdout(Stdio::null());
    command.spawn().expect("it starts")
}

#[test]
fn two_hundred_processes_at_once_lose_nothing_though_the_file_is_set_aside() {
    let person = Person::new();
    let folder = person.data();
    // So full that one of the first few sets it aside.
    let mut filled = HashSet::new();
    let mut at = 0;
    while fs::metadata(ledger::current(&folder)).map_or(0, |file| file.len()) < FULL - 2048 {
        append(&folder, &record(at, &format!("before-{at}"))).expect("appended");
        filled.insert(format!("before-{at}"));
        at += 1;
    }
    let children: Vec<Child> = (0..200).map(|agent| note(&person, agent)).collect();
    for mut child in children {
        assert!(child.wait().expect("it ends").success());
    }
    let expected: HashSet<String> = (0..200)
        .map(|agent| format!("a{agent}"))
        .chain(filled)
        .collect();
    assert_eq!(agents(&folder), expected);
    assert!(folder.join("ledger.000001.jsonl").exists());
    assert!(
        !folder.join("ledger.000002.jsonl").exists(),
        "set aside once"
    );
}

#[test]
fn writers_and_readers_at_once_lose_nothing() {
    // Each append opens the file anew, as a process does. 12,000 lines fill the file thrice.
    let folder = tempdir().expect("a folder");
    let path = folder.path();
    thread::scope(|scope| {
        for writer in 0..8 {
            scope.spawn(move || {
                for line in 0..1500 {
                    let it = record(writer, &format!("{writer}-{line}"));
                    append_and_tend(path, &it).expect("appended");
                }
            });
        }
        scope.spawn(move || {
            let mut before = 0;
            for _ in 0..20 {
                let now = agents(path).len();
                assert!(now >= before, "a reader missed lines: {now} after {before}");
                before = now;
            }
        });
    });
    assert_eq!(agents(path).len(), 12_000);
    assert!(path.join("ledger.000002.jsonl").exists());
}

#[test]
fn a_kill_at_any_moment_loses_no_other_line() {
    let person = Person::new();
    let mut whole = HashSet::new();
    for agent in 0..60 {
        let mut child = note(&person, agent);
        // From before it starts to after it has ended.
        thread::sleep(Duration::from_micros(agent as u64 * 60));
        let _ = child.kill();
        if child.wait().expect("it ends").success() {
            whole.insert(format!("a{agent}"));
        }
        let last = 1000 + agent;
        assert!(note(&person, last).wait().expect("it ends").success());
        whole.insert(format!("a{last}"));
    }
    assert!(agents(&person.data()).is_superset(&whole));
}

#[test]
fn cut_at_every_byte_the_last_line_is_all_that_is_lost() {
    let folder = tempdir().expect("a folder");
    let file = ledger::current(folder.path());
    for agent in ["one", "two"] {
        append(folder.path(), &record(0, agent)).expect("appended");
    }
    let text = fs::read(&file).expect("written");
    let first = text.iter().position(|byte| *byte == b'\n').expect("a line") + 1;
    for cut in first..=text.len() {
        for tend in [false, true] {
            fs::write(&file, &text[..cut]).expect("written");
            let next = if tend { append_and_tend } else { append };
            next(folder.path(), &record(0, "three")).expect("appended");
            let read = agents(folder.path());
            assert!(
                read.contains("one") && read.contains("three"),
                "cut at {cut}"
            );
            assert_eq!(read.contains("two"), cut + 1 >= text.len(), "cut at {cut}");
            if tend {
                let text = fs::read_to_string(&file).expect("readable");
                let plain = text
                    .lines()
                    .filter(|line| serde_json::from_str::<Record>(line).is_ok());
                assert_eq!(
                    plain.count(),
                    read.len(),
                    "other readers need no trick: {text}"
                );
            }
        }
    }
}

#[test]
fn noise_in_the_file_is_counted_and_passed_over() {
    let folder = tempdir().expect("a folder");
    append(folder.path(), &record(0, "one")).expect("appended");
    crate::person::append_text(
        &ledger::current(folder.path()),
        "\n\nnoise\n{\"v\":1,\"at\":7}\n{\"v\":1,\"at\":\u{7f}{\"v\":1,\"x",
    );
    append(folder.path(), &record(0, "two")).expect("appended");
    let read = ledger::read(folder.path());
    assert_eq!((read.records.len(), read.skipped), (2, 4));
}

#[test]
fn a_line_is_never_longer_than_one_write_takes() {
    let folder = tempdir().expect("a folder");
    let long = record(0, &"x".repeat(LONGEST_LINE));
    assert!(append(folder.path(), &long).is_err());
    assert!(!ledger::current(folder.path()).exists());
    let id = "x".repeat(129);
    let what = || What::Reset {
        route: "all".to_owned(),
    };
    assert_eq!(Record::new(&id, "", "", what()), None);
    assert_eq!(Record::new("../x", "", "", what()), None);
}

#[test]
fn the_oldest_goes_when_too_many_are_kept() {
    let folder = tempdir().expect("a folder");
    let aside = |number: usize| folder.path().join(format!("ledger.{number:06}.jsonl"));
    for number in 1..=ledger::KEPT {
        fs::write(aside(number), format!("{number}\n")).expect("written");
    }
    fs::write(ledger::current(folder.path()), "x".repeat(FULL as usize)).expect("written");
    append_and_tend(folder.path(), &record(0, "one")).expect("appended");
    assert!(!aside(1).exists() && aside(2).exists() && aside(ledger::KEPT + 1).exists());
    assert!(!ledger::current(folder.path()).exists());
    assert_eq!(agents(folder.path()).len(), 1);
}

#[test]
fn a_full_disk_costs_the_line_and_nothing_else() {
    let person = Person::new();
    let mut typed = person.event("UserPromptSubmit", "p1");
    typed["prompt"] = json!("run the tests");
    let hook = |limit: &str| {
        let stdin = event_file(&person.data().join("event"), &typed);
        // Signal or error: a limit answers with the one or the other.
        let output = Command::new("sh")
            .args(["-c", &format!("{limit}; exec \"$0\" hook"), BINARY])
            .env("PROMPTUNE_DATA", person.data())
            .env("PROMPTUNE_COOLDOWN", "0")
            .stdin(stdin)
            .output()
            .expect("it runs");
        String::from_utf8(output.stdout).expect("text")
    };
    append(&person.data(), &record(0, "one")).expect("appended");
    for limit in [
        "trap '' XFSZ; ulimit -f 0",
        "ulimit -f 0",
        "trap '' XFSZ; ulimit -f 1",
    ] {
        let answer = hook(limit);
        assert!(
            answer.contains("promptune:test-runner"),
            "{limit}: {answer}"
        );
    }
    let answer = hook("true");
    assert!(answer.contains("promptune:test-runner"), "{answer}");
    let read = ledger::read(&person.data());
    let hints = read
        .records
        .iter()
        .filter(|it| matches!(it.what, What::Hint { .. }));
    assert!(hints.count() >= 1 && agents_of(&read.records).contains(&"one"));
}

fn agents_of(records: &[Record]) -> Vec<&str> {
    records
        .iter()
        .filter_map(|it| match &it.what {
            What::Agent { agent, .. } => Some(agent.as_str()),
            _ => None,
        })
        .collect()
}

#[test]
fn what_is_written_is_the_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let person = Person::new();
    person.types("p1", "run the tests").expect("a hint");
    person.agent_stops("a1", "Explore", "p1");
    for entry in fs::read_dir(person.data()).expect("a folder").flatten() {
        let mode = entry
            .metadata()
            .expect("its owner may")
            .permissions()
            .mode();
        if entry.path().is_file() {
            assert_eq!(mode & 0o777, 0o600, "{}", entry.path().display());
        }
    }
}

#[test]
fn a_prompt_without_a_hint_leaves_no_trace_and_no_text_is_kept() {
    let person = Person::new();
    assert_eq!(person.types("p1", "why is the sky blue?"), None);
    assert_eq!(fs::read_dir(person.data()).expect("a folder").count(), 0);
    person.types("p2", "run the tests s3cret").expect("a hint");
    person.agent_stops("a1", "Explore", "p2");
    person.stops("p2");
    let text = fs::read_to_string(ledger::current(&person.data())).expect("a ledger");
    assert!(
        !text.contains("s3cret") && !text.contains("All green"),
        "{text}"
    );
    assert!(text.contains("\"project\":\"-home-ann-shop\""), "{text}");
}

#[test]
fn without_the_ledger_nothing_is_written() {
    let person = Person::new();
    person.config(&json!({"ledger": false}));
    person.types("p1", "run the tests").expect("a hint");
    person.agent_stops("a1", "Explore", "p1");
    assert_eq!(person.stops("p1"), None);
    assert!(!ledger::current(&person.data()).exists());
}
