//! What the person's settings deny: such a skill or agent is never named.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::data;

#[derive(Default, Deserialize)]
struct Settings {
    #[serde(default)]
    permissions: Permissions,
}

#[derive(Default, Deserialize)]
struct Permissions {
    #[serde(default)]
    deny: Vec<String>,
}

/// The deny rules in force.
#[derive(Debug, Default)]
pub struct Denied {
    rules: Vec<String>,
}

impl Denied {
    /// Reads the rules of the managed, the person's and the project's settings. `project` is the conversation's folder.
    #[must_use]
    pub fn read(project: Option<&Path>) -> Self {
        let mut files: Vec<PathBuf> = managed();
        files.extend(data::client_folder().map(|folder| folder.join("settings.json")));
        if let Some(project) = project {
            files.push(project.join(".claude/settings.json"));
            files.push(project.join(".claude/settings.local.json"));
        }
        Self {
            rules: files.iter().flat_map(|file| rules(file)).collect(),
        }
    }

    /// Whether calling `id` ("promptune:test-runner") is denied.
    #[must_use]
    pub fn denies(&self, agent: bool, id: &str) -> bool {
        // "Task" is the Agent tool's older name, and still taken in rules.
        let tools: &[&str] = if agent {
            &["Agent", "Task"]
        } else {
            &["Skill"]
        };
        self.rules.iter().any(|rule| {
            let (tool, content) = match rule.split_once('(') {
                Some((tool, content)) => (tool, content.trim_end_matches(')')),
                None => (rule.as_str(), "*"),
            };
            tool == "*" || (tools.contains(&tool.trim()) && covers(content.trim(), id))
        })
    }
}

/// `*`, the name itself, or a beginning of it: `promptune:*`, and for skills `name:*` and `name *` (any arguments).
fn covers(content: &str, id: &str) -> bool {
    if content == id || content.is_empty() {
        return true;
    }
    let Some(beginning) = content.strip_suffix('*') else {
        return false;
    };
    id.starts_with(beginning) || beginning.trim_end_matches([':', ' ']) == id
}

fn rules(file: &Path) -> Vec<String> {
    data::read_small(file).map_or_else(Vec::new, |bytes| denied_by(&bytes))
}

/// The rules in a settings file of `bytes`.
pub(crate) fn denied_by(bytes: &[u8]) -> Vec<String> {
    serde_json::from_slice::<Settings>(bytes)
        .unwrap_or_default()
        .permissions
        .deny
}

/// Where an organisation's settings of the client lie.
pub(crate) fn managed_folder() -> &'static Path {
    let folder = if cfg!(target_os = "macos") {
        "/Library/Application Support/ClaudeCode"
    } else if cfg!(windows) {
        r"C:\Program Files\ClaudeCode"
    } else {
        "/etc/claude-code"
    };
    Path::new(folder)
}

/// The settings that an organisation puts on the machine.
pub(crate) fn managed() -> Vec<PathBuf> {
    vec![managed_folder().join("managed-settings.json")]
}

#[cfg(test)]
mod tests {
    use super::Denied;

    #[test]
    fn rules_deny_what_they_name() {
        let cases = [
            ("Agent", true, true),
            ("Task", true, true),
            ("Skill", true, false),
            ("Agent(promptune:test-runner)", true, true),
            ("Agent(promptune:git-operator)", true, false),
            ("Agent(promptune:*)", true, true),
            ("Agent(*)", true, true),
            ("Skill", false, true),
            ("Skill(promptune:test-runner:*)", false, true),
            ("Agent", false, false),
            ("Bash(git push:*)", true, false),
        ];
        for (rule, agent, denied) in cases {
            let rules = Denied {
                rules: vec![rule.to_owned()],
            };
            assert_eq!(
                rules.denies(agent, "promptune:test-runner"),
                denied,
                "{rule} {agent}"
            );
        }
    }
}
