//! The ledger: what was hinted, what came of it, and what agents cost. An append-only file of JSON lines.
//!
//! A prompt that gets no hint leaves no line. Never in it: a prompt's text, a report's, a file's.

mod file;
mod usage;

use serde::{Deserialize, Serialize};

pub use file::{
    FULL, KEPT, LONGEST_LINE, Read, append, append_and_tend, current, read, read_lately,
    read_newest,
};

use crate::prices::Dollars;
use crate::savings::Saved;
use crate::usage::Tokens;

/// How every line begins.
const FIRST: &str = "{\"v\":1,";

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The format's version.
    v: u8,
    /// Seconds since 1970.
    pub at: u64,
    /// The client's ID of the conversation.
    pub conversation: String,
    /// The client's name of the project: the folder's path with hyphens, as in `~/.claude/projects`.
    pub project: String,
    /// The client's ID of the prompt, which all events of its turn carry. Empty where the client tells none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prompt: String,
    /// What happened.
    #[serde(flatten)]
    pub what: What,
}

/// What a line tells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(
    tag = "kind",
    rename_all = "lowercase",
    rename_all_fields = "camelCase"
)]
pub enum What {
    /// A prompt got a hint.
    Hint {
        /// The routes it names, in its order.
        routes: Vec<Hinted>,
        /// Its length in bytes.
        bytes: usize,
    },
    /// The turn of a prompt with a hint ended.
    Turn {
        /// The routes of the hint; none where the transcript does not tell what came of them.
        routes: Vec<Taken>,
        /// The conversation's model.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        model: String,
        /// What the hint cost in a turn in which no agent it names was called; `None` elsewhere, and without a price.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hint_cost: Option<Dollars>,
    },
    /// An agent stopped. What it used is not known yet.
    Agent {
        /// The client's ID of the agent.
        agent: String,
        /// Which agent it is: `promptune:test-runner`.
        name: String,
        /// Where its transcript lies.
        transcript: String,
    },
    /// An agent was called with a task that a smaller model is enough for.
    Model {
        /// The client's ID of the call.
        call: String,
        /// Which agent was called.
        name: String,
        /// The kind of task: `tests`, `git` …
        task: String,
        /// The conversation's model.
        from: String,
        /// The smaller one: `haiku`.
        to: String,
        /// How sure the choice is, 0 to 1.
        confidence: f32,
        /// Whether it was set, or only spoken of.
        applied: bool,
    },
    /// A task that was given a smaller model was handed out again, to a larger one.
    Redone {
        /// The client's ID of the first call.
        call: String,
    },
    /// The person wants a kind of task given a smaller model as at first: its name, or `all`.
    ResetModels {
        /// The kind.
        task: String,
    },
    /// What an agent used until it stopped, or since it stopped the last time.
    Settled(Box<Settled>),
    /// The person wants a route hinted as at first: its name, or `all`.
    Reset {
        /// The route.
        route: String,
    },
}

/// A route in a hint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hinted {
    /// Its name.
    pub route: String,
    /// How sure the router was, 0 to 1.
    pub confidence: f32,
}

/// What came of a route in a hint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Taken {
    /// Its name.
    pub route: String,
    /// Whether the model called its agent or skill in the same turn.
    pub taken: bool,
}

/// What an agent used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Settled {
    /// The client's ID of the agent.
    pub agent: String,
    /// Which agent it is.
    pub name: String,
    /// The route to it, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<String>,
    /// Whether that route was hinted at the prompt.
    pub offered: bool,
    /// The model that it ran on, as the API names it; of several the one of the most requests.
    pub model: String,
    /// Requests to the API.
    pub requests: u32,
    /// Measured: the tokens.
    #[serde(with = "usage::Written")]
    pub usage: Tokens,
    /// Measured: what they cost. `None` where a model has no price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Dollars>,
    /// The conversation's model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_model: Option<String>,
    /// What the same tokens cost on the conversation's model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_tokens: Option<Dollars>,
    /// Modelled: what the conversation did not have to do itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saved: Option<Saved>,
    /// Seconds from its first to its last line.
    pub seconds: u64,
    /// Whether its last message was there.
    pub complete: bool,
    /// The prompt of its first request and of its last one, in tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<u64>,
    /// See `first`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<u64>,
    /// The client's ID of the call that started it, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<String>,
}

impl Record {
    /// A line about `conversation`, as of now. `None` where the ID or the project cannot be the client's.
    #[must_use]
    pub fn new(conversation: &str, project: &str, prompt: &str, what: What) -> Option<Self> {
        let plain = |text: &str, longest: usize| {
            let letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
            text.len() <= longest && text.bytes().all(letter)
        };
        let usable = !conversation.is_empty() && plain(conversation, 128) && plain(prompt, 128);
        (usable && project.len() <= 512).then(|| Self {
            v: 1,
            at: crate::data::now(),
            conversation: conversation.to_owned(),
            project: project.to_owned(),
            prompt: prompt.to_owned(),
            what,
        })
    }
}

/// The client's name of the project, by the path of one of its transcripts: the folder it lies in. Empty where that
/// tells none.
#[must_use]
pub fn project(transcript: &str) -> String {
    let folder = std::path::Path::new(transcript).parent();
    let name = folder.and_then(|folder| folder.file_name());
    name.map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}
