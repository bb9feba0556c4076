//! What went wrong lately?

use super::desk::Desk;
use super::finding::Finding;
use crate::cli::client::shell;
use crate::data;

/// What is older is history, in seconds.
const LATELY: u64 = 7 * 24 * 60 * 60;

pub(super) fn check(desk: &Desk) -> Vec<Finding> {
    let path = desk.data.join("errors.log");
    let lines = lately(desk);
    let Some(last) = lines.last() else {
        return vec![Finding::fine("log", "no fault in the last seven days")];
    };
    vec![
        Finding::warning(
            "log",
            format!(
                "{} in the last seven days, the last: {last}",
                if lines.len() == 1 {
                    "one fault".to_owned()
                } else {
                    format!("{} faults", lines.len())
                }
            ),
            format!("{} has them all", shell(&path)),
        )
        .private(),
    ]
}

/// The log's lines of the last days, without their times.
pub(super) fn lately(desk: &Desk) -> Vec<String> {
    let since = data::now().saturating_sub(LATELY);
    let bytes = data::read_small(&desk.data.join("errors.log")).unwrap_or_default();
    String::from_utf8_lossy(&bytes)
        .lines()
        .filter_map(|line| line.split_once(' '))
        .filter(|(at, _)| at.parse::<u64>().is_ok_and(|at| at >= since))
        .map(|(_, line)| line.to_owned())
        .collect()
}
