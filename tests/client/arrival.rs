//! Which prompts reach the model with a hint, and which without.

use serde_json::json;

use crate::api;
use crate::home;
use crate::run::Desk;

const TESTS: &str = "run the tests";

#[test]
fn a_routed_prompt_arrives_with_its_hint() {
    let Some(desk) = Desk::ready() else { return };
    let hint = desk.types(TESTS).hint().expect("a hint");
    assert!(hint.starts_with("promptune: "), "{hint}");
    assert!(
        hint.contains("subagent_type: promptune:test-runner"),
        "{hint}"
    );
    assert!(hint.contains("haiku"), "{hint}");
    assert!(hint.chars().count() <= 600, "{hint}");
}

#[test]
fn it_does_so_when_installed_from_a_marketplace() {
    let Some(desk) = Desk::ready() else { return };
    let desk = desk.with_plugin(None);
    assert_eq!(desk.types(TESTS).hint(), None, "nothing is installed yet");
    let folder = home::staged().to_str().expect("a plain path");
    desk.claude(&["plugin", "marketplace", "add", folder]);
    desk.claude(&["plugin", "install", "promptune@promptune"]);
    let hint = desk.types(TESTS).hint().expect("a hint");
    assert!(
        hint.contains("subagent_type: promptune:test-runner"),
        "{hint}"
    );
    desk.claude(&["plugin", "uninstall", "promptune@promptune"]);
    assert_eq!(desk.types(TESTS).hint(), None, "it is uninstalled");
}

/// The client's own estimate, which it makes where no API answers.
#[test]
fn the_plugin_adds_at_most_900_tokens_to_a_session() {
    let Some(desk) = Desk::ready() else { return };
    let desk = desk.with("ANTHROPIC_BASE_URL", "http://127.0.0.1:9");
    let folder = home::staged().to_str().expect("a plain path");
    desk.claude(&["plugin", "marketplace", "add", folder]);
    desk.claude(&["plugin", "install", "promptune@promptune"]);
    let details = desk.claude(&["plugin", "details", "promptune"]);
    let always_on = details
        .split("Always-on:")
        .nth(1)
        .expect("what it adds to every session");
    let tokens: String = always_on
        .trim_start_matches([' ', '~'])
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    let tokens: usize = tokens.parse().expect("a number of tokens");
    assert!((100..=900).contains(&tokens), "{details}");
}

#[test]
fn a_prompt_with_two_requests_names_both_in_order() {
    let Some(desk) = Desk::with_model(api::only_answers) else {
        return;
    };
    let hint = desk
        .types("run the tests, then commit and push")
        .hint()
        .expect("a hint");
    let tests = hint
        .find("promptune:test-runner")
        .expect("the first request");
    let push = hint
        .find("promptune:git-operator")
        .expect("the second request");
    assert!(tests < push, "{hint}");
}

#[test]
fn a_prompt_that_wants_nothing_of_the_kind_arrives_alone() {
    let Some(desk) = Desk::ready() else { return };
    let heard = desk.types("what does this function do?");
    assert_eq!(heard.hint(), None);
    assert_eq!(
        heard.hooks("UserPromptSubmit"),
        [(String::new(), 0)],
        "the hook ran and was silent"
    );
}

#[test]
fn a_slash_command_arrives_alone() {
    let Some(desk) = Desk::ready() else { return };
    // One the client does not know reaches the hook, and the model, as typed.
    let heard = desk.types("/hey there run the tests");
    assert_eq!(heard.hint(), None);
    assert_eq!(
        heard.hooks("UserPromptSubmit"),
        [(String::new(), 0)],
        "the hook ran and was silent"
    );
    // One it knows is expanded into the skill's text.
    let mut conversation = desk.conversation();
    let heard = conversation.types("/promptune:git-worktree-master run the tests");
    conversation.leaves();
    let hints: Vec<_> = heard
        .requests
        .iter()
        .flat_map(api::Request::all_hints)
        .collect();
    assert!(!heard.requests.is_empty() && hints.is_empty(), "{hints:#?}");
}

#[test]
fn promptune_off_silences_everything() {
    let Some(desk) = Desk::ready() else { return };
    let heard = desk.with("PROMPTUNE", "off").types(TESTS);
    assert_eq!(heard.hint(), None);
    assert_eq!(
        heard.hooks("UserPromptSubmit"),
        [(String::new(), 0)],
        "the hook ran and was silent"
    );
}

#[test]
fn plan_mode_hints_guidance_but_no_execution() {
    let Some(desk) = Desk::with_model(api::only_answers) else {
        return;
    };
    let desk = desk.flag("--permission-mode", "plan");
    assert_eq!(desk.types(TESTS).hint(), None);
    let hint = desk
        .types("explain git worktrees to me")
        .hint()
        .expect("guidance is welcome while planning");
    assert!(
        hint.contains("skill: promptune:git-worktree-master"),
        "{hint}"
    );
}

#[test]
fn a_denied_agent_is_never_named() {
    let Some(desk) = Desk::with_model(api::only_answers) else {
        return;
    };
    desk.home
        .settings(&json!({"permissions": {"deny": ["Agent(promptune:test-runner)"]}}));
    assert_eq!(desk.types(TESTS).hint(), None);
    let hint = desk
        .types("run the tests, then commit and push")
        .hint()
        .expect("the other request is still served");
    assert!(
        hint.contains("promptune:git-operator") && !hint.contains("test-runner"),
        "{hint}"
    );
}

#[test]
fn a_project_can_deny_too() {
    let Some(desk) = Desk::with_model(api::only_answers) else {
        return;
    };
    desk.home.project_settings(
        &json!({"permissions": {"deny": ["Agent", "Skill(promptune:git-worktree-master)"]}}),
    );
    assert_eq!(desk.types(TESTS).hint(), None);
    assert_eq!(desk.types("explain git worktrees to me").hint(), None);
}
