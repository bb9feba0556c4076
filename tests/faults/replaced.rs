//! The binary is replaced while it runs, as an upgrade does.

use std::fs;
use std::io::Write as _;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use crate::{Home, assert_tests, binaries, hint};

#[test]
fn a_hook_that_runs_goes_on_and_the_next_one_is_the_new_one() {
    for binary in binaries() {
        let mut home = Home::new(&binary);
        home.binary = home.top.path().join("promptune");
        fs::copy(&binary, &home.binary).unwrap();
        let mut child = home
            .command()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let event = home.prompt("run the tests");
        let (first, rest) = event.split_at(20);
        child
            .stdin
            .as_mut()
            .unwrap()
            .write_all(first.as_bytes())
            .unwrap();
        thread::sleep(Duration::from_millis(30));
        let new = home.top.path().join("new");
        fs::copy(&binary, &new).unwrap();
        fs::rename(&new, &home.binary).unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(rest.as_bytes())
            .unwrap();
        let output = child.wait_with_output().unwrap();
        assert_tests(hint(&output).as_deref(), "the old one");
        assert_tests(home.types("run the tests").as_deref(), "the new one");
    }
}

#[test]
fn hooks_start_while_it_is_replaced_again_and_again() {
    for binary in binaries() {
        let mut home = Home::new(&binary);
        home.binary = home.top.path().join("promptune");
        let [one, other] = ["one", "other"].map(|name| home.top.path().join(name));
        fs::copy(&binary, &one).unwrap();
        fs::copy(&binary, &other).unwrap();
        fs::hard_link(&one, &home.binary).unwrap();
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                // A link to each in turn, put in its place at once.
                while !done.load(Relaxed) {
                    for from in [&one, &other] {
                        let aside = home.top.path().join("aside");
                        let _ = fs::remove_file(&aside);
                        fs::hard_link(from, &aside).unwrap();
                        fs::rename(&aside, &home.binary).unwrap();
                    }
                    thread::sleep(Duration::from_millis(1));
                }
            });
            for _ in 0..30 {
                assert_tests(home.types("run the tests").as_deref(), "one of them");
            }
            done.store(true, Relaxed);
        });
    }
}

/// A new build does not take the old one's compiled layers for its own: they carry the build's number.
#[test]
fn a_layer_of_another_build_says_nothing() {
    for binary in binaries() {
        let home = Home::new(&binary);
        home.route();
        home.starts();
        let file = fs::read_dir(home.data().join("index"))
            .unwrap()
            .flatten()
            .next()
            .unwrap()
            .path();
        let mut bytes = fs::read(&file).unwrap();
        bytes[16] ^= 1;
        fs::write(&file, bytes).unwrap();
        assert_eq!(home.types("ship it to staging"), None);
        assert!(home.log().contains("another build"), "{}", home.log());
        home.starts();
        assert!(home.types("ship it to staging").is_some());
    }
}
