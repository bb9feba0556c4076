//! The evaluation suite in `evals/`: every route has a case, and the client's own `plugin eval` tells a model that
//! follows hints from models that do not.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::api::{self, Request, Turn};
use crate::home;
use crate::run::Desk;

const SOURCE: &str = env!("CARGO_MANIFEST_DIR");

#[test]
fn every_route_has_a_case_that_takes_it() {
    let mut routes = BTreeMap::new();
    for file in entries(&Path::new(SOURCE).join("patterns")) {
        if file.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let pattern: Value = serde_json::from_str(&read(&file)).expect("JSON");
        if let Some(route) = pattern["route"].as_str() {
            routes.insert(route.to_owned(), pattern["target"].clone());
        }
    }
    let cases = cases("routes");
    assert!(
        cases.keys().eq(routes.keys()),
        "evals/routes has one case for each route, under its name: {:?}, {:?}",
        cases.keys(),
        routes.keys()
    );
    for (route, target) in routes {
        let case = &cases[&route];
        assert_eq!(decision(case)["route"], *route, "{}", prompt(case));
        let (tool, key) = match target["kind"].as_str() {
            Some("agent") => ("Agent", "subagent_type"),
            _ => ("Skill", "skill"),
        };
        let name = target["name"].as_str().expect("a target's name");
        let grader = format!(
            "    tool: {tool}\n    input_match: '\"{key}\":\"promptune:{name}\"'\n    arm: both\n"
        );
        assert!(case.contains(&grader), "{route} lacks the grader\n{grader}");
    }
}

#[test]
fn the_silent_cases_get_no_hint() {
    let cases = cases("silent");
    assert!(cases.len() >= 12, "{:?}", cases.keys());
    for case in cases.values() {
        assert_eq!(decision(case)["route"], Value::Null, "{}", prompt(case));
    }
}

#[test]
fn a_model_that_follows_hints_passes_with_the_plugin_only() {
    let Some(desk) = Desk::with_model(follows) else {
        return;
    };
    let scores = evaluate(&desk, &["--scaffold"]);
    for route in cases("routes").keys() {
        assert_eq!(scores[route], (json!(1), json!(0)), "{route}");
    }
    for silent in cases("silent").keys() {
        assert_eq!(scores[silent], (json!(1), json!(1)), "{silent}");
    }
    assert_eq!(scores.len(), cases("routes").len() + cases("silent").len());
}

#[test]
fn a_model_that_ignores_hints_fails_the_routes() {
    let Some(desk) = Desk::with_model(api::only_answers) else {
        return;
    };
    // Agents and skills are among them, and for the other routes it is the same.
    let scores = evaluate(&desk, &["--case", "parallel-*", "--ablation", "none"]);
    let cases = cases("routes");
    let asked = cases.keys().filter(|route| route.starts_with("parallel-"));
    assert!(scores.keys().eq(asked), "{scores:?}");
    for (route, (score, _)) in scores {
        assert_eq!(score, 0, "{route}");
    }
}

#[test]
fn a_model_that_always_delegates_fails_the_rest() {
    let Some(desk) = Desk::with_model(always_delegates) else {
        return;
    };
    let flags = ["--tag", "silent", "--tag", "skill", "--ablation", "none"];
    let scores = evaluate(&desk, &flags);
    assert!(cases("silent").keys().all(|case| scores.contains_key(case)));
    for (case, (score, _)) in scores {
        let right = case == "parallel-plan";
        assert_eq!(score, i32::from(right), "{case}");
    }
}

/// Calls the agent or loads the skill that a hint names.
fn follows(request: &Request) -> Turn {
    let hints = request.hints().join("\n");
    let named = |key| {
        let rest = hints.split(key).nth(1)?;
        rest.split(['.', ' ', '\n']).next()
    };
    if !request.offers("Agent") {
        Turn::Says("Done.")
    } else if let Some(agent) = named("subagent_type: ") {
        calls_agent(agent)
    } else if let Some(skill) = named("Skill with skill: ") {
        Turn::Calls("Skill", json!({"skill": skill}))
    } else {
        Turn::Says("An answer.")
    }
}

