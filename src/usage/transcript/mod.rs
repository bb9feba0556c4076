//! One transcript's messages that used tokens.
//!
//! One JSON object a line, most of the bytes are tool results: a line is parsed only where its bytes say that it
//! tells usage. A message is written several times while it streams: [`messages`] counts it once.

mod line;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use jiff::Timestamp;
use memchr::memmem::Finder;
use serde::{Deserialize, Serialize};

use super::once::{Counted, Once, hash};
use super::tokens::Tokens;
use line::{Line, Progress, Unreadable};

/// The model of messages that the client wrote itself.
pub const SYNTHETIC: &str = "<synthetic>";
/// A longer line is passed over, in bytes: it holds images or a tool's output.
const LONGEST_LINE: usize = 16 * 1024 * 1024;
/// How much is read at once, in bytes.
const BLOCK: usize = 512 * 1024;

/// The usage that one line tells.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry<'a> {
    /// When the line was written.
    pub at: Timestamp,
    /// `message.id`; with `request_id` it tells one message from another.
    pub message_id: Option<Cow<'a, str>>,
    /// The service's ID of the request.
    pub request_id: Option<Cow<'a, str>>,
    /// The model's ID; `<synthetic>` for messages the client wrote itself.
    pub model: Cow<'a, str>,
    /// What the message used, so far.
    pub tokens: Tokens,
    /// Answered in fast mode, which has prices of its own.
    pub fast: bool,
    /// Inference was confined to the United States, which costs more.
    pub us: bool,
    /// Web searches by the service, which are paid one by one.
    pub web_searches: u64,
    /// What the line itself says it cost, in dollars (clients before 1.0.9).
    pub cost: Option<f64>,
    /// On a side chain: an agent's transcript, or a question asked beside the conversation.
    pub sidechain: bool,
    /// The agent's ID.
    pub agent_id: Option<Cow<'a, str>>,
    /// The agent's type: `Explore`, `promptune:test-runner` (newer clients).
    pub agent: Option<Cow<'a, str>>,
    /// The skill the message is attributed to (newer clients).
    pub skill: Option<Cow<'a, str>>,
    /// The conversation.
    pub session: Option<Cow<'a, str>>,
    /// The folder the conversation runs in.
    pub cwd: Option<Cow<'a, str>>,
    /// The call of a tool that started the agent (older clients).
    pub called_by: Option<Cow<'a, str>>,
    /// The agents that the message calls: ID of the call, and type.
    pub calls: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

/// What could not be read, in counts. Nothing of it is in any figure.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Skipped {
    /// Lines that are no JSON object, or one that tells usage in an unknown form.
    pub lines: u64,
    /// Lines over 16 MB.
    pub long_lines: u64,
    /// Last lines that are not yet whole: the client is at work, or was killed.
    pub unfinished: u64,
    /// Files that could not be opened, or not read to their end.
    pub files: u64,
}

impl Skipped {
    /// Adds another's counts.
    pub fn add(&mut self, other: Self) {
        self.lines += other.lines;
        self.long_lines += other.long_lines;
        self.unfinished += other.unfinished;
        self.files += other.files;
    }

    /// Whether anything was skipped.
    #[must_use]
    pub fn any(&self) -> bool {
        *self != Self::default()
    }
}

/// Reads transcripts. Its buffer is kept from file to file and never grows beyond the longest line.
pub struct Reader {
    usage: Finder<'static>,
    progress: Finder<'static>,
    buffer: Vec<u8>,
}

impl Default for Reader {
    fn default() -> Self {
        Self::new()
    }
}

