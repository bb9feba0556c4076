//! Promptune's own settings: `config.json` in the data folder, and two environment variables over it.

use std::path::Path;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use crate::data;
use crate::system::system;

/// How long the same route is not hinted again, unless set otherwise.
const COOLDOWN_MINUTES: u64 = 10;

/// `config.json`. Every field may be missing.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Config {
    enabled: Option<bool>,
    cooldown_minutes: Option<u64>,
    ledger: Option<bool>,
    receipts: Option<bool>,
    adaptive: Option<bool>,
    /// Read where an agent starts (`spawn/modes.rs`).
    #[serde(rename = "models")]
    _models: Option<IgnoredAny>,
    /// The same (`spawn/guard.rs`).
    #[serde(rename = "guard")]
    _guard: Option<IgnoredAny>,
    break_even: Option<BreakEven>,
    catalog: Option<bool>,
}

/// What is done about a hint for a delegation that would not pay.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BreakEven {
    /// Nothing is looked at.
    Off,
    /// The hint says so.
    #[default]
    Say,
    /// The hint is left out.
    Omit,
}

/// What is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a setting of its own"
)]
pub struct Settings {
    /// Anything is said at all.
    pub enabled: bool,
    /// How long the same route is not hinted again, in seconds; 0 for not at all.
    pub cooldown: u64,
    /// Hints, what came of them, and what agents cost are written to the ledger. Without it there are no receipts,
    /// and no route goes quieter.
    pub ledger: bool,
    /// At the end of a turn a line tells what its agents cost.
    pub receipts: bool,
    /// A route that is ignored again and again goes quieter.
    pub adaptive: bool,
    /// What is done about a hint for a delegation that would not pay.
    pub break_even: BreakEven,
    /// Prompts for which no route is offered are looked up among the skills and agents that are installed.
    pub catalog: bool,
}

/// Whether `PROMPTUNE=off` silences everything.
#[must_use]
pub fn switched_off() -> bool {
    system()
        .variable("PROMPTUNE")
        .is_some_and(|value| value.eq_ignore_ascii_case("off") || value == "0")
}

impl Settings {
    /// Reads `config.json` in `folder`, and `PROMPTUNE_COOLDOWN` over it. What is no number counts as unset, a file
    /// that is not of this form as missing; either is logged.
    #[must_use]
    pub fn read(folder: &Path) -> Self {
        let (settings, faults) = Self::look(folder);
        for fault in faults {
            data::log(&fault);
        }
        settings
    }

    /// The same without logging: returns what is wrong as well.
    #[must_use]
    pub fn look(folder: &Path) -> (Self, Vec<String>) {
        let mut faults = Vec::new();
        let config = data::read_small(&folder.join("config.json")).and_then(|bytes| {
            parsed(&bytes)
                .map_err(|error| faults.push(format!("config.json: {error}")))
                .ok()
        });
        let config = config.unwrap_or_default();
        let minutes = cooldown_variable(&mut faults).or(config.cooldown_minutes);
        let ledger = config.ledger.unwrap_or(true);
        let settings = Self {
            enabled: config.enabled.unwrap_or(true),
            cooldown: minutes.unwrap_or(COOLDOWN_MINUTES).saturating_mul(60),
            ledger,
            receipts: ledger && config.receipts.unwrap_or(true),
            adaptive: ledger && config.adaptive.unwrap_or(true),
            break_even: config.break_even.unwrap_or_default(),
            catalog: config.catalog.unwrap_or(true),
        };
        (settings, faults)
    }
}

/// What `bytes`, a `config.json`, says.
pub(crate) fn parsed(bytes: &[u8]) -> serde_json::Result<Config> {
    serde_json::from_slice(bytes)
}

fn cooldown_variable(faults: &mut Vec<String>) -> Option<u64> {
    let value = system().variable("PROMPTUNE_COOLDOWN")?;
    let minutes = value.to_string_lossy().trim().parse();
    if minutes.is_err() {
        faults.push("PROMPTUNE_COOLDOWN is not a number of minutes".to_owned());
    }
    minutes.ok()
}
