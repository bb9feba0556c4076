//! What past executors used: worked out from the ledger when a turn with agents ends, and kept in one small file that
//! the hook reads only when it is about to give a hint.

use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

use serde::{Deserialize, Serialize};

use crate::data;
use crate::ledger::{Record, Settled, What};

/// The file, in the data folder.
const FILE: &str = "executors.json";

/// So many of an agent's newest runs count, and fewer than so many say nothing.
const NEWEST: usize = 20;
const LEAST: usize = 3;

/// What an executor is taken to use of which nothing is known. Requests, first prompt and growth are the medians of 216
/// agents' runs in real conversations (`cargo test --test breakeven -- --nocapture` prints them); of output 400
/// tokens a request are assumed, as in `promptune estimate`.
pub const FALLBACK: Typical = Typical {
    requests: 10,
    first: 26_000,
    grown: 40_000,
    output: 4_000,
    cost: None,
    runs: 0,
};

/// A typical run of an agent.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Typical {
    /// Requests to the API.
    pub requests: u64,
    /// The prompt of the first, in tokens.
    pub first: u64,
    /// How much longer the last one's is.
    pub grown: u64,
    /// Answer tokens of all together.
    pub output: u64,
    /// Measured, in dollars; `None` where nothing was.
    pub cost: Option<f64>,
    /// From so many runs; 0 for what is assumed.
    pub runs: usize,
}

/// What is known of executors, by name.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct Past {
    agents: BTreeMap<String, Typical>,
}

impl Past {
    /// What the ledger's `records`, oldest first, come to.
    #[must_use]
    pub fn known(records: &[Record]) -> Self {
        let mut runs: BTreeMap<&str, Vec<&Settled>> = BTreeMap::new();
        for record in records {
            if let What::Settled(settled) = &record.what
                && settled.complete
                && settled.first.is_some()
            {
                runs.entry(&settled.name).or_default().push(settled);
            }
        }
        let agents = runs.into_iter().filter_map(|(name, runs)| {
            let newest = &runs[runs.len().saturating_sub(NEWEST)..];
            Some((name.to_owned(), typical(newest)?))
        });
        Self {
            agents: agents.collect(),
        }
    }

    /// What was written last; nothing where there is no such file.
    #[must_use]
    pub fn read(folder: &Path) -> Self {
        data::read_small(&folder.join(FILE))
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default()
    }

    /// Writes it, for the hook.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        let path = folder.join(FILE);
        if self.agents.is_empty() {
            return match fs::remove_file(path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
                other => other,
            };
        }
        data::replace(&path, &serde_json::to_vec(self)?)
    }

    /// What the agent `name` typically uses.
    #[must_use]
    pub fn of(&self, name: &str) -> Typical {
        self.agents.get(name).copied().unwrap_or(FALLBACK)
    }
}

fn typical(runs: &[&Settled]) -> Option<Typical> {
    if runs.len() < LEAST {
        return None;
    }
    let middle = |value: &dyn Fn(&Settled) -> u64| {
        let mut values: Vec<u64> = runs.iter().map(|run| value(run)).collect();
        values.sort_unstable();
        values[values.len() / 2]
    };
    let mut costs: Vec<f64> = runs.iter().filter_map(|run| Some(run.cost?.0)).collect();
    costs.sort_by(f64::total_cmp);
    Some(Typical {
        requests: middle(&|run| run.requests.into()),
        first: middle(&|run| run.first.unwrap_or(0)),
        grown: middle(&|run| run.last.unwrap_or(0).saturating_sub(run.first.unwrap_or(0))),
        output: middle(&|run| run.usage.output),
        cost: costs.get(costs.len() / 2).copied(),
        runs: runs.len(),
    })
}
