//! Does another hook do the same job?

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::desk::{Desk, json};
use super::finding::Finding;
use crate::cli::install::ID;
use crate::plain::one_line;

/// Words in the commands of hooks that name skills or agents as this one does.
const SAME_JOB: [&str; 5] = [
    "promptune",
    "contextune",
    "skill-activation",
    "skill-rules",
    "skill_activation",
];

pub(super) fn check(desk: &Desk) -> Vec<Finding> {
    let mut others: Vec<(String, String)> = Vec::new();
    for file in &desk.settings {
        let hooks = file.json.as_ref().map(|it| &it["hooks"]);
        let place = format!("the {} settings", file.scope);
        others.extend(commands(hooks).map(|command| (place.clone(), command)));
    }
    for (id, folder) in plugins(desk) {
        let wired = json(&folder.join("hooks/hooks.json"));
        let place = format!("the plugin {}", one_line(&id, 60));
        let hooks = wired.as_ref().map(|it| &it["hooks"]);
        others.extend(commands(hooks).map(|command| (place.clone(), format!("{id} {command}"))));
    }
    let (same, rest): (Vec<_>, Vec<_>) = others.into_iter().partition(|(_, command)| {
        let command = command.to_lowercase();
        SAME_JOB.iter().any(|word| command.contains(word))
    });
    let mut findings: Vec<Finding> = same
        .iter()
        .map(|(place, command)| {
            Finding::warning(
                "other hooks",
                format!(
                    "{place} answers prompts as promptune does: {}",
                    one_line(command, 60)
                ),
                "take one of them out, or the model hears two hints (docs/migration.md)",
            )
            .private()
        })
        .collect();
    if findings.is_empty() {
        let places: Vec<&str> = rest.iter().map(|(place, _)| place.as_str()).collect();
        let said = if places.is_empty() {
            "none answers prompts".to_owned()
        } else {
            format!("prompts also go to hooks of {}", places.join(", "))
        };
        findings.push(Finding::fine("other hooks", said).private());
    }
    findings
}

/// What runs at a prompt, by the `hooks` of a settings file or plugin.
fn commands(hooks: Option<&Value>) -> impl Iterator<Item = String> {
    let groups = hooks.and_then(|hooks| hooks["UserPromptSubmit"].as_array());
    let single = groups
        .into_iter()
        .flatten()
        .filter_map(|group| group["hooks"].as_array())
        .flatten();
    single.map(|hook| {
        let text = |key: &str| hook[key].as_str().unwrap_or_default().to_owned();
        [text("command"), text("prompt"), text("url")].concat()
    })
}

/// The other plugins that are enabled, and their folders.
fn plugins(desk: &Desk) -> Vec<(String, PathBuf)> {
    let Some(installed) = json(&desk.folder.join("plugins/installed_plugins.json")) else {
        return Vec::new();
    };
    let enabled = |id: &str| {
        let mut words = desk.settings.iter();
        words.find_map(|file| file.json.as_ref()?["enabledPlugins"][id].as_bool()) == Some(true)
    };
    let listed = installed["plugins"].as_object();
    listed
        .into_iter()
        .flatten()
        .filter(|(id, _)| *id != ID && enabled(id))
        .filter_map(|(id, places)| {
            let folder = places[0]["installPath"].as_str()?;
            Some((id.clone(), Path::new(folder).to_owned()))
        })
        .collect()
}
