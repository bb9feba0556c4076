//! `promptune replay`: what would have been hinted on the prompts a person typed lately.

mod figures;
mod label;
mod transcript;

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io;
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, civil};

use super::exit::Exit;
use super::patterns::{self, Patterns};
use super::{Run, output};
use crate::gate::Silence;
use crate::patterns::compiled::ArchivedCompiled;
use crate::settings::Settings;
use crate::{data, decide, router};
use figures::{Figures, Turn};
use label::Labels;
use transcript::{Event, Reader};

/// Runs over your own conversations: what would have been hinted, and what the model did by itself
///
/// Reads the client's transcripts. Nothing leaves the machine, and nothing is written unless --label asks for it.
#[derive(clap::Args)]
pub(super) struct Replay {
    /// How far back: 12h, 30d, 2w, or a date such as 2026-11-01 (from midnight UTC)
    #[arg(long, value_name = "TIME", default_value = "30d", value_parser = since)]
    since: Timestamp,
    /// Print the figures as JSON, without texts
    #[arg(long)]
    json: bool,
    /// Write prompts to this new file, for `promptune eval` once their routes are corrected by hand
    #[arg(long, value_name = "FILE")]
    label: Option<PathBuf>,
    /// The folder of transcripts, if not `projects` in the client's folder
    #[arg(long, value_name = "DIR")]
    projects: Option<PathBuf>,
    #[command(flatten)]
    patterns: Patterns,
}

/// The moment that `text` means.
fn since(text: &str) -> Result<Timestamp, String> {
    let form = "write 12h, 30d, 2w, or a date such as 2026-11-01";
    let back = |span: Span| {
        let now = Timestamp::now().to_zoned(TimeZone::UTC);
        let then = now.checked_sub(span).ok();
        then.filter(|then| *then <= now)
            .map(|then| then.timestamp())
    };
    let midnight = |date: civil::Date| date.to_zoned(TimeZone::UTC).ok().map(|at| at.timestamp());
    let date = text.parse().ok().and_then(midnight);
    date.or_else(|| text.parse().ok().and_then(back))
        .ok_or_else(|| form.to_owned())
}

impl Run for Replay {
    fn run(self) -> Result<Exit, String> {
        let loaded = self.patterns.load()?;
        let table = patterns::table(loaded.as_ref());
        if let Some(file) = &self.label {
            label::refuse_existing(file)?;
        }
        let (projects, files) = self.transcripts()?;
        let mut replay = Past {
            table,
            since: self.since,
            cooldown: data::folder().map_or(0, |folder| Settings::read(&folder).cooldown),
            figures: Figures::new(self.since, table),
            labels: self.label.as_ref().map(|_| Labels::default()),
            seen: HashSet::new(),
            hinted: HashMap::new(),
            turn: None,
        };
        let mut reader = Reader::new();
        for file in &files {
            replay.conversation(file, &mut reader);
        }
        let figures = &replay.figures;
        if self.json {
            let json = serde_json::to_string_pretty(figures).map_err(|error| error.to_string())?;
            output::print(&format!("{json}\n"))?;
        } else if figures.prompts == 0 {
            let shown = projects.display();
            let (day, scripted) = (figures.day(), figures.scripted);
            let programs = if scripted > 0 {
                format!(" (programs sent {scripted})")
            } else {
                String::new()
            };
            output::print(&format!(
                "{shown}: no prompt typed since {day}{programs}, so there is nothing to replay\n"
            ))?;
        } else {
            output::print(&figures.shown())?;
        }
        if let (Some(file), Some(labels)) = (&self.label, replay.labels) {
            let rows = labels.write(file)?;
            if !self.json {
                output::print(&label::next_step(file, rows))?;
            }
        }
        Ok(Exit::Fine)
    }
}

impl Replay {
    /// The folder, and the transcripts in it. A client that was never used has no folder yet.
    fn transcripts(&self) -> Result<(PathBuf, Vec<PathBuf>), String> {
        let projects = match &self.projects {
            Some(folder) => folder.clone(),
            None => data::client_folder()
                .ok_or("the client's folder is not known\n  mend: set HOME, or name the transcripts with --projects DIR")?
                .join("projects"),
        };
        match transcript::files(&projects, self.since.into()) {
            Ok(files) => Ok((projects, files)),
            Err(error) if self.projects.is_none() && error.kind() == io::ErrorKind::NotFound => {
                Ok((projects, Vec::new()))
            }
            Err(error) => Err(format!(
                "{}: {error}\n  mend: name the folder that holds a folder of .jsonl files for each project",
                projects.display()
            )),
        }
    }
}

