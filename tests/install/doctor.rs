//! What the doctor finds, and what it keeps to itself.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;

use crate::desk::Desk;

/// The findings about `check`: how each stands, and what is said.
fn finds(desk: &Desk, check: &str) -> Vec<(String, String)> {
    let said = desk.runs(&["doctor", "--json"]);
    let report: Value = serde_json::from_str(&said.out).expect("JSON");
    let findings = report["findings"].as_array().expect("findings").iter();
    findings
        .filter(|it| it["check"] == check)
        .map(|it| {
            let text = |name: &str| it[name].as_str().expect("text").to_owned();
            assert_eq!(it["state"] == "fine", it["mend"].is_null(), "a mend: {it}");
            (text("state"), text("said"))
        })
        .collect()
}

fn assert_finds(desk: &Desk, check: &str, state: &str, words: &str) {
    let found = finds(desk, check);
    assert!(
        found
            .iter()
            .any(|(it, said)| it == state && said.contains(words)),
        "{check}: {found:#?}"
    );
}

fn write(desk: &Desk, name: &str, text: &str) {
    let path = desk.path(name);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, text).expect("written");
}

#[test]
fn the_client() {
    let desk = Desk::new();
    assert_finds(&desk, "client", "fine", "2.1.330");
    desk.client_says("2.1.100 (Claude Code)");
    assert_finds(&desk, "client", "fault", "2.1.139 or newer");
    fs::remove_file(desk.path("client/claude")).expect("removed");
    assert_finds(&desk, "client", "warning", "no `claude` on PATH");
}

#[test]
fn the_path() {
    let desk = Desk::new();
    assert_finds(&desk, "PATH", "warning", "the hook does not need it");
    fs::copy(crate::desk::BINARY, desk.path("client/promptune")).expect("copied");
    assert_finds(&desk, "PATH", "fine", "client/promptune");
}

#[test]
fn routes_and_their_index() {
    let desk = Desk::new();
    assert_finds(&desk, "routes", "fine", "built in");
    write(&desk, "project/.claude/promptune/broken.json", "{ not json");
    assert_finds(&desk, "routes", "warning", "broken.json:1:");
    fs::remove_file(desk.path("project/.claude/promptune/broken.json")).expect("there");
    let made = desk.runs(&["new", "route", "deploys"]);
    assert_eq!(made.code, Some(0), "{made:?}");
    assert_finds(&desk, "index", "fine", "up to date");
    fs::remove_dir_all(desk.data().join("index")).expect("there");
    assert_finds(&desk, "index", "warning", "not compiled");
    assert_eq!(desk.runs(&["index"]).code, Some(0));
    assert_finds(&desk, "index", "fine", "up to date");
}

