//! The first room: the hook event on stdin.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, IgnoredAny, MapAccess, SeqAccess};
use serde_json::value::RawValue;

/// What the client tells a hook, as far as anything here needs it. Unknown fields are ignored, missing or
/// ill-typed ones are `None`.
#[derive(Debug, Default)]
pub struct Event<'a> {
    /// `UserPromptSubmit`, `SessionStart` …
    pub name: Option<Cow<'a, str>>,
    /// The conversation.
    pub session_id: Option<Cow<'a, str>>,
    /// The conversation's folder.
    pub cwd: Option<Cow<'a, str>>,
    /// `default`, `plan`, `acceptEdits` …
    pub permission_mode: Option<Cow<'a, str>>,
    /// What the person typed (`UserPromptSubmit`).
    pub prompt: Option<Cow<'a, str>>,
    /// Why the conversation starts (`SessionStart`): `startup`, `resume`, `clear`, `compact`.
    pub source: Option<Cow<'a, str>>,
    /// The client's ID of the prompt, which all events of its turn carry.
    pub prompt_id: Option<Cow<'a, str>>,
    /// Where the conversation's transcript lies.
    pub transcript_path: Option<Cow<'a, str>>,
}

/// What the client tells when a turn, an agent or a conversation ends (`Stop`, `SubagentStop`, `SessionEnd`). Read apart
/// from [`Event`]: prompts need none of it.
#[derive(Debug, Default)]
pub struct Stopped<'a> {
    /// The conversation.
    pub session_id: Option<Cow<'a, str>>,
    /// The conversation's folder.
    pub cwd: Option<Cow<'a, str>>,
    /// The prompt in whose turn it happened.
    pub prompt_id: Option<Cow<'a, str>>,
    /// Where the conversation's transcript lies.
    pub transcript_path: Option<Cow<'a, str>>,
    /// The agent that stopped (`SubagentStop`).
    pub agent_id: Option<Cow<'a, str>>,
    /// Which agent it is: `promptune:test-runner`.
    pub agent_type: Option<Cow<'a, str>>,
    /// Where its transcript lies.
    pub agent_transcript: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(borrow)]
    hook_event_name: Option<&'a RawValue>,
    #[serde(borrow)]
    session_id: Option<&'a RawValue>,
    #[serde(borrow)]
    cwd: Option<&'a RawValue>,
    #[serde(borrow)]
    permission_mode: Option<&'a RawValue>,
    #[serde(borrow)]
    prompt: Option<&'a RawValue>,
    #[serde(borrow)]
    source: Option<&'a RawValue>,
    #[serde(borrow)]
    prompt_id: Option<&'a RawValue>,
    #[serde(borrow)]
    transcript_path: Option<&'a RawValue>,
}

/// An event all of whose fields have the type they should have.
///
/// Passing over a string, or reading one as bytes, makes `serde_json` ask the processor for its features, which in a
/// virtual machine takes as long as all the rest: here every string is read as text instead.
struct Usual<'a>(Event<'a>);

impl<'de: 'a, 'a> Deserialize<'de> for Usual<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(UsualVisitor).map(Usual)
    }
}

struct UsualVisitor;

impl<'de> de::Visitor<'de> for UsualVisitor {
    type Value = Event<'de>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an event")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Event<'de>, M::Error> {
        let mut event = Event::default();
        while let Some(key) = map.next_key::<Plain<'de>>()? {
            let field = match &*key.0 {
                "hook_event_name" => &mut event.name,
                "session_id" => &mut event.session_id,
                "cwd" => &mut event.cwd,
                "permission_mode" => &mut event.permission_mode,
                "prompt" => &mut event.prompt,
                "source" => &mut event.source,
                "prompt_id" => &mut event.prompt_id,
                "transcript_path" => &mut event.transcript_path,
                _ => {
                    map.next_value::<Unread>()?;
                    continue;
                }
            };
            if field.is_some() {
                return Err(de::Error::custom("a field stands twice"));
            }
            *field = Some(map.next_value::<Plain<'de>>()?.0);
        }
        Ok(event)
    }
}

/// A JSON string without oddities.
struct Plain<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Plain<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(PlainVisitor).map(Plain)
    }
}

struct PlainVisitor;

impl<'de> de::Visitor<'de> for PlainVisitor {
    type Value = Cow<'de, str>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a string")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

/// A value nobody needs, read all the same.
struct Unread;

impl<'de> Deserialize<'de> for Unread {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(UnreadVisitor)
    }
}

struct UnreadVisitor;

impl<'de> de::Visitor<'de> for UnreadVisitor {
    type Value = Unread;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Unread, E> {
        Ok(Unread)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Unread, E> {
        Ok(Unread)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Unread, E> {
        Ok(Unread)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Unread, E> {
        Ok(Unread)
    }

    fn visit_unit<E>(self) -> Result<Unread, E> {
        Ok(Unread)
    }

    fn visit_str<E>(self, _: &str) -> Result<Unread, E> {
        Ok(Unread)
    }

    // Deeper values are passed over: reading them would need the stack.
    fn visit_seq<S: SeqAccess<'de>>(self, mut values: S) -> Result<Unread, S::Error> {
        while values.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Unread)
    }

    fn visit_map<M: MapAccess<'de>>(self, mut values: M) -> Result<Unread, M::Error> {
        while values.next_entry::<Plain<'de>, Shallow>()?.is_some() {}
        Ok(Unread)
    }
}

