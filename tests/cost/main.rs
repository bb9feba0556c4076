//! `promptune cost`, as a person runs it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on panics"
)]

mod again;
mod desk;

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use desk::{CHAT, Desk, cost, fine, line, lines, message, with};

#[test]
fn a_message_counts_once_wherever_it_is_written() {
    let desk = Desk::new();
    // It streams, is copied into a fork, and an agent's is told in its own file and in a progress line.
    desk.writes(CHAT, line("a", 1) + &line("a", 30) + &line("b", 4));
    desk.writes(
        "-home-me-shop/22222222-bbbb.jsonl",
        line("a", 30) + &line("b", 4) + &line("c", 500),
    );
    let agent = with(
        with(message("d", 6000), "/isSidechain", true.into()),
        "/attributionAgent",
        "shop:tester".into(),
    );
    let progress = json!({"type": "progress", "timestamp": "2026-11-20T10:00:00.000Z", "sessionId": "s",
        "data": {"type": "agent_progress", "agentId": "x1", "message": message("d", 6000)}});
    desk.appends(CHAT, format!("{progress}\n"));
    desk.writes(
        "-home-me-shop/11111111-aaaa/subagents/agent-x1.jsonl",
        format!("{agent}\n"),
    );
    for run in ["cold", "warm"] {
        let report = desk.json(&["--by", "agent"]);
        assert_eq!(report["totals"]["outputTokens"], 6534, "{run}");
        assert_eq!(report["messages"], 4);
        let agent = report["rows"]
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["agent"] == "shop:tester")
            .unwrap();
        assert_eq!(
            (&agent["outputTokens"], &agent["runs"]),
            (&json!(6000), &json!(1))
        );
    }
    // A file that goes takes only what no other tells.
    fs::remove_file(desk.path(CHAT)).unwrap();
    assert_eq!(desk.output_tokens(), 6534);
    fs::remove_file(desk.path("-home-me-shop/22222222-bbbb.jsonl")).unwrap();
    assert_eq!(desk.output_tokens(), 6000);
}

#[test]
fn an_older_clients_agent_is_named_by_the_call_that_started_it() {
    let desk = Desk::new();
    let content = json!([{"type": "tool_use", "id": "toolu_7", "name": "Task", "input": {"subagent_type": "Explore", "prompt": "look"}}]);
    let call = with(message("a", 1), "/message/content", content);
    let progress = |id: &str, output| {
        json!({"type": "progress", "timestamp": "2026-02-20T10:00:00.000Z", "sessionId": "s", "parentToolUseID": "toolu_7",
            "data": {"type": "agent_progress", "agentId": "x1", "message": message(id, output)}})
    };
    desk.writes(CHAT, lines(&[call, progress("b", 20)]));
    assert_eq!(desk.output_tokens(), 21);
    // The call was read last time, what it led to only now.
    desk.appends(CHAT, lines(&[progress("c", 300)]));
    let report = desk.json(&["--by", "agent"]);
    let agent = report["rows"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["agent"] == "Explore")
        .unwrap();
    assert_eq!(
        (&agent["outputTokens"], &agent["runs"]),
        (&json!(320), &json!(1))
    );
}

