//! `promptune replay` over transcripts made by hand.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test may fail, and says what it skipped"
)]

mod projects;

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::{Value, json};

use projects::{Projects, agent, calls, hinted, line, typed, with, without};

fn counts(figures: &Value) -> [u64; 4] {
    ["prompts", "hinted", "delegated", "byItself"].map(|name| figures[name].as_u64().unwrap())
}

fn text(stream: &[u8]) -> String {
    String::from_utf8(stream.to_vec()).unwrap()
}

#[test]
fn typed_prompts_count_and_nothing_else() {
    let projects = Projects::new();
    let old = &["origin", "promptSource", "turnOrigin"];
    let says = |text: &str| without(typed(50, text), old);
    let result = json!({"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_01", "content": "run the tests"}]});
    let blocks = json!({"role": "user", "content": [
        {"type": "text", "text": "<ide_opened_file>commit and push</ide_opened_file>"},
        {"type": "text", "text": "open an issue for the flaky upload test"},
        {"type": "image", "source": {"type": "base64", "data": "AAAA"}},
    ]});
    let queued = |mode: &str, text: &str| json!({"type": "queued_command", "prompt": text, "commandMode": mode, "origin": {"kind": "human"}});
    let attached = |attachment| line(40, &json!({"type": "attachment", "attachment": attachment}));
    projects.conversation(
        "a.jsonl",
        &[
            // These count.
            typed(60, "run the tests"),
            says("why is the sky blue"),
            with(typed(50, ""), "message", blocks),
            attached(queued("prompt", "commit this")),
            says("yes"),
            // And these do not.
            says("<task-notification>\n<result>run the tests</result>\n</task-notification>"),
            with(
                typed(40, "profile the startup"),
                "origin",
                json!({"kind": "task-notification", "producer": "session-task"}),
            ),
            with(typed(40, "profile the startup"), "isMeta", json!(true)),
            with(typed(40, "profile the startup"), "isSidechain", json!(true)),
            with(typed(40, "run the tests"), "isCompactSummary", json!(true)),
            with(typed(40, "run it"), "message", result),
            says(
                "<command-name>/review</command-name>\n<command-args>run the tests</command-args>",
            ),
            says("<bash-input>git push</bash-input>"),
            says("[Request interrupted by user]"),
            attached(queued(
                "task-notification",
                "<task-notification>run the tests",
            )),
            with(says("profile the startup"), "entrypoint", json!("sdk-cli")),
            without(with(typed(40, ""), "message", json!({"role": "user"})), old),
        ],
    );
    let figures = projects.figures(&[]);
    assert_eq!(counts(&figures), [5, 3, 0, 0], "{figures:#}");
    assert_eq!(figures["scripted"], 1);
    for route in ["test-runner", "issue-orchestrator", "git-operator"] {
        assert_eq!(figures["routes"][route]["hints"], 1, "{route}: {figures:#}");
    }
}

#[test]
fn what_the_model_called_is_told_by_route() {
    let projects = Projects::new();
    let sidechain = with(
        agent(99, "promptune:git-operator"),
        "isSidechain",
        json!(true),
    );
    projects.conversation(
        "a.jsonl",
        &[
            typed(100, "run the tests"),
            agent(100, "promptune:test-runner"),
            agent(100, "promptune:test-runner"),
            typed(99, "commit this"),
            sidechain,
            calls(
                99,
                "Task",
                &json!({"description": "d", "prompt": "p", "subagent_type": "Explore"}),
            ),
            typed(80, "run the tests"),
            hinted(80),
            agent(80, "promptune:test-runner"),
            typed(79, "tell me a joke"),
            calls(
                79,
                "Skill",
                &json!({"skill": "promptune:git-worktree-master"}),
            ),
            typed(60, "run the tests"),
            // What follows a slash command is the command's.
            typed(60, "<command-name>/review</command-name>"),
            agent(60, "promptune:test-runner"),
        ],
    );
    let figures = projects.figures(&[]);
    assert_eq!(counts(&figures), [5, 4, 2, 1], "{figures:#}");
    let tests = &figures["routes"]["test-runner"];
    assert_eq!(
        *tests,
        json!({"hints": 3, "delegated": 2, "byItself": 1, "instead": {}, "withoutHint": 0})
    );
    let git = &figures["routes"]["git-operator"];
    assert_eq!(
        (&git["delegated"], &git["instead"]),
        (&json!(0), &json!({"Explore": 1}))
    );
    assert_eq!(figures["routes"]["git-worktree-master"]["withoutHint"], 1);
    assert!(!figures.to_string().contains("joke"), "no texts in JSON");
    let shown = text(&projects.replay(&[]).success().get_output().stdout);
    assert!(
        shown.starts_with("5 prompts typed since ")
            && shown.contains(" in 1 conversation: 4 would get a hint\n")
            && shown
                .contains("2 of them the model called what the hint names: 1 by itself, 1 with")
            && shown.contains("Explore 1")
            && shown.contains("\ngit-operator\n  commit this\n")
            && shown.contains("Nothing left this machine."),
        "{shown}"
    );
}

