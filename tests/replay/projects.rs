//! Transcripts as the client writes them (2.1.330).

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// A folder of transcripts. Gone when dropped.
pub(crate) struct Projects(tempfile::TempDir);

impl Projects {
    pub(crate) fn new() -> Self {
        let projects = Self(tempfile::tempdir().unwrap());
        fs::create_dir(projects.path().join("-home-me-shop")).unwrap();
        projects
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path().join("-home-me-shop").join(name)
    }

    /// Writes one conversation.
    pub(crate) fn conversation(&self, name: &str, lines: &[Value]) {
        let lines: Vec<String> = lines.iter().map(Value::to_string).collect();
        fs::write(self.file(name), lines.join("\n") + "\n").unwrap();
    }

    pub(crate) fn replay(&self, args: &[&str]) -> Assert {
        let mut command = Command::new(env!("CARGO_BIN_EXE_promptune"));
        command
            .args(["replay", "--projects"])
            .arg(self.path())
            .args(args)
            .env("NO_COLOR", "1")
            .env("PROMPTUNE_DATA", self.path().join("no-data"))
            .env_remove("PROMPTUNE_COOLDOWN");
        command.assert()
    }

    pub(crate) fn figures(&self, args: &[&str]) -> Value {
        let args = [&["--json"], args].concat();
        let done = self.replay(&args).success();
        serde_json::from_slice(&done.get_output().stdout).unwrap()
    }
}

/// Fields of a line that differ by line, over those that every line has.
pub(crate) fn line(minutes_ago: i64, fields: &Value) -> Value {
    let at = Timestamp::now() - SignedDuration::from_mins(minutes_ago);
    let mut line = json!({
        "parentUuid": "2c4a900f-db26-4d55-a04c-30872eba9db5", "isSidechain": false, "uuid": "d9e691a9-14f7-4c10-aa2c-165b58101d08",
        "timestamp": format!("{at:.3}"), "userType": "external", "entrypoint": "cli", "cwd": "/home/me/shop",
        "sessionId": "3f8ebc61-e190-490e-9f27-5128edf0e369", "version": "2.1.330", "gitBranch": "main",
    });
    let (line_fields, fields) = (line.as_object_mut().unwrap(), fields.as_object().unwrap());
    line_fields.extend(fields.clone());
    line
}

pub(crate) fn typed(minutes_ago: i64, text: &str) -> Value {
    let fields = json!({
        "type": "user", "message": {"role": "user", "content": text}, "permissionMode": "default",
        "origin": {"kind": "human"}, "promptSource": "typed", "turnOrigin": "human",
    });
    line(minutes_ago, &fields)
}

pub(crate) fn calls(minutes_ago: i64, tool: &str, input: &Value) -> Value {
    let content = json!([{"type": "tool_use", "id": "toolu_01", "name": tool, "input": input}]);
    let message = json!({"id": "msg_01", "type": "message", "role": "assistant", "model": "claude-opus-5-5", "content": content, "stop_reason": "tool_use"});
    line(
        minutes_ago,
        &json!({"type": "assistant", "message": message, "requestId": "req_01"}),
    )
}

pub(crate) fn agent(minutes_ago: i64, kind: &str) -> Value {
    let input = json!({"description": "d", "prompt": "do it", "subagent_type": kind});
    calls(minutes_ago, "Agent", &input)
}

pub(crate) fn hinted(minutes_ago: i64) -> Value {
    let attachment = json!({
        "type": "hook_additional_context", "hookName": "UserPromptSubmit", "hookEvent": "UserPromptSubmit",
        "content": ["promptune: “run the tests” matches the agent promptune:test-runner"], "toolUseID": "hook-1",
    });
    line(
        minutes_ago,
        &json!({"type": "attachment", "attachment": attachment}),
    )
}

pub(crate) fn with(mut line: Value, field: &str, value: Value) -> Value {
    line[field] = value;
    line
}

pub(crate) fn without(mut line: Value, fields: &[&str]) -> Value {
    for field in fields {
        line.as_object_mut().unwrap().remove(*field);
    }
    line
}
