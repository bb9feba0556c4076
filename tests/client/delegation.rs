//! What the client makes of a hint: the agent really runs, on its model, and its end is not taken for a prompt.

use crate::api::{self, REPORT};
use crate::run::Desk;

#[test]
fn a_routed_prompt_spawns_the_agent_on_haiku() {
    let Some(desk) = Desk::ready() else { return };
    let heard = desk.types("run the tests");
    assert!(heard.hint().is_some());
    let agents: Vec<_> = heard
        .requests
        .iter()
        .filter(|request| !request.offers("Agent"))
        .collect();
    assert!(
        !agents.is_empty(),
        "no agent was started: {:#?}",
        heard.events
    );
    for agent in &agents {
        assert!(
            agent.model().contains("haiku"),
            "the agent ran on {}",
            agent.model()
        );
    }
    assert!(
        !heard.request().model().contains("haiku"),
        "the conversation itself stays on its model"
    );
    let ran = agents.iter().any(|agent| {
        agent
            .texts()
            .iter()
            .any(|(_, text)| text.contains("the agent ran"))
    });
    assert!(ran, "the agent's command ran");
    let told = heard
        .requests
        .last()
        .is_some_and(|last| last.texts().iter().any(|(_, text)| text.contains(REPORT)));
    assert!(told, "the agent's report came back to the conversation");
}

#[test]
fn the_end_of_a_background_agent_gets_no_hint() {
    let Some(desk) = Desk::with_model(api::follows_hints_in_background) else {
        return;
    };
    // Without the cool-down, which would hide a hint.
    let desk = desk.with("PROMPTUNE_COOLDOWN", "0");
    let mut conversation = desk.conversation();
    assert!(conversation.types("run the tests").hint().is_some());
    let notified = |request: &api::Request| {
        request.offers("Agent")
            && request
                .newest()
                .iter()
                .any(|(_, text)| text.contains("<task-notification>"))
    };
    let turn = desk
        .api
        .wait_for(notified)
        .expect("the client tells the model that the agent ended");
    let told = turn.newest().iter().any(|(_, text)| text.contains(REPORT));
    assert!(
        told,
        "with words that would be routed, had a person typed them: {turn:#?}"
    );
    assert_eq!(turn.hints(), [""; 0]);
    let events = conversation.leaves();
    let hooks: Vec<_> = events
        .iter()
        .filter(|event| {
            event["subtype"] == "hook_response" && event["hook_event"] == "UserPromptSubmit"
        })
        .map(|event| event["stdout"].as_str().unwrap_or_default())
        .collect();
    assert_eq!(
        hooks.len(),
        2,
        "the hook was asked about the prompt and about the notification: {hooks:#?}"
    );
    assert_eq!(hooks[1], "", "and was silent about the notification");
}
