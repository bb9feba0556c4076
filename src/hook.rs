//! `promptune hook`: one event in on stdin, a hint or nothing out.
//!
//! Whatever happens, the exit code is 0 and stdout holds valid JSON or nothing.

use std::io::{self, Read, Write as _};
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde::Serialize;

use crate::conversation::{self, Conversation};
use crate::decide::Candidate;
use crate::event::Event;
use crate::permissions::Denied;
use crate::router::Routed;
use crate::{context, data, router, settings, table};

/// An event longer than this is not read to its end, in bytes.
const LONGEST_EVENT: u64 = 1024 * 1024;

/// Runs the hook on the process's stdin and stdout.
#[must_use]
pub fn main() -> ExitCode {
    // The default hook prints to stderr, which the client may show; the log is the place for it.
    // Its message may quote the prompt, so only its place is noted.
    panic::set_hook(Box::new(|panic| match panic.location() {
        Some(place) => data::log(&format!("a panic at {place}")),
        None => data::log("a panic"),
    }));
    let answer = panic::catch_unwind(AssertUnwindSafe(|| run(io::stdin().lock())));
    if let Ok(Some(json)) = answer {
        // One write, and nobody to tell when it fails: the client has gone.
        let _ = io::stdout().write_all(&json);
    }
    ExitCode::SUCCESS
}

/// Answers one event: the JSON for stdout, or `None` for silence.
fn run(input: impl Read) -> Option<Vec<u8>> {
    if settings::switched_off() {
        return None;
    }
    let mut json = Vec::with_capacity(4096);
    if let Err(error) = input.take(LONGEST_EVENT + 1).read_to_end(&mut json) {
        data::log(&format!("stdin: {error}"));
        return None;
    }
    if json.len() as u64 > LONGEST_EVENT {
        return None;
    }
    let event = match Event::parse(&json) {
        Ok(event) => event,
        Err(error) => {
            // The error's own text may quote the event.
            data::log(&format!(
                "the event on stdin is not one ({:?} error, line {}, column {})",
                error.classify(),
                error.line(),
                error.column()
            ));
            return None;
        }
    };
    #[cfg(feature = "fault-injection")]
    inject_fault();
    match event.name.as_deref() {
        Some("UserPromptSubmit") => prompt_submitted(&event),
        Some("SessionStart") => {
            conversation_started(&event);
            None
        }
        _ => None,
    }
}

/// event → gate → text → match → decide → context.
fn prompt_submitted(event: &Event<'_>) -> Option<Vec<u8>> {
    let table = table::builtin();
    let routed = router::route(event.prompt.as_deref()?, table).ok()?;
    let offers = allowed_offers(event, &routed);
    if offers.is_empty() {
        return None;
    }
    let hint = context::hint(&routed, &offers, table);
    serde_json::to_vec(&Answer {
        hook_specific_output: Output {
            hook_event_name: "UserPromptSubmit",
            additional_context: &hint,
        },
    })
    .ok()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    hook_specific_output: Output<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Output<'a> {
    hook_event_name: &'static str,
    additional_context: &'a str,
}

/// What may be hinted now: allowed by the mode and the settings, and not hinted a moment ago.
fn allowed_offers<'r>(event: &Event<'_>, routed: &'r Routed<'_>) -> Vec<&'r Candidate> {
    let mut offers = routed.decision.offers();
    if offers.is_empty() {
        return offers;
    }
    let known = &table::builtin().routes;
    if event.permission_mode.as_deref() == Some("plan") {
        offers.retain(|offer| known[offer.route].plans);
    }
    let denied = Denied::read(project(event).as_deref());
    offers.retain(|offer| {
        let route = &known[offer.route];
        !denied.denies(route.agent, &context::target_id(route))
    });
    if offers.is_empty() {
        return offers;
    }
    let Some(folder) = data::folder() else {
        return offers;
    };
    let Some(conversation) = event
        .session_id
        .as_deref()
        .and_then(|session| Conversation::open(&folder, session))
    else {
        return offers;
    };
    cool_down(&folder, &conversation, &mut offers);
    offers
}

fn cool_down(folder: &Path, conversation: &Conversation, offers: &mut Vec<&Candidate>) {
    let cooldown = settings::cooldown(folder);
    if cooldown == 0 {
        return;
    }
    let routes = &table::builtin().routes;
    let now = data::now();
    let recent = conversation.hinted_since(now.saturating_sub(cooldown));
    offers.retain(|offer| {
        offer.named
            || !recent
                .iter()
                .any(|id| id == routes[offer.route].id.as_str())
    });
    let ids: Vec<&str> = offers
        .iter()
        .map(|offer| routes[offer.route].id.as_str())
        .collect();
    if !ids.is_empty()
        && let Err(error) = conversation.note(now, &ids)
    {
        data::log(&format!(
            "the conversation's hints cannot be noted: {error}"
        ));
    }
}

fn project(event: &Event<'_>) -> Option<PathBuf> {
    std::env::var_os("CLAUDE_PROJECT_DIR")
        .filter(|folder| !folder.is_empty())
        .map(PathBuf::from)
        .or_else(|| event.cwd.as_deref().map(PathBuf::from))
}

/// A conversation begins: what is old is removed, and what the model no longer sees is forgotten.
fn conversation_started(event: &Event<'_>) {
    let Some(folder) = data::folder() else { return };
    if matches!(event.source.as_deref(), Some("compact" | "clear"))
        && let Some(conversation) = event
            .session_id
            .as_deref()
            .and_then(|session| Conversation::open(&folder, session))
    {
        conversation.forget();
    }
    conversation::prune(&folder);
    data::prune_log();
}

#[cfg(feature = "fault-injection")]
fn inject_fault() {
    let fault = std::env::var_os("PROMPTUNE_FAULT");
    assert!(
        fault.is_none_or(|fault| fault != "panic"),
        "a fault was injected"
    );
}
