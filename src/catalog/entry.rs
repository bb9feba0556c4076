//! What can be called: one skill, agent or command.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// The longest name or ID, in characters. What is longer is never offered.
pub const LONGEST_NAME: usize = 128;

/// The longest description, in characters; what is longer is cut.
pub const LONGEST_DESCRIPTION: usize = 4000;

/// What it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Called by the client's Skill tool.
    Skill,
    /// Called by its Agent tool.
    Agent,
    /// A file in `commands/`: the Skill tool takes it too.
    Command,
}

impl Kind {
    /// `skill`, `agent` or `command`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Skill => "skill",
            Self::Agent => "agent",
            Self::Command => "command",
        }
    }
}

/// Who put it there, the strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// A `.claude` folder of the project or above it.
    Project,
    /// The person's folder of the client.
    User,
    /// An installed plugin.
    Plugin,
}

/// A skill, agent or command that the client offers to its model here.
///
/// All texts are untrusted but harmless to print: one line, without control characters, tags or signs that turn the
/// text around, and bounded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// What it is.
    pub kind: Kind,
    /// The frontmatter's name; where there is none, that of its folder or file.
    pub name: String,
    /// What the client takes: `plugin:name`; a skill goes by its folder.
    pub id: String,
    /// What it says of itself; may be empty.
    pub description: String,
    /// When to use it, where that is said apart (`when_to_use`).
    pub when_to_use: Option<String>,
    /// The model it runs on: `haiku`, `sonnet`, `opus`, a full name; `None` for the conversation's.
    pub model: Option<String>,
    /// Who put it there.
    pub scope: Scope,
    /// Where it stands.
    pub file: PathBuf,
    /// The plugin it is part of, `name@marketplace`.
    pub plugin: Option<String>,
}