/// The same inside a value: strings are read, what is deeper still is passed over.
struct Shallow;

impl<'de> Deserialize<'de> for Shallow {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(ShallowVisitor)
    }
}

struct ShallowVisitor;

impl<'de> de::Visitor<'de> for ShallowVisitor {
    type Value = Shallow;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Shallow, E> {
        Ok(Shallow)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Shallow, E> {
        Ok(Shallow)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Shallow, E> {
        Ok(Shallow)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Shallow, E> {
        Ok(Shallow)
    }

    fn visit_unit<E>(self) -> Result<Shallow, E> {
        Ok(Shallow)
    }

    fn visit_str<E>(self, _: &str) -> Result<Shallow, E> {
        Ok(Shallow)
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut values: S) -> Result<Shallow, S::Error> {
        while values.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Shallow)
    }

    fn visit_map<M: MapAccess<'de>>(self, mut values: M) -> Result<Shallow, M::Error> {
        while values.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Shallow)
    }
}

#[derive(Deserialize)]
struct StoppedFields<'a> {
    #[serde(borrow)]
    session_id: Option<&'a RawValue>,
    #[serde(borrow)]
    cwd: Option<&'a RawValue>,
    #[serde(borrow)]
    prompt_id: Option<&'a RawValue>,
    #[serde(borrow)]
    transcript_path: Option<&'a RawValue>,
    #[serde(borrow)]
    agent_id: Option<&'a RawValue>,
    #[serde(borrow)]
    agent_type: Option<&'a RawValue>,
    #[serde(borrow)]
    agent_transcript_path: Option<&'a RawValue>,
}

impl<'a> Stopped<'a> {
    /// Parses an event.
    ///
    /// # Errors
    /// When `json` is not a JSON object in UTF-8.
    pub fn parse(json: &'a [u8]) -> serde_json::Result<Self> {
        let fields: StoppedFields<'a> = serde_json::from_slice(json)?;
        Ok(Self {
            session_id: string(fields.session_id),
            cwd: string(fields.cwd),
            prompt_id: string(fields.prompt_id),
            transcript_path: string(fields.transcript_path),
            agent_id: string(fields.agent_id),
            agent_type: string(fields.agent_type),
            agent_transcript: string(fields.agent_transcript_path),
        })
    }
}

impl<'a> Event<'a> {
    /// Parses an event.
    ///
    /// # Errors
    /// When `json` is not a JSON object in UTF-8.
    pub fn parse(json: &'a [u8]) -> serde_json::Result<Self> {
        if let Ok(Usual(event)) = serde_json::from_slice(json) {
            return Ok(event);
        }
        let fields: Fields<'a> = serde_json::from_slice(json)?;
        Ok(Self {
            name: string(fields.hook_event_name),
            session_id: string(fields.session_id),
            cwd: string(fields.cwd),
            permission_mode: string(fields.permission_mode),
            prompt: string(fields.prompt),
            source: string(fields.source),
            prompt_id: string(fields.prompt_id),
            transcript_path: string(fields.transcript_path),
        })
    }
}

/// A JSON string, however odd; `None` where it is none.
pub(crate) fn string(raw: Option<&RawValue>) -> Option<Cow<'_, str>> {
    let text: Lossy<'_> = serde_json::from_str(raw?.get()).ok()?;
    Some(text.0)
}

/// A JSON string in which half a surrogate pair becomes U+FFFD instead of an error: the client writes such
/// strings when a prompt was cut in the middle of an emoji.
struct Lossy<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Lossy<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        // Only as bytes does serde_json hand out strings with lone surrogates.
        from.deserialize_bytes(LossyVisitor).map(Lossy)
    }
}

struct LossyVisitor;

impl<'de> de::Visitor<'de> for LossyVisitor {
    type Value = Cow<'de, str>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a string")
    }

    fn visit_borrowed_bytes<E: de::Error>(self, bytes: &'de [u8]) -> Result<Self::Value, E> {
        Ok(String::from_utf8_lossy(bytes))
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Self::Value, E> {
        Ok(Cow::Owned(String::from_utf8_lossy(bytes).into_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::Event;

    fn prompt(json: &str) -> Option<String> {
        Event::parse(json.as_bytes())
            .ok()?
            .prompt
            .map(std::borrow::Cow::into_owned)
    }

    #[test]
    fn unknown_and_ill_typed_fields_do_not_matter() {
        let json = r#"{"prompt":"hi","session_id":7,"new":{"a":[1]},"cwd":null}"#;
        assert_eq!(prompt(json).as_deref(), Some("hi"));
        let event = Event::parse(json.as_bytes()).expect("parses");
        assert_eq!((event.session_id, event.cwd), (None, None));
    }

    #[test]
    fn half_a_surrogate_pair_is_replaced() {
        let read = prompt(r#"{"prompt":"run the tests \ud83d"}"#);
        assert!(read.is_some_and(|text| text.starts_with("run the tests \u{fffd}")));
    }

    #[test]
    fn deep_nesting_does_not_overflow_the_stack() {
        let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(
            prompt(&format!("{{\"x\":{deep},\"prompt\":\"hi\"}}")).as_deref(),
            Some("hi")
        );
        assert_eq!(prompt(&format!("{{\"prompt\":{deep}}}")), None);
    }
}
