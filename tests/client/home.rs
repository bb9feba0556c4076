//! Where a person works: a fresh home, a project, a staged plugin.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;
use tempfile::TempDir;

/// A fresh home and a project in it. Gone when dropped.
pub(crate) struct Home {
    root: TempDir,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self::named("promptune-")
    }

    /// The same in a folder whose name begins with `prefix`.
    pub(crate) fn named(prefix: &str) -> Self {
        let root = tempfile::Builder::new()
            .prefix(prefix)
            .tempdir()
            .expect("a temporary folder");
        let home = Self { root };
        for folder in [home.path(), home.project(), home.scratch()] {
            fs::create_dir(folder).expect("a folder");
        }
        home
    }

    /// `$HOME`.
    pub(crate) fn path(&self) -> PathBuf {
        self.root.path().join("home")
    }

    /// The folder the person works in.
    pub(crate) fn project(&self) -> PathBuf {
        self.root.path().join("project")
    }

    /// For temporary files.
    pub(crate) fn scratch(&self) -> PathBuf {
        self.root.path().join("tmp")
    }

    /// A path in the same temporary folder, where nothing is yet.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// Promptune's data folder where no variable moves it.
    pub(crate) fn data(&self) -> PathBuf {
        self.path().join(".claude/plugins/data/promptune-promptune")
    }

    /// Writes the person's settings of the client.
    pub(crate) fn settings(&self, settings: &Value) {
        write_json(&self.path().join(".claude/settings.json"), settings);
    }

    /// Writes the project's own settings of the client.
    pub(crate) fn project_settings(&self, settings: &Value) {
        write_json(
            &self.project().join(".claude/settings.local.json"),
            settings,
        );
    }

    /// A copy of the staged plugin whose hook is the shell script `body`; the real one is `"$promptune"` in it.
    pub(crate) fn plugin_with_hook(&self, body: &str) -> PathBuf {
        let plugin = self.plugin_with_binary(&staged().join("bin/promptune"));
        let hook = plugin.join("bin/promptune");
        fs::rename(&hook, plugin.join("bin/real")).expect("renamed");
        fs::write(
            &hook,
            format!("#!/bin/sh\npromptune=\"${{0%/*}}/real\"\n{body}\n"),
        )
        .expect("written");
        fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).expect("made executable");
        plugin
    }

    /// A copy of the staged plugin around another binary.
    pub(crate) fn plugin_with_binary(&self, binary: &Path) -> PathBuf {
        let plugin = self.beside("plugin");
        run(Command::new("cp").arg("-R").arg(staged()).arg(&plugin));
        fs::copy(binary, plugin.join("bin/promptune")).expect("copied");
        plugin
    }
}

fn write_json(path: &Path, json: &Value) {
    fs::create_dir_all(path.parent().expect("a file in a folder")).expect("a folder");
    fs::write(path, json.to_string()).expect("written");
}

/// The plugin as it is shipped: `PROMPTUNE_STAGED`, or staged now.
pub(crate) fn staged() -> &'static Path {
    static STAGED: OnceLock<PathBuf> = OnceLock::new();
    STAGED.get_or_init(|| {
        if let Some(folder) = std::env::var_os("PROMPTUNE_STAGED") {
            return fs::canonicalize(folder).expect("PROMPTUNE_STAGED names a folder");
        }
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("plugin");
        let mut stage = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/stage"));
        stage
            .arg(&folder)
            .args(std::env::var_os("PROMPTUNE_BINARY"));
        run(&mut stage);
        folder
    })
}

fn run(command: &mut Command) {
    let output = command.output().expect("a program that starts");
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
}
