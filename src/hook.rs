//! `promptune hook`: one event in on stdin, a hint or nothing out.
//!
//! Whatever happens, the exit code is 0 and stdout holds valid JSON or nothing.

use std::borrow::Cow;
use std::io::{self, Read as _, Write as _};
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::conversation::{self, Conversation};
use crate::decide::Candidate;
use crate::event::Event;
use crate::permissions::Denied;
use crate::router::Routed;
use crate::{context, data, router, settings, table};

/// An event longer than this is not read to its end, in bytes.
pub const LONGEST_EVENT: usize = 1024 * 1024;

/// An event of which all is known that can be known without files and settings.
#[derive(Debug)]
pub enum Begun<'e> {
    /// It gets no answer, whatever files and settings say.
    Silent,
    /// A prompt that some route fits.
    Prompt(Box<(Event<'e>, Routed<'e>)>),
    /// An event of another kind.
    Other(Box<Event<'e>>),
    /// Not an event.
    Malformed(serde_json::Error),
    /// Stdin could not be read.
    Unreadable,
    /// Something went wrong on the way, at this place in the source.
    Panicked {
        /// The source file.
        file: String,
        /// Its line.
        line: u32,
    },
}

/// Runs the hook on the process's stdin and stdout.
pub fn main() {
    if settings::switched_off() {
        return;
    }
    panic::set_hook(Box::new(note_panic));
    let mut json = Vec::with_capacity(4096);
    let read = io::stdin()
        .lock()
        .take(LONGEST_EVENT as u64 + 1)
        .read_to_end(&mut json);
    let _ = panic::catch_unwind(AssertUnwindSafe(|| {
        #[cfg(feature = "fault-injection")]
        inject_fault();
        finish(begin(read.map(|_| &*json).map_err(|_| &*json)));
    }));
}

/// Notes where a panic was. The default hook prints to stderr, which the client may show; and the message may quote
/// the prompt.
pub fn note_panic(panic: &PanicHookInfo<'_>) {
    match panic.location() {
        Some(place) => data::log(&format!("a panic at {}:{}", place.file(), place.line())),
        None => data::log("a panic"),
    }
}

/// Reads an event, and for a prompt decides. `read` is what came in on stdin, `Err` where reading it failed.
///
/// Only computes: it needs no files, no environment, no C library.
#[must_use]
pub fn begin<'e>(read: Result<&'e [u8], &'e [u8]>) -> Begun<'e> {
    let Ok(json) = read else {
        return Begun::Unreadable;
    };
    if json.len() > LONGEST_EVENT {
        return Begun::Silent;
    }
    let event = match Event::parse(json) {
        Ok(event) => event,
        Err(error) => return Begun::Malformed(error),
    };
    match event.name.as_deref() {
        Some("UserPromptSubmit") => begin_prompt(event),
        Some(_) => Begun::Other(Box::new(event)),
        None => Begun::Silent,
    }
}

/// Does what remains: the answer to stdout, in one write, or silence.
pub fn finish(begun: Begun<'_>) {
    let answer = match begun {
        Begun::Silent => None,
        Begun::Prompt(prompt) => prompt_fits(&prompt.0, &prompt.1),
        Begun::Other(event) => {
            if event.name.as_deref() == Some("SessionStart") {
                conversation_started(&event);
            }
            None
        }
        Begun::Malformed(error) => {
            // The error's own text may quote the event.
            data::log(&format!(
                "the event on stdin is not one ({:?} error, line {}, column {})",
                error.classify(),
                error.line(),
                error.column()
            ));
            None
        }
        Begun::Unreadable => {
            data::log("stdin could not be read");
            None
        }
        Begun::Panicked { file, line } => {
            data::log(&format!("a panic at {file}:{line}"));
            None
        }
    };
    if let Some(json) = answer {
        // One write, and nobody to tell when it fails: the client has gone.
        let _ = io::stdout().write_all(&json);
        let _ = io::stdout().flush();
    }
}

/// gate → text → match → decide.
fn begin_prompt(mut event: Event<'_>) -> Begun<'_> {
    let prompt: &str = match event.prompt.take() {
        None => return Begun::Silent,
        Some(Cow::Borrowed(prompt)) => prompt,
        // A process answers one event: what it is about may stay to the end.
        Some(Cow::Owned(prompt)) => prompt.leak(),
    };
    match router::route(prompt, table::builtin()) {
        Ok(routed) if routed.decision.best().is_some() => Begun::Prompt(Box::new((event, routed))),
        _ => Begun::Silent,
    }
}

/// decide → context: what may be hinted now, in words.
fn prompt_fits(event: &Event<'_>, routed: &Routed<'_>) -> Option<Vec<u8>> {
    let offers = allowed_offers(event, routed);
    if offers.is_empty() {
        return None;
    }
    let hint = context::hint(routed, &offers, table::builtin());
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
