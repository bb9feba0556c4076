//! What of the catalogue is hinted for a prompt for which no route is offered.

use std::path::Path;

use super::file::{self, remembered};
use super::index::Known;
use super::rank::{self, Ranked};
use super::{Kind, Unfit};
use crate::adaptive::Adaptive;
use crate::conversation::Conversation;
use crate::event::Event;
use crate::layers::routes::Routes;
use crate::ledger::{Hinted, What};
use crate::permissions::Denied;
use crate::router::Routed;
use crate::settings::Settings;
use crate::{context, data, switches};

/// A hint about entries of the catalogue.
#[derive(Debug)]
pub struct Hint {
    /// Its text.
    pub text: String,
    /// What the ledger is told, where it is kept.
    pub note: Option<What>,
}

/// The hint for a prompt, if the catalogue has something that fits it surely enough and may be named now. Settings and
/// rules are read only then.
#[must_use]
pub fn hint(
    event: &Event<'_>,
    routed: &Routed<'_>,
    known: &Routes<'_>,
    project: Option<&Path>,
) -> Option<Hint> {
    let folder = data::folder()?;
    let index = match file::open(project, &folder) {
        Ok(index) => index?,
        Err(unfit) => {
            tell(unfit);
            return None;
        }
    };
    let mut fitting = rank::beside(routed, known, &index);
    fitting.retain(|(it, _)| it.offered);
    if event.permission_mode.as_deref() == Some("plan") {
        fitting.retain(|(_, known)| known.kind != Kind::Agent);
    }
    if fitting.is_empty() {
        return None;
    }
    let settings = Settings::read(&folder);
    if !settings.catalog || switches::off_beside(&settings, project).is_some() {
        return None;
    }
    let denied = Denied::read(project);
    fitting.retain(|(_, known)| !denied.denies(known.kind == Kind::Agent, known.id));
    not_again_and_again(event, &folder, &settings, &mut fitting);
    if fitting.is_empty() {
        return None;
    }
    let entries: Vec<&Known<'_>> = fitting.iter().map(|(_, known)| known).collect();
    let text = context::entries_hint(&entries);
    let hinted = |(it, known): &(Ranked, Known<'_>)| Hinted {
        route: remembered(known.id),
        confidence: it.score,
    };
    let note = settings.ledger.then(|| What::Hint {
        routes: fitting.iter().map(hinted).collect(),
        bytes: text.len(),
    });
    Some(Hint { text, note })
}

fn tell(unfit: Unfit) {
    // What has changed is compiled anew at the end of the turn.
    if unfit != Unfit::Stale {
        data::log(&format!("the compiled catalogue is passed over: {unfit}"));
    }
}

/// Leaves out what was hinted a moment ago, and what is ignored again and again. Who names an entry gets it. Where the
/// conversation is switched off, nothing is left.
fn not_again_and_again(
    event: &Event<'_>,
    folder: &Path,
    settings: &Settings,
    fitting: &mut Vec<(Ranked, Known<'_>)>,
) {
    if settings.adaptive {
        let adaptive = Adaptive::read(folder);
        fitting.retain(|(it, known)| {
            let needed = adaptive.needs(&remembered(known.id));
            it.named || needed.is_none_or(|needed| it.score >= needed)
        });
    }
    let conversation = event
        .session_id
        .as_deref()
        .and_then(|session| Conversation::open(folder, session));
    let Some(conversation) = conversation.filter(|_| !fitting.is_empty()) else {
        return;
    };
    let past = conversation.past();
    if past.off {
        fitting.clear();
    }
    if settings.cooldown == 0 {
        return;
    }
    let now = data::now();
    let recent = |id: &str| {
        let mut hinted = past.hinted_since(now.saturating_sub(settings.cooldown));
        hinted.any(|it| it == id)
    };
    // After the best one was named a moment ago, the next best is no better an idea.
    let again = |(it, known): &(Ranked, Known<'_>)| !it.named && recent(&remembered(known.id));
    if fitting.first().is_some_and(again) {
        fitting.clear();
    }
    fitting.retain(|it| !again(it));
    let ids: Vec<String> = fitting
        .iter()
        .map(|(_, known)| remembered(known.id))
        .collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    if !ids.is_empty()
        && let Err(error) = conversation.note(now, &ids)
    {
        data::log(&format!(
            "the conversation's hints cannot be noted: {error}"
        ));
    }
}
