//! `promptune eval --catalog`: how well entries of a catalogue are found.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use comfy_table::CellAlignment;
use serde::{Deserialize, Serialize};

use super::eval::Half;
use super::exit::Exit;
use super::output;
use crate::catalog::compile::compile;
use crate::catalog::index::Index;
use crate::catalog::rank::{self, MOST_OFFERED};
use crate::catalog::{Entry, Kind, Use, rows};
use crate::layers::routes::Routes;
use crate::{router, table};

#[derive(Deserialize)]
struct Row {
    text: String,
    #[serde(default)]
    kind: Option<Kind>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    level: Option<u8>,
    /// Rows of other files say a route: with "none" they fit no entry either.
    #[serde(default)]
    route: Option<String>,
}

impl Row {
    /// All prompts for one entry are in one half.
    fn half(&self) -> Half {
        Half::of(self.name.as_deref().unwrap_or(&self.text))
    }
}

/// Shares are `null` where nothing can be divided by.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Figures {
    /// 0: fits no entry; 1: names its subject; 2: does not.
    level: u8,
    rows: usize,
    /// The right entry is ranked first.
    first: usize,
    /// It is among the first three.
    among_three: usize,
    /// Something is offered.
    offered: usize,
    /// The right entry is among what is offered.
    right: usize,
    first_share: Option<f64>,
    among_three_share: Option<f64>,
    offered_share: Option<f64>,
    right_share: Option<f64>,
}

/// Measures on `files` with the catalogue of `catalog`.
pub(super) fn run(
    catalog: &Path,
    files: &[PathBuf],
    half: Option<Half>,
    json: bool,
    mistakes: bool,
) -> Result<Exit, String> {
    let entries = rows::read(catalog)?;
    let bytes = compile(&entries, &[], &|_| Use::default());
    let index = Index::read(&bytes).map_err(|unfit| format!("the catalogue: {unfit}"))?;
    let mut wanted = Vec::new();
    for file in files {
        wanted.extend(read(file, &entries)?);
    }
    wanted.retain(|(row, _)| half.is_none_or(|half| row.half() == half));
    if wanted.is_empty() {
        return Err("there are no rows to measure on\n  mend: give JSON lines such as {\"text\":…,\"kind\":\"agent\",\"name\":…,\"level\":1}".to_owned());
    }
    let (figures, wrong) = measure(&wanted, &entries, &index);
    if json {
        let json = serde_json::to_string_pretty(&figures).map_err(|error| error.to_string())?;
        output::print(&format!("{json}\n"))?;
    } else {
        output::print(&shown(&figures, entries.len()))?;
        if mistakes {
            output::print(&wrong)?;
        }
    }
    Ok(Exit::Fine)
}

/// The rows of a file, each with the number of the entry it wants.
fn read(file: &Path, entries: &[Entry]) -> Result<Vec<(Row, Option<usize>)>, String> {
    let shown = file.display();
    let text = fs::read_to_string(file).map_err(|error| {
        format!("{shown}: {error}\n  mend: check the path; the file must be UTF-8")
    })?;
    let mut numbers = HashMap::new();
    for (number, entry) in entries.iter().enumerate() {
        numbers
            .entry((entry.kind, entry.name.as_str()))
            .or_insert(number);
    }
    let mut found = Vec::new();
    let lines = text.lines().enumerate();
    for (index, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
        let place = format!("{shown}:{}", index + 1);
        let row: Row = serde_json::from_str(line).map_err(|error| {
            format!(
                "{place}:{}: {error}\n  mend: write {{\"text\":…,\"kind\":…,\"name\":…,\"level\":…}} on one line",
                error.column()
            )
        })?;
        // What wants a built-in route says nothing about entries.
        if row.route.as_deref().is_some_and(|route| route != "none") {
            continue;
        }
        let wanted = match (&row.kind, &row.name) {
            (Some(kind), Some(name)) => {
                let number = numbers.get(&(*kind, name.as_str())).copied();
                Some(number.ok_or_else(|| {
                    format!("{place}: the catalogue has no {kind:?} {name:?}\n  mend: name an entry of it")
                })?)
            }
            _ => None,
        };
        found.push((row, wanted));
    }
    Ok(found)
}

