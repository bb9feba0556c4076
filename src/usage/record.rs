//! What is kept of one transcript: its messages in few bytes, the strings they share beside them.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::once::{Counted, hash};
use super::{Entry, Skipped, Tokens, transcript};
use crate::prices::{Dollars, Prices, Terms};

/// A message. IDs are hashes, names are places in [`Transcript::names`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) at: i64,
    message: Option<u64>,
    request: u64,
    pub(super) tokens: [u64; 5],
    pub(super) cost: Option<f64>,
    pub(super) web_searches: u64,
    pub(super) model: u32,
    /// 0 in the conversation itself.
    pub(super) agent_id: u64,
    pub(super) agent: Option<u32>,
    pub(super) skill: Option<u32>,
    pub(super) fast: bool,
    pub(super) us: bool,
    sidechain: bool,
}

impl Record {
    pub(super) fn at(&self) -> Timestamp {
        Timestamp::from_millisecond(self.at).unwrap_or_default()
    }

    pub(super) fn terms(&self) -> Terms {
        Terms {
            fast: self.fast,
            us: self.us,
            web_searches: self.web_searches,
        }
    }
}

impl Counted for Record {
    fn message(&self) -> Option<u64> {
        self.message
    }

    fn request(&self) -> u64 {
        self.request
    }

    fn sidechain(&self) -> bool {
        self.sidechain
    }

    fn tokens(&self) -> Tokens {
        let [input, output, five_minutes, one_hour, cache_read] = self.tokens;
        Tokens {
            input,
            output,
            cache_write_5m: five_minutes,
            cache_write_1h: one_hour,
            cache_read,
        }
    }

    /// Only for records of the same transcript: names of another mean something else.
    fn complete(&mut self, other: Self) {
        if self.agent_id == 0 {
            self.agent_id = other.agent_id;
        }
        self.agent = self.agent.or(other.agent);
        self.skill = self.skill.or(other.skill);
    }
}

/// What one transcript tells.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Transcript {
    /// Each message once.
    pub(super) records: Vec<Record>,
    /// What a last line tells whose end is not yet written.
    pub(super) beyond: Option<Record>,
    pub(super) names: Vec<String>,
    /// Calls of agents, by hash of their ID, and the agents' types.
    pub(super) calls: Vec<(u64, u32)>,
    /// The folder the conversation ran in first.
    pub(super) cwd: Option<String>,
    pub(super) skipped: Skipped,
    /// Bytes up to the end of the last whole line.
    pub(super) whole: u64,
}

/// Makes records of entries.
pub(super) struct Keeper<'a> {
    names: &'a mut Vec<String>,
    calls: &'a mut Vec<(u64, u32)>,
    cwd: &'a mut Option<String>,
    places: HashMap<String, u32>,
    agent_id: u64,
}

impl<'a> Keeper<'a> {
    /// For `transcript`; `agent` is the ID of the agent whose own it is.
    pub(super) fn new(transcript: &'a mut Transcript, agent: Option<&str>) -> Self {
        let places = transcript.names.iter().cloned().zip(0..).collect();
        Self {
            names: &mut transcript.names,
            calls: &mut transcript.calls,
            cwd: &mut transcript.cwd,
            places,
            agent_id: agent.map_or(0, hash),
        }
    }

    pub(super) fn keep(&mut self, entry: &Entry<'_>) -> Record {
        if self.cwd.is_none() {
            *self.cwd = entry.cwd.as_deref().map(str::to_owned);
        }
        for (id, kind) in &entry.calls {
            let kind = self.name(kind);
            self.calls.push((hash(id), kind));
        }
        let called = entry.called_by.as_deref().and_then(|id| {
            let id = hash(id);
            let mut calls = self.calls.iter().rev();
            calls.find(|call| call.0 == id).map(|call| call.1)
        });
        let tokens = entry.tokens;
        Record {
            at: entry.at.as_millisecond(),
            message: entry.message(),
            request: entry.request(),
            tokens: [
                tokens.input,
                tokens.output,
                tokens.cache_write_5m,
                tokens.cache_write_1h,
                tokens.cache_read,
            ],
            cost: entry.cost,
            web_searches: entry.web_searches,
            model: self.name(&entry.model),
            agent_id: entry.agent_id.as_deref().map_or(self.agent_id, hash),
            agent: entry
                .agent
                .as_deref()
                .map(|name| self.name(name))
                .or(called),
            skill: entry.skill.as_deref().map(|name| self.name(name)),
            fast: entry.fast,
            us: entry.us,
            sidechain: entry.sidechain,
        }
    }