#[test]
fn hints_cool_down_and_keep_to_plan_mode_as_in_the_hook() {
    let projects = Projects::new();
    let compacted = json!({
        "type": "user", "isCompactSummary": true, "isVisibleInTranscriptOnly": true,
        "message": {"role": "user", "content": "This session is being continued from a previous conversation"},
    });
    projects.conversation(
        "a.jsonl",
        &[
            typed(100, "run the tests"),
            typed(98, "run the tests"),
            typed(80, "run the tests"),
            line(79, &compacted),
            typed(79, "run the tests"),
            with(typed(78, "commit this"), "permissionMode", json!("plan")),
        ],
    );
    let figures = projects.figures(&[]);
    assert_eq!(
        (counts(&figures), &figures["heldBack"]),
        ([5, 3, 0, 0], &json!(1)),
        "{figures:#}"
    );
}

#[test]
fn a_forked_conversation_is_not_counted_twice() {
    let projects = Projects::new();
    let first = typed(100, "run the tests");
    let copied = with(first.clone(), "sessionId", json!("286ae063"));
    projects.conversation("a.jsonl", &[first]);
    projects.conversation("b.jsonl", &[copied, typed(90, "commit this")]);
    assert_eq!(counts(&projects.figures(&[])), [2, 2, 0, 0]);
}

#[test]
fn since_leaves_out_what_is_older() {
    let projects = Projects::new();
    let day = 24 * 60;
    projects.conversation(
        "a.jsonl",
        &[
            typed(40 * day, "run the tests"),
            agent(40 * day, "promptune:test-runner"),
            typed(10 * day, "commit this"),
            typed(60, "push it"),
        ],
    );
    let prompts = |args: &[&str]| projects.figures(args)["prompts"].as_u64().unwrap();
    assert_eq!(prompts(&[]), 2);
    assert_eq!(prompts(&["--since", "12h"]), 1);
    assert_eq!(prompts(&["--since", "2w"]), 2);
    assert_eq!(prompts(&["--since", "2020-01-01"]), 3);
    for bad in ["", "30", "yesterday", "-3d", "2026-13-01"] {
        let failed = projects.replay(&[&format!("--since={bad}")]).code(64);
        let error = text(&failed.get_output().stderr);
        assert!(
            error.contains("--since") && error.contains("2026-11-01"),
            "{error}"
        );
    }
}

#[test]
fn torn_huge_and_foreign_lines_do_no_harm() {
    let projects = Projects::new();
    let whole = typed(60, "run the tests").to_string();
    let mut bytes = whole.as_bytes()[..whole.len() / 2].to_vec();
    bytes.extend(
        b"\n\n[1]\nnull\n\"type\":\"user\"\n{\"type\":\"user\",\"message\":7,\"timestamp\":[]}\n",
    );
    bytes.extend(b"\xff\xfe{\"type\":\"user\"}\n\0\0\n");
    bytes.extend(typed(50, &"long ".repeat(4_000_000)).to_string().as_bytes());
    bytes.push(b'\n');
    bytes.extend("[".repeat(200_000).as_bytes());
    bytes.extend(b"\"type\":\"user\"\n");
    bytes.extend(whole.as_bytes());
    bytes.push(b'\n');
    // The client is at work: the last line is not yet whole.
    bytes.extend(&typed(10, "commit this").to_string().as_bytes()[..200]);
    fs::write(projects.file("a.jsonl"), bytes).unwrap();
    fs::create_dir(projects.file("folder.jsonl")).unwrap();
    fs::write(projects.file("notes.txt"), &whole).unwrap();
    let agents = projects.file("3f8ebc61/subagents");
    fs::create_dir_all(&agents).unwrap();
    fs::write(
        agents.join("agent-1.jsonl"),
        typed(5, "push it").to_string(),
    )
    .unwrap();
    assert_eq!(counts(&projects.figures(&[])), [1, 1, 0, 0]);
}

#[test]
fn an_example_cannot_move_the_cursor() {
    let projects = Projects::new();
    let nasty = "please run all the tests in the packages\u{202e}\r\n\tapi, billing, checkout, frontend, mailer, reports\u{1b}[2J and search";
    projects.conversation("a.jsonl", &[typed(60, nasty)]);
    let shown = text(&projects.replay(&[]).success().get_output().stdout);
    let example = shown.lines().find(|line| line.starts_with("  please"));
    assert_eq!(
        example.map(|line| line.trim_start().chars().count()),
        Some(80),
        "{shown}"
    );
    assert!(!shown.contains(['\u{1b}', '\r', '\u{202e}']), "{shown:?}");
}

