//! Is there a client, and is it new enough?

use super::desk::Desk;
use super::finding::Finding;
use crate::cli::client::{HOW_TO_GET, OLDEST, shell};

pub(super) fn check(desk: &Desk) -> Vec<Finding> {
    let finding = match &desk.client {
        // Whoever runs the hook may have another PATH.
        Err(problem) => {
            let (said, mend) = problem.split_once("\n  mend: ").unwrap_or((problem, ""));
            Finding::warning("client", said, mend)
        }
        Ok(client) if client.version < OLDEST => Finding::fault(
            "client",
            format!(
                "Claude Code {} starts hooks without their arguments; {OLDEST} or newer is needed",
                client.version
            ),
            HOW_TO_GET,
        ),
        Ok(client) => Finding::fine(
            "client",
            format!("Claude Code {}, {}", client.version, shell(&client.path)),
        ),
    };
    vec![finding]
}
