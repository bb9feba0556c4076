//! `promptune uninstall`: every trace of an installation goes, and nothing else.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use super::client::{Client, shell, shown};
use super::exit::Exit;
use super::install::{Before, ID, MARKETPLACE, PLUGIN, data_folder};
use super::output::{self, GOOD, styled};
use super::{Run, standing};
use crate::data;

/// Removes promptune from Claude Code, with all it wrote
///
/// Takes the plugin out of every scope with the client's own commands, and removes the client's copy of it, the data
/// folder and the standing request.
#[derive(clap::Args)]
pub(super) struct Uninstall {
    /// Keep the data folder's notes: settings, ledger, prices, compiled routes
    #[arg(long)]
    keep_data: bool,
    /// Say every step, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Claude Code's program, where it is not `claude` on PATH
    #[arg(long, value_name = "PATH")]
    client: Option<PathBuf>,
}

/// `installed_plugins.json` of the client, as far as it matters here.
#[derive(Default, Deserialize)]
struct Listed {
    #[serde(default)]
    plugins: std::collections::BTreeMap<String, Vec<Entry>>,
}

/// One installation of the plugin.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Entry {
    /// `user`, `project` or `local`.
    pub(super) scope: String,
    /// The project, for the last two.
    pub(super) project_path: Option<PathBuf>,
}

/// Where the plugin is installed, as the client keeps it.
pub(super) fn installations(client: &Path) -> Vec<Entry> {
    let read = data::read_small(&client.join("plugins/installed_plugins.json"));
    let listed: Listed = read
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_default();
    listed.plugins.get(ID).cloned().unwrap_or_default()
}

/// Where the client's marketplace `promptune` lies.
pub(super) fn marketplace(client: &Path) -> Option<PathBuf> {
    let bytes = data::read_small(&client.join("plugins/known_marketplaces.json"))?;
    let known: Value = serde_json::from_slice(&bytes).ok()?;
    Some(known.get(MARKETPLACE)?["installLocation"].as_str()?.into())
}

/// The data folder of the installation, where it is not `data`.
fn elsewhere(data: &Path, client: &Path) -> Option<PathBuf> {
    let place = marketplace(client)?;
    let ours = place.ends_with(PLUGIN) && place.join("before.json").exists();
    let place = place.parent()?.to_owned();
    (ours && fs::canonicalize(&place).ok() != fs::canonicalize(data).ok()).then_some(place)
}

/// One thing to do.
struct Step {
    shown: String,
    act: Act,
}

enum Act {
    Client(Vec<String>, Option<PathBuf>),
    Remove(PathBuf),
    Program,
    Notes,
    Standing,
    Restore,
}

impl Run for Uninstall {
    fn run(self) -> Result<Exit, String> {
        let data = data_folder()?;
        let folder = data::client_folder()
            .ok_or("there is no home folder\n  mend: set HOME or CLAUDE_CONFIG_DIR")?;
        if let Some(place) = elsewhere(&data, &folder) {
            return Err(format!(
                "promptune was installed with another data folder, {}\n  mend: PROMPTUNE_DATA={} promptune uninstall",
                place.display(),
                shell(&place)
            ));
        }
        let steps = self.steps(&data, &folder);
        if steps.is_empty() {
            output::print("promptune is not installed; there is nothing to remove.\n")?;
            return Ok(Exit::Fine);
        }
        if self.dry_run {
            output::plan(steps.iter().map(|step| step.shown.as_str()))?;
            return Ok(Exit::Fine);
        }
        let needs_client = steps.iter().any(|it| matches!(it.act, Act::Client(..)));
        let client = if needs_client {
            Some(Client::find(self.client.as_deref())?)
        } else {
            None
        };
        let before = Before::read(&data);
        let mut problems = Vec::new();
        for step in &steps {
            problems.extend(step.take(&data, &before, client.as_ref()));
        }
        for problem in &problems {
            output::error(problem);
        }
        if !problems.is_empty() {
            return Ok(Exit::Failed);
        }
        let notes = if self.keep_data && data.exists() {
            format!(" Its notes stay in {}.", data.display())
        } else {
            String::new()
        };
        output::print(&format!(
            "{}, and nothing of it is left.{notes} Conversations that are open go on without hints.\n",
            styled(GOOD, "promptune is uninstalled")
        ))?;
        Ok(Exit::Fine)
    }
}

