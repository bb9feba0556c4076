//! The ledger as CSV: a row for each line, and for each route of a hint.

use std::fmt::Display;

use jiff::Timestamp;

use crate::ledger::{Record, What};

const HEAD: [&str; 29] = [
    "time",
    "kind",
    "conversation",
    "project",
    "prompt",
    "route",
    "confidence",
    "taken",
    "agent",
    "name",
    "offered",
    "model",
    "requests",
    "inputTokens",
    "outputTokens",
    "cacheWrite5mTokens",
    "cacheWrite1hTokens",
    "cacheReadTokens",
    "cost",
    "sessionModel",
    "sameTokens",
    "alone",
    "around",
    "saved",
    "seconds",
    "complete",
    "call",
    "task",
    "applied",
];

/// A row, by the names of its columns.
#[derive(Default)]
struct Row {
    cells: [String; HEAD.len()],
}

impl Row {
    fn set(&mut self, name: &str, value: impl Display) {
        if let Some(at) = HEAD.iter().position(|it| *it == name) {
            self.cells[at] = value.to_string();
        }
    }

    /// A name that somebody else chose: no spreadsheet may take it for a formula.
    fn text(&mut self, name: &str, value: &str) {
        if value.starts_with(['=', '+', '-', '@', '\t']) {
            self.set(name, format!("'{value}"));
        } else {
            self.set(name, value);
        }
    }

    fn maybe(&mut self, name: &str, value: Option<impl Display>) {
        if let Some(value) = value {
            self.set(name, value);
        }
    }
}

/// The rows, with a head.
pub(super) fn csv(records: &[Record]) -> Result<String, String> {
    let told = |error: &dyn Display| format!("CSV: {error}");
    let mut to = csv::Writer::from_writer(Vec::new());
    to.write_record(HEAD).map_err(|error| told(&error))?;
    for row in records.iter().flat_map(rows) {
        to.write_record(&row.cells).map_err(|error| told(&error))?;
    }
    let bytes = to.into_inner().map_err(|error| told(&error))?;
    String::from_utf8(bytes).map_err(|error| told(&error))
}

fn rows(record: &Record) -> Vec<Row> {
    match &record.what {
        What::Hint { routes, .. } => routes
            .iter()
            .map(|it| {
                let mut row = start(record, "hint");
                row.text("route", &it.route);
                row.set("confidence", it.confidence);
                row
            })
            .collect(),
        What::Turn { routes, .. } => routes
            .iter()
            .map(|it| {
                let mut row = start(record, "turn");
                row.text("route", &it.route);
                row.set("taken", it.taken);
                row
            })
            .collect(),
        What::Agent { agent, name, .. } => {
            let mut row = start(record, "agent");
            row.text("agent", agent);
            row.text("name", name);
            vec![row]
        }
        What::Model {
            call,
            name,
            task,
            from,
            to,
            confidence,
            applied,
        } => {
            let mut row = start(record, "model");
            row.text("call", call);
            row.text("name", name);
            row.text("task", task);
            row.text("sessionModel", from);
            row.text("model", to);
            row.set("confidence", confidence);
            row.set("applied", applied);
            vec![row]
        }
        What::Settled(it) => {
            let mut row = start(record, "settled");
            row.text("route", it.route.as_deref().unwrap_or_default());
            row.text("agent", &it.agent);
            row.text("name", &it.name);
            row.set("offered", it.offered);
            row.text("model", &it.model);
            row.set("requests", it.requests);
            row.set("inputTokens", it.usage.input);
            row.set("outputTokens", it.usage.output);
            row.set("cacheWrite5mTokens", it.usage.cache_write_5m);
            row.set("cacheWrite1hTokens", it.usage.cache_write_1h);
            row.set("cacheReadTokens", it.usage.cache_read);
            row.maybe("cost", it.cost.map(|it| it.0));
            row.text(
                "sessionModel",
                it.session_model.as_deref().unwrap_or_default(),
            );
            row.maybe("sameTokens", it.same_tokens.map(|it| it.0));
            row.maybe("alone", it.saved.map(|it| it.alone.0));
            row.maybe("around", it.saved.map(|it| it.around.0));
            row.maybe("saved", it.saved.map(|it| it.saved.0));
            row.set("seconds", it.seconds);
            row.set("complete", it.complete);
            row.text("call", it.call.as_deref().unwrap_or_default());
            vec![row]
        }
        What::Redone { call } => {
            let mut row = start(record, "redone");
            row.text("call", call);
            vec![row]
        }
        What::ResetModels { task } => {
            let mut row = start(record, "resetmodels");
            row.text("task", task);
            vec![row]
        }
        What::Reset { route } => {
            let mut row = start(record, "reset");
            row.text("route", route);
            vec![row]
        }
    }
}

fn start(record: &Record, kind: &str) -> Row {
    let mut row = Row::default();
    let at = i64::try_from(record.at).ok();
    row.maybe("time", at.and_then(|at| Timestamp::from_second(at).ok()));
    row.set("kind", kind);
    row.set("conversation", &record.conversation);
    // The client's own name, which begins with a hyphen and holds nothing but letters, digits and hyphens.
    row.set("project", &record.project);
    row.set("prompt", &record.prompt);
    row
}
