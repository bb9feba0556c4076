//! `promptune eval`: how good the routing is on labelled prompts.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use comfy_table::CellAlignment;
use serde::{Deserialize, Serialize};

use super::Run;
use super::exit::Exit;
use super::found;
use super::output;
use super::patterns::{self, Patterns};
use crate::patterns::compiled::ArchivedCompiled;
use crate::router;

/// Measures routing on labelled prompts: precision, recall, false-positive rate, per route
///
/// A row is {"text", "route", "ok"}: the best route or "none", and other routes that would be fair too. With --catalog
/// it is {"text", "kind", "name", "level"}: the entry that fits (none at level 0), and whether the prompt names its
/// subject (1) or not (2).
#[derive(clap::Args)]
pub(super) struct Eval {
    /// JSON-lines files of labelled prompts
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Print the figures as JSON
    #[arg(long)]
    json: bool,
    /// Look at one half only: tune on `fit`, measure on `held` (a prompt's half follows from its text)
    #[arg(long)]
    half: Option<Half>,
    /// List the rows that went wrong
    #[arg(long)]
    mistakes: bool,
    #[command(flatten)]
    patterns: Patterns,
    /// Measure how well entries of this catalogue are found, JSON lines of {"kind", "name", "description", "model"}
    #[arg(long, value_name = "FILE", conflicts_with_all = ["patterns", "min_precision", "min_recall", "max_fpr"])]
    catalog: Option<PathBuf>,
    /// Fail below this precision
    #[arg(long, value_name = "SHARE")]
    min_precision: Option<f64>,
    /// Fail below this recall
    #[arg(long, value_name = "SHARE")]
    min_recall: Option<f64>,
    /// Fail above this share of hints on prompts that want none
    #[arg(long, value_name = "SHARE")]
    max_fpr: Option<f64>,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Half {
    Fit,
    Held,
}

impl Half {
    /// Follows from a text.
    pub(super) fn of(text: &str) -> Self {
        if fnv(text.as_bytes()) >> 32 & 1 == 0 {
            Self::Fit
        } else {
            Self::Held
        }
    }
}

#[derive(Deserialize)]
struct Row {
    text: String,
    route: String,
    #[serde(default)]
    ok: Vec<String>,
}

impl Row {
    fn half(&self) -> Half {
        Half::of(&self.text)
    }

