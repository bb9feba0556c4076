//! The conversation's model, by the end of its transcript.

use std::path::Path;

use serde::Serialize;
use serde_json::value::RawValue;

use super::raw::member;
use crate::system::system;
use crate::usage::Tokens;

/// How much of the transcript's end is read, in bytes: first the one, and where that tells nothing, the other.
pub const TAILS: [u64; 2] = [64 * 1024, 512 * 1024];

/// The client writes a conversation's first lines a moment after it calls its first tool: so often is looked again, with
/// so many milliseconds in between.
const LOOKS: u32 = 20;
const PAUSE: u32 = 5;

/// The model of the newest message of the conversation. Before the first one, what the client noted about its first
/// request. `None` where neither stands in the end of the file.
#[must_use]
pub fn model(transcript: &Path) -> Option<String> {
    for look in 0..LOOKS {
        if look > 0 {
            system().pause(PAUSE);
        }
        let mut read = 0;
        for tail in TAILS {
            let Some(bytes) = system().read_end(transcript, tail) else {
                break;
            };
            if let Some(model) = newest(&bytes) {
                return Some(model);
            }
            read = bytes.len() as u64;
            if read < tail {
                break;
            }
        }
        // A long conversation has been written long ago.
        if read >= TAILS[1] {
            return None;
        }
    }
    None
}

/// A conversation as the end of its transcript shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Here {
    /// Its model.
    pub model: String,
    /// The size of its context, in tokens: the prompt of its newest request, and the answer to it.
    pub context: u64,
    /// It writes to the cache for an hour.
    pub hour: bool,
}

/// What the newest message of the conversation tells. One read of the first tail, no waiting.
#[must_use]
pub fn here(transcript: &Path) -> Option<Here> {
    let bytes = system().read_end(transcript, TAILS[0])?;
    let mut lines = bytes.rsplit(|byte| *byte == b'\n');
    lines.find_map(|line| {
        let line = std::str::from_utf8(line).ok()?;
        if !line.contains(r#""type":"assistant""#) || line.contains(r#""isSidechain":true"#) {
            return None;
        }
        let message = member(object(line)?, "message")?;
        let model = model_of(message).filter(|model| !model.starts_with('<'))?;
        let usage: Tokens = serde_json::from_str(member(message, "usage")?).ok()?;
        Some(Here {
            model,
            context: usage.prompt().saturating_add(usage.output),
            hour: usage.cache_write_1h > 0,
        })
    })
}

fn newest(bytes: &[u8]) -> Option<String> {
    let mut noted = None;
    // The first line may lack its beginning; then it is not JSON.
    for line in bytes.rsplit(|byte| *byte == b'\n') {
        let Ok(line) = std::str::from_utf8(line) else {
            continue;
        };
        if line.contains(r#""isSidechain":true"#) {
            continue;
        }
        if line.contains(r#""type":"assistant""#) {
            if let Some(model) = object(line).and_then(|line| model_of(member(line, "message")?))
                && !model.starts_with('<')
            {
                return Some(model);
            }
        } else if noted.is_none() && line.starts_with(r#"{"type":"api-request","#) {
            noted = object(line).and_then(|line| model_of(member(line, "params")?));
        }
    }
    noted
}

/// `line`, if it is a whole object.
fn object(line: &str) -> Option<&str> {
    serde_json::from_str::<&RawValue>(line)
        .ok()
        .map(RawValue::get)
}

fn model_of(object: &str) -> Option<String> {
    serde_json::from_str(member(object, "model")?).ok()
}

/// How large a model is among its kind, 0 for the smallest; `None` for one of an unknown family.
#[must_use]
pub fn rank(model: &str) -> Option<u8> {
    const FAMILIES: [(&str, u8); 5] = [
        ("haiku", 0),
        ("sonnet", 1),
        ("opus", 2),
        ("fable", 3),
        ("mythos", 3),
    ];
    let family = FAMILIES.iter().find(|(name, _)| model.contains(name))?;
    Some(family.1)
}

#[cfg(test)]
mod tests {
    use super::{newest, rank};

    #[test]
    fn the_newest_message_of_the_conversation_itself_counts() {
        let lines = [
            r#"cut":"x","type":"assistant","message":{"model":"claude-cut"}}"#,
            r#"{"type":"api-request","params":{"model":"claude-opus-5-5"}}"#,
            r#"{"isSidechain":false,"message":{"model":"claude-sonnet-5-5","content":[{"type":"tool_use","input":{"model":"haiku"}}]},"type":"assistant"}"#,
            r#"{"isSidechain":true,"message":{"model":"claude-haiku-5-5"},"type":"assistant"}"#,
            r#"{"isSidechain":false,"message":{"model":"<synthetic>"},"type":"assistant"}"#,
            r#"{"type":"user","message":{"content":"\"type\":\"assistant\" {\"model\":\"claude-x\"}"}}"#,
        ];
        let all = lines.join("\n");
        assert_eq!(newest(all.as_bytes()).as_deref(), Some("claude-sonnet-5-5"));
        let first = lines[..2].join("\n");
        assert_eq!(newest(first.as_bytes()).as_deref(), Some("claude-opus-5-5"));
        assert_eq!(newest(b"\xff\n{}"), None);
    }

    #[test]
    fn families_are_known_by_name() {
        assert_eq!(rank("claude-haiku-5-5"), Some(0));
        assert_eq!(rank("us.anthropic.claude-opus-4-8-v1:0"), Some(2));
        assert_eq!(rank("gpt-7"), None);
    }
}
