//! `promptune statusline`: one short line about the conversation, for the client's status line.

use std::collections::HashSet;
use std::io::{self, Read as _};
use std::path::PathBuf;

use serde::Deserialize;

use super::exit::Exit;
use super::{Run, output};
use crate::ledger::{self, What};
use crate::plain::one_line;
use crate::prices::{Dollars, Prices};
use crate::receipt::money;
use crate::settings::Settings;
use crate::{data, settings, switches};

/// More is not read from the client, in bytes.
const LONGEST: u64 = 1024 * 1024;

/// Tells what the conversation's agents cost, in one line, or nothing
///
/// Reads the JSON that the client gives a status line on stdin. In the client's settings.json:
/// {"statusLine": {"type": "command", "command": "PATH/TO/promptune statusline"}}
#[derive(clap::Args)]
pub(super) struct Statusline {}

#[derive(Deserialize)]
struct Status {
    session_id: String,
    cwd: Option<PathBuf>,
}

impl Run for Statusline {
    fn run(self) -> Result<Exit, String> {
        if let Some(line) = line() {
            output::print(&format!("{line}\n"))?;
        }
        Ok(Exit::Fine)
    }
}

/// Whatever goes wrong, a status line is no place to say so.
fn line() -> Option<String> {
    if settings::switched_off() {
        return None;
    }
    let mut json = Vec::new();
    io::stdin()
        .lock()
        .take(LONGEST)
        .read_to_end(&mut json)
        .ok()?;
    let status: Status = serde_json::from_slice(&json).ok()?;
    let folder = data::folder()?;
    let settings = Settings::read(&folder);
    let session = Some(status.session_id.as_str());
    if switches::off(&folder, &settings, session, status.cwd.as_deref()).is_some() {
        return None;
    }
    let mut agents = HashSet::new();
    let (mut cost, mut same, mut saved) = (Some(Dollars::default()), None, None);
    let mut model = None;
    for record in ledger::read_lately(&folder, &status.session_id) {
        let What::Settled(it) = record.what else {
            continue;
        };
        cost = cost.zip(it.cost).map(|(sum, cost)| sum + cost);
        // Half a sum beside a whole one would mislead.
        let first = agents.is_empty();
        let add = |sum: Option<Dollars>, more: Option<Dollars>| match (sum, more) {
            (Some(sum), Some(more)) => Some(sum + more),
            (None, more) if first => more,
            _ => None,
        };
        same = add(same, it.same_tokens);
        saved = add(saved, it.saved.map(|it| it.saved));
        if it.session_model.as_ref() != Some(&it.model) {
            model = it.session_model;
        }
        agents.insert(it.agent);
    }
    let count = agents.len();
    if count == 0 {
        return None;
    }
    let mut line = format!("{count} agent{}", if count == 1 { "" } else { "s" });
    let cost = cost.map(money);
    if let Some(cost) = &cost {
        line = format!("{line} · {cost}");
    }
    if let (Some(model), Some(same), Some(_)) = (model, same, &cost) {
        let prices = Prices::load(Some(&folder)).ok();
        let short = prices
            .as_ref()
            .map_or(model.as_str(), |it| it.short(&model));
        line = format!("{line} (on {}: {})", one_line(short, 20), money(same));
    }
    if let Some(saved) = saved {
        let word = if saved.0 < 0.0 { "lost" } else { "saved" };
        line = format!("{line} · {word} about {}", money(Dollars(saved.0.abs())));
    }
    Some(line)
}
