//! Has the person asked for delegation in their own words?

use super::desk::Desk;
use super::finding::Finding;
use crate::cli::client::shell;
use crate::cli::standing::{Standing, look, memory_file};

pub(super) fn check(_: &Desk) -> Vec<Finding> {
    let Ok(file) = memory_file() else {
        return Vec::new();
    };
    let said = match look(&file) {
        Standing::There => format!("in {}", shell(&file)),
        Standing::Changed => format!("in {}, in words of its own", shell(&file)),
        Standing::Absent => "none; `promptune install --standing-request` adds one".to_owned(),
    };
    vec![Finding::fine("standing request", said)]
}