#[test]
fn rows_are_what_was_asked_for() {
    let desk = Desk::new();
    let at = |id: &str, time: &str| with(message(id, 10), "/timestamp", time.into());
    let chat = [
        at("a", "2026-10-31T23:30:00.000Z"),
        with(
            at("b", "2026-11-01T00:30:00.000Z"),
            "/attributionSkill",
            "pdf".into(),
        ),
        with(
            at("c", "2026-11-02T12:00:00.000Z"),
            "/message/model",
            "claude-opus-5-5".into(),
        ),
    ];
    desk.writes(CHAT, lines(&chat));
    let other = with(
        at("d", "2026-11-02T13:00:00.000Z"),
        "/cwd",
        "/home/me/bank".into(),
    );
    desk.writes("-home-me-bank/33333333-cccc.jsonl", lines(&[other]));
    let keys = |by: &str, args: &[&str]| -> Vec<String> {
        let report = desk.json(&[&["--by", by], args].concat());
        let rows = report["rows"].as_array().unwrap();
        rows.iter()
            .map(|row| row[by].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(keys("day", &[]), ["2026-10-31", "2026-11-01", "2026-11-02"]);
    assert_eq!(keys("week", &[]), ["2026-10-26", "2026-11-02"]);
    assert_eq!(keys("month", &[]), ["2026-10", "2026-11"]);
    assert_eq!(keys("project", &[]), ["/home/me/shop", "/home/me/bank"]);
    assert_eq!(
        keys("conversation", &[]),
        ["11111111-aaaa", "33333333-cccc"]
    );
    assert_eq!(keys("skill", &[]), ["(no skill)", "pdf"]);
    assert_eq!(
        keys("model", &[]),
        ["claude-opus-5-5", "claude-haiku-4-5-20251001"]
    );
    assert_eq!(keys("agent", &[]), ["(no agent)"]);
    assert_eq!(
        keys("day", &["--since", "2026-11-01", "--until", "2026-11-01"]),
        ["2026-11-01"]
    );
    assert_eq!(
        keys("conversation", &["--project", "BANK"]),
        ["33333333-cccc"]
    );
    let mut command = desk.command(&["--csv"]);
    let csv = fine(command.env("TZ", "America/New_York").output().unwrap());
    let csv = String::from_utf8(csv).unwrap();
    let days: Vec<&str> = csv
        .lines()
        .map(|line| line.split(',').next().unwrap())
        .collect();
    assert_eq!(
        days,
        ["day", "2026-10-31", "2026-11-02"],
        "days are those of the local time zone"
    );
    assert!(csv.contains("2026-10-31,0,20,0,0,0.0001"), "{csv}");
    let totals = desk.json(&[])["totals"].clone();
    let keys: Vec<&String> = totals.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "cacheCreationTokens",
            "cacheReadTokens",
            "inputTokens",
            "outputTokens",
            "totalCost"
        ]
    );
}

#[test]
fn a_model_without_a_price_is_named_and_adds_no_money() {
    let desk = Desk::new();
    let unknown = with(
        message("b", 1_000_000),
        "/message/model",
        "claude-haiku-9".into(),
    );
    let synthetic = with(message("c", 0), "/message/model", "<synthetic>".into());
    desk.writes(CHAT, lines(&[message("a", 1_000_000), unknown, synthetic]));
    let report = desk.json(&[]);
    assert_eq!(report["totals"]["totalCost"], 5.0);
    assert_eq!(report["totals"]["outputTokens"], 2_000_000);
    assert_eq!(
        report["unpriced"],
        json!([{"model": "claude-haiku-9", "messages": 1, "tokens": 1_000_000}])
    );
    let table = desk.shows(&[]);
    assert!(
        table.contains(
            "No price is known for claude-haiku-9: 1 message (1,000,000 tokens) add no money."
        ),
        "{table}"
    );
    assert!(
        table.contains("mend:") && !table.contains("synthetic"),
        "{table}"
    );
    // A price of one's own counts at once, whatever is cached.
    fs::create_dir_all(desk.data()).unwrap();
    fs::write(desk.data().join("prices.json"), r#"{"models":[{"id":"claude-haiku-9","input":0,"output":2,"cacheWrite5m":0,"cacheWrite1h":0,"cacheRead":0}]}"#).unwrap();
    assert_eq!(desk.json(&[])["totals"]["totalCost"], 7.0);
    fs::write(desk.data().join("prices.json"), "{\n\"models\": 1}").unwrap();
    let output = desk.command(&[]).output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        error.contains("prices.json:2:") && error.contains("mend:"),
        "{error}"
    );
}

#[test]
fn junk_is_counted_and_said() {
    let desk = Desk::new();
    let mut bytes = line("a", 7).into_bytes();
    bytes.extend(b"\x00\x01\xff\n{\"usage\":nothing}\n");
    bytes.extend(line("b", 8).into_bytes());
    bytes.extend(&line("c", 9).as_bytes()[..200]);
    desk.writes(CHAT, &bytes);
    fs::create_dir(desk.path("-home-me-shop/folder.jsonl")).unwrap();
    desk.writes("-home-me-shop/empty.jsonl", "");
    for run in ["cold", "warm"] {
        let report = desk.json(&[]);
        assert_eq!(report["totals"]["outputTokens"], 15, "{run}");
        assert_eq!(
            report["skipped"],
            json!({"lines": 2, "longLines": 0, "unfinished": 1, "files": 0})
        );
    }
    let table = desk.shows(&[]);
    assert!(
        table.contains(
            "Unreadable, not counted: 2 lines that are no JSON, 1 half-written last line."
        ),
        "{table}"
    );
    // The line is finished meanwhile.
    desk.appends(CHAT, &line("c", 9).as_bytes()[200..]);
    let report = desk.json(&[]);
    assert_eq!(
        (
            &report["totals"]["outputTokens"],
            &report["skipped"]["unfinished"]
        ),
        (&json!(24), &json!(0))
    );
}