impl Uninstall {
    /// What there is to do.
    fn steps(&self, data: &Path, client: &Path) -> Vec<Step> {
        let mut steps = Vec::new();
        let mut commands = |arguments: &[&str], inside: Option<&Path>| {
            let place = inside.map_or(String::new(), |it| format!(" in {}", it.display()));
            steps.push(Step {
                shown: format!("run {}{place}", shown(arguments)),
                act: Act::Client(
                    arguments.iter().map(|it| (*it).to_owned()).collect(),
                    inside.map(Path::to_owned),
                ),
            });
        };
        // The client would remove its data folder for the plugin, with this program in it. That comes last.
        for Entry {
            scope,
            project_path,
        } in installations(client)
        {
            let inside = project_path.as_deref();
            // Where the project is gone, the marketplace's removal takes the entry along.
            if inside.is_none_or(Path::is_dir) {
                commands(
                    &["plugin", "uninstall", ID, "--scope", &scope, "--keep-data"],
                    inside,
                );
            }
        }
        if marketplace(client).is_some() {
            commands(&["plugin", "marketplace", "remove", MARKETPLACE], None);
        }
        let mut push = |shown: String, act| steps.push(Step { shown, act });
        let cache = client.join("plugins/cache").join(MARKETPLACE);
        if fs::symlink_metadata(&cache).is_ok() {
            push(
                format!("remove the client's copy, {}", cache.display()),
                Act::Remove(cache),
            );
        }
        if let Ok(memory) = standing::memory_file()
            && standing::look(&memory) != standing::Standing::Absent
        {
            push(
                format!("remove the standing request from {}", memory.display()),
                Act::Standing,
            );
        }
        let program = data.join(PLUGIN);
        if fs::symlink_metadata(&program).is_ok() || data.join("bin").exists() {
            push(
                format!("remove the program and the plugin, {}", program.display()),
                Act::Program,
            );
        }
        if !self.keep_data && fs::symlink_metadata(data).is_ok() {
            push(
                format!("remove the notes in {}", data.display()),
                Act::Notes,
            );
        }
        if !steps.is_empty() {
            let shown =
                "remove the empty files and settings that this leaves in the client's folder";
            steps.push(Step {
                shown: shown.to_owned(),
                act: Act::Restore,
            });
        }
        steps
    }
}

impl Step {
    /// Does it. Returns what went wrong.
    fn take(&self, data: &Path, before: &Before, client: Option<&Client>) -> Vec<String> {
        let removed = |done: std::io::Result<()>, path: &Path| match done {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                vec![format!(
                    "{}: {error}\n  mend: remove it by hand",
                    path.display()
                )]
            }
            _ => Vec::new(),
        };
        match &self.act {
            Act::Client(arguments, inside) => {
                let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
                let done = client.map(|it| it.run(&arguments, inside.as_deref()));
                done.and_then(Result::err).into_iter().collect()
            }
            Act::Remove(path) => removed(fs::remove_dir_all(path), path),
            Act::Program => remove_program(data),
            Act::Notes => remove_notes(data),
            Act::Standing => {
                let done = standing::memory_file().and_then(|file| standing::remove(&file));
                done.err().into_iter().collect()
            }
            Act::Restore => before.restore(),
        }
    }
}

/// Removes the plugin and the program from the data folder. Links are removed, not followed.
pub(super) fn remove_program(data: &Path) -> Vec<String> {
    let mut problems = Vec::new();
    for part in [PLUGIN, "bin"] {
        remove(&data.join(part), &mut problems);
    }
    problems
}

/// Removes what promptune writes, and the folder if nothing else is in it. `PROMPTUNE_DATA` may name any folder.
fn remove_notes(data: &Path) -> Vec<String> {
    let mut problems = Vec::new();
    for entry in fs::read_dir(data).into_iter().flatten().flatten() {
        if entry.file_name().to_str().is_some_and(is_ours) {
            remove(&entry.path(), &mut problems);
        }
    }
    match fs::remove_dir(data) {
        Err(error) if error.kind() == std::io::ErrorKind::DirectoryNotEmpty => {
            problems.push(format!(
                "{}: files are left in it that promptune did not write\n  mend: look at them, and remove the folder by hand",
                data.display()
            ));
        }
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            problems.push(format!(
                "{}: {error}\n  mend: remove it by hand",
                data.display()
            ));
        }
        _ => {}
    }
    problems
}

fn remove(path: &Path, problems: &mut Vec<String>) {
    let done = match fs::symlink_metadata(path) {
        Ok(there) if there.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(_) => Ok(()),
    };
    if let Err(error) = done {
        problems.push(format!(
            "{}: {error}\n  mend: remove it by hand",
            path.display()
        ));
    }
}

/// Whether a file or folder of the data folder is one that promptune, or the person for it, puts there.
pub(super) fn is_ours(name: &str) -> bool {
    const WHOLE: [&str; 12] = [
        "conversations",
        "index",
        "config.json",
        "prices.json",
        "adaptive.json",
        "models.json",
        "executors.json",
        "dashboard.html",
        "errors.log",
        "errors.log.old",
        "ledger.jsonl",
        "ledger.lock",
    ];
    let framed = |start: &str, end: &str| {
        name.strip_prefix(start)
            .is_some_and(|rest| rest.strip_suffix(end).is_some())
    };
    WHOLE.contains(&name)
        || framed("ledger.", ".jsonl")
        || framed("cost-", ".cache")
        || framed("", ".tmp")
}