    fn name(&mut self, name: &str) -> u32 {
        if let Some(place) = self.places.get(name) {
            return *place;
        }
        let place = self.names.len() as u32;
        self.names.push(name.to_owned());
        self.places.insert(name.to_owned(), place);
        place
    }
}

/// One message as a history tells it.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    pub(super) record: Record,
    pub(super) names: &'a [String],
    /// The conversation's ID.
    pub conversation: &'a str,
    /// The folder of the project's transcripts: `-home-me-shop`.
    pub project: &'a str,
    /// The folder of the project itself, where a transcript tells it.
    pub cwd: Option<&'a str>,
    agent: Option<&'a str>,
    skill: Option<&'a str>,
}

impl<'a> Message<'a> {
    pub(super) fn new(
        record: Record,
        names: &'a [String],
        (project, conversation, cwd): (&'a str, &'a str, Option<&'a str>),
    ) -> Self {
        let name = |place: u32| names.get(place as usize).map(String::as_str);
        Self {
            record,
            names,
            conversation,
            project,
            cwd,
            agent: record.agent.and_then(name),
            skill: record.skill.and_then(name),
        }
    }

    /// When it was written.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.record.at()
    }

    /// Its model's ID.
    #[must_use]
    pub fn model(&self) -> &'a str {
        self.names
            .get(self.record.model as usize)
            .map_or("unknown", String::as_str)
    }

    /// Its tokens.
    #[must_use]
    pub fn tokens(&self) -> Tokens {
        self.record.tokens()
    }

    /// What changes its price.
    #[must_use]
    pub fn terms(&self) -> Terms {
        self.record.terms()
    }

    /// Whether the client wrote it itself.
    #[must_use]
    pub fn synthetic(&self) -> bool {
        self.model() == transcript::SYNTHETIC
    }

    /// What it cost: by its own word, else at its model's price; `None` where the price is not known.
    #[must_use]
    pub fn cost(&self, prices: &Prices) -> Option<Dollars> {
        match self.record.cost {
            Some(cost) => Some(Dollars(cost)),
            // What the client wrote itself cost nothing.
            None if self.synthetic() => Some(Dollars::default()),
            None => prices.charge(self.model(), &self.tokens(), self.terms()),
        }
    }

    /// A number for the agent that wrote it; `None` in the conversation itself.
    #[must_use]
    pub fn agent_id(&self) -> Option<u64> {
        (self.record.agent_id != 0).then_some(self.record.agent_id)
    }

    /// The agent's type, where it is told.
    #[must_use]
    pub fn agent(&self) -> Option<&'a str> {
        self.agent
    }

    /// The skill it is attributed to.
    #[must_use]
    pub fn skill(&self) -> Option<&'a str> {
        self.skill
    }
}

impl Counted for Message<'_> {
    fn message(&self) -> Option<u64> {
        self.record.message()
    }

    fn request(&self) -> u64 {
        self.record.request()
    }

    fn sidechain(&self) -> bool {
        self.record.sidechain()
    }

    fn tokens(&self) -> Tokens {
        self.record.tokens()
    }

    fn complete(&mut self, other: Self) {
        if self.record.agent_id == 0 {
            self.record.agent_id = other.record.agent_id;
        }
        self.agent = self.agent.or(other.agent);
        self.skill = self.skill.or(other.skill);
    }
}
