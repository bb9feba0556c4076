//! The client's transcripts, as far as a replay needs them: what a person typed, and whom the model called then.
//!
//! One JSON object a line, and most of the bytes are tool results and copies of requests: a line is parsed only
//! where its bytes say that it may matter.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use jiff::Timestamp;
use memchr::memmem::Finder;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::event::string;

/// A longer line is passed over, in bytes: it holds images or a tool's output.
const LONGEST_LINE: usize = 16 * 1024 * 1024;

/// One thing that happened in a conversation.
#[derive(Debug, PartialEq)]
pub(super) enum Event<'a> {
    /// A turn of the person's side; the gate still has to say whether a person typed it.
    Prompt {
        text: Cow<'a, str>,
        at: Timestamp,
        /// In plan mode.
        plans: bool,
        /// Sent by a program: `claude -p`, the SDK.
        scripted: bool,
    },
    /// The model called this agent or skill.
    Called(Cow<'a, str>),
    /// Promptune gave a hint.
    Hinted,
    /// The conversation was compacted: the model no longer sees the hints.
    Compacted,
}

/// The transcripts under `projects` that were written to at or after `since`, in order of path. Agents' own
/// transcripts lie deeper and are left out.
///
/// # Errors
/// When the folder cannot be read.
pub(super) fn files(projects: &Path, since: SystemTime) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(projects)? {
        let path = entry?.path();
        match fs::read_dir(&path) {
            Ok(inner) => found.extend(inner.flatten().map(|entry| entry.path())),
            Err(_) => found.push(path),
        }
    }
    found.retain(|path| {
        let written = |meta: fs::Metadata| {
            // Opening a pipe would wait for a writer.
            meta.is_file() && meta.modified().map_or(true, |at| at >= since)
        };
        path.extension()
            .is_some_and(|extension| extension == "jsonl")
            && fs::metadata(path).is_ok_and(written)
    });
    found.sort_unstable();
    Ok(found)
}

