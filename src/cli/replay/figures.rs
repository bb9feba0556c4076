//! What a replay counts, and how it is shown.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use comfy_table::CellAlignment;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::cli::output::{self, FAINT, NAME, styled};
use crate::context;
use crate::patterns::compiled::ArchivedCompiled;
use crate::plain::one_line;

/// So many prompts are shown for a route.
const EXAMPLES: usize = 3;

/// A prompt is cut here, in characters.
const LONGEST_EXAMPLE: usize = 80;

/// A prompt and what came of it until the next.
#[derive(Debug, Default)]
pub(super) struct Turn {
    /// The routes to hint.
    pub(super) offers: Vec<usize>,
    /// A hint was given at the time.
    pub(super) told: bool,
    called: Vec<String>,
}

impl Turn {
    pub(super) fn called(&mut self, name: &str) {
        if !self.called.iter().any(|other| other == name) {
            self.called.push(name.to_owned());
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Figures {
    since: Timestamp,
    /// Conversations with a prompt that counts.
    pub(super) conversations: usize,
    /// Prompts a person typed.
    pub(super) prompts: usize,
    /// Prompts of programs, which count nowhere else.
    pub(super) scripted: usize,
    /// Prompts with a hint.
    hinted: usize,
    /// Of these, those on which the model called what a hint would have named.
    delegated: usize,
    /// The same, and nothing was hinted at the time.
    by_itself: usize,
    /// Hints not given because the route was hinted a moment before.
    pub(super) held_back: usize,
    /// Transcripts that could not be read to their end.
    pub(super) unreadable: usize,
    routes: BTreeMap<String, PerRoute>,
    #[serde(skip)]
    ids: Vec<String>,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct PerRoute {
    /// Prompts on which it would be hinted.
    hints: usize,
    /// Of these, those on which the model called its agent or skill.
    delegated: usize,
    /// The same, and nothing was hinted at the time.
    by_itself: usize,
    /// What the model called where it did not call that.
    instead: BTreeMap<String, usize>,
    /// Prompts on which the model called it and no hint would name it.
    without_hint: usize,
    #[serde(skip)]
    examples: Vec<String>,
}

impl Figures {
    pub(super) fn new(since: Timestamp, table: &ArchivedCompiled) -> Self {
        let ids: Vec<String> = table
            .routes
            .iter()
            .map(|route| route.id.as_str().to_owned())
            .collect();
        Self {
            since,
            conversations: 0,
            prompts: 0,
            scripted: 0,
            hinted: 0,
            delegated: 0,
            by_itself: 0,
            held_back: 0,
            unreadable: 0,
            routes: ids
                .iter()
                .map(|id| (id.clone(), PerRoute::default()))
                .collect(),
            ids,
        }
    }

    /// Counts a prompt's hints.
    pub(super) fn hint(&mut self, turn: &Turn, text: &str) {
        self.hinted += usize::from(!turn.offers.is_empty());
        for route in &turn.offers {
            let per = self.routes.entry(self.ids[*route].clone()).or_default();
            per.hints += 1;
            let example = one_line(text, LONGEST_EXAMPLE);
            if per.examples.len() < EXAMPLES && !per.examples.contains(&example) {
                per.examples.push(example);
            }
        }
    }

    /// Counts what came of it.
    pub(super) fn end(&mut self, turn: &Turn, table: &ArchivedCompiled) {
        let mut any = false;
        for (route, id) in self.ids.iter().enumerate() {
            let target = &table.routes[route];
            // Without the plugin's name where a person copied the agent or skill.
            let is_it =
                |name: &&String| **name == context::target_id(target) || *name == &*target.name;
            let delegated = turn.called.iter().any(|name| is_it(&name));
            let per = self.routes.entry(id.clone()).or_default();
            if !turn.offers.contains(&route) {
                per.without_hint += usize::from(delegated);
                continue;
            }
            if delegated {
                any = true;
                per.delegated += 1;
                per.by_itself += usize::from(!turn.told);
                continue;
            }
            for name in &turn.called {
                *per.instead.entry(name.clone()).or_default() += 1;
            }
        }
        self.delegated += usize::from(any);
        self.by_itself += usize::from(any && !turn.told);
    }

    /// The day from which prompts count.
    pub(super) fn day(&self) -> impl std::fmt::Display + use<> {
        self.since.to_zoned(TimeZone::UTC).date()
    }

    pub(super) fn shown(&self) -> String {
        let mut out = String::new();
        let _ = writeln!(
            out,
            "{} typed since {} in {}: {} would get a hint",
            counted(self.prompts, "prompt"),
            self.day(),
            counted(self.conversations, "conversation"),
            self.hinted,
        );
        if self.hinted > 0 {
            let _ = writeln!(
                out,
                "After {} of them the model called what the hint names: {} by itself, {} with a hint at the time",
                self.delegated,
                self.by_itself,
                self.delegated - self.by_itself
            );
        }
        if self.routes.values().any(PerRoute::met) {
            let _ = write!(out, "\n{}\n", self.table());
        }
        for (id, per) in self
            .routes
            .iter()
            .filter(|(_, per)| !per.examples.is_empty())
        {
            let _ = writeln!(out, "\n{}", styled(NAME, id));
            for example in &per.examples {
                let _ = writeln!(out, "  {example}");
            }
        }
        out.push('\n');
        for (count, what) in [
            (
                self.held_back,
                "further hints are held back because the route was hinted a moment before",
            ),
            (
                self.scripted,
                "prompts of programs (claude -p, the SDK) are not counted",
            ),
            (
                self.unreadable,
                "transcripts could not be read to their end",
            ),
        ] {
            if count > 0 {
                let _ = writeln!(out, "{}", styled(FAINT, &format!("{what}: {count}")));
            }
        }
        let _ = writeln!(out, "{}", styled(FAINT, "Nothing left this machine."));
        out
    }

    fn table(&self) -> String {
        let mut table = output::table();
        table.set_header([
            "route",
            "hints",
            "delegated",
            "by itself",
            "without a hint",
            "called instead",
        ]);
        for (id, per) in self.routes.iter().filter(|(_, per)| per.met()) {
            let counts = [per.hints, per.delegated, per.by_itself, per.without_hint];
            let mut cells = vec![id.clone()];
            cells.extend(counts.map(|count| count.to_string()));
            cells.push(per.most_called());
            table.add_row(cells);
        }
        for column in table.column_iter_mut().skip(1).take(4) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        output::trimmed(&table)
    }
}

impl PerRoute {
    fn met(&self) -> bool {
        self.hints + self.without_hint > 0
    }

    /// The three called most often.
    fn most_called(&self) -> String {
        let mut names: Vec<_> = self.instead.iter().collect();
        names.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
        let told = names
            .iter()
            .take(3)
            .map(|(name, count)| format!("{} {count}", one_line(name, LONGEST_EXAMPLE)));
        told.collect::<Vec<_>>().join(", ")
    }
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
