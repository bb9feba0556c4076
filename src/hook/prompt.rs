//! A prompt that something fits: what may be hinted now, in words.

use std::path::Path;

use serde::Serialize;

use super::{Output, project};
use crate::adaptive::Adaptive;
use crate::breakeven::past::Past;
use crate::conversation::Conversation;
use crate::decide::Candidate;
use crate::event::Event;
use crate::layers::routes::Routes;
use crate::layers::{self, Layers};
use crate::ledger::{Hinted, Record, What};
use crate::permissions::Denied;
use crate::router::Routed;
use crate::settings::{BreakEven, Settings};
use crate::{breakeven, catalog, context, data, ledger, switches};

/// decide → context: what may be hinted now, in words.
pub(super) fn fits(event: &Event<'_>, routed: Routed<'_>) -> Option<Output> {
    let layers = layers_of(event);
    let routed = layers::decide::over(routed, &layers);
    let known = layers.routes();
    if routed.decision.best().is_none() {
        return entry_fits(event, &routed, &known);
    }
    let mut offers = allowed_offers(event, &routed, &known);
    if offers.is_empty() {
        return None;
    }
    let folder = data::folder();
    let settings = folder.as_deref().map(Settings::read);
    if let (Some(folder), Some(settings)) = (&folder, &settings) {
        if switches::off_beside(settings, project(event).as_deref()).is_some() {
            return None;
        }
        not_again_and_again(event, folder, settings, &mut offers, &known);
        if offers.is_empty() {
            return None;
        }
    }
    let break_even = settings.map_or_else(BreakEven::default, |settings| settings.break_even);
    let clauses = weigh_costs(event, folder.as_deref(), break_even, &mut offers, &known);
    if offers.is_empty() {
        return None;
    }
    let hint = context::hint(&routed, &offers, &known) + &clauses;
    let note = folder
        .filter(|_| settings.is_some_and(|settings| settings.ledger))
        .and_then(|folder| Some((folder, noted(event, &offers, &hint, &known)?)));
    Some(Output {
        json: added(&hint)?,
        note,
    })
}

/// The catalogue may know an entry for what no route is for.
fn entry_fits(event: &Event<'_>, routed: &Routed<'_>, known: &Routes<'_>) -> Option<Output> {
    let hint = catalog::hint::hint(event, routed, known, project(event).as_deref())?;
    let note = hint.note.and_then(|what| record(event, what));
    Some(Output {
        json: added(&hint.text)?,
        note: data::folder().zip(note),
    })
}

/// The answer that adds `hint` to the prompt.
fn added(hint: &str) -> Option<Vec<u8>> {
    let answer = Answer {
        hook_specific_output: Context {
            hook_event_name: "UserPromptSubmit",
            additional_context: hint,
        },
    };
    serde_json::to_vec(&answer).ok()
}

/// Leaves out, or says of, the agents that would cost more than an answer in the conversation. Without a transcript
/// that tells the conversation's size it stays out of it.
fn weigh_costs(
    event: &Event<'_>,
    folder: Option<&Path>,
    mode: BreakEven,
    offers: &mut Vec<&Candidate>,
    known: &Routes<'_>,
) -> String {
    let mut clauses = String::new();
    let agent = |offer: &&Candidate| known.route(offer.route).agent;
    if mode == BreakEven::Off || !offers.iter().any(agent) {
        return clauses;
    }
    let transcript = event.transcript_path.as_deref().map(Path::new);
    let Some(here) = transcript.and_then(breakeven::here) else {
        return clauses;
    };
    let past = folder.map(Past::read).unwrap_or_default();
    offers.retain(|offer| {
        let route = known.route(offer.route);
        let sum = route.model.filter(|_| route.agent).and_then(|model| {
            breakeven::sum(&route.target_id(), model, &here, &past, breakeven::HINT)
        });
        match sum.filter(|sum| !sum.pays()) {
            None => true,
            Some(_) if mode == BreakEven::Omit && !offer.named => false,
            Some(sum) => {
                clauses.push_str(&breakeven::clause(&sum));
                true
            }
        }
    });
    clauses
}

