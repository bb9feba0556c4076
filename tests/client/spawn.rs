//! The model of an agent that the conversation's model starts by itself.

use std::fs;

use serde_json::{Value, json};

use crate::api::{Request, Turn};
use crate::conversation::Heard;
use crate::run::Desk;

/// What the person types: nothing that is routed.
const TYPED: &str = "please go on with step 4 as agreed";

const TESTS: &str = "Run the complete test suite with `npm test`. Report how many tests passed and failed and paste the names of failing tests. Do not modify any files.";

const ARCHITECTURE: &str = "Design a caching layer for the catalogue. Compare two options, explain the trade-offs and recommend one.";

/// A model that hands `input` to the Agent tool once; agents answer.
fn desk(input: Value) -> Option<Desk> {
    Desk::with_model(move |request: &Request| {
        if request.asks(TYPED) && request.offers("Agent") {
            Turn::Calls("Agent", input.clone())
        } else {
            Turn::Says("Done.")
        }
    })
}

fn input(agent: &str, prompt: &str) -> Value {
    json!({"description": "the next step", "prompt": prompt, "subagent_type": agent, "run_in_background": false})
}

/// The request of the agent that was given `prompt`.
fn agents<'h>(heard: &'h Heard, prompt: &str) -> &'h Request {
    let of_agent = |request: &&Request| !request.asks(TYPED) && request.asks(prompt);
    let mut requests = heard.requests.iter();
    requests
        .find(of_agent)
        .unwrap_or_else(|| panic!("no agent was started: {:#?}", heard.events))
}

/// What the hook printed when the agent was called.
fn printed(heard: &Heard) -> Vec<String> {
    let hooks = heard.hooks("PreToolUse");
    hooks
        .into_iter()
        .map(|(out, code)| {
            assert_eq!(code, 0);
            out
        })
        .collect()
}

fn define(desk: &Desk, name: &str, model: &str) {
    let folder = desk.home.project().join(".claude/agents");
    fs::create_dir_all(&folder).expect("a folder");
    let text = format!("---\nname: {name}\ndescription: works\n{model}---\nYou work.\n");
    fs::write(folder.join(format!("{name}-file.md")), text).expect("written");
}

fn config(desk: &Desk, json: &str) {
    fs::create_dir_all(desk.home.data()).expect("a folder");
    fs::write(desk.home.data().join("config.json"), json).expect("written");
}

fn ledger(desk: &Desk) -> String {
    fs::read_to_string(desk.home.data().join("ledger.jsonl")).unwrap_or_default()
}

