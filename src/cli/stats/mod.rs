//! `promptune stats`: what came of the hints, and what agents cost.

pub(super) mod figures;
mod models;
mod rows;
mod shown;

use std::path::Path;

use super::exit::Exit;
use super::wanted::Wanted;
use super::{Run, output};
use crate::adaptive::Adaptive;
use crate::ledger::{self, Record, What};
use crate::prices::Prices;
use crate::settings::Settings;
use crate::spawn::record::Up;
use crate::{data, table};
use figures::Figures;

/// Tells what came of the hints and what agents cost, from the ledger
///
/// The ledger is written by the hook: a line for each hint, each turn with one, and each agent that ended. It holds
/// no texts. docs/cost.md says how each figure comes about.
#[derive(clap::Args)]
pub(super) struct Stats {
    #[command(flatten)]
    wanted: Wanted,
    /// Print the figures as JSON
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Print the ledger as CSV
    #[arg(long)]
    csv: bool,
    /// Hint this route as at first, or all of them, however often they were ignored
    #[arg(long, value_name = "ROUTE|all", conflicts_with_all = ["since", "until", "project", "json", "csv"])]
    reset: Option<String>,
    /// Give tasks of this kind a smaller model as at first, whatever came of it: tests, git, all …
    #[arg(long, value_name = "KIND|all", conflicts_with_all = ["reset", "since", "until", "project", "json", "csv"])]
    reset_models: Option<String>,
}

impl Run for Stats {
    fn run(self) -> Result<Exit, String> {
        let folder = data::folder()
            .ok_or("the data folder is not known\n  mend: set HOME, or PROMPTUNE_DATA")?;
        if let Some(route) = &self.reset {
            return reset(&folder, route);
        }
        if let Some(task) = &self.reset_models {
            return models::reset(&folder, task);
        }
        if self.csv {
            let mut records = ledger::read(&folder).records;
            self.wanted.retain(&mut records);
            output::print(&rows::csv(&records)?)?;
            return Ok(Exit::Fine);
        }
        let prices = Prices::load(Some(&folder))?;
        let figures = Figures::read(&folder, &self.wanted, &prices);
        let adaptive = adaptive(&folder);
        let text = if self.json {
            shown::json(&figures, adaptive.as_ref(), &Up::read(&folder))?
        } else {
            let mut text = shown::text(&figures, adaptive.as_ref(), &ledger::current(&folder));
            text.push_str(&models::text(&figures.kinds, &Up::read(&folder)));
            text
        };
        output::print(&text)?;
        Ok(Exit::Fine)
    }
}

/// How often routes were ignored, as the hook goes by it; `None` where that is switched off.
pub(super) fn adaptive(folder: &Path) -> Option<Adaptive> {
    let settings = Settings::read(folder);
    settings.adaptive.then(|| Adaptive::read(folder))
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