#[test]
fn the_data_folder() {
    let desk = Desk::new();
    fs::create_dir_all(desk.data()).expect("a folder");
    assert_finds(&desk, "data folder", "fine", "can be written");
    std::os::unix::fs::symlink("/nowhere", desk.data().join("ledger.jsonl")).expect("a link");
    assert_finds(&desk, "data folder", "warning", "symbolic link");
    fs::write(desk.data().join("config.json"), r#"{"cooldown": 1}"#).expect("written");
    assert_finds(&desk, "settings", "warning", "unknown field `cooldown`");
    fs::remove_dir_all(desk.data()).expect("removed");
    fs::write(desk.data(), "a file").expect("written");
    assert_finds(&desk, "data folder", "warning", "cannot be written");
}

#[test]
fn other_hooks() {
    let desk = Desk::new();
    let hook = |command: &str| {
        format!(
            r#"{{"hooks": {{"UserPromptSubmit": [{{"hooks": [{{"type": "command", "command": "{command}"}}]}}]}}}}"#
        )
    };
    write(&desk, "home/.claude/settings.json", &hook("~/bin/clock.sh"));
    assert_finds(&desk, "other hooks", "fine", "the user settings");
    let rival = hook(".claude/hooks/skill-activation-prompt.sh");
    write(&desk, "project/.claude/settings.json", &rival);
    assert_finds(
        &desk,
        "other hooks",
        "warning",
        "skill-activation-prompt.sh",
    );
}

#[test]
fn the_log() {
    let desk = Desk::new();
    assert_finds(&desk, "log", "fine", "no fault");
    fs::create_dir_all(desk.data()).expect("a folder");
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .expect("after 1970")
        .as_secs();
    let lines = format!("1000 long ago\n{now} the ledger cannot be written: x\n");
    fs::write(desk.data().join("errors.log"), lines).expect("written");
    assert_finds(
        &desk,
        "log",
        "warning",
        "one fault in the last seven days, the last: the ledger",
    );
}

#[test]
fn the_standing_request_and_the_switches() {
    let desk = Desk::new();
    assert_finds(&desk, "standing request", "fine", "none");
    desk.runs(&["install", "--standing-request"]);
    assert_finds(&desk, "standing request", "fine", "in ~/.claude/CLAUDE.md");
    assert_finds(&desk, "switches", "fine", "on");
    write(&desk, "project/.claude/promptune/off", "");
    assert_finds(&desk, "switches", "warning", ".claude/promptune/off");
    fs::write(desk.data().join("config.json"), r#"{"enabled": false}"#).expect("written");
    assert_finds(&desk, "switches", "warning", "enabled");
    let desk = desk.with("PROMPTUNE", "off");
    assert_finds(&desk, "switches", "warning", "PROMPTUNE");
}

/// A word that is in everything the person wrote, and may be in no bug report.
const CANARY: &str = "zanzibarquokka";

#[test]
fn a_bundle_has_no_word_of_a_prompt() {
    let desk = Desk::new();
    desk.runs(&["install"]);
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .expect("after 1970")
        .as_secs();
    let data = "home/.claude/plugins/data/promptune-promptune";
    for (name, text) in [
        (
            "home/.claude/projects/-x/s1.jsonl",
            format!("{{\"type\":\"user\",\"message\":{{\"content\":\"{CANARY}\"}}}}\n"),
        ),
        (
            &format!("{data}/errors.log"),
            format!(
                "{now} {CANARY}\n{now} config.json: {CANARY}\n{now} a panic at {CANARY}\n{now} a panic at src/hook.rs:12\n{now} stdin could not be read {CANARY}\n"
            ),
        ),
        (
            &format!("{data}/ledger.jsonl"),
            format!("{{\"note\":\"{CANARY}\"}}\n{CANARY}\n"),
        ),
        (
            &format!("{data}/conversations/{CANARY}"),
            format!("{now} {CANARY}\n"),
        ),
        (
            &format!("{data}/config.json"),
            format!("{{\"{CANARY}\": 1}}"),
        ),
        (&format!("{data}/{CANARY}.txt"), CANARY.to_owned()),
        (&format!("{data}/cost-{CANARY}.cache"), CANARY.to_owned()),
        (
            "project/.claude/promptune/own.json",
            format!("{{\"route\": \"{CANARY}\", \"examples\": [\"{CANARY}\"]"),
        ),
        (
            &format!("project/.claude/promptune/{CANARY}.json"),
            CANARY.to_owned(),
        ),
        (
            "project/.claude/settings.json",
            format!(
                "{{\"hooks\": {{\"UserPromptSubmit\": [{{\"hooks\": [{{\"type\": \"command\", \"command\": \"promptune {CANARY}\"}}]}}]}}}}"
            ),
        ),
        ("home/.claude/CLAUDE.md", CANARY.to_owned()),
    ] {
        write(&desk, name, &text);
    }
    let said = desk.runs(&["doctor", "--bundle", "report.json"]);
    assert!(
        said.out.contains(CANARY),
        "the person is told: {}",
        said.out
    );
    let bundle = fs::read_to_string(desk.path("project/report.json")).expect("written");
    assert!(!bundle.contains(CANARY), "{bundle}");
    let bundle: Value = serde_json::from_str(&bundle).expect("JSON");
    assert_eq!(
        bundle["log"],
        serde_json::json!([
            "…",
            "config.json …",
            "a panic …",
            "a panic at src/hook.rs:12",
            "stdin could not be read …"
        ])
    );
    assert_eq!(bundle["files"]["conversations"]["files"], 1);
    assert_eq!(bundle["client"], "2.1.330");
    let home = desk.path("home").display().to_string();
    assert!(!bundle.to_string().contains(&home), "nor where the home is");
    let mode = fs::metadata(desk.path("project/report.json"))
        .expect("there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}
