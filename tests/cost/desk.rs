//! A person's transcripts, and the program over them.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

/// A client's folder and a data folder. Gone when dropped.
pub(crate) struct Desk(TempDir);

impl Desk {
    pub(crate) fn new() -> Self {
        let desk = Self(tempfile::tempdir().unwrap());
        fs::create_dir_all(desk.path("-home-me-shop")).unwrap();
        desk
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join("client/projects").join(name)
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.0.path().join("data")
    }

    pub(crate) fn writes(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let file = self.path(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, text).unwrap();
        file
    }

    pub(crate) fn appends(&self, name: &str, text: impl AsRef<[u8]>) {
        let mut file = fs::OpenOptions::new()
            .append(true)
            .open(self.path(name))
            .unwrap();
        file.write_all(text.as_ref()).unwrap();
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        cost(&self.0.path().join("client"), &self.data(), args)
    }

    pub(crate) fn shows(&self, args: &[&str]) -> String {
        String::from_utf8(fine(self.command(args).output().unwrap())).unwrap()
    }

    pub(crate) fn json(&self, args: &[&str]) -> Value {
        serde_json::from_str(&self.shows(&[&["--json"], args].concat())).unwrap()
    }

    pub(crate) fn output_tokens(&self) -> u64 {
        self.json(&[])["totals"]["outputTokens"].as_u64().unwrap()
    }

    pub(crate) fn caches(&self) -> Vec<PathBuf> {
        let Ok(files) = fs::read_dir(self.data()) else {
            return Vec::new();
        };
        files.map(|entry| entry.unwrap().path()).collect()
    }
}

pub(crate) fn cost(client: &Path, data: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_promptune"));
    command
        .arg("cost")
        .args(args)
        .env("CLAUDE_CONFIG_DIR", client)
        .env("PROMPTUNE_DATA", data)
        .env("TZ", "UTC")
        .env("NO_COLOR", "1");
    command
}

pub(crate) fn fine(output: Output) -> Vec<u8> {
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

/// A message as the client writes it (2.1.330), with `output` answer tokens.
pub(crate) fn message(id: &str, output: u64) -> Value {
    json!({
        "type": "assistant", "timestamp": "2026-11-20T10:00:00.000Z", "requestId": "req_1", "isSidechain": false,
        "sessionId": "s", "cwd": "/home/me/shop", "version": "2.1.330",
        "message": {
            "id": id, "type": "message", "role": "assistant", "model": "claude-haiku-4-5-20251001",
            "content": [{"type": "text", "text": "done"}],
            "usage": {"input_tokens": 0, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0, "output_tokens": output},
        },
    })
}

pub(crate) fn line(id: &str, output: u64) -> String {
    format!("{}\n", message(id, output))
}

pub(crate) fn with(mut value: Value, pointer: &str, new: Value) -> Value {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    value.pointer_mut(parent).unwrap()[key] = new;
    value
}

pub(crate) fn lines(all: &[Value]) -> String {
    all.iter()
        .map(Value::to_string)
        .collect::<Vec<_>>()
        .join("\n")
        + "\n"
}

pub(crate) const CHAT: &str = "-home-me-shop/11111111-aaaa.jsonl";
