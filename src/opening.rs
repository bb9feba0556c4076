//! The start of a conversation: time to tidy up and to compile.

use std::path::Path;

use crate::conversation::{self, Conversation};
use crate::event::Event;
use crate::settings::Settings;
use crate::{catalog, data, layers};

/// A conversation begins in the folder `project`: what is old is removed, and what the model no longer sees is
/// forgotten.
pub fn begins(event: &Event<'_>, project: Option<&Path>) {
    let Some(folder) = data::folder() else { return };
    // Before anything in it is removed.
    data::tidy(&folder);
    if matches!(event.source.as_deref(), Some("compact" | "clear"))
        && let Some(conversation) = event
            .session_id
            .as_deref()
            .and_then(|session| Conversation::open(&folder, session))
    {
        if event.source.as_deref() == Some("compact") {
            conversation.forget_hints();
        } else {
            conversation.forget();
        }
    }
    conversation::prune(&folder);
    refresh_layers(project, &folder);
    refresh_catalogue(project, &folder, true);
}

/// Compiles the person's and the project's patterns, where they changed.
fn refresh_layers(project: Option<&Path>, folder: &Path) {
    let (_, reports) = layers::index::refresh(project, folder, layers::index::QUICK);
    for report in reports {
        let name = layers::index::described(&report.place);
        if !report.faults.is_empty() {
            let faults = report.faults.len();
            data::log(&format!(
                "{faults} faults in the {name}; `promptune lint` shows them"
            ));
        }
        if let Some(error) = report.unwritten {
            data::log(&format!("the {name} cannot be kept compiled: {error}"));
        }
    }
}

/// Compiles the catalogue of the folder `project`, where it changed. `thorough`: edits inside files are looked for too.
pub fn refresh_catalogue(project: Option<&Path>, folder: &Path, thorough: bool) {
    if !Settings::read(folder).catalog {
        return;
    }
    let report = if thorough {
        Some(catalog::refresh::thorough(project, folder))
    } else {
        catalog::refresh::quick(project, Some(folder)).1
    };
    if let Some(error) = report.and_then(|report| report.unwritten) {
        data::log(&format!("the catalogue cannot be kept compiled: {error}"));
    }
}
