//! An invented catalogue, and a person's home in which it is installed.

use std::fs;
use std::path::PathBuf;
use std::process::Output;
use std::time::Duration;

use assert_cmd::Command;
use serde_json::{Value, json};
use tempfile::TempDir;

/// Kind, name, what it says of itself.
pub(crate) const SHELF: &[(&str, &str, &str)] = &[
    (
        "skill",
        "loaf-charts",
        "Draw up Helm charts for a cluster: values, templates, sub-charts. Use when packaging a Kubernetes service.",
    ),
    (
        "agent",
        "pod-doctor",
        "Use this agent when pods crash, hang or cannot be scheduled on Kubernetes. Reads events and logs.",
    ),
    (
        "agent",
        "query-tuner",
        "Expert in making slow PostgreSQL and MySQL queries fast: plans, indexes, locks. Use PROACTIVELY for database performance.",
    ),
    (
        "agent",
        "schema-mover",
        "Plans database migrations that need no downtime, with a way back. Use when tables or columns change.",
    ),
    (
        "skill",
        "till-payments",
        "Take card payments with Stripe: checkout, subscriptions, webhooks, refunds.",
    ),
    (
        "agent",
        "ferris",
        "Rust programming: ownership, lifetimes, traits, async with tokio.",
    ),
    (
        "agent",
        "gopher-hand",
        "Go programming: goroutines, channels, modules, profiling.",
    ),
    (
        "agent",
        "component-smith",
        "Builds React components with hooks and TypeScript, and finds needless re-renders.",
    ),
    (
        "skill",
        "plain-for-all",
        "Check web pages against WCAG: contrast, keyboard, screen readers. Use for accessibility audits.",
    ),
    (
        "agent",
        "clause-reader",
        "Reads contracts, terms of service and privacy policies, and drafts them. Legal work.",
    ),
    (
        "agent",
        "gate-keeper",
        "Security audits: OWASP, vulnerable dependencies, injection, secrets in code.",
    ),
    (
        "skill",
        "sign-in",
        "Implement authentication: OAuth, sessions, password reset, single sign-on.",
    ),
    (
        "agent",
        "terra-former",
        "Terraform modules, state and providers; infrastructure as code.",
    ),
    (
        "skill",
        "slide-maker",
        "Create and edit PowerPoint presentations (pptx).",
    ),
    (
        "skill",
        "sheet-maker",
        "Create and edit Excel spreadsheets (xlsx) with formulas.",
    ),
    (
        "agent",
        "copy-desk",
        "Writes landing pages and newsletters; content marketing and SEO.",
    ),
    (
        "agent",
        "night-watch",
        "Incident response: outages, on-call, postmortems.",
    ),
    (
        "agent",
        "night-watch-two",
        "Incident response: outages, on-call, postmortems.",
    ),
    (
        "agent",
        "model-teacher",
        "Machine learning: trains, evaluates and serves models with PyTorch.",
    ),
    (
        "skill",
        "mcp-bench",
        "Build MCP servers (Model Context Protocol) that give a model tools.",
    ),
    (
        "agent",
        "pocket-apps",
        "Mobile apps with Flutter and React Native for iOS and Android.",
    ),
    (
        "skill",
        "box-builder",
        "Write Dockerfiles and compose files; small images, multi-stage builds.",
    ),
];

/// It, as JSON lines.
pub(crate) fn rows() -> String {
    let row = |(kind, name, said): &(&str, &str, &str)| {
        let model = (*kind == "agent").then_some("haiku");
        format!(
            "{}\n",
            json!({"kind": kind, "name": name, "description": said, "model": model})
        )
    };
    SHELF.iter().map(row).collect()
}

/// A person's home with a project in it and everything installed.
pub(crate) struct Home {
    folder: TempDir,
}

impl Home {
    pub(crate) fn new() -> Self {
        let home = Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
        };
        fs::create_dir_all(home.project()).unwrap();
        home.write("shelf.jsonl", &rows());
        for (kind, name, said) in SHELF {
            let (path, model) = match *kind {
                "skill" => (format!(".claude/skills/{name}/SKILL.md"), ""),
                _ => (format!(".claude/agents/{name}.md"), "model: haiku\n"),
            };
            let text = format!(
                "---\nname: {name}\ndescription: {}\n{model}---\n\nText.\n",
                json!(said)
            );
            home.write(&path, &text);
        }
        home
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    pub(crate) fn project(&self) -> PathBuf {
        self.path("work/app")
    }

    pub(crate) fn write(&self, path: &str, text: &str) -> &Self {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    pub(crate) fn settings(&self, settings: &Value) -> &Self {
        self.write("data/config.json", &settings.to_string())
    }

    pub(crate) fn run(&self, arguments: &[&str], input: &str) -> Output {
        let mut command = Command::cargo_bin("promptune").expect("the binary");
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.folder.path())
            .env("PROMPTUNE_DATA", self.path("data"))
            .current_dir(self.project())
            .timeout(Duration::from_mins(1))
            .write_stdin(input);
        command.output().expect("it runs")
    }

    /// Compiles what is installed.
    pub(crate) fn index(&self) -> &Self {
        let done = self.run(&["index"], "");
        assert!(done.status.success(), "{done:?}");
        self
    }

    /// The hint for a prompt, empty for silence.
    pub(crate) fn hint(&self, prompt: &str) -> String {
        self.hint_in("default", prompt)
    }

    pub(crate) fn hint_in(&self, mode: &str, prompt: &str) -> String {
        let answer = self.event(&json!({
            "hook_event_name": "UserPromptSubmit",
            "session_id": "s1",
            "cwd": self.project(),
            "permission_mode": mode,
            "prompt": prompt,
        }));
        if answer.is_empty() {
            return answer;
        }
        let answer: Value = serde_json::from_str(&answer).expect("JSON");
        let hint = &answer["hookSpecificOutput"]["additionalContext"];
        hint.as_str().expect("a hint").to_owned()
    }

    pub(crate) fn event(&self, event: &Value) -> String {
        let done = self.run(&["hook"], &event.to_string());
        assert!(done.status.success(), "{done:?}");
        assert!(done.stderr.is_empty(), "{done:?}");
        String::from_utf8(done.stdout).expect("text")
    }

    /// `promptune route --json` with the shelf as a file.
    pub(crate) fn decision(&self, prompt: &str) -> Value {
        let file = self.path("shelf.jsonl");
        let done = self.run(
            &[
                "route",
                "--json",
                "--catalog",
                file.to_str().unwrap(),
                prompt,
            ],
            "",
        );
        assert!(done.status.success(), "{done:?}");
        serde_json::from_slice(&done.stdout).expect("JSON")
    }
}
