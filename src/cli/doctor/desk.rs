//! What the checks look at, gathered once.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::cli::client::Client;
use crate::cli::install::{self, BINARY, ID, MARKETPLACE};
use crate::cli::{project, uninstall};
use crate::{data, permissions};

/// One settings file of the client.
#[derive(Debug)]
pub(super) struct Settings {
    /// `managed`, `local`, `project` or `user`.
    pub(super) scope: &'static str,
    pub(super) path: PathBuf,
    /// `None` where it is no JSON.
    pub(super) json: Option<Value>,
}

/// Everything around the hook.
pub(super) struct Desk {
    /// The data folder.
    pub(super) data: PathBuf,
    /// The client's folder of the person.
    pub(super) folder: PathBuf,
    /// The project, and the same as the hook is told it.
    pub(super) project: PathBuf,
    pub(super) client: Result<Client, String>,
    /// The client's settings files that are there, those first that prevail.
    pub(super) settings: Vec<Settings>,
    /// The plugin's folder as the client runs it.
    pub(super) plugin: Option<PathBuf>,
}

impl Desk {
    pub(super) fn gather(client: Option<&Path>) -> Result<Self, String> {
        let folder = data::client_folder()
            .ok_or("there is no home folder\n  mend: set HOME or CLAUDE_CONFIG_DIR")?;
        let project = project::folder().ok_or("this folder cannot be read")?;
        Ok(Self {
            data: install::data_folder()?,
            client: Client::find(client),
            settings: settings(&folder, &project),
            plugin: plugin(&folder),
            folder,
            project,
        })
    }

    /// The program that the client runs.
    pub(super) fn program(&self) -> Option<PathBuf> {
        Some(self.plugin.as_ref()?.join(BINARY))
    }
}

fn settings(folder: &Path, project: &Path) -> Vec<Settings> {
    let own = project.join(".claude");
    let managed = permissions::managed();
    let mut files: Vec<(&'static str, PathBuf)> =
        managed.into_iter().map(|path| ("managed", path)).collect();
    if own != folder {
        files.push(("local", own.join("settings.local.json")));
        files.push(("project", own.join("settings.json")));
    }
    files.push(("user", folder.join("settings.json")));
    let read = |(scope, path): (&'static str, PathBuf)| {
        let bytes = data::read_small(&path)?;
        Some(Settings {
            scope,
            json: serde_json::from_slice(&bytes).ok(),
            path,
        })
    };
    files.into_iter().filter_map(read).collect()
}

/// A marketplace that is a folder runs in place; others are copied.
fn plugin(folder: &Path) -> Option<PathBuf> {
    let known = json(&folder.join("plugins/known_marketplaces.json"))?;
    let known = &known[MARKETPLACE];
    let place = uninstall::marketplace(folder)?;
    if known["source"]["source"] == "directory" {
        let listed = json(&place.join(install::LISTING))?;
        let plugins = listed["plugins"].as_array()?;
        let ours = plugins.iter().find(|it| it["name"] == MARKETPLACE)?;
        let source = ours["source"].as_str()?.trim_start_matches("./");
        return Some(if source.is_empty() {
            place
        } else {
            place.join(source)
        });
    }
    let installed = json(&folder.join("plugins/installed_plugins.json"))?;
    Some(installed["plugins"][ID][0]["installPath"].as_str()?.into())
}

/// A small file as JSON.
pub(super) fn json(path: &Path) -> Option<Value> {
    serde_json::from_slice(&data::read_small(path)?).ok()
}