/// Reads transcripts.
pub(super) struct Reader {
    sidechain: Finder<'static>,
    tool_result: Finder<'static>,
    user: Finder<'static>,
    calls: [Finder<'static>; 3],
    queued: Finder<'static>,
    hint: Finder<'static>,
    line: Vec<u8>,
}

impl Reader {
    pub(super) fn new() -> Self {
        Self {
            sidechain: Finder::new(r#""isSidechain":true"#),
            tool_result: Finder::new(r#""type":"tool_result""#),
            user: Finder::new(r#""type":"user""#),
            // `Task` is what older clients call it.
            calls: ["Agent", "Task", "Skill"]
                .map(|tool| Finder::new(&format!(r#""name":"{tool}""#)).into_owned()),
            queued: Finder::new(r#""type":"queued_command""#),
            hint: Finder::new(r#""promptune: "#),
            line: Vec::new(),
        }
    }

    /// Tells `see` what happened in the conversation. What is no line of a transcript is passed over.
    ///
    /// # Errors
    /// When the file cannot be read, or not to its end.
    pub(super) fn read(&mut self, file: &Path, see: &mut dyn FnMut(Event<'_>)) -> io::Result<()> {
        let mut from = BufReader::with_capacity(256 * 1024, File::open(file)?);
        let mut line = std::mem::take(&mut self.line);
        while let Some(whole) = next_line(&mut from, &mut line)? {
            if whole
                && self.matters(&line)
                && let Ok(parsed) = serde_json::from_slice::<Line<'_>>(&line)
            {
                parsed.events(see);
            }
        }
        self.line = line;
        Ok(())
    }

    /// Whether the line may matter. Inside a JSON string quotes are escaped, so none of these can be a person's words.
    fn matters(&self, line: &[u8]) -> bool {
        let has = |finder: &Finder<'_>| finder.find(line).is_some();
        if has(&self.user) {
            return !has(&self.tool_result) && !has(&self.sidechain);
        }
        (self.calls.iter().any(has) || has(&self.queued) || has(&self.hint))
            && !has(&self.sidechain)
    }
}

/// Reads the next line into `line`: `None` at the end, `Some(false)` for one that is too long and was passed over.
fn next_line(from: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Option<bool>> {
    line.clear();
    let mut whole = true;
    let mut any = false;
    loop {
        let bytes = match from.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            other => other?,
        };
        if bytes.is_empty() {
            return Ok(any.then_some(whole));
        }
        any = true;
        let end = memchr::memchr(b'\n', bytes);
        let part = &bytes[..end.unwrap_or(bytes.len())];
        if whole && line.len() + part.len() <= LONGEST_LINE {
            line.extend_from_slice(part);
        } else {
            whole = false;
            line.clear();
        }
        let read = end.map_or(bytes.len(), |end| end + 1);
        from.consume(read);
        if end.is_some() {
            return Ok(Some(whole));
        }
    }
}

/// Fields come and go with the client's versions: any may be missing or of another type.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<&'a RawValue>,
    #[serde(borrow)]
    is_meta: Option<&'a RawValue>,
    #[serde(borrow)]
    is_sidechain: Option<&'a RawValue>,
    #[serde(borrow)]
    is_compact_summary: Option<&'a RawValue>,
    #[serde(borrow)]
    is_visible_in_transcript_only: Option<&'a RawValue>,
    #[serde(borrow)]
    timestamp: Option<&'a RawValue>,
    #[serde(borrow)]
    entrypoint: Option<&'a RawValue>,
    #[serde(borrow)]
    permission_mode: Option<&'a RawValue>,
    #[serde(borrow)]
    prompt_source: Option<&'a RawValue>,
    #[serde(borrow)]
    origin: Option<&'a RawValue>,
    #[serde(borrow)]
    message: Option<&'a RawValue>,
    #[serde(borrow)]
    attachment: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow)]
    content: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Origin<'a> {
    #[serde(borrow)]
    kind: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Block<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<&'a RawValue>,
    #[serde(borrow)]
    text: Option<&'a RawValue>,
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
struct Attachment<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<&'a RawValue>,
    #[serde(borrow)]
    prompt: Option<&'a RawValue>,
    #[serde(borrow, rename = "commandMode")]
    mode: Option<&'a RawValue>,
    #[serde(borrow)]
    origin: Option<&'a RawValue>,
    #[serde(borrow)]
    content: Option<&'a RawValue>,
}

fn yes(raw: Option<&RawValue>) -> bool {
    raw.is_some_and(|raw| raw.get() == "true")
}

fn inside<'a, T: Deserialize<'a>>(raw: Option<&'a RawValue>) -> Option<T> {
    serde_json::from_str(raw?.get()).ok()
}

fn is(raw: Option<&RawValue>, word: &str) -> bool {
    string(raw).is_some_and(|text| text == word)
}

impl<'a> Line<'a> {
    fn events(&self, see: &mut dyn FnMut(Event<'_>)) {
        if yes(self.is_sidechain) {
            return;
        }
        match string(self.kind).as_deref() {
            Some("user") if yes(self.is_compact_summary) => see(Event::Compacted),
            Some("user") => {
                if let Some(prompt) = self.typed() {
                    see(prompt);
                }
            }
            Some("assistant") => {
                let message: Option<Message<'_>> = inside(self.message);
                let blocks: Option<Vec<Block<'_>>> =
                    message.and_then(|message| inside(message.content));
                for called in blocks.iter().flatten().filter_map(Block::called) {
                    see(Event::Called(called));
                }
            }
            Some("attachment") => {
                if let Some(event) = self.attached() {
                    see(event);
                }
            }
            _ => {}
        }
    }

    fn typed(&self) -> Option<Event<'a>> {
        if yes(self.is_meta)
            || yes(self.is_visible_in_transcript_only)
            || is(self.prompt_source, "system")
        {
            return None;
        }
        let message: Message<'_> = inside(self.message)?;
        self.prompt(message.content, self.origin)
    }

    /// A prompt typed while the model was at work, which the client attaches to the turn; and a hook's context.
    fn attached(&self) -> Option<Event<'a>> {
        let attachment: Attachment<'_> = inside(self.attachment)?;
        match string(attachment.kind)?.as_ref() {
            "queued_command" if attachment.mode.is_none() || is(attachment.mode, "prompt") => {
                self.prompt(attachment.prompt, attachment.origin)
            }
            "hook_additional_context" => {
                let ours = attachment.content?.get().contains("\"promptune: ");
                ours.then_some(Event::Hinted)
            }
            _ => None,
        }
    }

    fn prompt(
        &self,
        content: Option<&'a RawValue>,
        origin: Option<&'a RawValue>,
    ) -> Option<Event<'a>> {
        // Older clients do not tell the origin. It outlives a copy to another conversation, the entry point does not.
        let origin: Option<Origin<'_>> = inside(origin);
        let human = origin.map(|origin| is(origin.kind, "human"));
        if human == Some(false) {
            return None;
        }
        let program = |entry: Cow<'_, str>| entry.starts_with("sdk");
        Some(Event::Prompt {
            text: words(content)?,
            at: string(self.timestamp)?.parse().ok()?,
            plans: is(self.permission_mode, "plan"),
            scripted: human.is_none() && string(self.entrypoint).is_some_and(program),
        })
    }
}

/// The text of a message; `None` where it brings what a tool gave.
fn words(content: Option<&RawValue>) -> Option<Cow<'_, str>> {
    if let Some(text) = string(content) {
        return Some(text);
    }
    let blocks: Vec<Block<'_>> = inside(content)?;
    if blocks.iter().any(|block| is(block.kind, "tool_result")) {
        return None;
    }
    let texts: Vec<_> = blocks
        .iter()
        .filter(|block| is(block.kind, "text"))
        .filter_map(|block| string(block.text))
        .collect();
    Some(texts.join("\n").into())
}

impl<'a> Block<'a> {
    fn called(&self) -> Option<Cow<'a, str>> {
        if !is(self.kind, "tool_use") {
            return None;
        }
        let input: Input<'_> = inside(self.input)?;
        match string(self.name)?.as_ref() {
            "Agent" | "Task" => {
                Some(string(input.subagent_type).unwrap_or(Cow::Borrowed("general-purpose")))
            }
            "Skill" => string(input.skill.or(input.command)),
            _ => None,
        }
    }
}
