//! The conversation's own transcript, as far as a turn's end needs it: whom the model called, on which model, with how
//! much in its context. Only the end of the file is read.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use memchr::memmem::{self, Finder};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::data;
use crate::event::string;
use crate::usage::Tokens;

/// How much of the transcript's end is read: first the one, and where that does not reach back far enough, the other.
/// What began before is not known.
const TAILS: [u64; 2] = [512 * 1024, 8 * 1024 * 1024];

/// What the end of a transcript tells.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// By prompt: what the model did in its turn.
    pub(super) turns: HashMap<String, Turn>,
    /// By agent: how the model called it.
    pub(super) calls: HashMap<String, Call>,
    /// The model of the newest message.
    pub(super) model: Option<String>,
}

/// A turn.
#[derive(Debug, Default)]
pub(super) struct Turn {
    /// The agents and skills it called.
    pub(super) called: Vec<String>,
    /// Its requests to the API.
    pub(super) requests: u64,
}

/// The message that called an agent.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Call {
    /// The client's ID of it.
    pub(super) id: String,
    pub(super) model: String,
    pub(super) tokens: Tokens,
    /// Agents called in the same message.
    pub(super) together: u64,
    pub(super) background: bool,
}

/// Reads the end of `transcript` back to where each of `prompts` was typed and each of `agents` called, as far as
/// that is.
///
/// # Errors
/// When there is no such file, or it cannot be read.
pub(super) fn read(transcript: &Path, prompts: &[&str], agents: &[&str]) -> io::Result<Seen> {
    let length = fs::metadata(transcript)?;
    // Opening a pipe would wait for a writer.
    if !length.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let length = length.len();
    let mut bytes = Vec::new();
    for tail in TAILS {
        end_of(transcript, length, tail, &mut bytes)?;
        let seen = scan(&bytes, length > tail);
        let all = prompts.iter().all(|it| seen.turns.contains_key(*it))
            && agents.iter().all(|it| seen.calls.contains_key(*it));
        if all || length <= tail || tail == TAILS[1] {
            return Ok(seen);
        }
    }
    Ok(Seen::default())
}

/// Reads the last `tail` bytes of a file that was `length` long.
fn end_of(path: &Path, length: u64, tail: u64, bytes: &mut Vec<u8>) -> io::Result<()> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(length.saturating_sub(tail)))?;
    bytes.clear();
    // It may have grown a little since.
    bytes.reserve(tail.min(length) as usize + 32);
    file.take(tail).read_to_end(bytes)?;
    Ok(())
}

/// A message, which several lines tell: one for each block of its content.
struct Message {
    id: String,
    model: String,
    tokens: Tokens,
    /// Calls of agents.
    tool_uses: Vec<String>,
}

/// `cut` says that the first line may lack its beginning.
pub(super) fn scan(bytes: &[u8], cut: bool) -> Seen {
    let finders = Finders::new();
    let mut seen = Seen::default();
    let mut messages: Vec<Message> = Vec::new();
    let mut prompt: Option<String> = None;
    for line in data::lines(bytes)
        .skip(usize::from(cut))
        .filter(|line| !finders.beside(line))
    {
        if finders.assistant.find(line).is_some() {
            let Ok(parsed) = serde_json::from_slice::<Line<'_>>(line) else {
                continue;
            };
            let turn = prompt.as_ref().and_then(|id| seen.turns.get_mut(id));
            parsed.answered(&mut messages, turn);
        } else if let Some(id) = finders.prompt_of(line) {
            if prompt.as_deref() != Some(id) {
                prompt = Some(id.to_owned());
                seen.turns.entry(id.to_owned()).or_default();
            }
            // Only a tool's result tells which agent a call became.
            if finders.agent.find(line).is_some()
                && let Ok(parsed) = serde_json::from_slice::<Line<'_>>(line)
                && let Some((agent, call)) = parsed.launched(&messages)
            {
                // A later message to the same agent is not what it was called with.
                seen.calls.entry(agent).or_insert(call);
            }
        }
    }
    seen.model = messages.pop().map(|message| message.model);
    seen
}

/// Inside a JSON string quotes are escaped, so none of these is anybody's words.
struct Finders {
    sidechain: Finder<'static>,
    assistant: Finder<'static>,
    prompt: Finder<'static>,
    agent: Finder<'static>,
}

