//! What keeps a model as it is: the environment, and the settings of the person, the project and the organisation.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::data;
use crate::permissions::managed_folder;
use crate::system::system;

/// Variables by which somebody has chosen agents' models. Whatever they say, it is their choice.
const CHOSEN: [&str; 4] = [
    "CLAUDE_CODE_SUBAGENT_MODEL",
    "CLAUDE_CODE_SUBAGENT_MODEL_FORCE",
    "CLAUDE_CODE_WORKFLOW_SUBAGENT_MODEL",
    "CLAUDE_CODE_COORDINATOR_FORCE_WORKER_INHERIT_MODEL",
];

/// Variables by which another provider answers, where not every model need be at hand.
const ELSEWHERE: [&str; 7] = [
    "CLAUDE_CODE_USE_BEDROCK",
    "CLAUDE_CODE_USE_VERTEX",
    "CLAUDE_CODE_USE_FOUNDRY",
    "CLAUDE_CODE_USE_ANTHROPIC_AWS",
    "CLAUDE_CODE_USE_ANTHROPIC_GOOGLE_CLOUD",
    "CLAUDE_CODE_USE_GATEWAY",
    "CLAUDE_CODE_USE_MANTLE",
];

/// Why a model stays as it is, if the environment says so. `to` is `haiku` or `sonnet`.
#[must_use]
pub fn by_environment(to: &str) -> Option<String> {
    let set = |name: &str| {
        system()
            .variable(name)
            .is_some_and(|value| !value.is_empty())
    };
    let mut names: Vec<&str> = CHOSEN.iter().chain(&ELSEWHERE).copied().collect();
    if to == "haiku" {
        names.extend([
            "ANTHROPIC_DEFAULT_HAIKU_MODEL",
            "ANTHROPIC_SMALL_FAST_MODEL",
        ]);
    } else {
        names.push("ANTHROPIC_DEFAULT_SONNET_MODEL");
    }
    let name = names.into_iter().find(|name| set(name))?;
    Some(format!("{name} is set"))
}

/// A settings file of the client, as far as it is about models. What is not of the known form counts as a restriction.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Settings {
    available_models: Option<Vec<String>>,
    denied_models: Option<Vec<String>>,
    #[serde(default)]
    permissions: Permissions,
}

#[derive(Default, Deserialize)]
struct Permissions {
    #[serde(default)]
    deny: Vec<String>,
    #[serde(default)]
    ask: Vec<String>,
    #[serde(default)]
    allow: Vec<String>,
}

/// Why a model stays as it is, if settings say so.
#[must_use]
pub fn by_settings(to: &str, project: Option<&Path>) -> Option<String> {
    let managed = managed_folder();
    // Its files cannot all be known here, and an organisation's word counts.
    let parts = managed.join("managed-settings.d");
    if system()
        .names(&parts, 1)
        .is_some_and(|names| !names.is_empty())
    {
        return Some("the organisation's settings have parts that are not read here".to_owned());
    }
    let mut files: Vec<PathBuf> = vec![managed.join("managed-settings.json")];
    if let Some(client) = data::client_folder() {
        files.push(client.join("remote-settings.json"));
        files.push(client.join("settings.json"));
    }
    if let Some(project) = project {
        files.push(project.join(".claude/settings.json"));
        files.push(project.join(".claude/settings.local.json"));
    }
    files.iter().find_map(|file| {
        let bytes = data::read_small(file)?;
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        match serde_json::from_slice::<Settings>(&bytes) {
            Ok(settings) => settings.forbids(to).map(|why| format!("{name}: {why}")),
            Err(_) => Some(format!("{name} is not of the known form")),
        }
    })
}

impl Settings {
    fn forbids(&self, to: &str) -> Option<&'static str> {
        let names = |models: &Option<Vec<String>>| {
            let mut all = models.iter().flatten();
            all.any(|model| model.to_ascii_lowercase().contains(to))
        };
        if self.available_models.is_some() && !names(&self.available_models) {
            return Some("availableModels does not name it");
        }
        if names(&self.denied_models) {
            return Some("deniedModels names it");
        }
        // A rule may ask for or deny an agent by its model: setting one would change what it means.
        let Permissions { deny, ask, allow } = &self.permissions;
        let mut rules = deny.iter().chain(ask).chain(allow);
        let by_model = |rule: &String| {
            (rule.starts_with("Agent(") || rule.starts_with("Task(")) && rule.contains("model")
        };
        rules
            .any(by_model)
            .then_some("a permission rule is about agents' models")
    }
}

#[cfg(test)]
mod tests {
    use super::by_settings;

    #[test]
    fn settings_forbid_what_they_do_not_offer() {
        let project = tempfile::tempdir().expect("a folder");
        let folder = project.path().join(".claude");
        std::fs::create_dir(&folder).expect("a folder");
        for (settings, forbidden) in [
            ("{}", false),
            (r#"{"availableModels":["opus","sonnet"]}"#, true),
            (r#"{"availableModels":["opus","claude-haiku-5-5"]}"#, false),
            (r#"{"availableModels":[]}"#, true),
            (r#"{"availableModels":"opus"}"#, true),
            (r#"{"deniedModels":["haiku"]}"#, true),
            (r#"{"permissions":{"deny":["Agent(model:haiku)"]}}"#, true),
            (
                r#"{"permissions":{"deny":["Agent(Explore)","Read(model.rs)"]}}"#,
                false,
            ),
            ("not json", true),
        ] {
            std::fs::write(folder.join("settings.json"), settings).expect("written");
            let why = by_settings("haiku", Some(project.path()));
            let here = why.filter(|why| why.starts_with("settings.json"));
            assert_eq!(here.is_some(), forbidden, "{settings}");
        }
    }
}
