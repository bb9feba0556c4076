//! The plugins that are installed and switched on here, and where their parts lie.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use super::settings::Settings;
use crate::data;

/// A large marketplace lists thousands of plugins; in bytes.
const LARGEST: u64 = 16 << 20;

/// A plugin, ready to be looked through.
#[derive(Debug)]
pub(super) struct Plugin {
    /// `name@marketplace`.
    pub(super) id: String,
    /// What the client puts before the names of its parts.
    pub(super) prefix: String,
    /// Its folder.
    pub(super) root: PathBuf,
    /// Folders of skills, and folders that are one skill.
    pub(super) skills: Vec<PathBuf>,
    /// Folders of agents, and agents' files.
    pub(super) agents: Vec<PathBuf>,
    /// Folders of commands, and commands' files.
    pub(super) commands: Vec<PathBuf>,
}

#[derive(Deserialize)]
struct Installed {
    #[serde(default)]
    plugins: HashMap<String, Value>,
}

/// Where a plugin was installed, and for which project.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Install {
    install_path: PathBuf,
    project_path: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Marketplace {
    source: Option<Value>,
    install_location: Option<PathBuf>,
}

#[derive(Default, Deserialize)]
struct Catalog {
    #[serde(default)]
    plugins: Vec<Manifest>,
}

/// `plugin.json`, or a marketplace's words about a plugin.
#[derive(Debug, Clone, Default, Deserialize)]
struct Manifest {
    #[serde(default)]
    name: String,
    source: Option<Value>,
    skills: Option<Value>,
    agents: Option<Value>,
    commands: Option<Value>,
}

/// The plugins switched on in `settings`, for a conversation in the folder `project`.
pub(super) fn enabled(settings: &Settings, project: Option<&Path>) -> Vec<Plugin> {
    let Some(folder) = data::client_folder().map(|folder| folder.join("plugins")) else {
        return Vec::new();
    };
    let installed: HashMap<String, Value> =
        json::<Installed>(&folder.join("installed_plugins.json"))
            .map(|installed| installed.plugins)
            .unwrap_or_default();
    let markets: HashMap<String, Marketplace> =
        json(&folder.join("known_marketplaces.json")).unwrap_or_default();
    let mut catalogs: HashMap<&str, Catalog> = HashMap::new();
    let mut plugins = Vec::new();
    for id in settings.enabled() {
        let Some(root) = installed
            .get(id)
            .and_then(|installs| install(installs, project))
        else {
            continue;
        };
        let (name, market) = id.rsplit_once('@').unwrap_or((id, ""));
        let known = markets.get(market);
        let catalog = catalogs.entry(market).or_insert_with(|| {
            let at = known.and_then(|known| known.install_location.as_deref());
            at.and_then(|at| json(&at.join(".claude-plugin/marketplace.json")))
                .unwrap_or_default()
        });
        let entry = catalog.plugins.iter().find(|entry| entry.name == name);
        let root = in_place(known, entry).unwrap_or(root);
        plugins.push(plugin(id, name, root, entry));
    }
    plugins
}

fn json<T: for<'de> Deserialize<'de>>(file: &Path) -> Option<T> {
    serde_json::from_slice(&data::read_within(file, LARGEST)?).ok()
}

/// The install that counts in `project`: its own, else one for every project. Older lists have one, not several.
fn install(installs: &Value, project: Option<&Path>) -> Option<PathBuf> {
    let installs: Vec<Install> = match installs {
        Value::Array(all) => all
            .iter()
            .filter_map(|it| Install::deserialize(it).ok())
            .collect(),
        one => Install::deserialize(one).into_iter().collect(),
    };
    let here = |it: &&Install| it.project_path.is_some() && it.project_path.as_deref() == project;
    let found = installs.iter().find(here);
    let found = found.or_else(|| installs.iter().find(|it| it.project_path.is_none()));
    found.or(installs.first()).map(|it| it.install_path.clone())
}

/// A marketplace that is a folder of this machine runs its plugins where they are.
fn in_place(known: Option<&Marketplace>, entry: Option<&Manifest>) -> Option<PathBuf> {
    let known = known?;
    if known.source.as_ref()?.get("source")?.as_str()? != "directory" {
        return None;
    }
    let at = known.install_location.as_deref()?;
    let root = within(at, entry?.source.as_ref()?.as_str()?)?;
    root.is_dir().then_some(root)
}

/// `path` in `root`; nothing where it leads out of it.
fn within(root: &Path, path: &str) -> Option<PathBuf> {
    let mut found = root.to_owned();
    for part in Path::new(path).components() {
        match part {
            Component::CurDir => {}
            Component::Normal(part) => found.push(part),
            _ => return None,
        }
    }
    Some(found)
}

fn plugin(id: &str, name: &str, root: PathBuf, entry: Option<&Manifest>) -> Plugin {
    let manifest: Manifest = json(&root.join(".claude-plugin/plugin.json")).unwrap_or_default();
    let entry = entry.cloned().unwrap_or_default();
    let declared = |own: &Option<Value>, market: &Option<Value>| -> Option<Vec<PathBuf>> {
        let both: Vec<&Value> = own.iter().chain(market).collect();
        let paths = both.iter().flat_map(|value| paths(value));
        (!both.is_empty()).then(|| paths.filter_map(|path| within(&root, path)).collect())
    };
    // The folder of skills counts beside what is declared, but where a marketplace's root is the plugin, or where
    // the declaration says: none.
    let at_root = entry
        .source
        .as_ref()
        .and_then(Value::as_str)
        .is_some_and(|at| matches!(at, "." | "./"));
    let default = root.join("skills");
    let mut skills = declared(&manifest.skills, &entry.skills).unwrap_or_default();
    let none = [&manifest.skills, &entry.skills]
        .iter()
        .any(|it| it.as_ref().is_some_and(|it| paths(it).is_empty()));
    let without = none || (at_root && entry.skills.is_some());
    if !without && !skills.contains(&default) {
        skills.insert(0, default.clone());
    }
    // A plugin may itself be one skill.
    if !default.is_dir() && manifest.skills.is_none() && entry.skills.is_none() {
        skills.push(root.clone());
    }
    let or_default =
        |paths: Option<Vec<PathBuf>>, folder| paths.unwrap_or_else(|| vec![root.join(folder)]);
    let prefix = if manifest.name.is_empty() {
        name.to_owned()
    } else {
        manifest.name
    };
    Plugin {
        id: id.to_owned(),
        prefix,
        skills,
        agents: or_default(declared(&manifest.agents, &entry.agents), "agents"),
        commands: or_default(declared(&manifest.commands, &entry.commands), "commands"),
        root,
    }
}

/// The paths in a declaration: a text, a list of them, or a map whose values name a `source`.
fn paths(value: &Value) -> Vec<&str> {
    match value {
        Value::String(path) => vec![path],
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
        Value::Object(all) => all
            .values()
            .filter_map(|it| it.get("source")?.as_str())
            .collect(),
        _ => Vec::new(),
    }
}