/// The ledger's line about a hint.
fn noted(
    event: &Event<'_>,
    offers: &[&Candidate],
    hint: &str,
    known: &Routes<'_>,
) -> Option<Record> {
    let hinted = |offer: &&Candidate| Hinted {
        route: known.id(offer.route).to_owned(),
        confidence: offer.confidence,
    };
    let what = What::Hint {
        routes: offers.iter().map(hinted).collect(),
        bytes: hint.len(),
    };
    record(event, what)
}

fn record(event: &Event<'_>, what: What) -> Option<Record> {
    let transcript = event.transcript_path.as_deref().unwrap_or_default();
    let prompt = event.prompt_id.as_deref().unwrap_or_default();
    let project = ledger::project(transcript);
    Record::new(event.session_id.as_deref()?, &project, prompt, what)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    hook_specific_output: Context<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Context<'a> {
    /// `UserPromptSubmit`: the client wants its own word back.
    pub(crate) hook_event_name: &'static str,
    /// What the model reads beside the prompt.
    pub(crate) additional_context: &'a str,
}

/// The layers of the conversation: all that a prompt reads of them.
fn layers_of(event: &Event<'_>) -> Layers {
    let layers = Layers::of(project(event).as_deref());
    for (place, unfit) in &layers.unfit {
        data::log(&layers::index::passed_over(place, *unfit));
    }
    layers
}

/// What the mode and the settings allow to be hinted.
fn allowed_offers<'r>(
    event: &Event<'_>,
    routed: &'r Routed<'_>,
    known: &Routes<'_>,
) -> Vec<&'r Candidate> {
    let mut offers = routed.decision.offers();
    if offers.is_empty() {
        return offers;
    }
    if event.permission_mode.as_deref() == Some("plan") {
        offers.retain(|offer| known.route(offer.route).plans);
    }
    let denied = Denied::read(project(event).as_deref());
    offers.retain(|offer| {
        let route = known.route(offer.route);
        !denied.denies(route.agent, &route.target_id())
    });
    offers
}

/// Leaves out what was hinted a moment ago, and what is ignored again and again. Who names an agent gets it. Where the
/// conversation is switched off, nothing is left.
fn not_again_and_again(
    event: &Event<'_>,
    folder: &Path,
    settings: &Settings,
    offers: &mut Vec<&Candidate>,
    known: &Routes<'_>,
) {
    if settings.adaptive {
        let adaptive = Adaptive::read(folder);
        offers.retain(|offer| {
            let needed = adaptive.needs(known.id(offer.route));
            offer.named || needed.is_none_or(|needed| offer.confidence >= needed)
        });
    }
    let conversation = event
        .session_id
        .as_deref()
        .and_then(|session| Conversation::open(folder, session));
    if let Some(conversation) = conversation.filter(|_| !offers.is_empty()) {
        cool_down(settings.cooldown, &conversation, offers, known);
    }
}

fn cool_down(
    cooldown: u64,
    conversation: &Conversation,
    offers: &mut Vec<&Candidate>,
    known: &Routes<'_>,
) {
    let past = conversation.past();
    if past.off {
        offers.clear();
    }
    if cooldown == 0 || offers.is_empty() {
        return;
    }
    let now = data::now();
    let recent = |id| {
        let mut hinted = past.hinted_since(now.saturating_sub(cooldown));
        hinted.any(|it| it == id)
    };
    offers.retain(|offer| offer.named || !recent(known.id(offer.route)));
    let ids: Vec<&str> = offers.iter().map(|offer| known.id(offer.route)).collect();
    if !ids.is_empty()
        && let Err(error) = conversation.note(now, &ids)
    {
        data::log(&format!(
            "the conversation's hints cannot be noted: {error}"
        ));
    }
}
