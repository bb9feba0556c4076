//! `--since`, `--until` and `--project`: which messages and lines of the ledger count.

use jiff::Timestamp;

use super::cost::span;
use crate::ledger::Record;
use crate::usage::{History, Message};

/// What counts. Without any of these, everything.
#[derive(Debug, clap::Args)]
pub(super) struct Wanted {
    /// From this day on: 2026-11-01, or 12h, 30d, 2w back from now
    #[arg(long, value_name = "TIME", value_parser = span::since)]
    pub(super) since: Option<Timestamp>,
    /// Up to this day, and with it: 2026-11-30
    #[arg(long, value_name = "DAY", value_parser = span::until)]
    pub(super) until: Option<Timestamp>,
    /// Only projects whose folder has this in its path
    #[arg(long, value_name = "TEXT")]
    pub(super) project: Option<String>,
}

impl Wanted {
    /// The messages of `history` that count.
    pub(super) fn messages<'h>(&self, history: &'h History) -> Vec<Message<'h>> {
        let text = self.project.as_deref().map(str::to_lowercase);
        let has = |path: &str, text: &str| path.to_lowercase().contains(text);
        let mut messages = history.messages();
        messages.retain(|message| {
            self.is_in_time(message.at())
                && text.as_deref().is_none_or(|text| {
                    has(message.project, text) || message.cwd.is_some_and(|cwd| has(cwd, text))
                })
        });
        messages
    }

    /// Leaves those of the ledger's `records` that count.
    pub(super) fn retain(&self, records: &mut Vec<Record>) {
        let text = self.project.as_deref().map(str::to_lowercase);
        // The ledger knows a project by the client's name for it: the path, with hyphens for all but letters and digits.
        let name = text
            .as_deref()
            .map(|text| text.replace(|letter: char| !letter.is_ascii_alphanumeric(), "-"));
        records.retain(|record| {
            let project = record.project.to_lowercase();
            let has =
                |part: &Option<String>| part.as_deref().is_none_or(|part| project.contains(part));
            self.is_in_time(time(record.at)) && (has(&text) || has(&name))
        });
    }

    fn is_in_time(&self, at: Timestamp) -> bool {
        self.since.is_none_or(|since| at >= since) && self.until.is_none_or(|until| at < until)
    }
}

/// A line's time; seconds that are none lie at the end of time.
fn time(seconds: u64) -> Timestamp {
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX)
}