/// The conversations so far.
struct Past<'t> {
    table: &'t ArchivedCompiled,
    since: Timestamp,
    /// In seconds.
    cooldown: u64,
    figures: Figures,
    labels: Option<Labels>,
    /// Prompts already counted: a conversation that is forked is copied.
    seen: HashSet<u64>,
    /// When each route was last hinted in this conversation.
    hinted: HashMap<usize, Timestamp>,
    turn: Option<Turn>,
}

impl Past<'_> {
    fn conversation(&mut self, file: &Path, reader: &mut Reader) {
        let before = self.figures.prompts;
        self.hinted.clear();
        if reader.read(file, &mut |event| self.event(event)).is_err() {
            self.figures.unreadable += 1;
        }
        self.end_turn();
        self.figures.conversations += usize::from(self.figures.prompts > before);
    }

    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Prompt {
                text,
                at,
                plans,
                scripted,
            } => self.prompt(&text, at, plans, scripted),
            Event::Called(name) => {
                if let Some(turn) = &mut self.turn {
                    turn.called(&name);
                }
            }
            Event::Hinted => {
                if let Some(turn) = &mut self.turn {
                    turn.told = true;
                }
            }
            Event::Compacted => self.hinted.clear(),
        }
    }

    fn prompt(&mut self, text: &str, at: Timestamp, plans: bool, scripted: bool) {
        let routed = router::route(text, self.table);
        match &routed {
            Err(Silence::Empty) => return,
            Err(Silence::MachineTurn) if !by_hand(text) => return,
            _ => self.end_turn(),
        }
        let run_as_it_is = [
            Silence::MachineTurn,
            Silence::SlashCommand,
            Silence::ShellLine,
        ];
        if at < self.since
            || routed
                .as_ref()
                .is_err_and(|silence| run_as_it_is.contains(silence))
        {
            return;
        }
        let mut key = DefaultHasher::new();
        (text, at).hash(&mut key);
        if !self.seen.insert(key.finish()) {
            return;
        }
        if scripted {
            self.figures.scripted += 1;
            return;
        }
        self.figures.prompts += 1;
        let mut turn = Turn::default();
        if let Ok(routed) = &routed {
            for offer in routed.decision.offers() {
                if plans && !self.table.routes[offer.route].plans {
                    continue;
                }
                if !offer.named && self.cools_down(offer.route, at) {
                    self.figures.held_back += 1;
                    continue;
                }
                self.hinted.insert(offer.route, at);
                turn.offers.push(offer.route);
            }
            if let Some(labels) = &mut self.labels {
                labels.add(routed, self.table);
            }
        }
        self.figures.hint(&turn, text);
        self.turn = Some(turn);
    }

    /// As the hook does, the same route is not hinted again and again.
    fn cools_down(&self, route: usize, now: Timestamp) -> bool {
        let seconds = |last: &Timestamp| now.duration_since(*last).as_secs();
        self.cooldown > 0
            && self.hinted.get(&route).is_some_and(|last| {
                u64::try_from(seconds(last)).is_ok_and(|passed| passed <= self.cooldown)
            })
    }

    fn end_turn(&mut self) {
        if let Some(turn) = self.turn.take() {
            self.figures.end(&turn, self.table);
        }
    }
}

/// Whether a person caused this turn of the client: a slash command or a shell line.
fn by_hand(text: &str) -> bool {
    let text = text.trim_start();
    text.starts_with("<command-") || text.starts_with("<bash-input")
}

/// Whether it was hinted, or came near a hint.
fn near(decision: &decide::Decision) -> bool {
    decision.candidates.iter().any(|candidate| {
        !candidate.evidence.is_empty() || candidate.confidence >= decide::WORTH_TELLING
    })
}

#[cfg(test)]
mod tests {
    use super::since;

    #[test]
    fn times_and_dates_are_understood() {
        for text in ["30d", "12h", "2w", "1 month", "2026-11-01"] {
            assert!(since(text).is_ok(), "{text}");
        }
        assert!(since("12h") > since("1d") && since("1d") > since("1w"));
        for text in [
            "",
            "30",
            "d",
            "-3d",
            "yesterday",
            "2026-13-01",
            "999999999y",
        ] {
            assert!(since(text).is_err(), "{text}");
        }
    }
}