impl Reader {
    /// A reader.
    #[must_use]
    pub fn new() -> Self {
        Self {
            usage: Finder::new(r#""usage":"#),
            progress: Finder::new(r#""type":"progress""#),
            buffer: Vec::new(),
        }
    }

    /// Tells `see` every line of `file` that tells usage, in order. What cannot be read is counted.
    pub fn read(&mut self, file: &Path, see: &mut dyn FnMut(Entry<'_>)) -> Skipped {
        match File::open(file).and_then(|file| refuse_pipes(&file).map(|()| file)) {
            Ok(file) => self.read_from(file, see).skipped,
            Err(_) => Skipped {
                files: 1,
                ..Skipped::default()
            },
        }
    }

    /// The same for what is already open, from where it stands.
    pub fn read_from(&mut self, mut from: impl Read, see: &mut dyn FnMut(Entry<'_>)) -> Done {
        let mut done = Done::default();
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.resize(buffer.len().max(BLOCK), 0);
        // buffer[..filled] has been read; the line in progress begins at 0, or `long` bytes earlier.
        let (mut filled, mut long) = (0, 0);
        loop {
            if filled == buffer.len() {
                if filled >= LONGEST_LINE {
                    long += filled as u64;
                    filled = 0;
                } else {
                    buffer.resize((filled * 2).min(LONGEST_LINE), 0);
                }
            }
            let read = match from.read(&mut buffer[filled..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => {
                    done.skipped.files = 1;
                    break;
                }
                Ok(read) => read,
            };
            if read == 0 {
                break;
            }
            let searched = filled;
            filled += read;
            let Some(end) = memchr::memrchr(b'\n', &buffer[searched..filled]) else {
                continue;
            };
            let end = searched + end + 1;
            let mut lines = &buffer[..end];
            if long > 0 {
                // Only now is the long line's end seen.
                done.skipped.long_lines += 1;
                let rest = memchr::memchr(b'\n', lines).map_or(end, |at| at + 1);
                lines = &lines[rest..];
            }
            self.lines(lines, see, &mut done.skipped);
            done.whole += std::mem::take(&mut long) + end as u64;
            buffer.copy_within(end..filled, 0);
            filled -= end;
        }
        if long > 0 {
            done.skipped.unfinished += 1;
        } else if filled > 0 {
            self.last_line(&buffer[..filled], see, &mut done);
        }
        self.buffer = buffer;
        done
    }

    /// Whole lines.
    fn lines(&self, mut lines: &[u8], see: &mut dyn FnMut(Entry<'_>), skipped: &mut Skipped) {
        while let Some(end) = memchr::memchr(b'\n', lines) {
            let line = lines[..end].trim_ascii();
            lines = &lines[end + 1..];
            if line.is_empty() {
                continue;
            }
            if !(line.starts_with(b"{") && line.ends_with(b"}")) {
                skipped.lines += 1;
                continue;
            }
            match self.entry(line) {
                Ok(Some(entry)) => see(entry),
                Ok(None) => {}
                Err(_) => skipped.lines += 1,
            }
        }
    }

    /// A last line without an end: whole or half-written. It is read again when the file grows.
    fn last_line(&self, line: &[u8], see: &mut dyn FnMut(Entry<'_>), done: &mut Done) {
        let line = line.trim_ascii();
        match self.entry(line) {
            _ if line.is_empty() => {}
            Ok(Some(entry)) => {
                see(entry);
                done.beyond = true;
            }
            Ok(None) if line.starts_with(b"{") && line.ends_with(b"}") => {}
            _ => done.skipped.unfinished += 1,
        }
    }

    fn entry<'a>(&self, line: &'a [u8]) -> Result<Option<Entry<'a>>, Unreadable> {
        // Inside a JSON string quotes are escaped, so this is never a person's words.
        if self.usage.find(line).is_none() {
            return Ok(None);
        }
        let parsed = if self.progress.find(line).is_some() {
            serde_json::from_slice(line).map(|line: Progress<'_>| line.entry())
        } else {
            serde_json::from_slice(line).map(|line: Line<'_>| line.entry())
        };
        parsed.unwrap_or_else(|_| line::of_another_kind(line).map(|()| None))
    }
}

/// How a reading went.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Done {
    /// Bytes up to the end of the last whole line, from where the reading began.
    pub whole: u64,
    /// Whether the last entry is from beyond there: from a line whose end is not yet written.
    pub beyond: bool,
    /// What was skipped.
    pub skipped: Skipped,
}

/// Opening a pipe would wait for a writer, reading a device may never end.
fn refuse_pipes(file: &File) -> io::Result<()> {
    if file.metadata()?.is_file() {
        Ok(())
    } else {
        Err(io::ErrorKind::InvalidInput.into())
    }
}

impl Entry<'_> {
    /// The same, borrowing nothing.
    #[must_use]
    pub fn into_owned(self) -> Entry<'static> {
        let own = |text: Option<Cow<'_, str>>| text.map(|text| Cow::Owned(text.into_owned()));
        Entry {
            message_id: own(self.message_id),
            request_id: own(self.request_id),
            model: Cow::Owned(self.model.into_owned()),
            agent_id: own(self.agent_id),
            agent: own(self.agent),
            skill: own(self.skill),
            session: own(self.session),
            cwd: own(self.cwd),
            called_by: own(self.called_by),
            calls: self
                .calls
                .into_iter()
                .map(|(id, kind)| (id.into_owned().into(), kind.into_owned().into()))
                .collect(),
            ..self
        }
    }

    /// Whether the client wrote the message itself: it cost nothing.
    #[must_use]
    pub fn synthetic(&self) -> bool {
        self.model == SYNTHETIC
    }
}

impl Counted for Entry<'_> {
    fn message(&self) -> Option<u64> {
        self.message_id.as_deref().map(hash)
    }

    fn request(&self) -> u64 {
        self.request_id.as_deref().map_or(0, hash)
    }

    fn sidechain(&self) -> bool {
        self.sidechain
    }

    fn tokens(&self) -> Tokens {
        self.tokens
    }

    fn complete(&mut self, other: Self) {
        self.agent_id = self.agent_id.take().or(other.agent_id);
        self.agent = self.agent.take().or(other.agent);
        self.skill = self.skill.take().or(other.skill);
    }
}

/// The messages of the transcript `file`, each once, in order, and what could not be read.
#[must_use]
pub fn messages(file: &Path) -> (Vec<Entry<'static>>, Skipped) {
    let mut once = Once::default();
    let skipped = Reader::new().read(file, &mut |entry| once.add(entry.into_owned()));
    (once.into_all(), skipped)
}
