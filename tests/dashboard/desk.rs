//! A person's transcripts and ledger, and the program over them.

use std::fs;
use std::path::PathBuf;

use assert_cmd::Command;
use serde_json::{Value, json};
use tempfile::TempDir;

/// 2026-11-20, noon, UTC.
pub(crate) const NOON: u64 = 1_795_176_000;

/// A name as nobody should give one. Its first half ends the page's script, its second an attribute.
pub(crate) const HOSTILE: &str =
    "</script><img src=x onerror=alert(1)>\" onfocus='alert(2)' & \u{202e}x";
/// The same, as the page shows it.
pub(crate) const HARMLESS: &str = "/script img src=x onerror=alert(1) \" onfocus='alert(2)' & x";

/// A client's folder and a data folder. Gone when dropped.
pub(crate) struct Desk(TempDir);

impl Desk {
    /// Where nothing was ever done.
    pub(crate) fn empty() -> Self {
        let desk = Self(tempfile::tempdir().unwrap());
        fs::create_dir(desk.path("client")).unwrap();
        desk
    }

    /// Three weeks of two projects, agents, a skill, hints; something of everything that is told.
    pub(crate) fn busy() -> Self {
        let desk = Self::empty();
        desk.writes(
            "client/projects/-home-ann-shop/11111111-aaaa.jsonl",
            &shop(),
        );
        desk.writes(
            "client/projects/-home-ann-site/22222222-bbbb.jsonl",
            &site(),
        );
        desk.writes("data/ledger.jsonl", &ledger());
        desk.writes(
            "data/adaptive.json",
            r#"{"routes":{"performance-analyzer":6}}"#,
        );
        desk
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn writes(&self, name: &str, text: &str) {
        let file = self.path(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_promptune"));
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.path("home"))
            .env("CLAUDE_CONFIG_DIR", self.path("client"))
            .env("PROMPTUNE_DATA", self.path("data"))
            .env("TZ", "UTC");
        command
    }

    pub(crate) fn prints(&self, arguments: &[&str]) -> String {
        let assert = self.command(arguments).assert().success();
        String::from_utf8(assert.get_output().stdout.clone()).unwrap()
    }

    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.prints(arguments)).unwrap()
    }

    /// The page that `dashboard` writes.
    pub(crate) fn page(&self, arguments: &[&str]) -> String {
        let printed = self.prints(&[&["dashboard"], arguments].concat());
        fs::read_to_string(printed.trim_end()).unwrap()
    }
}

fn lines(all: &[Value]) -> String {
    let lines: Vec<String> = all.iter().map(Value::to_string).collect();
    lines.join("\n") + "\n"
}

/// A message as the client writes it (2.1.330).
fn message(day: u32, id: u32, model: &str, output: u64) -> Value {
    json!({
        "type": "assistant", "timestamp": format!("2026-11-{day:02}T10:00:00.000Z"), "requestId": format!("req_{id}"),
        "isSidechain": false, "sessionId": "s", "cwd": "/home/ann/shop", "version": "2.1.330",
        "message": {
            "id": format!("msg_{id}"), "type": "message", "role": "assistant", "model": model,
            "content": [{"type": "text", "text": "SECRET WORDS"}],
            "usage": {"input_tokens": 10, "cache_creation_input_tokens": 20_000, "cache_read_input_tokens": 300_000, "output_tokens": output},
        },
    })
}

fn with(mut line: Value, fields: &Value) -> Value {
    let fields = fields.as_object().unwrap().clone();
    line.as_object_mut().unwrap().extend(fields);
    line
}

fn shop() -> String {
    let mut all = vec![
        json!({"type": "user", "timestamp": "2026-11-01T09:00:00.000Z", "cwd": "/home/ann/shop", "message": {"role": "user", "content": "SECRET WORDS"}}),
    ];
    for day in 1..=20 {
        all.push(message(day, day, "claude-opus-5-5", u64::from(day) * 1000));
        all.push(message(day, day + 100, "claude-haiku-5-5", 900));
    }
    let agent = json!({"isSidechain": true, "agentId": "a1", "attributionAgent": HOSTILE});
    all.push(with(message(4, 300, "claude-haiku-5-5", 5000), &agent));
    let skill = json!({"attributionSkill": HOSTILE});
    all.push(with(message(5, 301, "claude-sonnet-5-5", 5000), &skill));
    all.push(message(6, 302, HOSTILE, 100));
    lines(&all) + "{\"type\":\"assistant\",\"message\":{\"usage\":\n"
}

fn site() -> String {
    let place = json!({"cwd": format!("/home/ann/{HOSTILE}")});
    lines(&[with(message(18, 400, "claude-sonnet-5-5", 2000), &place)])
}

fn entry(at: u64, prompt: &str, what: &Value) -> Value {
    let line = json!({"v": 1, "at": NOON + at, "conversation": "one", "project": "-home-ann-shop", "prompt": prompt});
    with(line, what)
}

fn hint(route: &str) -> Value {
    json!({"kind": "hint", "routes": [{"route": route, "confidence": 0.97}], "bytes": 400})
}

fn turn(route: &str, taken: bool) -> Value {
    let cost = (!taken).then_some(0.0005);
    json!({"kind": "turn", "routes": [{"route": route, "taken": taken}], "model": "claude-opus-5-5", "hintCost": cost})
}

fn settled(agent: &str, name: &str, offered: bool, cost: Option<f64>, saved: Option<f64>) -> Value {
    let saved = saved.map(|saved| {
        json!({"alone": cost.unwrap_or_default() + 0.1 + saved, "around": 0.1, "saved": saved})
    });
    json!({
        "kind": "settled", "agent": agent, "name": name, "offered": offered,
        "model": if cost.is_some() { "claude-haiku-5-5" } else { "house-model" }, "requests": 4,
        "usage": {"input": 1000, "output": 2000, "cacheWrite5m": 30_000, "cacheWrite1h": 0, "cacheRead": 200_000},
        "cost": cost, "sessionModel": "claude-opus-5-5", "sameTokens": cost.map(|_| 0.234), "saved": saved,
        "seconds": 12, "complete": true,
    })
}

fn ledger() -> String {
    let runner = "promptune:test-runner";
    let all = [
        entry(0, "p1", &hint("test-runner")),
        entry(
            9,
            "p1",
            &settled("a1", runner, true, Some(0.0069), Some(0.35)),
        ),
        entry(9, "p1", &turn("test-runner", true)),
        entry(20, "p2", &hint("git-operator")),
        entry(30, "p2", &turn("git-operator", false)),
        entry(40, "p3", &hint("performance-analyzer")),
        entry(
            50,
            "p4",
            &settled("a2", "Explore", false, Some(0.42), Some(-0.3)),
        ),
        entry(
            60,
            "p4",
            &settled("a3", HOSTILE, false, Some(0.02), Some(0.01)),
        ),
        entry(70, "p4", &settled("a4", "house-agent", false, None, None)),
    ];
    lines(&all) + "{\"v\":1,\"at\":179\n"
}