#[test]
fn an_agent_that_inherits_runs_tests_on_haiku() {
    let Some(desk) = desk(input("general-purpose", TESTS)) else {
        return;
    };
    let heard = desk.types(TYPED);
    assert!(
        agents(&heard, TESTS).model().contains("haiku"),
        "{}",
        agents(&heard, TESTS).model()
    );
    let out = printed(&heard).join("\n");
    assert!(out.contains("instead of Opus"), "{out}");
    // What the agent was given is what the model wrote, and a model.
    let answer: Value = serde_json::from_str(&out).expect("JSON");
    let mut given = input("general-purpose", TESTS);
    given["model"] = json!("haiku");
    assert_eq!(answer["hookSpecificOutput"]["updatedInput"], given);
    assert_eq!(answer["hookSpecificOutput"].get("permissionDecision"), None);
    assert!(
        ledger(&desk).contains(r#""kind":"model""#),
        "{}",
        ledger(&desk)
    );
    assert!(!ledger(&desk).contains("npm"), "no word of the task");
}

#[test]
fn an_agent_that_designs_keeps_the_conversations_model() {
    let Some(desk) = desk(input("general-purpose", ARCHITECTURE)) else {
        return;
    };
    let heard = desk.types(TYPED);
    assert!(agents(&heard, ARCHITECTURE).model().contains("opus"));
    assert_eq!(printed(&heard).concat(), "");
}

#[test]
fn definitions_and_calls_that_name_a_model_are_untouched() {
    let Some(desk) = desk(input("worker", TESTS)) else {
        return;
    };
    define(&desk, "worker", "model: sonnet\n");
    let heard = desk.types(TYPED);
    assert!(agents(&heard, TESTS).model().contains("sonnet"));
    assert_eq!(printed(&heard).concat(), "");

    let mut named = input("general-purpose", TESTS);
    named["model"] = json!("sonnet");
    let Some(desk) = self::desk(named) else {
        return;
    };
    let heard = desk.types(TYPED);
    assert!(agents(&heard, TESTS).model().contains("sonnet"));
    assert_eq!(printed(&heard).concat(), "");
}

#[test]
fn an_own_agent_without_a_model_is_moved() {
    for model in ["", "model: inherit\n"] {
        let Some(desk) = desk(input("worker", TESTS)) else {
            return;
        };
        define(&desk, "worker", model);
        let heard = desk.types(TYPED);
        assert!(agents(&heard, TESTS).model().contains("haiku"), "{model}");
    }
}

#[test]
fn off_does_nothing_and_suggest_only_says_it() {
    for (mode, said) in [("off", false), ("suggest", true)] {
        let Some(desk) = desk(input("general-purpose", TESTS)) else {
            return;
        };
        config(&desk, &format!(r#"{{"models":{{"mode":"{mode}"}}}}"#));
        let heard = desk.types(TYPED);
        assert!(agents(&heard, TESTS).model().contains("opus"), "{mode}");
        let out = printed(&heard).concat();
        assert_eq!(out.contains("would run on Haiku"), said, "{mode}: {out}");
        assert!(!out.contains("updatedInput"), "{out}");
    }
}

#[test]
fn a_project_can_switch_it_off_and_not_on() {
    for (person, project, model) in [("apply", "off", "opus"), ("off", "apply", "opus")] {
        let Some(desk) = desk(input("general-purpose", TESTS)) else {
            return;
        };
        config(&desk, &format!(r#"{{"models":{{"mode":"{person}"}}}}"#));
        let folder = desk.home.project().join(".claude/promptune");
        fs::create_dir_all(&folder).expect("a folder");
        let text = format!(r#"{{"models":{{"mode":"{project}"}}}}"#);
        fs::write(folder.join("config.json"), text).expect("written");
        let heard = desk.types(TYPED);
        assert!(
            agents(&heard, TESTS).model().contains(model),
            "{person} {project}"
        );
    }
}

#[test]
fn the_environment_and_an_allowlist_are_heeded() {
    let Some(desk) = desk(input("general-purpose", TESTS)) else {
        return;
    };
    let desk = desk.with("CLAUDE_CODE_SUBAGENT_MODEL", "sonnet");
    let heard = desk.types(TYPED);
    assert!(agents(&heard, TESTS).model().contains("sonnet"));

    for settings in [
        json!({"availableModels": ["opus", "sonnet"]}),
        json!({"env": {"CLAUDE_CODE_SUBAGENT_MODEL": "inherit"}}),
        json!({"permissions": {"deny": ["Agent(model:haiku)"]}}),
    ] {
        let Some(desk) = self::desk(input("general-purpose", TESTS)) else {
            return;
        };
        desk.home.settings(&settings);
        let heard = desk.types(TYPED);
        assert!(agents(&heard, TESTS).model().contains("opus"), "{settings}");
        assert_eq!(printed(&heard).concat(), "", "{settings}");
    }
}

#[test]
fn nothing_is_allowed_that_was_not() {
    let Some(desk) = desk(input("general-purpose", TESTS)) else {
        return;
    };
    desk.home
        .settings(&json!({"permissions": {"ask": ["Agent"]}}));
    let heard = desk.types(TYPED);
    assert!(printed(&heard).concat().contains("updatedInput"));
    assert!(
        !heard.requests.iter().any(|request| request.asks(TESTS)),
        "it was started without being asked"
    );
}

#[test]
fn a_malformed_input_passes_unchanged() {
    let Some(desk) = desk(
        json!({"description": "x", "prompt": {"text": TESTS}, "subagent_type": "general-purpose"}),
    ) else {
        return;
    };
    let heard = desk.types(TYPED);
    assert_eq!(printed(&heard).concat(), "");
}
