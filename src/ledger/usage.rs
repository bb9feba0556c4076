//! Tokens as the ledger writes them.

use serde::{Deserialize, Serialize};

use crate::usage::Tokens;

/// The transcripts name them otherwise, and only that is what `Tokens` reads by itself.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Tokens", rename_all = "camelCase")]
pub(super) struct Written {
    input: u64,
    output: u64,
    cache_write_5m: u64,
    cache_write_1h: u64,
    cache_read: u64,
}
