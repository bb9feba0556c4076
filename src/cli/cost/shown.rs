//! A report as a table, as JSON, as CSV.

use std::fmt::Write as _;

use comfy_table::{CellAlignment, ColumnConstraint};
use serde_json::{Map, Value, json};

use super::super::output;
use super::group::{By, Finished, Row, Sum};
use crate::data;
use crate::prices::{self, thousands};
use crate::usage::Skipped;

/// How wide a table may be where there is no terminal to ask.
const WIDTH: usize = 80;
/// A label has at least this many letters.
const LABEL: usize = 8;
/// Sums below this are shown to the hundredth of a cent, in dollars.
const SMALL: f64 = 1.0;

impl Finished<'_> {
    /// A table for people, with what they must know about it below.
    pub(super) fn table(&self) -> String {
        let mut text = String::new();
        if self.rows.is_empty() {
            let _ = writeln!(text, "No messages found in {} transcripts.", self.files);
        } else {
            self.rows_as_table(&mut text);
        }
        let notes = self.notes();
        if !notes.is_empty() {
            let _ = write!(text, "\n{notes}");
        }
        text
    }

    fn rows_as_table(&self, text: &mut String) {
        let mut table = output::table();
        let runs = self.by == By::Agent;
        let mut header = vec![self.by.name()];
        header.extend(runs.then_some("runs"));
        header.extend(["input", "output", "cache write", "cache read", "cost"]);
        let width = table.width().map_or(WIDTH, usize::from);
        let mut cells = self.cells(runs, thousands_of);
        let mut taken = taken(&header, &cells);
        if taken + LABEL > width {
            cells = self.cells(runs, millions_of);
            taken = self::taken(&header, &cells);
        }
        let most = width.saturating_sub(taken).max(LABEL);
        table.set_header(header);
        let labels = self.rows.iter().map(|row| self.label(row, most));
        for (label, cells) in labels.chain(["all".to_owned()]).zip(cells) {
            table.add_row([vec![label], cells].concat());
        }
        for (place, column) in table.column_iter_mut().enumerate() {
            column.set_constraint(ColumnConstraint::ContentWidth);
            if place > 0 {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        let _ = writeln!(text, "{}", output::trimmed(&table));
    }

    /// The cells of every row and of the last, which is the sum, beside their labels.
    fn cells(&self, runs: bool, count: fn(u64) -> String) -> Vec<Vec<String>> {
        let decimals = if self.totals.cost.0 < SMALL { 4 } else { 2 };
        let cells = |agents: usize, sum: &Sum| {
            let tokens = &sum.tokens;
            let agents = match agents {
                0 => String::new(),
                agents => thousands_of(agents as u64),
            };
            let mut cells = Vec::from_iter(runs.then_some(agents));
            cells.extend([
                count(tokens.input),
                count(tokens.output),
                count(tokens.cache_write()),
                count(tokens.cache_read),
                format!("{:.*}", decimals, sum.cost),
            ]);
            cells
        };
        let rows = self.rows.iter();
        rows.map(|row| cells(row.agents.len(), &row.sum))
            .chain([cells(0, &self.totals)])
            .collect()
    }

    fn label(&self, row: &Row, most: usize) -> String {
        match self.by {
            By::Conversation => {
                let day = self.zone.to_datetime(row.first).date();
                let id: String = row.key.chars().take(7).collect();
                let project = row.project.as_deref().unwrap_or_default();
                let name = project.rsplit(['/', '\\']).next().unwrap_or(project);
                short(&format!("{day} {id} {name}"), most, false)
            }
            By::Project => short(&row.key, most, true),
            By::Model => short(self.prices.name(&row.key), most, false),
            _ => short(&row.key, most, false),
        }
    }

    /// What is not in the sums, and where the prices come from.
    fn notes(&self) -> String {
        let mut notes = String::new();
        for (model, sum) in &self.unpriced {
            let _ = writeln!(
                notes,
                "No price is known for {}: {} ({} tokens) add no money.",
                plain(model),
                messages(sum.messages),
                thousands_of(sum.tokens.total()),
            );
        }
        if !self.unpriced.is_empty() {
            let folder = data::folder().unwrap_or_default();
            let file = folder.join(prices::FILE);
            let _ = writeln!(
                notes,
                "  mend: put the model\u{2019}s prices into {}",
                file.display()
            );
        }
        if let Some(skipped) = skipped(self.skipped) {
            let _ = writeln!(notes, "Unreadable, not counted: {skipped}.");
        }
        notes
    }

    /// All figures, exact.
    pub(super) fn json(&self) -> Result<String, String> {
        let rows: Vec<Value> = self.rows.iter().map(|row| self.json_row(row)).collect();
        let unpriced = self.unpriced.iter().map(|(model, sum)| {
            json!({"model": model, "messages": sum.messages, "tokens": sum.tokens.total()})
        });
        let (date, source, own) = self.prices.origin();
        let json = json!({
            "by": self.by.name(),
            "timeZone": self.zone.iana_name(),
            "rows": rows,
            "totals": sums(&self.totals),
            "messages": self.totals.messages,
            "transcripts": self.files,
            "unpriced": unpriced.collect::<Vec<_>>(),
            "skipped": self.skipped,
            "prices": {"date": date, "source": source, "own": own},
        });
        let text = serde_json::to_string_pretty(&json).map_err(|error| error.to_string())?;
        Ok(text + "\n")
    }

    fn json_row(&self, row: &Row) -> Value {
        let mut json = sums(&row.sum);
        json.insert(self.by.name().to_owned(), row.key.clone().into());
        json.insert("messages".to_owned(), row.sum.messages.into());
        match self.by {
            By::Conversation => {
                json.insert("project".to_owned(), row.project.clone().into());
                json.insert("first".to_owned(), row.first.to_string().into());
            }
            By::Agent => {
                json.insert("runs".to_owned(), row.agents.len().into());
            }
            _ => {}
        }
        if self.by != By::Model {
            let models = row.models.iter().map(|(model, sum)| {
                let mut json = sums(sum);
                json.insert("model".to_owned(), model.clone().into());
                json
            });
            json.insert("models".to_owned(), models.collect());
        }
        json.into()
    }

    /// The rows, exact, with a head.
    pub(super) fn csv(&self) -> String {
        let mut text = format!(
            "{},inputTokens,outputTokens,cacheCreationTokens,cacheReadTokens,totalCost\n",
            self.by.name()
        );
        for row in &self.rows {
            let (tokens, cost) = (&row.sum.tokens, row.sum.cost.0);
            let _ = writeln!(
                text,
                "{},{},{},{},{},{cost}",
                quoted(&row.key),
                tokens.input,
                tokens.output,
                tokens.cache_write(),
                tokens.cache_read
            );
        }
        text
    }
}

fn sums(sum: &Sum) -> Map<String, Value> {
    let fields = [
        ("inputTokens", sum.tokens.input.into()),
        ("outputTokens", sum.tokens.output.into()),
        ("cacheCreationTokens", sum.tokens.cache_write().into()),
        ("cacheReadTokens", sum.tokens.cache_read.into()),
        ("totalCost", sum.cost.0.into()),
    ];
    fields
        .into_iter()
        .map(|(key, value): (&str, Value)| (key.to_owned(), value))
        .collect()
}

/// How many columns of the terminal the figures take: each is as wide as its widest cell, with two spaces.
fn taken(header: &[&str], cells: &[Vec<String>]) -> usize {
    let column = |(place, name): (usize, &&str)| {
        let widest = cells.iter().filter_map(|row| row.get(place));
        widest.map(String::len).max().unwrap_or(0).max(name.len()) + 2
    };
    let figures: usize = header[1..].iter().enumerate().map(column).sum();
    figures + 2
}

fn thousands_of(count: u64) -> String {
    thousands(&count.to_string())
}

/// For those who use so much that the exact figures fit no terminal.
fn millions_of(count: u64) -> String {
    let tenths = count.saturating_add(50_000) / 100_000;
    format!("{}.{}M", thousands_of(tenths / 10), tenths % 10)
}

fn messages(count: u64) -> String {
    if count == 1 {
        "1 message".to_owned()
    } else {
        format!("{} messages", thousands_of(count))
    }
}

/// What was skipped, in words; `None` where nothing was.
pub(in crate::cli) fn skipped(skipped: Skipped) -> Option<String> {
    let counts = [
        (
            skipped.lines,
            "line that is no JSON",
            "lines that are no JSON",
        ),
        (skipped.long_lines, "line over 16 MB", "lines over 16 MB"),
        (
            skipped.unfinished,
            "half-written last line",
            "half-written last lines",
        ),
        (skipped.files, "file or folder", "files or folders"),
    ];
    let told: Vec<String> = counts
        .into_iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, one, many)| format!("{count} {}", if count == 1 { one } else { many }))
        .collect();
    (!told.is_empty()).then(|| told.join(", "))
}

/// `text` in at most `most` letters; of a path the end is what tells it apart.
fn short(text: &str, most: usize, end: bool) -> String {
    let text = plain(text);
    let length = text.chars().count();
    if length <= most {
        text
    } else if end {
        let rest: String = text.chars().skip(length + 1 - most).collect();
        format!("\u{2026}{rest}")
    } else {
        let rest: String = text.chars().take(most - 1).collect();
        format!("{rest}\u{2026}")
    }
}

/// Without what could move the cursor: names come from files.
fn plain(text: &str) -> String {
    text.chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect()
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
