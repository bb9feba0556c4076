//! The pattern files: sound, described by their schema, and leading somewhere.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail")]

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use promptune::table;
use serde_json::Value;

const ROUTES: [&str; 12] = [
    "git-operator",
    "git-worktree-master",
    "intent-recognition",
    "issue-orchestrator",
    "merge-coordinator",
    "parallel-development-expert",
    "parallel-plan",
    "parallel-task-executor",
    "performance-analyzer",
    "performance-optimizer",
    "test-runner",
    "worktree-manager",
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn every_example_routes_and_no_counter_example_does() {
    let mut lint = Command::new(env!("CARGO_BIN_EXE_promptune"));
    lint.current_dir(root()).arg("lint").assert().success();
}

#[test]
fn all_routes_of_the_contract_exist() {
    let ids: Vec<&str> = table::builtin()
        .routes
        .iter()
        .map(|route| route.id.as_str())
        .collect();
    for id in ROUTES {
        assert!(ids.contains(&id), "{id}");
    }
}

#[test]
fn every_target_has_its_agent_or_skill() {
    for route in table::builtin().routes.iter() {
        let file = if route.agent {
            format!("agents/{}.md", route.name)
        } else {
            format!("skills/{}/SKILL.md", route.name)
        };
        let text = fs::read_to_string(root().join(&file)).expect(&file);
        if route.agent {
            let model = text
                .lines()
                .find_map(|line| line.strip_prefix("model: "))
                .unwrap();
            assert_eq!(model, route.model.as_str(), "{file}");
        }
    }
}

#[test]
fn the_schema_takes_our_files_and_refuses_wrong_ones() {
    let schema = json(&root().join("patterns/schema.json"));
    let route = jsonschema::validator_for(&schema).unwrap();
    for id in ROUTES {
        let file = json(&root().join(format!("patterns/{id}.json")));
        assert!(
            route.is_valid(&file),
            "{id}: {:?}",
            route
                .iter_errors(&file)
                .next()
                .map(|error| error.to_string())
        );
    }
    let mut grammar = schema["$defs"]["grammar"].clone();
    grammar["$defs"] = schema["$defs"].clone();
    let grammar = jsonschema::validator_for(&grammar).unwrap();
    for entry in fs::read_dir(root().join("patterns/grammar")).unwrap() {
        let path = entry.unwrap().path();
        assert!(grammar.is_valid(&json(&path)), "{}", path.display());
    }
    let sound = json(&root().join("patterns/test-runner.json"));
    let spoilt = |change: &dyn Fn(&mut Value)| {
        let mut file = sound.clone();
        change(&mut file);
        !route.is_valid(&file)
    };
    assert!(spoilt(&|file| file["unknown"] = Value::Bool(true)));
    assert!(spoilt(&|file| file["threshold"] = Value::from(2)));
    assert!(spoilt(&|file| file["target"] = Value::Null));
    assert!(spoilt(
        &|file| file["patterns"][0]["at"] = Value::from("somewhere")
    ));
}

#[test]
fn hints_keep_to_their_length() {
    let table = table::builtin();
    for route in table.routes.iter() {
        // The longest quotation and the fixed words around the route's own.
        let id = promptune::context::target_id(route);
        let parts = route.does.len() + route.stay.len() + 2 * id.len();
        assert!(parts + 48 + 260 <= 600, "{}: {parts}", route.id);
    }
}

#[test]
fn the_schema_describes_routes_of_ones_own() {
    let schema = json(&root().join("patterns/schema.json"));
    let mut own = schema["$defs"]["own"].clone();
    own["$defs"] = schema["$defs"].clone();
    let own = jsonschema::validator_for(&own).unwrap();
    let target = serde_json::json!({"kind": "agent", "name": "my-plugin:deployer"});
    for (file, sound) in [
        (
            serde_json::json!({"route": "test-runner", "off": true}),
            true,
        ),
        (
            serde_json::json!({"route": "deploy", "target": target, "does": "ships", "keywords": [{"weight": 0.8, "phrases": ["Next.js"]}], "examples": ["ship it"]}),
            true,
        ),
        (serde_json::json!({"off": true}), false),
        (serde_json::json!({"route": "x", "of": true}), false),
        (
            serde_json::json!({"route": "x", "target": {"name": "a b"}}),
            false,
        ),
    ] {
        assert_eq!(own.is_valid(&file), sound, "{file}");
    }
}