    fn accepts(&self, route: &str) -> bool {
        self.route == route || self.ok.iter().any(|ok| ok == route)
    }
}

/// FNV-1a, 64 bits: the same on every machine and in every version.
pub(super) fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

impl Run for Eval {
    fn run(self) -> Result<Exit, String> {
        if let Some(catalog) = &self.catalog {
            return found::run(catalog, &self.files, self.half, self.json, self.mistakes);
        }
        let loaded = self.patterns.load()?;
        let table = patterns::table(loaded.as_ref());
        let mut rows = Vec::new();
        for file in &self.files {
            rows.extend(read_rows(file, table)?);
        }
        if let Some(half) = self.half {
            rows.retain(|row| row.half() == half);
        }
        if rows.is_empty() {
            return Err("there are no rows to measure on\n  mend: give JSON lines such as {\"text\":\"run the tests\",\"route\":\"test-runner\",\"ok\":[]}".to_owned());
        }
        let (figures, mistakes) = measure(&rows, table);
        if self.json {
            let json = serde_json::to_string_pretty(&figures).map_err(|error| error.to_string())?;
            output::print(&format!("{json}\n"))?;
        } else {
            output::print(&shown(&figures))?;
            if self.mistakes {
                output::print(&mistakes)?;
            }
        }
        Ok(self.gate(&figures))
    }
}

impl Eval {
    fn gate(&self, figures: &Figures) -> Exit {
        let checks = [
            ("precision", figures.precision, self.min_precision, true),
            ("recall", figures.recall, self.min_recall, true),
            (
                "false-positive rate",
                figures.false_positive_rate,
                self.max_fpr,
                false,
            ),
        ];
        let mut exit = Exit::Fine;
        for (name, value, bound, least) in checks {
            let (Some(value), Some(bound)) = (value, bound) else {
                continue;
            };
            if (least && value < bound) || (!least && value > bound) {
                let side = if least { "below" } else { "above" };
                output::error(&format!("{name} {value:.3} is {side} {bound}"));
                exit = Exit::Failed;
            }
        }
        exit
    }
}

fn read_rows(file: &PathBuf, table: &ArchivedCompiled) -> Result<Vec<Row>, String> {
    let text = fs::read_to_string(file).map_err(|error| {
        format!(
            "{}: {error}\n  mend: check the path; the file must be UTF-8",
            file.display()
        )
    })?;
    let known: Vec<&str> = table.routes.iter().map(|route| route.id.as_str()).collect();
    let mut rows = Vec::new();
    for (index, line) in text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
    {
        let place = format!("{}:{}", file.display(), index + 1);
        let row: Row = serde_json::from_str(line)
            .map_err(|error| format!("{place}:{}: {error}\n  mend: write {{\"text\":…,\"route\":…,\"ok\":[…]}} on one line", error.column()))?;
        for route in row.ok.iter().chain([&row.route]) {
            if route != "none" && !known.contains(&route.as_str()) {
                return Err(format!(
                    "{place}: no route is called `{route}`\n  mend: write none or one of {}",
                    known.join(", ")
                ));
            }
        }
        rows.push(row);
    }
    Ok(rows)
}

/// Shares are `null` where nothing can be divided by.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Figures {
    /// Rows measured.
    rows: usize,
    /// Rows that want a route.
    wanted: usize,
    /// Rows that got one.
    fired: usize,
    /// Of the fired, those that got a fair one.
    right: usize,
    /// right / fired
    precision: Option<f64>,
    /// Rows that want a route and got a fair one / wanted
    recall: Option<f64>,
    /// Rows that want none, find none fair and got one / rows that want none
    false_positive_rate: Option<f64>,
    routes: BTreeMap<String, PerRoute>,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct PerRoute {
    wanted: usize,
    found: usize,
    fired: usize,
    right: usize,
    precision: Option<f64>,
    recall: Option<f64>,
}

fn measure(rows: &[Row], table: &ArchivedCompiled) -> (Figures, String) {
    let mut routes: BTreeMap<String, PerRoute> = table
        .routes
        .iter()
        .map(|route| (route.id.as_str().to_owned(), PerRoute::default()))
        .collect();
    let (mut fired, mut right, mut found, mut false_hints) = (0, 0, 0, 0);
    let mut mistakes = String::new();
    for row in rows {
        let found_routes = router::route(&row.text, table);
        let got = found_routes
            .as_ref()
            .ok()
            .and_then(|routed| routed.decision.best())
            .map(|best| table.routes[best.route].id.as_str());
        let fair = got.is_some_and(|got| row.accepts(got));
        let wants = row.route != "none";
        if let Some(got) = got {
            fired += 1;
            right += usize::from(fair);
            false_hints += usize::from(!wants && !fair);
            if let Some(per) = routes.get_mut(got) {
                per.fired += 1;
                per.right += usize::from(fair);
            }
        }
        if let Some(per) = routes.get_mut(&row.route) {
            per.wanted += 1;
            per.found += usize::from(fair);
            found += usize::from(fair);
        }
        if !fair && (wants || got.is_some()) {
            let text: String = row
                .text
                .chars()
                .take(200)
                .map(|letter| if letter.is_control() { ' ' } else { letter })
                .collect();
            let _ = writeln!(
                mistakes,
                "{} → {}: {text}",
                row.route,
                got.unwrap_or("silent")
            );
        }
    }
    for per in routes.values_mut() {
        per.precision = share(per.right, per.fired);
        per.recall = share(per.found, per.wanted);
    }
    let wanted = rows.iter().filter(|row| row.route != "none").count();
    let figures = Figures {
        rows: rows.len(),
        wanted,
        fired,
        right,
        precision: share(right, fired),
        recall: share(found, wanted),
        false_positive_rate: share(false_hints, rows.len() - wanted),
        routes,
    };
    (figures, mistakes)
}

#[allow(clippy::cast_precision_loss, reason = "counts of rows")]
fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

fn shown(figures: &Figures) -> String {
    let percent =
        |share: Option<f64>| share.map_or_else(|| "–".to_owned(), |share| format!("{share:.3}"));
    let mut table = output::table();
    table.set_header([
        "route",
        "wanted",
        "found",
        "fired",
        "right",
        "precision",
        "recall",
    ]);
    for (route, per) in &figures.routes {
        let counts = [per.wanted, per.found, per.fired, per.right].map(|count| count.to_string());
        let mut cells = vec![route.clone()];
        cells.extend(counts);
        cells.extend([percent(per.precision), percent(per.recall)]);
        table.add_row(cells);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    format!(
        "{}\n\n{} rows, {} want a route, {} got one\nprecision {}   recall {}   hints on prompts that want none {}\n",
        output::trimmed(&table),
        figures.rows,
        figures.wanted,
        figures.fired,
        percent(figures.precision),
        percent(figures.recall),
        percent(figures.false_positive_rate),
    )
}
