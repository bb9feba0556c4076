//! One line of a transcript.

use std::borrow::Cow;

use serde::Deserialize;
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
    pub(super) fn entry(&self) -> Option<Entry<'a>> {
        let message = self.message.as_ref()?;
        let usage = message.usage.as_ref()?;
        let cost = |raw: &RawValue| serde_json::from_str(raw.get()).ok();
        Some(Entry {
            at: string(self.timestamp)?.parse().ok()?,
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
        })
    }
}

impl<'a> Progress<'a> {
    pub(super) fn entry(&self) -> Option<Entry<'a>> {
        let data = self.data.as_ref()?;
        let mut entry = data.message.as_ref()?.entry()?;
        entry.agent_id = text(data.agent_id).or(entry.agent_id);
        entry.session = text(self.session_id).or(entry.session);
        entry.cwd = text(self.cwd).or(entry.cwd);
        Some(entry)
    }
}
