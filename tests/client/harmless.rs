//! Whatever befalls the hook, the person's prompt reaches the model, and nothing comes with it but a hint.

use std::path::PathBuf;

use crate::conversation::Heard;
use crate::run::{Desk, skipped};

const TESTS: &str = "run the tests";

/// The prompt arrived, and what the model heard is what it hears when the plugin's hooks are silent.
fn assert_unharmed(desk: &Desk, heard: &Heard) {
    assert_eq!(heard.hint(), None);
    assert_only_a_hint(desk, heard);
}

/// The same, but a hint may have been added.
fn assert_only_a_hint(desk: &Desk, heard: &Heard) {
    if let Some(hint) = heard.hint() {
        assert!(
            hint.starts_with("promptune: ") && hint.contains("promptune:test-runner"),
            "{hint}"
        );
    }
    let quiet = Desk::ready().expect("as before").with("PROMPTUNE", "off");
    let untouched = quiet.types(TESTS).surroundings(&quiet);
    assert_eq!(heard.surroundings(desk), untouched);
}

#[test]
fn these_tests_would_notice_what_a_bad_hook_does() {
    let Some(desk) = Desk::ready() else { return };
    let quiet = Desk::ready().expect("as before").with("PROMPTUNE", "off");
    let untouched = quiet.types(TESTS).surroundings(&quiet);
    let desk = desk.with_hook("echo 'thread main panicked'");
    assert_ne!(
        desk.types(TESTS).surroundings(&desk),
        untouched,
        "text on stdout lands in the conversation"
    );
    let blocking = Desk::ready().expect("as before").with_hook("exit 2");
    assert!(
        blocking.types(TESTS).requests.is_empty(),
        "exit code 2 keeps the prompt from the model"
    );
}

#[test]
fn a_wrong_flag_does_no_harm() {
    let Some(desk) = Desk::ready() else { return };
    let desk = desk.with_hook("exec \"$promptune\" hook --bogus");
    let heard = desk.types(TESTS);
    assert_eq!(heard.hooks("UserPromptSubmit")[0].1, 0);
    assert_only_a_hint(&desk, &heard);
}

#[test]
fn a_wrong_command_does_no_harm() {
    let Some(desk) = Desk::ready() else { return };
    let desk = desk.with_hook("exec \"$promptune\" hock");
    assert_unharmed(&desk, &desk.types(TESTS));
}

#[test]
fn a_killed_hook_does_no_harm() {
    let Some(desk) = Desk::ready() else { return };
    let desk = desk.with_hook("\"$promptune\" \"$@\" <&0 & kill -9 $!; wait $!; kill -9 $$");
    let heard = desk.types(TESTS);
    assert_ne!(heard.hooks("UserPromptSubmit")[0].1, 0, "it was killed");
    assert_only_a_hint(&desk, &heard);
}

#[test]
fn a_hook_that_hangs_is_left_behind() {
    let Some(desk) = Desk::ready() else { return };
    let desk = desk.with_hook("case $(cat) in *UserPromptSubmit*) exec sleep 600;; esac");
    assert_unharmed(&desk, &desk.types(TESTS));
}

#[test]
fn a_panic_inside_does_no_harm() {
    let Some(desk) = Desk::ready() else { return };
    let Some(binary) = std::env::var_os("PROMPTUNE_FAULTY_BINARY").map(PathBuf::from) else {
        skipped(
            "a panic inside, as PROMPTUNE_FAULTY_BINARY does not name a binary built with --features fault-injection",
        );
        return;
    };
    let plugin = desk.home.plugin_with_binary(&binary);
    let desk = desk
        .with_plugin(Some(plugin))
        .with("PROMPTUNE_FAULT", "panic");
    let heard = desk.types(TESTS);
    assert_eq!(
        heard.hooks("UserPromptSubmit"),
        [(String::new(), 0)],
        "silent, and well"
    );
    assert_unharmed(&desk, &heard);
    let log = std::fs::read_to_string(desk.home.data().join("errors.log")).expect("a log");
    assert!(log.contains("a panic at src/"), "{log}");
    assert!(
        !log.contains("injected"),
        "a message may quote the prompt: {log}"
    );
}

#[test]
fn half_a_surrogate_pair_does_no_harm() {
    let Some(desk) = Desk::ready() else { return };
    let mut conversation = desk.conversation();
    let heard = conversation.sends("run the tests \u{fffd}", r#""run the tests \ud83d""#);
    conversation.leaves();
    let hint = heard
        .hint()
        .expect("the rest of the prompt is still understood");
    assert!(hint.contains("promptune:test-runner"), "{hint}");
}

#[test]
fn a_pasted_log_does_no_harm() {
    let Some(desk) = Desk::ready() else { return };
    // Longer than the hook reads, and shorter than what the client refuses itself.
    let prompt = format!(
        "{TESTS}\n{}",
        "2026-01-01 12:00:00 WARN pool exhausted \\\"\u{1b}[0m <x-y> {{[\n".repeat(24_000)
    );
    let heard = desk.types(&prompt);
    assert_eq!(
        heard.hooks("UserPromptSubmit"),
        [(String::new(), 0)],
        "too long to be looked at"
    );
    assert_eq!(heard.hint(), None);
}