#[test]
fn a_file_to_label_is_private_the_same_each_time_and_never_overwritten() {
    let projects = Projects::new();
    let chat: Vec<Value> = (0..300_i64)
        .map(|number| {
            typed(
                600 - number,
                &format!("why is variable number {number} blue"),
            )
        })
        .chain(
            [
                "run the tests",
                "run the tests",
                "commit this",
                "yes",
                "/compact",
            ]
            .map(|it| typed(5, it)),
        )
        .collect();
    projects.conversation("a.jsonl", &chat);
    let (first, second) = (
        projects.path().join("first"),
        projects.path().join("second"),
    );
    let label = |file: &Path| projects.replay(&["--label", file.to_str().unwrap()]);
    let shown = text(&label(&first).success().get_output().stdout);
    assert!(shown.contains("promptune eval"), "{shown}");
    let rows = fs::read_to_string(&first).unwrap();
    let parsed: Vec<Value> = rows
        .lines()
        .map(|row| serde_json::from_str(row).unwrap())
        .collect();
    let of = |route: &str| parsed.iter().filter(|row| row["route"] == route).count();
    assert_eq!((of("test-runner"), of("git-operator")), (1, 1));
    assert_eq!(of("none"), 200, "a sample of the silent ones");
    assert!(rows.contains(r#"{"text":"run the tests","route":"test-runner","ok":[]}"#));
    Command::new(env!("CARGO_BIN_EXE_promptune"))
        .arg("eval")
        .arg(&first)
        .assert()
        .success();
    label(&second).success();
    assert_eq!(fs::read_to_string(&second).unwrap(), rows);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(&first).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    fs::write(&first, "labels").unwrap();
    let error = text(&label(&first).code(1).get_output().stderr);
    assert!(
        error.contains("exists already") && error.contains("mend:"),
        "{error}"
    );
    assert_eq!(fs::read_to_string(&first).unwrap(), "labels");
    let nowhere = text(&label(Path::new("/proc/none/x")).code(1).get_output().stderr);
    assert!(nowhere.contains("mend:"), "{nowhere}");
}

#[test]
fn nothing_is_written_unless_asked_for() {
    let projects = Projects::new();
    projects.conversation("a.jsonl", &[typed(60, "run the tests")]);
    projects.replay(&[]).success();
    let left: Vec<_> = fs::read_dir(projects.path()).unwrap().flatten().collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

#[test]
fn missing_folders_are_told() {
    let nowhere = ["replay", "--projects", "no-such-folder"];
    let mut command = Command::new(env!("CARGO_BIN_EXE_promptune"));
    let error = text(&command.args(nowhere).assert().code(1).get_output().stderr);
    assert!(
        error.contains("no-such-folder") && error.contains("mend:"),
        "{error}"
    );
    // A client that was never used is no error.
    let home = tempfile::tempdir().unwrap();
    let default = |variable: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_promptune"));
        let command = command.arg("replay").env_remove("CLAUDE_CONFIG_DIR");
        command.env(variable, home.path()).assert().success()
    };
    let shown = text(&default("HOME").get_output().stdout);
    assert!(
        shown.contains(".claude/projects: no prompt typed since"),
        "{shown}"
    );
    let project = home.path().join("projects/-home-me");
    fs::create_dir_all(&project).unwrap();
    fs::write(
        project.join("a.jsonl"),
        typed(60, "run the tests").to_string(),
    )
    .unwrap();
    let shown = text(&default("CLAUDE_CONFIG_DIR").get_output().stdout);
    assert!(shown.starts_with("1 prompt typed"), "{shown}");
}

/// Real conversations from which every text was removed.
#[test]
fn real_transcripts_without_texts_are_read_through() {
    let Some(data) = std::env::var_os("PROMPTUNE_BENCH_DATA") else {
        println!("skipped: PROMPTUNE_BENCH_DATA is not set, so no real transcripts are read");
        return;
    };
    let packed = Path::new(&data).join("transcripts/usage-only.tar.gz");
    let folder = tempfile::tempdir().unwrap();
    let unpacked = std::process::Command::new("tar")
        .arg("-xzf")
        .arg(packed)
        .arg("-C")
        .arg(folder.path())
        .status();
    assert!(unpacked.unwrap().success());
    let mut command = Command::new(env!("CARGO_BIN_EXE_promptune"));
    let done = command
        .args(["replay", "--json", "--since", "2020-01-01", "--projects"])
        .arg(folder.path().join("stripped/projects"))
        .assert()
        .success();
    let figures: Value = serde_json::from_slice(&done.get_output().stdout).unwrap();
    assert_eq!(counts(&figures), [0; 4]);
    assert_eq!(figures["unreadable"], 0);
}
