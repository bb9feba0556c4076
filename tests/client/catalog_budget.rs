//! Which descriptions the client's listing has no room for.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::{Value, json};

use crate::api::only_answers;
use crate::catalog::{by_client, file, skill, write};
use crate::run::Desk;

/// The skills whose description promptune says is hidden.
fn hidden(desk: &Desk) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_promptune"))
        .args(["catalog", "--json"])
        .env_clear()
        .env("HOME", desk.home.path())
        .env("CLAUDE_PROJECT_DIR", desk.home.project())
        .output()
        .expect("it runs");
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let entries = report["entries"].as_array().expect("entries").iter();
    let hidden = entries.filter(|entry| entry["hidden"] == true);
    hidden
        .map(|entry| entry["id"].as_str().expect("an ID").to_owned())
        .collect()
}

#[test]
fn hidden_descriptions_are_those_the_client_hides() {
    let Some(desk) = Desk::with_model(only_answers) else {
        return;
    };
    let desk = desk.with_plugin(None);
    let user = desk.home.path().join(".claude");
    for number in 0..48 {
        // One is longer than the client shows, some fit where others do not.
        let length = match number {
            5 => 2000,
            _ if number % 7 == 6 => 90,
            _ => 800,
        };
        let text = "word ".repeat(length / 5);
        skill(
            &user,
            &format!("skill-{number:02}"),
            &file(&format!("description: {text}")),
        );
    }
    let usage = json!({"skill-40": {"usageCount": 5, "lastUsedAt": 1_700_000_000_000_u64}});
    write(
        &desk.home.path().join(".claude.json"),
        &json!({"skillUsage": usage}).to_string(),
    );
    let listed = by_client(&desk);
    let ours = listed
        .skills
        .iter()
        .filter(|(id, _)| id.starts_with("skill-"));
    let client: BTreeSet<String> = ours
        .filter(|(_, text)| text.is_empty())
        .map(|(id, _)| id.clone())
        .collect();
    assert!(
        client.len() > 5 && !client.contains("skill-40"),
        "{client:?}"
    );
    assert_eq!(hidden(&desk), client);
}
