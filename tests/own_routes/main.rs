//! Routes of the person and of the project: what they add, extend, silence and re-target, and what cannot be done by
//! them. Everything goes through the real binary.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::similar_names,
    clippy::print_stdout,
    reason = "a test that cannot go on panics, and says what it measured"
)]

mod hostile;
mod index;
mod layers;
mod many;
mod skill_rules;

use std::fs;
use std::path::PathBuf;
use std::process::Output;
use std::time::Duration;

use assert_cmd::Command;
use serde_json::{Value, json};
use tempfile::TempDir;

/// A person's home with a project in it.
struct Home {
    folder: TempDir,
}

impl Home {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir_all(folder.path().join("work/app/.git")).unwrap();
        Self { folder }
    }

    fn client(&self) -> PathBuf {
        self.folder.path().join(".claude")
    }

    fn project(&self) -> PathBuf {
        self.folder.path().join("work/app")
    }

    fn index(&self) -> PathBuf {
        self.client().join("plugins/data/promptune-promptune/index")
    }

    /// The compiled files.
    fn compiled(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.index()).into_iter().flatten();
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files
    }

    /// Writes a route file of the person.
    fn user(&self, route: &str, file: &Value) -> &Self {
        self.write(
            &format!(".claude/promptune/{route}.json"),
            &file.to_string(),
        )
    }

    /// Writes a route file of the project.
    fn of_project(&self, route: &str, file: &Value) -> &Self {
        let path = format!("work/app/.claude/promptune/{route}.json");
        self.write(&path, &file.to_string())
    }

    fn write(&self, path: &str, text: &str) -> &Self {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_promptune"));
        command
            .args(args)
            .env_clear()
            .env("HOME", self.folder.path())
            .env("NO_COLOR", "1")
            .current_dir(self.project())
            .timeout(Duration::from_mins(2));
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().expect("it runs and ends")
    }

    fn route(&self, prompt: &str) -> Value {
        let output = self.run(&["route", "--json", prompt]);
        serde_json::from_slice(&output.stdout).expect("a decision")
    }

    /// What the prompt is offered: IDs of routes.
    fn offered(&self, prompt: &str) -> Vec<String> {
        let decision = self.route(prompt);
        let candidates = decision["candidates"].as_array().unwrap().iter();
        candidates
            .filter(|candidate| candidate["offered"] == true)
            .map(|candidate| candidate["route"].as_str().unwrap().to_owned())
            .collect()
    }

    fn event(&self, event: &Value) -> Option<Value> {
        let output = self
            .command(&["hook"])
            .env("CLAUDE_PROJECT_DIR", self.project())
            .write_stdin(event.to_string())
            .output()
            .expect("it runs and ends");
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert!(output.stderr.is_empty(), "{output:?}");
        (!output.stdout.is_empty())
            .then(|| serde_json::from_slice(&output.stdout).expect("stdout is JSON"))
    }

    /// The hint that the hook gives, in a conversation of its own.
    fn hint(&self, prompt: &str) -> Option<String> {
        let event = json!({"hook_event_name": "UserPromptSubmit", "prompt": prompt});
        let answer = self.event(&event)?;
        let hint = answer["hookSpecificOutput"]["additionalContext"].as_str();
        Some(hint.expect("with a hint in it").to_owned())
    }

    fn start(&self) {
        let event =
            json!({"hook_event_name": "SessionStart", "source": "startup", "session_id": "s"});
        assert_eq!(self.event(&event), None);
    }

    fn lint(&self) -> (bool, String) {
        let output = self.run(&["lint"]);
        let text = [&output.stdout[..], &output.stderr[..]].concat();
        (output.status.success(), String::from_utf8(text).unwrap())
    }
}

/// A route to a skill of its name.
fn route(id: &str, pattern: &str, example: &str) -> Value {
    json!({
        "route": id,
        "target": {"kind": "skill", "name": id},
        "does": "ships what is on main",
        "patterns": [{"regex": pattern, "weight": 0.9}],
        "examples": [example],
    })
}

fn deploy() -> Value {
    route(
        "deploy",
        "(?:ship|deploy) {..3}(?:staging|production)",
        "ship it to staging",
    )
}
