//! A home, and a client that only notes what it is asked.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_promptune");

/// The client: tells its version, notes each command in `asked`, fails where `fails` is there.
const CLIENT: &str = r#"#!/bin/sh
here=${0%/*}
if [ "$1" = --version ]; then cat "$here/version"; exit; fi
echo "$*" >>"$here/asked"
if [ -e "$here/fails" ]; then cat "$here/fails" >&2; exit 1; fi
"#;

pub(crate) struct Desk {
    root: TempDir,
    variables: Vec<(&'static str, PathBuf)>,
}

/// What a command said and how it ended.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Desk {
    pub(crate) fn new() -> Self {
        let desk = Self {
            root: TempDir::new().expect("a folder"),
            variables: Vec::new(),
        };
        for folder in ["home", "project", "client"] {
            fs::create_dir(desk.path(folder)).expect("a folder");
        }
        let client = desk.path("client/claude");
        fs::write(&client, CLIENT).expect("written");
        fs::set_permissions(&client, fs::Permissions::from_mode(0o755)).expect("executable");
        desk.client_says("2.1.330 (Claude Code)");
        desk
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.path("home/.claude/plugins/data/promptune-promptune")
    }

    /// The folder of the version that the marketplace names.
    pub(crate) fn version(&self) -> PathBuf {
        let plugin = self.data().join("plugin");
        let listed = fs::read(plugin.join(".claude-plugin/marketplace.json")).expect("listed");
        let listed: serde_json::Value = serde_json::from_slice(&listed).expect("JSON");
        let source = listed["plugins"][0]["source"].as_str().expect("a source");
        plugin.join(source.strip_prefix("./").expect("beside it"))
    }

    pub(crate) fn client_says(&self, version: &str) {
        fs::write(self.path("client/version"), version).expect("written");
    }

    pub(crate) fn client_fails(&self, why: &str) {
        fs::write(self.path("client/fails"), why).expect("written");
    }

    /// What the client was asked to do.
    pub(crate) fn asked(&self) -> Vec<String> {
        let asked = fs::read_to_string(self.path("client/asked")).unwrap_or_default();
        asked.lines().map(str::to_owned).collect()
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl AsRef<Path>) -> Self {
        self.variables.push((name, value.as_ref().to_owned()));
        self
    }

    pub(crate) fn runs(&self, arguments: &[&str]) -> Said {
        self.runs_from(Path::new(BINARY), arguments)
    }

    pub(crate) fn runs_from(&self, program: &Path, arguments: &[&str]) -> Said {
        let output = self.command(program).args(arguments).output();
        said(&output.expect("it runs"))
    }

    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("HOME", self.path("home"))
            .env(
                "PATH",
                format!("{}:/usr/bin:/bin", self.path("client").display()),
            )
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .current_dir(self.path("project"))
            .stdin(Stdio::null());
        command
    }
}

fn said(output: &Output) -> Said {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Said {
        code: output.status.code(),
        out: text(&output.stdout),
        err: text(&output.stderr),
    }
}

/// Whether nothing lies in `folder`.
pub(crate) fn empty(folder: &Path) -> bool {
    fs::read_dir(folder).expect("readable").next().is_none()
}
