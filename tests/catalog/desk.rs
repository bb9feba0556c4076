//! A home with a project, and promptune run in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

pub(crate) struct Desk {
    root: TempDir,
}

impl Desk {
    pub(crate) fn new() -> Self {
        let root = TempDir::new().expect("a folder");
        for folder in ["home/.claude", "project/.claude", "project/.git"] {
            fs::create_dir_all(root.path().join(folder)).expect("a folder");
        }
        Self { root }
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.root.path().join("home")
    }

    /// The client's folder.
    pub(crate) fn user(&self) -> PathBuf {
        self.root.path().join("home/.claude")
    }

    pub(crate) fn project(&self) -> PathBuf {
        self.root.path().join("project")
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.root.path().join("data")
    }

    /// A skill of the person's.
    pub(crate) fn skill(&self, folder: &str, text: impl AsRef<[u8]>) -> PathBuf {
        write(
            &self.user().join("skills").join(folder).join("SKILL.md"),
            text,
        )
    }

    /// An agent of the project's.
    pub(crate) fn agent(&self, file: &str, text: impl AsRef<[u8]>) -> PathBuf {
        write(&self.project().join(".claude/agents").join(file), text)
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_promptune"));
        command
            .env_clear()
            .current_dir(self.project())
            .env("HOME", self.root.path().join("home"))
            .env("CLAUDE_PROJECT_DIR", self.project())
            .env("PROMPTUNE_DATA", self.data());
        command
    }

    pub(crate) fn runs(&self, arguments: &[&str]) -> Output {
        self.command().args(arguments).output().expect("it runs")
    }

    /// What a command that must succeed prints.
    pub(crate) fn prints(&self, arguments: &[&str]) -> String {
        let output = self.runs(arguments);
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).expect("text")
    }

    /// `promptune catalog --json`.
    pub(crate) fn catalog(&self) -> Value {
        serde_json::from_str(&self.prints(&["catalog", "--json"])).expect("JSON")
    }

    /// The entry `id`.
    pub(crate) fn entry(&self, id: &str) -> Option<Value> {
        entry(&self.catalog(), id)
    }
}

pub(crate) fn entry(catalog: &Value, id: &str) -> Option<Value> {
    let entries = catalog["entries"].as_array().expect("entries");
    entries.iter().find(|entry| entry["id"] == id).cloned()
}

pub(crate) fn write(path: &Path, text: impl AsRef<[u8]>) -> PathBuf {
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, text).expect("written");
    path.to_owned()
}
