//! A person's data folder and the client's transcripts, written as the client writes them.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use assert_cmd::Command;
use promptune::ledger::{self, Record, Settled, What};
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_promptune");
pub(crate) const SESSION: &str = "11111111-2222-3333-4444-555555555555";

/// A home, gone when dropped.
pub(crate) struct Person {
    root: TempDir,
}

impl Person {
    pub(crate) fn new() -> Self {
        let root = tempfile::tempdir().expect("a temporary folder");
        let person = Self { root };
        fs::create_dir_all(person.agents()).expect("folders");
        fs::create_dir_all(person.data()).expect("folders");
        person
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.root.path().join("data")
    }

    pub(crate) fn transcript(&self) -> PathBuf {
        let name = format!("projects/-home-ann-shop/{SESSION}.jsonl");
        self.root.path().join(name)
    }

    fn agents(&self) -> PathBuf {
        self.transcript().with_extension("").join("subagents")
    }

    pub(crate) fn agent(&self, id: &str) -> PathBuf {
        self.agents().join(format!("agent-{id}.jsonl"))
    }

    pub(crate) fn config(&self, json: &Value) {
        fs::write(self.data().join("config.json"), json.to_string()).expect("written");
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(BINARY);
        command
            .env_clear()
            .env("HOME", self.root.path())
            .env("PROMPTUNE_DATA", self.data())
            .env("TZ", "UTC")
            .env("NO_COLOR", "1")
            .timeout(Duration::from_mins(1));
        command
    }

    /// Tells the hook of an event and returns its answer.
    pub(crate) fn hook(&self, event: &Value) -> Option<Value> {
        let mut command = self.command();
        let output = command.arg("hook").write_stdin(event.to_string()).output();
        let output = output.expect("it runs");
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert!(output.stderr.is_empty(), "{output:?}");
        (!output.stdout.is_empty())
            .then(|| serde_json::from_slice(&output.stdout).expect("stdout is JSON"))
    }

    pub(crate) fn event(&self, name: &str, prompt: &str) -> Value {
        json!({
            "session_id": SESSION, "transcript_path": self.transcript(), "cwd": "/home/ann/shop",
            "prompt_id": prompt, "hook_event_name": name, "permission_mode": "default",
        })
    }

    /// Types `text` as the prompt `id`.
    pub(crate) fn types(&self, id: &str, text: &str) -> Option<Value> {
        let mut event = self.event("UserPromptSubmit", id);
        event["prompt"] = json!(text);
        let line = json!({"type": "user", "promptId": id, "isSidechain": false, "message": {"role": "user", "content": text}});
        append(&self.transcript(), &line);
        self.hook(&event)
    }

    /// An agent stops; its transcript may be anything.
    pub(crate) fn agent_stops(&self, id: &str, name: &str, prompt: &str) {
        let mut event = self.event("SubagentStop", prompt);
        event["agent_id"] = json!(id);
        event["agent_type"] = json!(name);
        event["agent_transcript_path"] = json!(self.agent(id));
        event["last_assistant_message"] = json!("All green.");
        assert_eq!(self.hook(&event), None, "it only notes");
    }

    /// The turn ends. What the person is told.
    pub(crate) fn stops(&self, prompt: &str) -> Option<String> {
        let answer = self.hook(&self.event("Stop", prompt))?;
        let message = answer["systemMessage"].as_str().expect("a message");
        assert_eq!(
            answer,
            json!({"systemMessage": message}),
            "and nothing else"
        );
        Some(message.to_owned())
    }

    /// The model says something in the conversation.
    pub(crate) fn says(&self, message: &str, usage: &Value, blocks: &Value) {
        let line = said(message, "claude-opus-5-5", usage, blocks, false);
        append(&self.transcript(), &line);
    }

    /// The model calls agents in one message: `(tool use, agent's name)`.
    pub(crate) fn calls(&self, message: &str, usage: &Value, agents: &[(&str, &str)]) {
        for (tool, name) in agents {
            // The client writes a line for each block.
            self.says(
                message,
                usage,
                &json!([{"type": "tool_use", "id": tool, "name": "Agent", "input": {"subagent_type": name, "prompt": "go"}}]),
            );
        }
    }

    /// The call `tool` became the agent `id`.
    pub(crate) fn became(&self, tool: &str, id: &str, prompt: &str, background: bool) {
        let result = json!({"agentId": id, "isAsync": background});
        let line = json!({
            "type": "user", "promptId": prompt, "isSidechain": false, "toolUseResult": result,
            "message": {"role": "user", "content": [{"type": "tool_result", "tool_use_id": tool, "content": "a report"}]},
        });
        append(&self.transcript(), &line);
    }

    pub(crate) fn records(&self) -> Vec<Record> {
        let read = ledger::read(&self.data());
        assert_eq!(read.skipped, 0);
        read.records
    }

    pub(crate) fn settled(&self) -> Vec<Settled> {
        let settled = |record: Record| match record.what {
            What::Settled(settled) => Some(*settled),
            _ => None,
        };
        self.records().into_iter().filter_map(settled).collect()
    }
}

pub(crate) fn usage(input: u64, write: u64, read: u64, output: u64) -> Value {
    json!({
        "input_tokens": input, "cache_creation_input_tokens": write, "cache_read_input_tokens": read,
        "output_tokens": output,
        "cache_creation": {"ephemeral_5m_input_tokens": write, "ephemeral_1h_input_tokens": 0},
    })
}

pub(crate) fn said(id: &str, model: &str, usage: &Value, blocks: &Value, side: bool) -> Value {
    json!({
        "type": "assistant", "isSidechain": side, "timestamp": "2026-11-22T10:00:00.000Z", "requestId": format!("req_{id}"),
        "message": {"id": id, "type": "message", "role": "assistant", "model": model, "content": blocks, "usage": usage},
    })
}

/// The line of an agent's message that calls a tool, and the tool's result.
pub(crate) fn works(id: &str, usage: &Value) -> [Value; 2] {
    let call = json!([{"type": "tool_use", "id": "toolu_1", "name": "Bash", "input": {"command": "cargo test"}}]);
    let result = json!({"type": "user", "isSidechain": true, "message": {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": "ok"}]}});
    [said(id, "claude-haiku-5-5", usage, &call, true), result]
}

/// The line of an agent's last message.
pub(crate) fn reports(id: &str, usage: &Value) -> Value {
    said(
        id,
        "claude-haiku-5-5",
        usage,
        &json!([{"type": "text", "text": "All green."}]),
        true,
    )
}

pub(crate) fn append(path: &Path, line: &Value) {
    append_text(path, &format!("{line}\n"));
}

pub(crate) fn append_text(path: &Path, text: &str) {
    let file = OpenOptions::new().append(true).create(true).open(path);
    file.expect("it opens")
        .write_all(text.as_bytes())
        .expect("written");
}

pub(crate) fn event_file(path: &Path, event: &Value) -> File {
    fs::write(path, event.to_string()).expect("written");
    File::open(path).expect("just written")
}
