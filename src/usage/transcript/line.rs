//! One line of a transcript.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::Entry;
use crate::event::string;
use crate::usage::tokens::Usage;

/// Fields come and go with the client's versions: those that are not needed may be missing or of another type.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Line<'a> {
    #[serde(borrow)]
    timestamp: Option<&'a RawValue>,
    #[serde(borrow)]
    message: Option<Message<'a>>,
    #[serde(borrow)]
    request_id: Option<&'a RawValue>,
    #[serde(borrow, rename = "costUSD")]
    cost: Option<&'a RawValue>,
    #[serde(borrow)]
    is_sidechain: Option<&'a RawValue>,
    #[serde(borrow)]
    agent_id: Option<&'a RawValue>,
    #[serde(borrow)]
    attribution_agent: Option<&'a RawValue>,
    #[serde(borrow)]
    attribution_skill: Option<&'a RawValue>,
    #[serde(borrow)]
    session_id: Option<&'a RawValue>,
    #[serde(borrow)]
    cwd: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    model: Option<&'a RawValue>,
    usage: Option<Usage>,
    #[serde(borrow)]
    content: Option<&'a RawValue>,
}

/// A part of a message, as far as it may be the call of an agent.
#[derive(Deserialize)]
struct Block<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    input: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Input<'a> {
    #[serde(borrow)]
    subagent_type: Option<&'a RawValue>,
}

/// What older clients wrote of an agent into its conversation's transcript.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Progress<'a> {
    #[serde(borrow)]
    data: Option<Data<'a>>,
    #[serde(borrow)]
    session_id: Option<&'a RawValue>,
    #[serde(borrow)]
    cwd: Option<&'a RawValue>,
    #[serde(borrow, rename = "parentToolUseID")]
    called_by: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data<'a> {
    #[serde(borrow)]
    message: Option<Line<'a>>,
    #[serde(borrow)]
    agent_id: Option<&'a RawValue>,
}

fn text(raw: Option<&RawValue>) -> Option<Cow<'_, str>> {
    string(raw).filter(|text| !text.is_empty())
}

impl<'a> Line<'a> {
    /// The usage it tells, if any; an error for one at no known time.
    pub(super) fn entry(&self) -> Result<Option<Entry<'a>>, Unreadable> {
        let Some(message) = &self.message else {
            return Ok(None);
        };
        let Some(usage) = &message.usage else {
            return Ok(None);
        };
        let cost = |raw: &RawValue| serde_json::from_str(raw.get()).ok();
        let at = string(self.timestamp).and_then(|at| at.parse().ok());
        Ok(Some(Entry {
            at: at.ok_or(Unreadable)?,
            message_id: text(message.id),
            request_id: text(self.request_id),
            model: text(message.model).unwrap_or(Cow::Borrowed("unknown")),
            tokens: usage.tokens(),
            fast: usage.fast(),
            us: usage.us(),
            web_searches: usage.web_searches(),
            cost: self.cost.and_then(cost),
            sidechain: self.is_sidechain.is_some_and(|raw| raw.get() == "true"),
            agent_id: text(self.agent_id),
            agent: text(self.attribution_agent),
            skill: text(self.attribution_skill),
            session: text(self.session_id),
            cwd: text(self.cwd),
            called_by: None,
            calls: message.calls(),
        }))
    }
}

impl<'a> Message<'a> {
    /// The agents it calls: ID of the call, and type.
    fn calls(&self) -> Vec<(Cow<'a, str>, Cow<'a, str>)> {
        let content = self.content.map_or("", RawValue::get);
        if !content.contains("\"subagent_type\"") {
            return Vec::new();
        }
        let blocks: Vec<Block<'a>> = serde_json::from_str(content).unwrap_or_default();
        let call = |block: Block<'a>| {
            let input: Input<'a> = serde_json::from_str(block.input?.get()).ok()?;
            Some((text(block.id)?, text(input.subagent_type)?))
        };
        blocks.into_iter().filter_map(call).collect()
    }
}

impl<'a> Progress<'a> {
    /// The same of the agent's line within.
    pub(super) fn entry(&self) -> Result<Option<Entry<'a>>, Unreadable> {
        let line = |data: &'_ Data<'a>| data.message.as_ref().map(Line::entry);
        let (Some(data), Some(entry)) = (&self.data, self.data.as_ref().and_then(line)) else {
            return Ok(None);
        };
        let Some(mut entry) = entry? else {
            return Ok(None);
        };
        entry.agent_id = text(data.agent_id).or(entry.agent_id);
        entry.session = text(self.session_id).or(entry.session);
        entry.cwd = text(self.cwd).or(entry.cwd);
        entry.called_by = text(self.called_by);
        Ok(Some(entry))
    }
}

/// A line that tells usage, but not so that it can be counted.
#[derive(Debug)]
pub(super) struct Unreadable;

/// Whether a line that is no [`Line`] and no [`Progress`] is none of ours: of another kind, with a `message` of
/// another form.
pub(super) fn of_another_kind(line: &[u8]) -> Result<(), Unreadable> {
    let line: Value = serde_json::from_slice(line).map_err(|_| Unreadable)?;
    let tells = |pointer| line.pointer(pointer).is_some_and(Value::is_object);
    if tells("/message/usage") || tells("/data/message/message/usage") {
        return Err(Unreadable);
    }
    Ok(())
}
