//! Every skill can be loaded: by the model, and by the person as a slash command.

use serde_json::json;

use crate::api::{Request, Turn};
use crate::definitions::{Definition, skills};
use crate::repo::Repo;
use crate::run::Desk;

/// What the person types after a command's name: words that would be routed, had they been typed alone.
const ARGUMENTS: &str = "run the tests";

fn full_name(skill: &Definition) -> String {
    format!("promptune:{}", skill.name)
}

/// All of a skill's text, as it stands in its file, is in `told`.
fn assert_told(told: &[(String, String)], skill: &Definition) {
    let told: Vec<_> = told.iter().map(|(_, text)| text.as_str()).collect();
    let told = told.join("\n");
    // A line with a placeholder arrives with something in its place.
    let plain = skill
        .body
        .lines()
        .filter(|line| !line.contains('$') && !line.contains("!`"));
    for line in plain {
        assert!(
            told.contains(line),
            "{}: {line:?} is missing in {told}",
            skill.name
        );
    }
}

#[test]
fn the_model_can_load_each() {
    let loads = |request: &Request| {
        let skill = request.newest().into_iter().find_map(|(_, text)| {
            let skill = text.strip_prefix("load ")?;
            Some(skill.to_owned())
        });
        match skill {
            Some(skill) => Turn::Calls("Skill", json!({"skill": skill})),
            None => Turn::Says("An answer."),
        }
    };
    let Some(desk) = Desk::with_model(loads) else {
        return;
    };
    Repo::new(&desk);
    let mut conversation = desk.conversation();
    for skill in skills() {
        let heard = conversation.types(&format!("load {}", full_name(&skill)));
        let loaded = heard.requests.last().expect("a request");
        let outcome = loaded.outcomes().pop().expect("what the tool gave");
        assert!(outcome.tool == "Skill" && !outcome.failed, "{outcome:#?}");
        assert_told(&loaded.newest(), &skill);
    }
    conversation.leaves();
}

#[test]
fn the_person_can_type_each_as_a_command() {
    let Some(desk) = Desk::with_model(crate::api::only_answers) else {
        return;
    };
    Repo::new(&desk);
    let mut conversation = desk.conversation();
    for skill in skills() {
        let name = full_name(&skill);
        let heard = conversation.types(&format!("/{name} {ARGUMENTS}"));
        let request = heard.requests.last().expect("it reaches the model");
        assert_told(&request.newest(), &skill);
        let arguments = request
            .newest()
            .iter()
            .any(|(_, text)| text.contains(ARGUMENTS));
        assert!(arguments, "{name} is told what follows the command");
        for (said, code) in heard.hooks("UserPromptSubmit") {
            assert_eq!(
                (said.as_str(), code),
                ("", 0),
                "the hook is silent about {name}"
            );
        }
        assert_eq!(request.all_hints(), [""; 0]);
        let known = heard.events.iter().any(|event| {
            let commands = event["slash_commands"].as_array();
            commands.is_some_and(|commands| commands.contains(&json!(name)))
        });
        assert!(known, "{name} is among the commands that the client offers");
    }
    conversation.leaves();
}