fn measure(
    rows: &[(Row, Option<usize>)],
    entries: &[Entry],
    index: &Index<'_>,
) -> (Vec<Figures>, String) {
    let mut levels: [Figures; 3] = std::array::from_fn(|level| Figures {
        level: level as u8,
        ..Figures::default()
    });
    let mut wrong = String::new();
    let known = Routes::of(table::builtin());
    for (row, wanted) in rows {
        let level = wanted.map_or(0, |_| usize::from(row.level.unwrap_or(1).clamp(1, 2)));
        let routed = router::route(&row.text, table::builtin());
        let ranked = routed
            .map(|routed| rank::beside(&routed, &known, index))
            .unwrap_or_default();
        // Entries that say the same of themselves are both right.
        let right = |entry: u16| {
            wanted.is_some_and(|wanted| {
                let entry = usize::from(entry);
                entry == wanted
                    || (!entries[wanted].description.is_empty()
                        && entries[entry].description == entries[wanted].description)
            })
        };
        let figures = &mut levels[level];
        figures.rows += 1;
        figures.first += usize::from(ranked.first().is_some_and(|(it, _)| right(it.entry)));
        let three = ranked
            .iter()
            .take(MOST_OFFERED)
            .any(|(it, _)| right(it.entry));
        figures.among_three += usize::from(three);
        figures.offered += usize::from(ranked.iter().any(|(it, _)| it.offered));
        let offered = ranked.iter().any(|(it, _)| it.offered && right(it.entry));
        figures.right += usize::from(offered);
        if (wanted.is_some() && !three)
            || (wanted.is_none() && ranked.iter().any(|(it, _)| it.offered))
        {
            let text: String = row
                .text
                .chars()
                .take(160)
                .map(|letter| if letter.is_control() { ' ' } else { letter })
                .collect();
            let got: Vec<&str> = ranked
                .iter()
                .take(MOST_OFFERED)
                .map(|(_, known)| known.id)
                .collect();
            let _ = writeln!(
                wrong,
                "{} → {}: {text}",
                row.name.as_deref().unwrap_or("none"),
                got.join(", ")
            );
        }
    }
    for figures in &mut levels {
        figures.offered_share = share(figures.offered, figures.rows);
        if figures.level > 0 {
            figures.first_share = share(figures.first, figures.rows);
            figures.among_three_share = share(figures.among_three, figures.rows);
            figures.right_share = share(figures.right, figures.rows);
        }
    }
    (
        levels
            .into_iter()
            .filter(|figures| figures.rows > 0)
            .collect(),
        wrong,
    )
}

#[allow(clippy::cast_precision_loss, reason = "counts of rows")]
fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

fn shown(figures: &[Figures], entries: usize) -> String {
    let percent =
        |share: Option<f64>| share.map_or_else(|| "–".to_owned(), |share| format!("{share:.3}"));
    let mut table = output::table();
    table.set_header([
        "prompts",
        "rows",
        "right one first",
        "among the first 3",
        "something offered",
        "right one offered",
    ]);
    for it in figures {
        let level = ["fits no entry", "names its subject (1)", "indirect (2)"];
        table.add_row([
            level
                .get(usize::from(it.level))
                .copied()
                .unwrap_or_default()
                .to_owned(),
            it.rows.to_string(),
            percent(it.first_share),
            percent(it.among_three_share),
            percent(it.offered_share),
            percent(it.right_share),
        ]);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    format!(
        "{}\n\n{entries} entries; at most {MOST_OFFERED} are offered\n",
        output::trimmed(&table)
    )
}
