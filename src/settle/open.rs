//! What is open in a conversation, by the ledger.

use std::path::PathBuf;

use super::transcript;
use crate::ledger::{Record, Taken, What};

/// What is open.
#[derive(Debug, Default)]
pub(super) struct Open {
    /// Hints whose turn has ended, and nobody has said what came of them.
    pub(super) hints: Vec<Hint>,
    /// Agents that stopped, and nobody has said what they used.
    pub(super) agents: Vec<Agent>,
    all: Vec<Hint>,
}

/// A hint.
#[derive(Debug, Clone)]
pub(super) struct Hint {
    pub(super) prompt: String,
    pub(super) project: String,
    pub(super) routes: Vec<String>,
    /// Its length.
    pub(super) bytes: usize,
    /// What was said of it.
    pub(super) judged: Option<Vec<Taken>>,
}

/// An agent.
#[derive(Debug)]
pub(super) struct Agent {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) project: String,
    /// The prompt in whose turn it was called, as far as the client tells.
    pub(super) prompt: String,
    pub(super) transcript: PathBuf,
    /// Requests that are settled.
    pub(super) settled: usize,
    /// It stopped since it was settled: its last message is about to come.
    pub(super) fresh: bool,
    /// There may be more of it than is settled.
    open: bool,
}

impl Open {
    /// What `records` of a conversation, oldest first, leave open at an end of the turn of `prompt`.
    pub(super) fn of(records: Vec<Record>, prompt: &str) -> Self {
        let mut open = Self::default();
        for record in records {
            open.add(record);
        }
        open.agents.retain(|agent| agent.open);
        // A turn may end twice, and the model may have followed the hint in between. And where an agent of that turn
        // stops later, the call of it may not have been in the transcript when the turn ended.
        let later = |hint: &Hint| open.agents.iter().any(|agent| agent.prompt == hint.prompt);
        let ended = |hint: &&Hint| hint.judged.is_none() || hint.prompt == prompt || later(hint);
        open.hints = open.all.iter().filter(ended).cloned().collect();
        open
    }

    fn add(&mut self, record: Record) {
        match record.what {
            What::Hint { routes, bytes } => self.all.push(Hint {
                prompt: record.prompt,
                project: record.project,
                routes: routes.into_iter().map(|it| it.route).collect(),
                bytes,
                judged: None,
            }),
            What::Turn { routes, .. } => {
                let mut hints = self.all.iter_mut().rev();
                if let Some(hint) = hints.find(|it| it.prompt == record.prompt) {
                    hint.judged = Some(routes);
                }
            }
            What::Agent {
                agent: id,
                name,
                transcript: path,
            } => {
                if let Some(known) = self.agents.iter_mut().find(|it| it.id == id) {
                    (known.fresh, known.open) = (true, true);
                } else if let Some(transcript) = transcript(&path) {
                    self.agents.push(Agent {
                        id,
                        name,
                        project: record.project,
                        prompt: record.prompt,
                        transcript,
                        settled: 0,
                        fresh: true,
                        open: true,
                    });
                }
            }
            What::Settled(settled) => {
                if let Some(known) = self.agents.iter_mut().find(|it| it.id == settled.agent) {
                    known.settled += settled.requests as usize;
                    (known.fresh, known.open) = (false, !settled.complete);
                }
            }
            What::Reset { .. }
            | What::Model { .. }
            | What::Redone { .. }
            | What::ResetModels { .. } => {}
        }
    }

    /// The hint at `prompt` that names `route`.
    pub(super) fn hinted(&self, prompt: &str, route: &str) -> Option<&Hint> {
        let mut hints = self.all.iter().rev();
        hints.find(|it| {
            !prompt.is_empty() && it.prompt == prompt && it.routes.iter().any(|it| it == route)
        })
    }

    /// The prompts to look for in the transcript.
    pub(super) fn prompts(&self) -> Vec<&str> {
        let hints = self.hints.iter().map(|it| it.prompt.as_str());
        hints.filter(|id| !id.is_empty()).collect()
    }

    /// The agents to look for in the transcript.
    pub(super) fn agent_ids(&self) -> Vec<&str> {
        self.agents.iter().map(|it| it.id.as_str()).collect()
    }
}
