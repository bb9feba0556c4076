//! Labelled tasks: what main models ask of agents, as the model of tasks is taught with and measured on.

use std::fs;
use std::path::Path;

use serde::Deserialize;

/// A labelled task.
#[derive(Debug, Clone, Deserialize)]
pub struct Task {
    /// The few words of the call.
    pub description: String,
    /// The task's text.
    pub prompt: String,
    /// The agent that it was written for.
    pub subagent_type: String,
    /// What it takes.
    pub label: Label,
    /// Its kind: `tests`, `debug` …
    pub kind: String,
}

/// What a task takes, by its label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Label {
    /// Template-driven.
    Haiku,
    /// Between.
    Sonnet,
    /// Finding out, weighing, deciding.
    Stay,
}

impl Label {
    /// The model's class.
    #[must_use]
    pub fn class(self) -> usize {
        self as usize
    }

    /// How much a task counts in teaching: one that is moved wrongly costs more than one that is not moved.
    #[must_use]
    pub fn weight(self) -> f32 {
        match self {
            Self::Stay => 2.0,
            Self::Haiku | Self::Sonnet => 1.0,
        }
    }
}

impl Task {
    /// The text that is judged.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}.\n{}", self.description, self.prompt)
    }
}

/// Reads a file of labelled tasks.
///
/// # Errors
/// The file, the line and what is wrong with it.
pub fn read(file: &Path) -> Result<Vec<Task>, String> {
    let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let lines = text.lines().enumerate();
    lines
        .map(|(index, line)| {
            serde_json::from_str(line)
                .map_err(|error| format!("{}:{}: {error}", file.display(), index + 1))
        })
        .collect()
}
