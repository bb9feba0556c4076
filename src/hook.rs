//! `promptune hook`: one event in on stdin, a hint, a receipt or nothing out.
//!
//! Whatever happens, the exit code is 0 and stdout holds valid JSON or nothing.

use std::borrow::Cow;
use std::io::{self, Read as _};
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::adaptive::Adaptive;
use crate::breakeven::past::Past;
use crate::conversation::Conversation;
use crate::decide::Candidate;
use crate::event::{Event, Stopped};
use crate::layers::routes::Routes;
use crate::layers::{self, Layers};
use crate::ledger::{Hinted, Record, What};
use crate::permissions::Denied;
use crate::router::Routed;
use crate::settings::{BreakEven, Settings};
use crate::spawn::guard::{self, Guard, Verdict};
use crate::spawn::judge::{Judged, judge};
use crate::spawn::{self, Call, Place};
use crate::system::system;
use crate::{
    breakeven, catalog, context, data, ledger, opening, receipt, router, settings, settle,
    switches, table,
};

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
            prompt_fits(&event, routed)
        }
        Begun::Switch(event, on) => {
            let session = event.session_id.as_deref();
            let json = switches::turn(session, project(&event).as_deref(), on);
            json.map(|json| Output { json, note: None })
        }
        Begun::Spawn(spawn) => agent_starts(&spawn.0, &spawn.1, &spawn.2),
        Begun::Other(event, json) => match event.name.as_deref() {
            Some("SubagentStart") => {
                agent_started(json);
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

/// An agent is about to start: a smaller model where that is enough, and no agent beyond a limit.
fn agent_starts(event: &Event<'_>, call: &Call<'_>, judged: &Judged) -> Option<Output> {
    let folder = data::folder();
    let project = project(event);
    let session = event.session_id.as_deref();
    let off = || {
        folder.as_deref().is_some_and(|folder| {
            switches::off(folder, &Settings::read(folder), session, project.as_deref()).is_some()
        })
    };
    let mut warned = None;
    if let Some(folder) = folder.as_deref()
        && let Some(guard) = Guard::read(folder)
        && !off()
    {
        match guard.check(folder, session.unwrap_or_default()) {
            Verdict::Fine => {}
            Verdict::Warned(words) => warned = Some(words),
            Verdict::Denied(reason) => {
                let json = spawn::denied(&reason)?;
                return Some(Output { json, note: None });
            }
        }
    }
    let place = Place {
        folder: folder.as_deref(),
        project: project.as_deref(),
        transcript: event.transcript_path.as_deref().map(Path::new),
    };
    if !spawn::may_say(call, judged, warned.is_some()) || off() {
        return None;
    }
    let (json, record) = spawn::answer(event, call, judged, warned.as_deref(), place)?;
    Some(Output {
        json,
        note: folder.zip(record),
    })
}

/// An agent has started: counted only where there is a limit.
fn agent_started(json: &[u8]) {
    let Some(folder) = data::folder() else { return };
    if Guard::read(&folder).is_some()
        && let Ok(event) = Stopped::parse(json)
    {
        guard::started(&event, &folder);
    }
}

/// decide → context: what may be hinted now, in words.
fn prompt_fits(event: &Event<'_>, routed: Routed<'_>) -> Option<Output> {
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