#[test]
fn a_table_fits_a_terminal_of_eighty_columns() {
    let desk = Desk::new();
    let much = |id: &str| {
        let usage = json!({"input_tokens": 1_111_111_111, "output_tokens": 222_222_222, "cache_read_input_tokens": 33_333_333_333_u64,
            "cache_creation_input_tokens": 4_444_444_444_u64});
        with(message(id, 1), "/message/usage", usage)
    };
    let long = "an-agent-whose-name-is-longer-than-anybody-would-ever-give-one\u{1b}[2J";
    let agent = with(
        with(much("b"), "/attributionAgent", long.into()),
        "/agentId",
        "a1".into(),
    );
    let skill = with(much("c"), "/attributionSkill", long.into());
    let project = with(
        much("d"),
        "/cwd",
        "/home/somebody/with/a/very/long/path/to/the/shop".into(),
    );
    desk.writes(CHAT, lines(&[project, much("a"), agent, skill]));
    for by in [
        "day",
        "week",
        "month",
        "project",
        "conversation",
        "agent",
        "skill",
        "model",
    ] {
        let table = desk.shows(&["--by", by]);
        for row in table.lines() {
            assert!(row.chars().count() <= 80, "{by}: {row}");
        }
        assert!(!table.contains('\u{1b}'), "{table:?}");
        assert!(table.contains("133,333.3M"), "{table}");
    }
}

#[test]
fn nothing_to_count_is_no_error_but_a_wrong_folder_is() {
    let folder = tempfile::tempdir().unwrap();
    let report = fine(
        cost(folder.path(), &folder.path().join("data"), &[])
            .output()
            .unwrap(),
    );
    assert_eq!(
        String::from_utf8_lossy(&report),
        "No messages found in 0 transcripts.\n"
    );
    let wrong = cost(
        folder.path(),
        folder.path(),
        &["--projects", "no-such-folder"],
    )
    .output()
    .unwrap();
    assert_eq!(wrong.status.code(), Some(1));
    let error = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert!(
        error.contains("no-such-folder") && error.contains("mend:"),
        "{error}"
    );
    let usage = cost(folder.path(), folder.path(), &["--since", "yesterday"])
        .output()
        .unwrap();
    assert_eq!(usage.status.code(), Some(64));
}

/// 403 real sessions without their texts, and what ccusage 20.0.24 says of them.
#[test]
fn it_agrees_with_ccusage_in_every_total_and_on_every_day() {
    let Some(data) = std::env::var_os("PROMPTUNE_BENCH_DATA") else {
        println!("skipped: PROMPTUNE_BENCH_DATA is not set, so no real transcripts are priced");
        return;
    };
    let shared = Path::new(&data).join("transcripts");
    let folder = tempfile::tempdir().unwrap();
    let unpacked = Command::new("tar")
        .arg("-xzf")
        .arg(shared.join("usage-only.tar.gz"))
        .arg("-C")
        .arg(folder.path())
        .status();
    assert!(unpacked.unwrap().success());
    let reference = fs::read(shared.join("ccusage-20.0.24-daily.json")).unwrap();
    let reference: Value = serde_json::from_slice(&reference).unwrap();
    let close = |ours: &Value, theirs: &Value, place: &str| {
        for key in [
            "inputTokens",
            "outputTokens",
            "cacheCreationTokens",
            "cacheReadTokens",
            "totalCost",
        ] {
            let (ours, theirs) = (ours[key].as_f64().unwrap(), theirs[key].as_f64().unwrap());
            assert!(
                (ours - theirs).abs() <= theirs * 0.001,
                "{place}, {key}: {ours}, ccusage says {theirs}"
            );
        }
    };
    let client = folder.path().join("stripped");
    for run in ["cold", "warm"] {
        let report = fine(
            cost(&client, &folder.path().join("data"), &["--json"])
                .output()
                .unwrap(),
        );
        let report: Value = serde_json::from_slice(&report).unwrap();
        close(&report["totals"], &reference["totals"], run);
        let (days, theirs) = (
            report["rows"].as_array().unwrap(),
            reference["daily"].as_array().unwrap(),
        );
        assert_eq!(days.len(), theirs.len());
        for (day, reference) in days.iter().zip(theirs) {
            assert_eq!(day["day"], reference["period"]);
            close(day, reference, day["day"].as_str().unwrap());
        }
        assert_eq!(report["unpriced"], json!([]));
    }
}
