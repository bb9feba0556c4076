//! Each agent in the real client: its model, its tools, its limit, and the words that lead to it.

use serde_json::{Value, json};

use crate::api::{self, Request, Turn};
use crate::conversation::Heard;
use crate::definitions::{Definition, agents};
use crate::repo::Repo;
use crate::run::Desk;

/// Tools that some agents have and others have not, and tools that none has.
const TOOLS: [&str; 7] = [
    "Edit",
    "Write",
    "Agent",
    "Skill",
    "Workflow",
    "WebFetch",
    "NotebookEdit",
];

/// The name under which the client knows an agent.
pub(crate) fn full_name(agent: &Definition) -> String {
    format!("promptune:{}", agent.name)
}

/// A call of an agent that ends before the conversation goes on.
pub(crate) fn call(agent: &str, brief: &str) -> (&'static str, Value) {
    (
        "Agent",
        json!({"description": brief, "prompt": brief, "subagent_type": agent, "run_in_background": false}),
    )
}

/// What an agent was asked, by its system prompt.
pub(crate) fn asked<'a>(heard: &'a Heard, agent: &Definition) -> Vec<&'a Request> {
    let requests = heard.requests.iter();
    requests
        .filter(|request| request.system().contains(&agent.body))
        .collect()
}

/// The model of an agent's requests is the declared one, and so are the tools, no more and no fewer.
pub(crate) fn assert_as_declared(heard: &Heard, agent: &Definition) {
    let requests = asked(heard, agent);
    assert!(
        !requests.is_empty(),
        "{} was not started: {:#?}",
        agent.name,
        heard.events
    );
    let model = match agent.name.as_str() {
        "merge-coordinator" => "sonnet",
        _ => "haiku",
    };
    assert_eq!(agent.field("model"), Some(model), "{}", agent.name);
    for request in requests {
        assert!(
            request.model().contains(model),
            "{} ran on {}",
            agent.name,
            request.model()
        );
        assert_eq!(
            request.tools(),
            agent.tools(),
            "the tools of {}",
            agent.name
        );
    }
    let own = heard.request().model();
    assert!(
        !own.contains("haiku") && !own.contains("sonnet"),
        "the conversation stays on its model, not {own}"
    );
}

#[test]
fn each_has_its_model_and_exactly_its_tools() {
    let calls_all = |request: &Request| {
        if !request.offers("Agent") {
            return match request.turns() {
                0 => Turn::CallsAll(TOOLS.iter().map(|tool| (*tool, json!({}))).collect()),
                _ => Turn::Says("That is all."),
            };
        }
        if request.turns() > 0 {
            return Turn::Says("All were here.");
        }
        let agents = agents();
        let calls = agents
            .iter()
            .map(|it| call(&full_name(it), "try every tool"));
        Turn::CallsAll(calls.collect())
    };
    let Some(desk) = Desk::with_model(calls_all) else {
        return;
    };
    Repo::new(&desk);
    let heard = desk.types("hello");
    for agent in agents() {
        assert_as_declared(&heard, &agent);
        let last = asked(&heard, &agent)
            .pop()
            .expect("at least one")
            .outcomes();
        assert_eq!(last.len(), TOOLS.len(), "{}: {last:#?}", agent.name);
        for outcome in last {
            let refused = outcome.text.contains("No such tool available");
            let lacks = !agent.tools().contains(&outcome.tool.as_str());
            assert_eq!(refused, lacks, "{}: {outcome:#?}", agent.name);
        }
    }
}

#[test]
fn one_is_stopped_at_its_turn_limit() {
    let never_ends = |request: &Request| match (request.offers("Agent"), request.turns()) {
        (true, 0) => Turn::CallsAll(vec![call("promptune:test-runner", "run the tests")]),
        (true, _) => Turn::Says("It was stopped."),
        (false, _) => Turn::Calls("Bash", json!({"command": "true", "description": "go on"})),
    };
    let Some(desk) = Desk::with_model(never_ends) else {
        return;
    };
    Repo::new(&desk);
    let heard = desk.types("hello");
    let agents = agents();
    let agent = agents.iter().find(|it| it.name == "test-runner");
    let agent = agent.expect("the agent");
    let limit = agent.field("maxTurns").expect("a limit");
    assert_eq!(asked(&heard, agent).len().to_string(), limit);
    let told = heard.requests.last().expect("a request").newest_outcome();
    assert!(
        told.contains(&format!("{limit}-turn limit")),
        "the conversation is told: {told}"
    );
}

/// For each agent, what a person may say who wants it.
const PROMPTS: [(&str, &str); 7] = [
    ("git-operator", "commit and push"),
    (
        "issue-orchestrator",
        "open an issue about the crash on startup",
    ),
    (
        "merge-coordinator",
        "merge the three branches and resolve the conflicts",
    ),
    (
        "parallel-task-executor",
        "execute phase 1 of the plan in docs/plan.md",
    ),
    ("performance-analyzer", "benchmark the parser"),
    ("test-runner", "run the tests"),
    ("worktree-manager", "create a worktree for the login fix"),
];

#[test]
fn plain_words_lead_to_each() {
    let Some(desk) = Desk::ready() else { return };
    Repo::new(&desk);
    let named: Vec<_> = PROMPTS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let agents = agents();
    let all: Vec<_> = agents.iter().map(|agent| agent.name.clone()).collect();
    assert_eq!(named, all, "there is a prompt for each agent");
    let mut conversation = desk.conversation();
    for (agent, (_, prompt)) in agents.iter().zip(PROMPTS) {
        let heard = conversation.types(prompt);
        let hint = heard.hint().expect(prompt);
        assert!(
            hint.contains(&format!("subagent_type: {}.", full_name(agent))),
            "{hint}"
        );
        assert_as_declared(&heard, agent);
        let report = heard.requests.last().expect("a request");
        let told = report.outcomes().pop().expect("the agent's report").text;
        assert!(told.contains(api::REPORT), "{prompt}: {told}");
    }
    conversation.leaves();
}
