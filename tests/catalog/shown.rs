//! What `promptune catalog` tells a person.

use serde_json::json;

use crate::desk::{Desk, entry, write};

fn filled() -> Desk {
    let desk = Desk::new();
    let same = "Designs database schemas, writes migrations and tunes slow queries of PostgreSQL";
    desk.skill(
        "postgres-one",
        format!("---\ndescription: {same}. Use when a schema changes.\n---\n"),
    );
    desk.skill(
        "postgres-two",
        format!("---\ndescription: {same}. Use when a schema changes.\n---\n"),
    );
    desk.skill("silent", "---\ndescription: Paints fences\n---\n\n## When to use\n\n- A fence is bare\n- The paint is old\n");
    desk.skill(
        "people",
        "---\ndescription: x\ndisable-model-invocation: true\n---\n",
    );
    desk.agent(
        "used.md",
        "---\nname: used\ndescription: Use this agent to count things\nmodel: haiku\n---\n",
    );
    desk.agent(
        "unread.md",
        "---\nname: unread\ndescription: a: b\n\tc\n---\n",
    );
    desk
}

/// A conversation in which the agent `used` ran, and a skill was called as the client counts it.
fn use_it(desk: &Desk) {
    let folder = desk.user().join("projects/-project/conversation");
    let message = |id: &str| {
        json!({"type": "assistant", "timestamp": "2026-01-01T00:00:00Z", "sessionId": "conversation", "requestId": id, "isSidechain": true,
            "agentId": "a1", "attributionAgent": "used",
            "message": {"id": id, "model": "claude-haiku-5-5", "role": "assistant", "usage": {"input_tokens": 1, "output_tokens": 1}}})
    };
    write(
        &folder.join("subagents/agent-a1.jsonl"),
        format!("{}\n", message("m1")),
    );
    write(
        &folder.join("subagents/agent-a1.meta.json"),
        r#"{"agentType": "used"}"#,
    );
    write(&folder.with_extension("jsonl"), "");
    write(
        &desk.user().with_file_name(".claude.json"),
        r#"{"skillUsage": {"postgres-one": {"usageCount": 3, "lastUsedAt": 1}}}"#,
    );
}

#[test]
fn the_audit_names_what_there_is_to_say() {
    let desk = filled();
    use_it(&desk);
    let catalog = desk.catalog();
    let used = |id: &str| entry(&catalog, id).expect("listed")["used"].clone();
    assert_eq!(
        (used("postgres-one"), used("used"), used("silent")),
        (json!(3), json!(1), json!(0))
    );
    assert_eq!(
        entry(&catalog, "silent").expect("listed")["saysWhen"],
        false
    );
    assert_eq!(
        entry(&catalog, "postgres-one").expect("listed")["saysWhen"],
        true
    );
    assert_eq!(entry(&catalog, "used").expect("listed")["model"], "haiku");
    let twins = catalog["nearTwins"].as_array().expect("pairs");
    assert_eq!(
        (&twins[0]["one"], &twins[0]["other"], twins.len()),
        (&json!("postgres-one"), &json!("postgres-two"), 1)
    );
    assert_eq!(
        (
            &catalog["withheld"][0]["id"],
            &catalog["withheld"][0]["why"]
        ),
        (&json!("people"), &json!("disable-model-invocation"))
    );
    assert!(
        catalog["notOffered"][0]["file"]
            .as_str()
            .expect("a path")
            .ends_with("unread.md")
    );
    let shown = desk.prints(&["catalog"]);
    for part in [
        "2 never used",
        "1 says what it does, but not when it is wanted",
        "1 group says nearly the same",
        "1 kept from the model",
        "its frontmatter is no YAML",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
}

#[test]
fn it_fits_a_terminal_and_counts_without_transcripts() {
    let desk = filled();
    let shown = desk.prints(&["catalog", "--all"]);
    assert!(
        shown.contains("No transcript tells what is used") && !shown.contains("never used:"),
        "{shown}"
    );
    for line in shown.lines().filter(|line| !line.contains('/')) {
        assert!(line.chars().count() <= 80, "{line}");
    }
    let empty = Desk::new();
    assert!(
        empty
            .prints(&["catalog"])
            .starts_with("Nothing is installed here")
    );
}

#[test]
fn the_budget_hides_what_is_used_least() {
    let desk = Desk::new();
    for number in 0..60 {
        desk.skill(
            &format!("skill-{number:02}"),
            format!("---\ndescription: Use when {}\n---\n", "so ".repeat(260)),
        );
    }
    write(
        &desk.user().with_file_name(".claude.json"),
        r#"{"skillUsage": {"skill-59": {"usageCount": 1}}}"#,
    );
    let catalog = desk.catalog();
    let hidden = |id: &str| entry(&catalog, id).expect("listed")["hidden"].clone();
    assert_eq!(
        (hidden("skill-00"), hidden("skill-58"), hidden("skill-59")),
        (json!(false), json!(true), json!(false))
    );
    assert_eq!(catalog["listing"]["budget"], 30_000);
    let all = serde_json::from_str::<serde_json::Value>(
        &desk.prints(&["catalog", "--json", "--window", "10000000"]),
    )
    .expect("JSON");
    assert!(
        all["entries"]
            .as_array()
            .expect("entries")
            .iter()
            .all(|it| it["hidden"] == false)
    );
    write(
        &desk.user().join("settings.json"),
        r#"{"skillListingBudgetFraction": 0.5}"#,
    );
    assert_eq!(desk.catalog()["listing"]["budget"], 1_500_000);
}

#[test]
fn a_suggestion_is_printed_and_nothing_is_written() {
    let desk = filled();
    let file = desk.user().join("skills/silent/SKILL.md");
    let before = std::fs::read(&file).expect("read");
    let shown = desk.prints(&["catalog", "--suggest", "silent"]);
    assert!(
        shown.contains("Paints fences. Use for: A fence is bare; The paint is old."),
        "{shown}"
    );
    assert_eq!(std::fs::read(&file).expect("read"), before);
    let good = desk.prints(&["catalog", "--suggest", "postgres-one"]);
    assert!(good.contains("nothing to better"), "{good}");
    let output = desk.runs(&["catalog", "--suggest", "nobody"]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).expect("text");
    assert!(
        said.contains("nothing called \"nobody\"") && said.contains("mend: "),
        "{said}"
    );
}
