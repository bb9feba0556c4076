//! What came of smaller models for agents' tasks, by kind: outcomes and money, losses included.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use comfy_table::CellAlignment;
use serde_json::{Value, json};

use crate::cli::exit::Exit;
use crate::cli::output::{self, FAINT, NAME, styled};
use crate::data;
use crate::ledger::{self, Record, What};
use crate::plain::one_line;
use crate::prices::Dollars;
use crate::receipt::money;
use crate::spawn::record::{BAD, BAD_SHARE, NEWEST, Outcome, UP_FOR, Up, choices};

/// The kinds of tasks, as `patterns/spawn/rules.json` names them.
const KINDS: [&str; 7] = [
    "execute", "git", "issue", "lookup", "measure", "tests", "worktree",
];

/// Seconds of a day.
const DAY: u64 = 24 * 60 * 60;

/// The choices of one kind.
#[derive(Debug, Default, Clone)]
pub(in crate::cli) struct Kind {
    moved: usize,
    suggested: usize,
    well: usize,
    stopped: usize,
    redone: usize,
    /// Measured: what the agents cost whose end and price are known.
    cost: Dollars,
    /// What their tokens cost on the conversation's model.
    same: Dollars,
    /// Of the cost, what was paid for agents that were stopped or whose task was redone.
    vain: Dollars,
}

impl Kind {
    fn unknown(&self) -> usize {
        self.moved - self.well - self.stopped - self.redone
    }

    /// What was spared: for what went well the difference in price, less all that was paid in vain.
    fn spared(&self) -> Dollars {
        self.same - self.cost - self.vain
    }

    fn add(&mut self, other: &Self) {
        self.moved += other.moved;
        self.suggested += other.suggested;
        self.well += other.well;
        self.stopped += other.stopped;
        self.redone += other.redone;
        self.cost += other.cost;
        self.same += other.same;
        self.vain += other.vain;
    }
}

/// What `records` come to, by kind of task.
pub(in crate::cli) fn kinds(records: &[Record]) -> BTreeMap<String, Kind> {
    let mut kinds: BTreeMap<String, Kind> = BTreeMap::new();
    for choice in choices(records, false) {
        let kind = kinds.entry(choice.task).or_default();
        if !choice.applied {
            kind.suggested += 1;
            continue;
        }
        kind.moved += 1;
        let well = choice.outcome == Outcome::Well;
        kind.well += usize::from(well);
        kind.stopped += usize::from(choice.outcome == Outcome::Stopped);
        kind.redone += usize::from(choice.outcome == Outcome::Redone);
        if let (Some(cost), Some(same)) = (choice.cost, choice.same_tokens) {
            if well {
                kind.cost += cost;
                kind.same += same;
            } else {
                kind.vain += cost;
            }
        }
    }
    kinds
}

/// For people; empty where there was no choice.
pub(super) fn text(kinds: &BTreeMap<String, Kind>, up: &Up) -> String {
    if kinds.is_empty() {
        return String::new();
    }
    let mut table = output::table();
    table.set_header([
        "task", "moved", "well", "stopped", "redone", "open", "cost", "same", "in vain", "spared",
    ]);
    let mut all = Kind::default();
    for (name, kind) in kinds {
        table.add_row(row(name, kind));
        all.add(kind);
    }
    if kinds.len() > 1 {
        table.add_row(row("all", &all));
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let mut out = format!("\n{}\n", output::trimmed(&table));
    let _ = writeln!(
        out,
        "\nMoved to a smaller model by kind of task. \u{201c}Same\u{201d} is what the same tokens cost on the\nconversation\u{2019}s model; spared is same less cost, less what was paid in vain."
    );
    if all.suggested > 0 {
        let _ = writeln!(
            out,
            "{} more would have been moved (mode suggest).",
            all.suggested
        );
    }
    let now = data::now();
    for (name, poor) in up.kinds.iter().filter(|(_, poor)| now < poor.until) {
        let days = (poor.until - now).div_ceil(DAY);
        let _ = writeln!(
            out,
            "{} keeps the conversation\u{2019}s model for {days} days: {} of the last {} went badly\n{}",
            styled(NAME, &one_line(name, 20)),
            poor.bad,
            poor.of,
            styled(FAINT, "(promptune stats --reset-models KIND ends that.)")
        );
    }
    out
}

fn row(name: &str, kind: &Kind) -> [String; 10] {
    [
        one_line(name, 20),
        kind.moved.to_string(),
        kind.well.to_string(),
        kind.stopped.to_string(),
        kind.redone.to_string(),
        kind.unknown().to_string(),
        money(kind.cost),
        money(kind.same),
        money(kind.vain),
        money(kind.spared()),
    ]
}

/// The same for programs.
pub(super) fn json(kinds: &BTreeMap<String, Kind>, up: &Up) -> Value {
    let told: BTreeMap<&String, Value> = kinds
        .iter()
        .map(|(name, kind)| {
            let told = json!({
                "moved": kind.moved, "suggested": kind.suggested,
                "well": kind.well, "stopped": kind.stopped, "redone": kind.redone, "open": kind.unknown(),
                "cost": kind.cost.0, "sameTokens": kind.same.0, "inVain": kind.vain.0, "spared": kind.spared().0,
            });
            (name, told)
        })
        .collect();
    json!({
        "tasks": told,
        "up": up.kinds,
        "rule": {"newest": NEWEST, "bad": BAD, "badShare": BAD_SHARE, "upForSeconds": UP_FOR},
    })
}

/// Forgets what came of a kind of task, or of all.
pub(super) fn reset(folder: &Path, task: &str) -> Result<Exit, String> {
    if task != "all" && !KINDS.contains(&task) {
        return Err(format!(
            "{task}: no such kind of task\n  mend: name one of {}, or all",
            KINDS.join(", ")
        ));
    }
    let what = What::ResetModels {
        task: task.to_owned(),
    };
    // It belongs to no conversation.
    let record = Record::new("-", "", "", what).ok_or("the line cannot be made")?;
    ledger::append_and_tend(folder, &record)
        .and_then(|()| Up::of(&ledger::read_newest(folder)).write(folder))
        .map_err(|error| {
            format!(
                "{}: {error}\n  mend: make the folder writable, or set PROMPTUNE_DATA",
                folder.display()
            )
        })?;
    let which = if task == "all" {
        "Every kind of task"
    } else {
        task
    };
    output::print(&format!("{which} may go to a smaller model as at first.\n"))?;
    Ok(Exit::Fine)
}