/// Calls one agent and loads one skill, whatever was asked.
fn always_delegates(request: &Request) -> Turn {
    let texts = request.texts();
    let spoke = texts.iter().filter(|(role, _)| role == "assistant").count();
    match spoke {
        0 if request.offers("Agent") => calls_agent("promptune:test-runner"),
        1 => Turn::Calls("Skill", json!({"skill": "promptune:parallel-plan"})),
        _ => Turn::Says("Done."),
    }
}

fn calls_agent(agent: &str) -> Turn {
    Turn::Calls(
        "Agent",
        json!({"description": "do it", "prompt": "do it", "subagent_type": agent, "run_in_background": false}),
    )
}

/// Runs the suite of the staged plugin once: each case's scores with the plugin and, where that arm ran, without.
fn evaluate(desk: &Desk, flags: &[&str]) -> BTreeMap<String, (Value, Value)> {
    let results = desk.home.beside("results");
    let mut arguments = vec![
        "plugin",
        "eval",
        home::staged().to_str().expect("a path in UTF-8"),
        "--output-dir",
        results.to_str().expect("a path in UTF-8"),
    ];
    // The scores are judged here: with threshold 0 the exit code tells only of cases that could not be run.
    arguments.extend(["--runs", "1", "-j", "2", "--threshold", "0", "--json"]);
    arguments.extend(["--trust-plugin", "--no-publish"]);
    arguments.extend(flags);
    let report: Value = serde_json::from_str(&desk.claude(&arguments)).expect("a report");
    assert_eq!(report["partial"], false, "{report:#}");
    let cases = report["cases"].as_array().expect("cases");
    let scores = cases.iter().map(|case| {
        let arms = case["arms"].as_object().expect("arms");
        for run in arms
            .values()
            .flat_map(|runs| runs.as_array().expect("runs"))
        {
            assert_eq!(run["error"], Value::Null, "{case:#}");
        }
        let name = case["name"].as_str().expect("a name").to_owned();
        let scores = &case["aggregates"];
        (
            name,
            (scores["score"].clone(), scores["scoreWithout"].clone()),
        )
    });
    scores.collect()
}

/// The `case.yaml` files in a folder of `evals/`, by the names of their cases.
fn cases(folder: &str) -> BTreeMap<String, String> {
    let mut cases = BTreeMap::new();
    for case in entries(&Path::new(SOURCE).join("evals").join(folder)) {
        let name = case.file_name().expect("a name").to_string_lossy();
        let text = read(&case.join("case.yaml"));
        assert!(
            text.contains(&format!("\nname: {name}\n")),
            "the case in {} is called {name}",
            case.display()
        );
        cases.insert(name.into_owned(), text);
    }
    cases
}

/// The prompt in a `case.yaml`: the indented lines below `prompt: |`.
fn prompt(case: &str) -> String {
    let (_, rest) = case.split_once("  prompt: |\n").expect("a prompt");
    let lines = rest
        .lines()
        .map_while(|line| line.strip_prefix("    ").or(line.is_empty().then_some("")));
    lines.collect::<Vec<_>>().join("\n")
}

fn decision(case: &str) -> Value {
    let mut promptune = Command::new(env!("CARGO_BIN_EXE_promptune"));
    let output = promptune.args(["route", "--json", "--", &prompt(case)]);
    let output = output.output().expect("promptune starts");
    serde_json::from_slice(&output.stdout).expect("a decision")
}

fn entries(folder: &Path) -> BTreeSet<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder");
    entries
        .map(|entry| entry.expect("an entry").path())
        .collect()
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|fault| panic!("{}: {fault}", file.display()))
}
