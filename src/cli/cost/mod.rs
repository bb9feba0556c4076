//! `promptune cost`: what the messages in the transcripts cost.

pub(super) mod group;
pub(super) mod shown;
pub(super) mod span;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::exit::Exit;
use super::wanted::Wanted;
use super::{Run, output, zone};
use crate::data;
use crate::prices::Prices;
use crate::usage::History;
use group::{By, Report};

/// A scan that takes longer than this shows how far it is.
const LONG: Duration = Duration::from_millis(300);

/// Tells what your sessions cost, from the client's transcripts
///
/// Every message counts once, agents' included, at the prices of its model. Days are those of the local time zone.
/// Nothing leaves the machine; what was read is kept in the data folder, without any text, so that the next time is
/// fast.
#[derive(clap::Args)]
pub(super) struct Cost {
    /// What makes a row
    #[arg(long, value_enum, default_value_t = By::Day)]
    by: By,
    #[command(flatten)]
    wanted: Wanted,
    /// Print the figures as JSON
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Print the rows as CSV
    #[arg(long)]
    csv: bool,
    #[command(flatten)]
    projects: Projects,
}

/// Where the transcripts are.
#[derive(clap::Args)]
pub(super) struct Projects {
    /// The folder of transcripts, if not `projects` in the client's folder
    #[arg(long, value_name = "DIR")]
    projects: Option<PathBuf>,
}

impl Run for Cost {
    fn run(self) -> Result<Exit, String> {
        let prices = Prices::load(data::folder().as_deref())?;
        let history = self.projects.history()?;
        let zone = zone::local();
        let mut report = Report::new(self.by, &prices, &zone);
        for message in self.wanted.messages(&history) {
            report.add(&message);
        }
        let report = report.finish(&history);
        let text = if self.json {
            report.json()?
        } else if self.csv {
            report.csv()
        } else {
            report.table()
        };
        output::print(&text)?;
        Ok(Exit::Fine)
    }
}

impl Projects {
    /// Reads the transcripts. A client that was never used has no folder yet: nothing was spent.
    pub(super) fn history(&self) -> Result<History, String> {
        let folder = match &self.projects {
            Some(folder) => folder.clone(),
            None => data::client_folder()
                .ok_or("the client's folder is not known\n  mend: set HOME, or name the transcripts with --projects DIR")?
                .join("projects"),
        };
        let bar = Bar::new();
        let read = History::read(&folder, data::folder().as_deref(), &|so_far, all| {
            bar.at(so_far, all);
        });
        bar.end();
        match read {
            Err(error) if error.kind() == io::ErrorKind::NotFound && self.projects.is_none() => {
                Ok(History::default())
            }
            other => other.map_err(|error| unreadable(&folder, &error)),
        }
    }
}

fn unreadable(folder: &Path, error: &io::Error) -> String {
    format!(
        "{}: {error}\n  mend: name the folder of the client's transcripts with --projects DIR",
        folder.display()
    )
}

/// Shows on a terminal how far a long scan is.
struct Bar {
    began: Instant,
    bar: Mutex<Option<ProgressBar>>,
}

impl Bar {
    fn new() -> Self {
        Self {
            began: Instant::now(),
            bar: Mutex::new(None),
        }
    }

    fn at(&self, so_far: u64, all: u64) {
        if self.began.elapsed() < LONG {
            return;
        }
        let Ok(mut bar) = self.bar.lock() else { return };
        let bar = bar.get_or_insert_with(|| {
            // Where stderr is no terminal, this draws nothing.
            let bar = ProgressBar::with_draw_target(Some(all), ProgressDrawTarget::stderr());
            let style = ProgressStyle::with_template(
                "reading transcripts {bar:30} {bytes} of {total_bytes}",
            );
            if let Ok(style) = style {
                bar.set_style(style);
            }
            bar
        });
        bar.set_position(so_far);
    }

    fn end(&self) {
        if let Ok(bar) = self.bar.lock()
            && let Some(bar) = &*bar
        {
            bar.finish_and_clear();
        }
    }
}
