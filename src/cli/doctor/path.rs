//! Can the commands be typed?

use super::desk::Desk;
use super::finding::Finding;
use crate::cli::client::{on_path, shell};
use crate::cli::install::BINARY;

pub(super) fn check(desk: &Desk) -> Vec<Finding> {
    let finding = match on_path("promptune") {
        Some(path) => Finding::fine("PATH", shell(&path)),
        None => Finding::warning(
            "PATH",
            "there is no `promptune` on PATH; the hook does not need it",
            format!(
                "for the commands: ln -s {} ~/.local/bin/, or another folder on PATH",
                shell(&desk.data.join(BINARY))
            ),
        ),
    };
    vec![finding]
}