impl Finders {
    fn new() -> Self {
        Self {
            sidechain: Finder::new(r#""isSidechain":true"#),
            assistant: Finder::new(r#""type":"assistant""#),
            prompt: Finder::new(r#""promptId":""#),
            agent: Finder::new(r#""agentId":""#),
        }
    }

    /// Whether a line is an agent's, or of a question beside the conversation. That is told before the message.
    fn beside(&self, line: &[u8]) -> bool {
        self.sidechain.find(&line[..line.len().min(1024)]).is_some()
    }

    /// The prompt that a line belongs to.
    fn prompt_of<'l>(&self, line: &'l [u8]) -> Option<&'l str> {
        let from = self.prompt.find(line)? + self.prompt.needle().len();
        let rest = &line[from..];
        std::str::from_utf8(&rest[..memchr::memchr(b'"', rest)?]).ok()
    }
}

/// Fields come and go with the client's versions: any may be missing or of another type.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    #[serde(borrow)]
    message: Option<&'a RawValue>,
    #[serde(borrow)]
    tool_use_result: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Said<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    model: Option<&'a RawValue>,
    #[serde(borrow)]
    usage: Option<&'a RawValue>,
    #[serde(borrow)]
    content: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Block<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<&'a RawValue>,
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    tool_use_id: Option<&'a RawValue>,
    #[serde(borrow)]
    name: Option<&'a RawValue>,
    #[serde(borrow)]
    input: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Input<'a> {
    #[serde(borrow)]
    subagent_type: Option<&'a RawValue>,
    #[serde(borrow)]
    skill: Option<&'a RawValue>,
    /// What older clients call `skill`.
    #[serde(borrow)]
    command: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Outcome<'a> {
    #[serde(borrow)]
    agent_id: Option<&'a RawValue>,
    #[serde(borrow)]
    is_async: Option<&'a RawValue>,
}

fn inside<'a, T: Deserialize<'a>>(raw: Option<&'a RawValue>) -> Option<T> {
    serde_json::from_str(raw?.get()).ok()
}

impl Line<'_> {
    /// Notes what a message of the model tells.
    fn answered(&self, messages: &mut Vec<Message>, mut turn: Option<&mut Turn>) {
        let Some(said) = inside::<Said<'_>>(self.message) else {
            return;
        };
        let (Some(id), Some(model)) = (string(said.id), string(said.model)) else {
            return;
        };
        // What the client says in the model's name.
        if model.starts_with('<') {
            return;
        }
        if messages.last().is_none_or(|last| last.id != id) {
            messages.push(Message {
                id: id.into_owned(),
                model: model.into_owned(),
                tokens: Tokens::default(),
                tool_uses: Vec::new(),
            });
            if let Some(turn) = &mut turn {
                turn.requests += 1;
            }
        }
        let Some(message) = messages.last_mut() else {
            return;
        };
        message.tokens = inside(said.usage).unwrap_or(message.tokens);
        let blocks: Vec<Block<'_>> = inside(said.content).unwrap_or_default();
        for (block, called) in blocks
            .iter()
            .filter_map(|block| Some((block, block.called()?)))
        {
            if let Called::Agent(_) = &called
                && let Some(id) = string(block.id)
            {
                message.tool_uses.push(id.into_owned());
            }
            if let Some(turn) = &mut turn {
                turn.called.push(called.name());
            }
        }
    }

    /// The agent that a call became, and the call.
    fn launched(&self, messages: &[Message]) -> Option<(String, Call)> {
        let outcome: Outcome<'_> = inside(self.tool_use_result)?;
        let agent = string(outcome.agent_id)?.into_owned();
        let said: Said<'_> = inside(self.message)?;
        let blocks: Vec<Block<'_>> = inside(said.content)?;
        let id = blocks.iter().find_map(|block| string(block.tool_use_id))?;
        let message = messages
            .iter()
            .rev()
            .find(|message| message.tool_uses.iter().any(|it| *it == id))?;
        let call = Call {
            id: id.clone().into_owned(),
            model: message.model.clone(),
            tokens: message.tokens,
            together: message.tool_uses.len() as u64,
            background: outcome.is_async.is_some_and(|it| it.get() == "true"),
        };
        Some((agent, call))
    }
}

enum Called<'a> {
    Agent(Cow<'a, str>),
    Skill(Cow<'a, str>),
}

impl Called<'_> {
    fn name(self) -> String {
        match self {
            Self::Agent(name) | Self::Skill(name) => name.into_owned(),
        }
    }
}

impl<'a> Block<'a> {
    fn called(&self) -> Option<Called<'a>> {
        if string(self.kind)? != "tool_use" {
            return None;
        }
        let input = || inside::<Input<'a>>(self.input);
        match string(self.name)?.as_ref() {
            "Agent" | "Task" => {
                let kind = input().and_then(|input| string(input.subagent_type));
                Some(Called::Agent(
                    kind.unwrap_or(Cow::Borrowed("general-purpose")),
                ))
            }
            "Skill" => {
                let input = input()?;
                Some(Called::Skill(string(input.skill.or(input.command))?))
            }
            _ => None,
        }
    }
}

/// Whether an agent's transcript ends with its last message: nothing is asked after it, and it calls no tool.
///
/// # Errors
/// When there is no such file, or it cannot be read.
pub(super) fn ended(transcript: &Path) -> io::Result<bool> {
    /// The last message stands in it, with what hooks wrote behind it.
    const TAIL: u64 = 256 * 1024;
    let meta = fs::metadata(transcript)?;
    if !meta.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut bytes = Vec::new();
    end_of(transcript, meta.len(), TAIL, &mut bytes)?;
    // A line that is not yet whole may be the message.
    let whole = memchr::memrchr(b'\n', &bytes).map_or(0, |end| end + 1);
    let has = |line: &[u8], what: &str| memmem::find(line, what.as_bytes()).is_some();
    for line in bytes[..whole].rsplit(|byte| *byte == b'\n') {
        if has(line, r#""type":"assistant""#) {
            // Its words come last. Not every client notes why a message stopped.
            return Ok(has(line, r#""type":"text""#) && !has(line, r#""type":"tool_use""#));
        }
        if has(line, r#""type":"user""#) {
            return Ok(false);
        }
    }
    Ok(false)
}
