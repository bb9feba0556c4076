//! Prompt → decision, one snapshot a file of prompts: a change of behaviour is a diff to review.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use promptune::{router, table};

/// One line a prompt: the routes offered with their confidence, or why it is silent, and the prompt's beginning.
fn decisions(file: &Path) -> String {
    let table = table::builtin();
    let mut out = String::new();
    for line in fs::read_to_string(file).unwrap().lines() {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        let text = row["text"].as_str().unwrap();
        let decision = match router::route(text, table) {
            Err(silence) => format!("({silence})"),
            Ok(routed) => {
                let offers: Vec<String> = routed
                    .decision
                    .offers()
                    .iter()
                    .map(|offer| {
                        format!("{} {:.2}", table.routes[offer.route].id, offer.confidence)
                    })
                    .collect();
                if offers.is_empty() {
                    "-".to_owned()
                } else {
                    offers.join(" + ")
                }
            }
        };
        let start: String = text.replace('\n', "⏎").chars().take(110).collect();
        writeln!(out, "{decision:<32} | {start}").unwrap();
    }
    out
}

#[test]
fn every_prompt_takes_its_recorded_route() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/prompts");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let mut prompts = 0;
    for file in &files {
        let shown = decisions(file);
        prompts += shown.lines().count();
        let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(name, shown);
        });
    }
    assert!(
        files.len() >= 13 && prompts >= 300,
        "{} files, {prompts} prompts",
        files.len()
    );
}
