//! What the person has installed is named where it fits, and the client takes the name.

use std::fs;
use std::path::Path;

use serde_json::json;

use crate::api::{Request, Turn};
use crate::run::Desk;

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, text).expect("written");
}

fn file(name: &str, description: &str) -> String {
    format!("---\nname: {name}\ndescription: {description}\n---\n\nThe text of {name}.\n")
}

/// Two plugins of a marketplace and a skill of the project's.
fn install(desk: &Desk) {
    let market = desk.home.beside("market");
    let plugins = ["infra", "watch"];
    for plugin in plugins {
        let manifest = json!({"name": plugin, "version": "1", "description": plugin});
        write(
            &market.join(plugin).join(".claude-plugin/plugin.json"),
            &manifest.to_string(),
        );
    }
    let parts = [
        (
            "infra/agents/terraform-engineer.md",
            "terraform-engineer",
            "Writes and reviews Terraform modules, state and providers. Use when infrastructure as code changes.",
        ),
        (
            "infra/agents/helm-packager.md",
            "helm-packager",
            "Packages Kubernetes workloads as Helm charts. Use for chart templates and values files.",
        ),
        (
            "watch/skills/grafana-dashboards/SKILL.md",
            "Grafana Dashboards",
            "Builds and repairs Grafana dashboards and PromQL queries. Use when panels, alerts or metrics are asked about.",
        ),
        (
            "watch/skills/incident-report/SKILL.md",
            "incident-report",
            "Writes the report after an outage. Use when an incident is over.",
        ),
    ];
    for (path, name, description) in parts {
        write(&market.join(path), &file(name, description));
    }
    let listed: Vec<_> = plugins
        .iter()
        .map(|it| json!({"name": it, "source": format!("./{it}")}))
        .collect();
    let catalogue = json!({"name": "shop", "owner": {"name": "somebody"}, "plugins": listed});
    write(
        &market.join(".claude-plugin/marketplace.json"),
        &catalogue.to_string(),
    );
    desk.claude(&[
        "plugin",
        "marketplace",
        "add",
        &market.display().to_string(),
    ]);
    for plugin in plugins {
        desk.claude(&["plugin", "install", &format!("{plugin}@shop")]);
    }
    write(
        &desk
            .home
            .project()
            .join(".claude/skills/alembic-migrations/SKILL.md"),
        &file(
            "migrations",
            "Writes Alembic migrations for the SQLAlchemy models of this project. Use when the schema changes.",
        ),
    );
}

/// Calls what the hint names first.
fn obeys(request: &Request) -> Turn {
    let hint = request.hints().join("\n");
    let named = |before: &str| {
        let rest = hint.split_once(before)?.1;
        Some(rest.split(['.', ',', ' ', '\n']).next()?.to_owned())
    };
    if request.brings_tool_result() || !request.offers("Agent") {
        return Turn::Says("An answer.");
    }
    if let Some(skill) = named("Skill with skill: ") {
        return Turn::Calls("Skill", json!({"skill": skill}));
    }
    match named("subagent_type: ") {
        Some(agent) => Turn::Calls(
            "Agent",
            json!({"description": "do it", "prompt": "do it", "subagent_type": agent, "run_in_background": false}),
        ),
        None => Turn::Says("An answer."),
    }
}

#[test]
fn a_prompt_that_names_the_technology_gets_the_right_one() {
    let Some(desk) = Desk::with_model(obeys) else {
        return;
    };
    install(&desk);
    let cases = [
        (
            "review the terraform modules and the provider versions",
            "Agent",
            "infra:terraform-engineer",
        ),
        (
            "repair the PromQL queries of the grafana dashboard",
            "Skill",
            "watch:grafana-dashboards",
        ),
        (
            "write an alembic migration for the sqlalchemy models",
            "Skill",
            "alembic-migrations",
        ),
    ];
    let mut conversation = desk.conversation();
    for (prompt, tool, id) in cases {
        let heard = conversation.types(prompt);
        let hint = heard.hint().unwrap_or_else(|| panic!("{prompt}: no hint"));
        assert!(hint.contains(&format!(": {id}")), "{prompt}: {hint}");
        let others = [
            "terraform-engineer",
            "helm-packager",
            "grafana-dashboards",
            "incident-report",
            "alembic-migrations",
        ];
        for other in others.iter().filter(|other| !id.ends_with(**other)) {
            assert!(!hint.contains(other), "{prompt}: {hint}");
        }
        let last = heard.requests.last().expect("a request");
        let outcome = last.outcomes().pop().expect("what the tool gave");
        assert!(
            outcome.tool == tool && !outcome.failed,
            "{prompt}: {outcome:#?}"
        );
    }
    let heard = conversation.types("what is the capital of France?");
    assert_eq!(heard.hint(), None);
    conversation.leaves();
}

#[test]
fn what_is_switched_off_is_not_named() {
    let Some(desk) = Desk::with_model(obeys) else {
        return;
    };
    install(&desk);
    desk.claude(&["plugin", "disable", "infra@shop"]);
    desk.home
        .project_settings(&json!({"permissions": {"deny": ["Skill(watch:grafana-dashboards)"]}}));
    let mut conversation = desk.conversation();
    for prompt in [
        "review the terraform modules and the provider versions",
        "repair the PromQL queries of the grafana dashboard",
    ] {
        assert_eq!(conversation.types(prompt).hint(), None, "{prompt}");
    }
    let hint = conversation
        .types("write an alembic migration for the sqlalchemy models")
        .hint();
    assert!(hint.is_some_and(|hint| hint.contains(": alembic-migrations")));
    conversation.leaves();
}
