//! A megabyte, and a byte more.

use std::io::Write as _;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use crate::{Home, assert_tests, binaries, contents, hint, run};

const MEGABYTE: usize = 1 << 20;

/// An event of exactly `length` bytes: `prompt`, and in another field whatever is missing.
fn event(home: &Home, prompt: &str, length: usize) -> String {
    let event = home.prompt(prompt);
    let rest = length - event.len() - r#","x":"""#.len();
    let event = format!(
        "{},\"x\":\"{}\"}}",
        event.strip_suffix('}').unwrap(),
        "y".repeat(rest)
    );
    assert_eq!(event.len(), length);
    event
}

#[test]
fn an_event_of_a_megabyte_is_read_and_one_of_a_byte_more_is_not() {
    for binary in binaries() {
        let home = Home::new(&binary);
        let output = run(
            &mut home.command(),
            event(&home, "run the tests", MEGABYTE).as_bytes(),
        );
        assert_tests(hint(&output).as_deref(), "1 MB");
        let before = contents(&home.folder);
        let output = run(
            &mut home.command(),
            event(&home, "run the tests", MEGABYTE + 1).as_bytes(),
        );
        assert_eq!(hint(&output), None, "1 MB + 1");
        assert_eq!(contents(&home.folder), before, "silence leaves no trace");
    }
}

#[test]
fn prompts_of_a_megabyte_are_let_through_in_silence() {
    for binary in binaries() {
        let home = Home::new(&binary);
        let around = home.prompt("").len();
        for text in ["run the tests ", "\u{1f642} ", "a", "\n", "((((", "テスト"] {
            for length in [MEGABYTE - 1, MEGABYTE, MEGABYTE + 1] {
                let prompt: String = text.repeat((length - around) / text.len() - 1);
                let output = run(&mut home.command(), home.prompt(&prompt).as_bytes());
                assert_eq!(hint(&output), None, "{text:?} {length}");
            }
        }
        assert!(!home.data().join("ledger.jsonl").exists());
    }
}

#[test]
fn a_prompt_that_comes_in_drops_is_read_to_its_end() {
    for binary in binaries() {
        let home = Home::new(&binary);
        let mut child = home
            .command()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        for drop in home.prompt("run the tests").as_bytes().chunks(29) {
            stdin.write_all(drop).unwrap();
            thread::sleep(Duration::from_millis(2));
        }
        drop(stdin);
        assert_tests(
            hint(&child.wait_with_output().unwrap()).as_deref(),
            "in drops",
        );
    }
}
