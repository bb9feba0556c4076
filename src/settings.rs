//! Promptune's own settings: `config.json` in the data folder, and two environment variables over it.

use std::path::Path;

use serde::Deserialize;

use crate::data;

/// How long the same route is not hinted again, unless set otherwise.
const COOLDOWN_MINUTES: u64 = 10;

/// `config.json`. Every field may be missing.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Config {
    cooldown_minutes: Option<u64>,
}

/// Whether `PROMPTUNE=off` silences everything.
#[must_use]
pub fn switched_off() -> bool {
    std::env::var_os("PROMPTUNE")
        .is_some_and(|value| value.eq_ignore_ascii_case("off") || value == "0")
}

/// The cool-down in seconds: `PROMPTUNE_COOLDOWN` (minutes), else `cooldownMinutes` of `config.json`, else ten minutes.
/// 0 turns it off. A value that is no number counts as unset and is logged.
#[must_use]
pub fn cooldown(folder: &Path) -> u64 {
    if let Some(value) = std::env::var_os("PROMPTUNE_COOLDOWN") {
        match value.to_string_lossy().trim().parse::<u64>() {
            Ok(minutes) => return minutes.saturating_mul(60),
            Err(_) => data::log("PROMPTUNE_COOLDOWN is not a number of minutes"),
        }
    }
    let minutes = data::read_small(&folder.join("config.json")).and_then(|bytes| {
        serde_json::from_slice::<Config>(&bytes)
            .map_err(|error| data::log(&format!("config.json: {error}")))
            .ok()?
            .cooldown_minutes
    });
    minutes.unwrap_or(COOLDOWN_MINUTES).saturating_mul(60)
}
