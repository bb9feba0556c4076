//! Agents' runs: what each used, when it began and ended, and which ran at the same time.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use super::{Message, Tokens};
use crate::prices::{Dollars, Prices};

/// One run of an agent.
#[derive(Debug, Clone)]
pub struct Run<'a> {
    /// The conversation that called it.
    pub conversation: &'a str,
    /// Its type, where it is told: `promptune:test-runner`.
    pub agent: Option<&'a str>,
    /// The model of its last message.
    pub model: &'a str,
    /// Its first message.
    pub begin: Timestamp,
    /// Its last message.
    pub end: Timestamp,
    /// What each of its messages used: a price belongs to a message, never to a sum of them.
    pub messages: Vec<Tokens>,
}

impl Run<'_> {
    /// From its first message to its last.
    #[must_use]
    pub fn lasted(&self) -> SignedDuration {
        self.end.duration_since(self.begin)
    }

    /// What the same tokens cost on `model`; `None` where its price is not known.
    #[must_use]
    pub fn cost_on(&self, model: &str, prices: &Prices) -> Option<Dollars> {
        cost_on(&self.messages, model, prices)
    }
}

/// What messages cost on `model`, each by itself; `None` where its price is not known.
#[must_use]
pub fn cost_on(messages: &[Tokens], model: &str, prices: &Prices) -> Option<Dollars> {
    messages
        .iter()
        .map(|tokens| prices.cost(model, tokens))
        .sum()
}

/// The runs that `messages` tell of, in order of their begin. A conversation's agents are told apart by their IDs.
#[must_use]
pub fn runs<'a>(messages: &[Message<'a>]) -> Vec<Run<'a>> {
    let mut runs: HashMap<(&str, u64), Run<'a>> = HashMap::new();
    for message in messages.iter().filter(|message| !message.synthetic()) {
        let Some(id) = message.agent_id() else {
            continue;
        };
        let at = message.at();
        let run = runs
            .entry((message.conversation, id))
            .or_insert_with(|| Run {
                conversation: message.conversation,
                agent: None,
                model: message.model(),
                begin: at,
                end: at,
                messages: Vec::new(),
            });
        run.agent = run.agent.or(message.agent());
        run.begin = run.begin.min(at);
        if at >= run.end {
            (run.end, run.model) = (at, message.model());
        }
        run.messages.push(message.tokens());
    }
    let mut runs: Vec<Run<'a>> = runs.into_values().collect();
    runs.sort_by_key(|run| (run.begin, run.end, run.conversation));
    runs
}

/// Runs of one conversation that overlapped in time.
#[derive(Debug)]
pub struct Batch<'r, 'a> {
    /// At least two.
    pub runs: Vec<&'r Run<'a>>,
    /// When the last of them ended.
    pub end: Timestamp,
}

impl Batch<'_, '_> {
    /// When the first of them began.
    #[must_use]
    pub fn begin(&self) -> Timestamp {
        self.runs.first().map_or(self.end, |run| run.begin)
    }

    /// How long they took, side by side.
    #[must_use]
    pub fn took(&self) -> SignedDuration {
        self.end.duration_since(self.begin())
    }

    /// How long they would have taken one after another.
    #[must_use]
    pub fn one_after_another(&self) -> SignedDuration {
        self.runs.iter().map(|run| run.lasted()).sum()
    }
}

/// The batches among `runs`, which are in order of their begin.
#[must_use]
pub fn batches<'r, 'a>(runs: &'r [Run<'a>]) -> Vec<Batch<'r, 'a>> {
    let mut open: HashMap<&str, Batch<'r, 'a>> = HashMap::new();
    let mut done = Vec::new();
    for run in runs {
        let fresh = || Batch {
            runs: vec![run],
            end: run.end,
        };
        let Some(batch) = open.get_mut(run.conversation) else {
            open.insert(run.conversation, fresh());
            continue;
        };
        if run.begin < batch.end {
            batch.runs.push(run);
            batch.end = batch.end.max(run.end);
        } else {
            done.push(std::mem::replace(batch, fresh()));
        }
    }
    done.extend(open.into_values());
    done.retain(|batch| batch.runs.len() > 1);
    done.sort_by_key(|batch| (batch.begin(), batch.end));
    done
}
