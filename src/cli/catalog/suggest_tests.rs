//! Suggestions are made of the entry's own words.

use std::path::PathBuf;

use super::from;
use crate::catalog::{Entry, Kind, Scope};

fn suggested(description: &str, body: &str) -> (Option<String>, bool) {
    let entry = Entry {
        kind: Kind::Skill,
        name: "it".to_owned(),
        id: "it".to_owned(),
        description: description.to_owned(),
        when_to_use: None,
        model: None,
        scope: Scope::User,
        file: PathBuf::new(),
        plugin: None,
    };
    let suggestion = from(&entry, body);
    (suggestion.text, suggestion.has_when)
}

#[test]
fn a_list_of_occasions_is_taken() {
    let body = "# Migrations\n\n## When to Use This Skill\n\n- **Adding** a column\n- Backfilling `NULL`s.\n\n```sql\n- no point\n```\n\n## Zero downtime\n\n## Overview\n";
    assert_eq!(
        suggested("Safe migrations for PostgreSQL", body),
        (
            Some("Safe migrations for PostgreSQL. Use for: Adding a column; Backfilling NULLs. Covers Zero downtime.".to_owned()),
            true
        )
    );
}

#[test]
fn a_sentence_of_the_body_is_taken() {
    let body =
        "You review code.\n\nIf a test fails, stop. Use this when a pull request is opened. Bye.\n";
    assert_eq!(
        suggested("Reviews code.", body),
        (
            Some("Reviews code. Use this when a pull request is opened.".to_owned()),
            true
        )
    );
}

#[test]
fn where_nothing_is_said_nothing_is_made_up() {
    assert_eq!(
        suggested("Reviews code.", "You review code.\n"),
        (None, false)
    );
    let good = "Reviews code. Use when the user asks for a review.";
    assert_eq!(
        suggested(good, "## When to use\n- never mind"),
        (None, true)
    );
}

#[test]
fn a_long_description_becomes_short() {
    let long = format!(
        "Reviews code. Use when asked for a review. {}",
        "Example: so and so. ".repeat(60)
    );
    assert_eq!(
        suggested(&long, ""),
        (
            Some("Reviews code. Use when asked for a review.".to_owned()),
            true
        )
    );
}
