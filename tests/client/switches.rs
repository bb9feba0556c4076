//! The off switches, in the real client.

use std::fs;

use serde_json::json;

use crate::api::only_answers;
use crate::run::Desk;

const TESTS: &str = "run the tests";

fn ready() -> Option<Desk> {
    Some(Desk::with_model(only_answers)?.with("PROMPTUNE_COOLDOWN", "0"))
}

#[test]
fn a_conversation_is_switched_off_and_on() {
    let Some(desk) = ready() else { return };
    let mut conversation = desk.conversation();
    assert!(conversation.types(TESTS).hint().is_some());
    let heard = conversation.types("Promptune OFF.");
    let told = &heard.hooks("UserPromptSubmit")[0];
    assert_eq!(told.1, 0, "nobody is blocked");
    let told: serde_json::Value = serde_json::from_str(&told.0).expect("JSON");
    let said = told["systemMessage"]
        .as_str()
        .expect("words for the person");
    assert!(said.starts_with("promptune is off"), "{said}");
    let model = heard.request().hints().concat();
    assert!(model.contains("asks nothing of the assistant"), "{model}");
    assert_eq!(conversation.types(TESTS).hint(), None);
    let session = conversation.session();
    conversation.leaves();

    assert!(desk.types(TESTS).hint().is_some(), "another one is on");
    let mut again = desk.resumed(&session);
    assert_eq!(again.types("run all the tests").hint(), None, "still off");
    let on = again.types("promptune on");
    assert!(
        on.hooks("UserPromptSubmit")[0]
            .0
            .contains("promptune is on")
    );
    assert!(again.types("run every test again").hint().is_some());
    again.leaves();
}

#[test]
fn a_project_is_switched_off_by_a_file() {
    let Some(desk) = ready() else { return };
    let folder = desk.home.project().join(".claude/promptune");
    fs::create_dir_all(&folder).expect("a folder");
    assert!(desk.types(TESTS).hint().is_some());
    fs::write(folder.join("off"), "").expect("written");
    assert_eq!(desk.types(TESTS).hint(), None);
}

#[test]
fn a_project_is_switched_off_by_its_settings() {
    let Some(desk) = ready() else { return };
    desk.home
        .project_settings(&json!({"env": {"PROMPTUNE": "off"}}));
    assert_eq!(desk.types(TESTS).hint(), None);
}

#[test]
fn everything_is_switched_off_by_a_setting() {
    let Some(desk) = ready() else { return };
    fs::create_dir_all(desk.home.data()).expect("a folder");
    fs::write(
        desk.home.data().join("config.json"),
        r#"{"enabled": false}"#,
    )
    .expect("written");
    assert_eq!(desk.types(TESTS).hint(), None);
    let heard = desk.types("promptune on");
    let said = &heard.hooks("UserPromptSubmit")[0].0;
    assert!(said.contains("but silent: config.json says"), "{said}");
}
