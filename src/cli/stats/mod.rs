//! `promptune stats`: what came of the hints, and what agents cost.

mod figures;
mod rows;
mod shown;

use std::path::Path;

use jiff::Timestamp;

use super::cost::span;
use super::exit::Exit;
use super::{Run, output};
use crate::adaptive::Adaptive;
use crate::ledger::{self, Record, What};
use crate::prices::Prices;
use crate::settings::Settings;
use crate::{data, table};
use figures::Figures;

/// Tells what came of the hints and what agents cost, from the ledger
///
/// The ledger is written by the hook: a line for each hint, each turn with one, and each agent that ended. It holds
/// no texts. docs/cost.md says how each figure comes about.
#[derive(clap::Args)]
pub(super) struct Stats {
    /// From this day on: 2026-11-01, or 12h, 30d, 2w back from now
    #[arg(long, value_name = "TIME", value_parser = span::since)]
    since: Option<Timestamp>,
    /// Up to this day, and with it: 2026-11-30
    #[arg(long, value_name = "DAY", value_parser = span::until)]
    until: Option<Timestamp>,
    /// Only projects with this in their name, as in ~/.claude/projects
    #[arg(long, value_name = "TEXT")]
    project: Option<String>,
    /// Print the figures as JSON
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Print the ledger as CSV
    #[arg(long)]
    csv: bool,
    /// Hint this route as at first, or all of them, however often they were ignored
    #[arg(long, value_name = "ROUTE|all", conflicts_with_all = ["since", "until", "project", "json", "csv"])]
    reset: Option<String>,
}

impl Run for Stats {
    fn run(self) -> Result<Exit, String> {
        let folder = data::folder()
            .ok_or("the data folder is not known\n  mend: set HOME, or PROMPTUNE_DATA")?;
        if let Some(route) = &self.reset {
            return reset(&folder, route);
        }
        let mut read = ledger::read(&folder);
        // What came of a hint is told after its time is up: it is found before anything is left out.
        let outcomes = figures::outcomes(&read.records);
        read.records.retain(|record| self.wants(record));
        if self.csv {
            output::print(&rows::csv(&read.records)?)?;
            return Ok(Exit::Fine);
        }
        let prices = Prices::load(Some(&folder))?;
        let mut figures = Figures::new(&prices, read.skipped);
        for record in &read.records {
            figures.add(record, &outcomes);
        }
        let adaptive = Settings::read(&folder)
            .adaptive
            .then(|| Adaptive::read(&folder));
        let text = if self.json {
            shown::json(&figures, adaptive.as_ref())?
        } else {
            shown::text(&figures, adaptive.as_ref(), &ledger::current(&folder))
        };
        output::print(&text)?;
        Ok(Exit::Fine)
    }
}

impl Stats {
    fn wants(&self, record: &Record) -> bool {
        let at = Timestamp::from_second(i64::try_from(record.at).unwrap_or(i64::MAX))
            .unwrap_or(Timestamp::MAX);
        let project = self.project.as_deref().map(str::to_lowercase);
        self.since.is_none_or(|since| at >= since)
            && self.until.is_none_or(|until| at < until)
            && project.is_none_or(|text| record.project.to_lowercase().contains(&text))
    }
}

fn reset(folder: &Path, route: &str) -> Result<Exit, String> {
    let mut routes = table::builtin().routes.iter().map(|it| it.id.as_str());
    if route != "all" && !routes.any(|id| id == route) {
        let known: Vec<&str> = table::builtin()
            .routes
            .iter()
            .map(|it| it.id.as_str())
            .collect();
        return Err(format!(
            "{route}: no such route\n  mend: name one of {}, or all",
            known.join(", ")
        ));
    }
    let what = What::Reset {
        route: route.to_owned(),
    };
    // It belongs to no conversation.
    let record = Record::new("-", "", "", what).ok_or("the line cannot be made")?;
    ledger::append_and_tend(folder, &record)
        .and_then(|()| Adaptive::of(&ledger::read_newest(folder)).write(folder))
        .map_err(|error| {
            format!(
                "{}: {error}\n  mend: make the folder writable, or set PROMPTUNE_DATA",
                folder.display()
            )
        })?;
    let which = if route == "all" { "Every route" } else { route };
    output::print(&format!("{which} is hinted as at first.\n"))?;
    Ok(Exit::Fine)
}
