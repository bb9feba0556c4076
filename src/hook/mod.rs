//! `promptune hook`: one event in on stdin, a hint, a receipt or nothing out.
//!
//! Whatever happens, the exit code is 0 and stdout holds valid JSON or nothing.

mod agent;
mod prompt;

pub(crate) use prompt::Context;

use std::borrow::Cow;
use std::io::{self, Read as _};
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::path::PathBuf;

use serde::Serialize;

use crate::event::{Event, Stopped};
use crate::ledger::Record;
use crate::router::Routed;
use crate::settings::Settings;
use crate::spawn::Call;
use crate::spawn::guard::{self, Guard};
use crate::spawn::judge::{Judged, judge};
use crate::system::system;
use crate::{data, ledger, opening, receipt, router, settings, settle, switches, table};

/// An event longer than this is not read to its end, in bytes.
pub const LONGEST_EVENT: usize = 1024 * 1024;

/// An event of which all is known that can be known without files and settings.
#[derive(Debug)]
pub enum Begun<'e> {
    /// It gets no answer, whatever files and settings say.
    Silent,
    /// A prompt that a route may fit: a built-in one by what was decided, or one of the person's own.
    Prompt(Box<(Event<'e>, Routed<'e>)>),
    /// "promptune on" or "promptune off": whether on.
    Switch(Box<Event<'e>>, bool),
    /// An agent is about to start: the call, and what its task takes.
    Spawn(Box<(Event<'e>, Call<'e>, Judged)>),
    /// An event of another kind, and as it came.
    Other(Box<Event<'e>>, &'e [u8]),
    /// Not an event.
    Malformed(serde_json::Error),
    /// Stdin could not be read.
    Unreadable,
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
        Some(place) => note_panic_at(place.file(), place.line()),
        None => data::log("a panic"),
    }
}

/// Notes that there was a panic in line `line` of the source file `file`.
pub fn note_panic_at(file: &str, line: u32) {
    data::log(&format!("a panic at {file}:{line}"));
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
        Some("PreToolUse") => begin_spawn(event, json),
        Some(_) => Begun::Other(Box::new(event), json),
        None => Begun::Silent,
    }
}

/// Does what remains: the answer to stdout, in one write, or silence.
pub fn finish(begun: Begun<'_>) {
    let answer = match begun {
        Begun::Silent => None,
        Begun::Prompt(prompt) => {
            let (event, routed) = *prompt;
            prompt::fits(&event, routed)
        }
        Begun::Switch(event, on) => {
            let session = event.session_id.as_deref();
            let json = switches::turn(session, project(&event).as_deref(), on);
            json.map(|json| Output { json, note: None })
        }
        Begun::Spawn(spawn) => agent::starts(&spawn.0, &spawn.1, &spawn.2),
        Begun::Other(event, json) => match event.name.as_deref() {
            Some("SubagentStart") => {
                agent::started(json);
                None
            }
            Some("SessionStart") => {
                opening::begins(&event, project(&event).as_deref());
                None
            }
            Some(end @ ("SubagentStop" | "Stop" | "SessionEnd")) => {
                if let ("Stop", Some(folder)) = (end, data::folder()) {
                    opening::refresh_catalogue(project(&event).as_deref(), &folder, false);
                }
                something_ended(end, json)
            }
            _ => None,
        },
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
    };
    let Some(answer) = answer else { return };
    if !answer.json.is_empty() {
        system().answer(&answer.json);
    }
    // The ledger comes after the answer: whatever happens there happens to an answered prompt.
    if let Some((folder, record)) = answer.note
        && let Err(error) = ledger::append(&folder, &record)
    {
        data::log(&format!("the ledger cannot be written: {error}"));
    }
}

/// What is answered.
struct Output {
    /// For stdout; empty for silence.
    json: Vec<u8>,
    /// For the ledger in this folder.
    note: Option<(PathBuf, Record)>,
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
        Ok(routed) => match switches::asked(&routed.typed) {
            // Where nothing built in fits, a route of the person's own may: files tell.
            None => Begun::Prompt(Box::new((event, routed))),
            Some(on) => Begun::Switch(Box::new(event), on),
        },
        Err(_) => Begun::Silent,
    }
}

/// A call of an agent, and what its task takes.
fn begin_spawn<'e>(event: Event<'e>, json: &'e [u8]) -> Begun<'e> {
    let Some(call) = Call::parse(json) else {
        return Begun::Silent;
    };
    let judged = judge(&call.description, &call.prompt);
    Begun::Spawn(Box::new((event, call, judged)))
}

/// An agent, a turn or the conversation ended. At a turn's end the person is told what its agents cost; at the
/// conversation's there is nobody to tell.
fn something_ended(end: &str, json: &[u8]) -> Option<Output> {
    let folder = data::folder()?;
    if end == "SubagentStop"
        && Guard::read(&folder).is_some()
        && let Ok(event) = Stopped::parse(json)
    {
        guard::stopped(&event, &folder);
    }
    let settings = Settings::read(&folder);
    if !settings.ledger {
        return None;
    }
    let event = Stopped::parse(json).ok()?;
    let session = event.session_id.as_deref();
    if switches::off(
        &folder,
        &settings,
        session,
        project_of(event.cwd.as_deref()).as_deref(),
    )
    .is_some()
    {
        return None;
    }
    if end == "SubagentStop" {
        settle::note(&event, &folder);
        return None;
    }
    let finished = settle::settle(&event, &folder, &settings);
    if end != "Stop" || !settings.receipts {
        return None;
    }
    let json = serde_json::to_vec(&Receipt {
        system_message: &receipt::line(&finished)?,
    });
    json.ok().map(|json| Output { json, note: None })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Receipt<'a> {
    system_message: &'a str,
}

fn project(event: &Event<'_>) -> Option<PathBuf> {
    project_of(event.cwd.as_deref())
}

/// The conversation's project, with its folder `cwd`.
fn project_of(cwd: Option<&str>) -> Option<PathBuf> {
    system()
        .variable("CLAUDE_PROJECT_DIR")
        .filter(|folder| !folder.is_empty())
        .map(PathBuf::from)
        .or_else(|| cwd.map(PathBuf::from))
}

#[cfg(feature = "fault-injection")]
fn inject_fault() {
    let fault = std::env::var_os("PROMPTUNE_FAULT");
    assert!(
        fault.is_none_or(|fault| fault != "panic"),
        "a fault was injected"
    );
}
