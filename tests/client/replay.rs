//! A transcript that the client wrote is read as it was meant.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use crate::api;
use crate::run::Desk;

#[test]
fn what_the_client_wrote_is_replayed() {
    let Some(desk) = Desk::with_model(api::follows_hints_in_background) else {
        return;
    };
    // An editor drives the client as these tests do, but uses a key only where the person approved it, by its end.
    let approved = json!({"customApiKeyResponses": {"approved": ["ody-0123456789abcdef"]}});
    fs::write(desk.home.path().join(".claude.json"), approved.to_string()).expect("written");
    let desk = desk.with("CLAUDE_CODE_ENTRYPOINT", "claude-vscode");
    let mut conversation = desk.conversation();
    assert!(conversation.types("run the tests").hint().is_some());
    // The turn at the agent's end, which nobody typed.
    conversation.hears("An answer.");
    let question = conversation.types("what does this function do?");
    assert_eq!(question.hint(), None);
    conversation.leaves();
    // A script does too, and nobody types there.
    let desk = desk.with("CLAUDE_CODE_ENTRYPOINT", "sdk-cli");
    desk.types("commit this");

    let figures = replayed(&desk);
    let counts = ["conversations", "prompts", "scripted", "hinted"].map(|name| &figures[name]);
    assert_eq!(counts, [1, 2, 1, 1], "{figures:#}");
    assert_eq!(
        figures["routes"]["test-runner"],
        json!({"hints": 1, "delegated": 1, "byItself": 0, "instead": {}, "withoutHint": 0}),
        "the agent ran because of the hint"
    );
}

fn replayed(desk: &Desk) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_promptune"))
        .args(["replay", "--json"])
        .env("HOME", desk.home.path())
        .env_remove("CLAUDE_CONFIG_DIR")
        .output()
        .expect("promptune starts");
    serde_json::from_slice(&output.stdout).expect("JSON")
}
