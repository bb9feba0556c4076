//! How often the client says that skills were used.

use std::collections::HashMap;
use std::path::PathBuf;

use serde::Deserialize;

use crate::data;
use crate::system::system;

/// The client keeps much else in that file; in bytes.
const LARGEST: u64 = 64 << 20;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct State {
    #[serde(default)]
    skill_usage: HashMap<String, Usage>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Usage {
    #[serde(default)]
    usage_count: u64,
}

/// Calls by skill or command, as the client counts them in its `.claude.json`; empty where there is none.
#[must_use]
pub fn skills() -> HashMap<String, u64> {
    let set = system()
        .variable("CLAUDE_CONFIG_DIR")
        .filter(|folder| !folder.is_empty());
    let folder = match set {
        Some(folder) => Some(PathBuf::from(folder)),
        None => data::home(),
    };
    let state = folder.and_then(|folder| data::read_within(&folder.join(".claude.json"), LARGEST));
    let state = state.and_then(|bytes| serde_json::from_slice::<State>(&bytes).ok());
    let used = state.unwrap_or_default().skill_usage.into_iter();
    used.map(|(id, usage)| (id, usage.usage_count)).collect()
}
