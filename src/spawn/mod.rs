//! The right model where an agent starts: `PreToolUse` on the client's Agent tool.
//!
//! [`Call::parse`] and [`judge::judge`] only compute; [`consider`] asks files and variables whether a smaller model may
//! be set, and stops at the first that says no. Whatever is not understood leaves the call as it is.

pub mod again;
pub mod definition;
pub mod guard;
pub mod judge;
pub mod modes;
pub mod pinned;
pub mod raw;
pub mod record;
mod rules;
pub mod running;

use std::borrow::Cow;
use std::path::Path;

use serde::Serialize;

use crate::data;
use crate::event::Event;
use crate::ledger::{self, Record, What};
use crate::plain::one_line;
use crate::settings::Settings;
use judge::{Judged, Takes};
use modes::{Both, Mode};
use raw::member;

/// The agent that the client starts where a call names none.
pub const USUAL_AGENT: &str = "general-purpose";

/// Texts of a call are cut here when shown, in characters.
const LONGEST_SHOWN: usize = 48;

/// A call of the Agent tool.
#[derive(Debug, Clone, PartialEq)]
pub struct Call<'e> {
    /// The tool's input as it came.
    pub input: &'e str,
    /// The few words of the call.
    pub description: Cow<'e, str>,
    /// The task.
    pub prompt: Cow<'e, str>,
    /// The agent's name.
    pub agent: Cow<'e, str>,
    /// The client's ID of the call.
    pub id: Cow<'e, str>,
    /// The model that it names.
    pub model: Option<Cow<'e, str>>,
    /// Why the call itself keeps its model, if it does.
    pub keeps: Option<&'static str>,
}

impl<'e> Call<'e> {
    /// Reads a `PreToolUse` event. `None` where it is not about the Agent tool, or not of the known form.
    #[must_use]
    pub fn parse(json: &'e [u8]) -> Option<Self> {
        let event = std::str::from_utf8(json).ok()?;
        if !matches!(text(event, "tool_name")?.as_ref(), "Agent" | "Task") {
            return None;
        }
        let input = member(event, "tool_input")?;
        let agent = match member(input, "subagent_type") {
            Some(_) => text(input, "subagent_type")?,
            // A name written with escapes is not found either; then nothing else is.
            None => Cow::Borrowed(USUAL_AGENT),
        };
        let has = |name| member(input, name).is_some();
        let keeps = if has("model") {
            Some("the call names a model")
        } else if agent == "fork" {
            Some("a fork goes on with the conversation\u{2019}s own context")
        } else if has("team_name") || member(input, "isolation") == Some("\"remote\"") {
            Some("it is no agent of this conversation alone")
        } else if member(event, "agent_id").is_some() {
            Some("an agent calls it, whose own model is not known")
        } else {
            None
        };
        Some(Self {
            input,
            description: text(input, "description").unwrap_or_default(),
            prompt: text(input, "prompt")?,
            agent,
            id: text(event, "tool_use_id").unwrap_or_default(),
            model: text(input, "model"),
            keeps,
        })
    }
}

fn text<'a>(object: &'a str, name: &str) -> Option<Cow<'a, str>> {
    let raw = member(object, name)?;
    // Most strings have no escapes.
    let inside = raw.strip_prefix('"')?.strip_suffix('"')?;
    if inside.contains('\\') {
        // Half a character, which the client may send, is nothing to judge.
        return serde_json::from_str(raw).ok().map(Cow::Owned);
    }
    Some(Cow::Borrowed(inside))
}

/// What becomes of a call, and why.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Choice {
    /// The model it would go to: `haiku`, `sonnet`; `None` where it stays.
    pub to: Option<&'static str>,
    /// The conversation's model, where it was looked at.
    pub from: Option<String>,
    /// The mode in force, where it was looked at.
    pub mode: Option<Mode>,
    /// Why it stays.
    pub why: Option<String>,
}

/// Why a task stays that nothing else keeps from a smaller model.
const UNKNOWN_CONVERSATION: &str = "the conversation\u{2019}s model is not known";

impl Choice {
    /// Whether only the conversation's model was missing.
    #[must_use]
    pub fn unknown_conversation(&self) -> bool {
        self.why.as_deref() == Some(UNKNOWN_CONVERSATION)
    }

    fn stays(why: impl Into<String>) -> Self {
        Self {
            to: None,
            from: None,
            mode: None,
            why: Some(why.into()),
        }
    }
}

/// Where a call comes from.
#[derive(Debug, Clone, Copy, Default)]
pub struct Place<'p> {
    /// The data folder.
    pub folder: Option<&'p Path>,
    /// The conversation's folder.
    pub project: Option<&'p Path>,
    /// The conversation's transcript; without one its model is not known.
    pub transcript: Option<&'p Path>,
}

impl<'p> Place<'p> {
    /// The data folder, where the ledger is written.
    fn ledger(&self) -> Option<&'p Path> {
        self.folder.filter(|folder| Settings::read(folder).ledger)
    }
}

/// Whether a call of `agent` with a task that was `judged` may have a smaller model.
#[must_use]
pub fn consider(agent: &str, judged: &Judged, place: Place<'_>) -> Choice {
    let (to, reach) = match judged.takes {
        Takes::Template => ("haiku", 0),
        Takes::Between => ("sonnet", 1),
        Takes::Judgement => return Choice::stays("the task takes judgement"),
    };
    if agent == "Plan" {
        return Choice::stays("this agent plans");
    }
    let both = Both::read(place.folder, place.project);
    let mode = both.of(agent, to == "sonnet");
    if mode == Mode::Off {
        return Choice {
            mode: Some(mode),
            ..Choice::stays("that is switched off in config.json")
        };
    }
    if let Some(why) = pinned::by_environment(to) {
        return Choice::stays(why);
    }
    match definition::model(agent, place.project) {
        definition::Model::Inherits => {}
        definition::Model::Pinned => {
            return Choice::stays("the agent\u{2019}s definition names a model");
        }
        definition::Model::Unknown => {
            return Choice::stays("the agent\u{2019}s definition was not found");
        }
    }
    if let Some(why) = pinned::by_settings(to, place.project) {
        return Choice::stays(why);
    }
    let Some(from) = place.transcript.and_then(running::model) else {
        return Choice::stays(UNKNOWN_CONVERSATION);
    };
    if both.learns()
        && let Some(folder) = place.folder
        && let Some(poor) = record::Up::read(folder).keeps(judged.kind, data::now())
    {
        return Choice::stays(format!(
            "of the last {} such tasks ({}) {} went badly on a smaller model; promptune stats tells more",
            poor.of, judged.kind, poor.bad
        ));
    }
    match running::rank(&from) {
        Some(rank) if rank > reach => Choice {
            to: Some(to),
            from: Some(from),
            mode: Some(mode),
            why: None,
        },
        Some(_) => Choice {
            from: Some(from),
            ..Choice::stays("the conversation\u{2019}s model is no larger")
        },
        None => Choice {
            from: Some(from),
            ..Choice::stays("the conversation\u{2019}s model is of an unknown family")
        },
    }
}

/// Whether there may be anything to say or to note of a call, whatever files and settings say.
#[must_use]
pub fn may_say(call: &Call<'_>, judged: &Judged, warned: bool) -> bool {
    warned || call.model.is_some() || (call.keeps.is_none() && judged.takes != Takes::Judgement)
}

/// What the hook answers to a call: JSON for stdout, empty for silence, and a line for the ledger. `warned` is a line for
/// the person. `None` where there is nothing to say or to note.
#[must_use]
pub fn answer(
    event: &Event<'_>,
    call: &Call<'_>,
    judged: &Judged,
    warned: Option<&str>,
    place: Place<'_>,
) -> Option<(Vec<u8>, Option<Record>)> {
    let session = event.session_id.as_deref().unwrap_or_default();
    let moved = if call.keeps.is_some() {
        None
    } else {
        let choice = consider(&call.agent, judged, place);
        choice.to.zip(choice.from).zip(choice.mode)
    };
    let Some(((to, from), mode)) = moved else {
        let record = redone(event, call, session, place);
        return match warned {
            Some(words) => Some((json(None, words)?, record)),
            None => record.map(|record| (Vec::new(), Some(record))),
        };
    };
    let applied = mode == Mode::Apply;
    let input = if applied {
        Some(raw::with_model(call.input, to)?)
    } else {
        None
    };
    let mut line = told(call, judged, to, &from, applied);
    if let Some(words) = warned {
        line = format!("{words}\n{line}");
    }
    let json = json(input.as_deref(), &line)?;
    let what = What::Model {
        call: one_line(&call.id, LONGEST_SHOWN),
        name: one_line(&call.agent, LONGEST_SHOWN),
        task: judged.kind.to_owned(),
        from,
        to: to.to_owned(),
        confidence: judged.shares[usize::from(to == "sonnet")],
        applied,
    };
    let transcript = event.transcript_path.as_deref().unwrap_or_default();
    let prompt = event.prompt_id.as_deref().unwrap_or_default();
    let kept = place.ledger();
    if let Some(folder) = kept.filter(|_| applied)
        && let Err(error) = again::note(
            folder,
            session,
            &one_line(&call.id, LONGEST_SHOWN),
            &call.prompt,
        )
    {
        data::log(&format!(
            "the conversation's tasks cannot be noted: {error}"
        ));
    }
    let record =
        kept.and_then(|_| Record::new(session, &ledger::project(transcript), prompt, what));
    Some((json, record))
}

/// An answer with a line for the person, and an input in place of the one that came. No word about permission: that
/// stays with the person's settings.
fn json(input: Option<&str>, line: &str) -> Option<Vec<u8>> {
    let mut json = String::with_capacity(input.map_or(0, str::len) + line.len() + 256);
    json.push('{');
    if let Some(input) = input {
        json.push_str(r#""hookSpecificOutput":{"hookEventName":"PreToolUse","updatedInput":"#);
        json.push_str(input);
        json.push_str("},");
    }
    json.push_str("\"systemMessage\":");
    json.push_str(&serde_json::to_string(line).ok()?);
    json.push('}');
    Some(json.into_bytes())
}

/// An answer that denies the call, with the reason for the model.
#[must_use]
pub fn denied(reason: &str) -> Option<Vec<u8>> {
    let reason = serde_json::to_string(reason).ok()?;
    let json = format!(
        r#"{{"hookSpecificOutput":{{"hookEventName":"PreToolUse","permissionDecision":"deny","permissionDecisionReason":{reason}}}}}"#
    );
    Some(json.into_bytes())
}

/// A call that names a larger model: whether its task was given a smaller one a while ago.
fn redone(event: &Event<'_>, call: &Call<'_>, session: &str, place: Place<'_>) -> Option<Record> {
    running::rank(call.model.as_deref()?).filter(|rank| *rank > 0)?;
    let first = again::earlier(place.ledger()?, session, &call.prompt)?;
    let transcript = event.transcript_path.as_deref().unwrap_or_default();
    let prompt = event.prompt_id.as_deref().unwrap_or_default();
    let what = What::Redone { call: first };
    Record::new(session, &ledger::project(transcript), prompt, what)
}

/// One line for the person.
fn told(call: &Call<'_>, judged: &Judged, to: &str, from: &str, applied: bool) -> String {
    let task = one_line(&call.description, LONGEST_SHOWN);
    let verb = if applied { "runs" } else { "would run" };
    let (to, from) = (family(to), family(from));
    let off = if applied {
        ", promptune model explains"
    } else {
        ""
    };
    format!(
        "promptune: \u{201c}{task}\u{201d} {verb} on {to} instead of {from} ({}{off})",
        described(judged)
    )
}

/// What a task is, in a few words.
#[must_use]
pub fn described(judged: &Judged) -> &'static str {
    match (judged.takes, judged.kind) {
        (Takes::Judgement, _) => "takes judgement",
        (Takes::Between, _) => "along known lines",
        (_, "tests") => "runs checks and reports",
        (_, "git") => "git commands",
        (_, "worktree") => "worktree commands",
        (_, "issue") => "issue work",
        (_, "measure") => "measures and reports",
        (_, "lookup") => "looks things up",
        _ => "written out step by step",
    }
}

/// A model's family as people write it: `Opus`. An unknown model is called by its whole ID.
fn family(model: &str) -> String {
    let families = ["Haiku", "Sonnet", "Opus", "Fable", "Mythos"];
    let known = families
        .iter()
        .find(|name| model.contains(&name.to_ascii_lowercase()));
    known.map_or_else(|| one_line(model, LONGEST_SHOWN), |name| (*name).to_owned())
}

#[cfg(test)]
mod tests {
    use super::Call;

    const EVENT: &str = r#"{"hook_event_name":"PreToolUse","tool_name":"Agent","tool_use_id":"toolu_1","tool_input":INPUT}"#;

    fn call(input: &str) -> Option<(String, Option<&'static str>)> {
        let event = EVENT.replace("INPUT", input);
        let call = Call::parse(event.as_bytes())?;
        Some((call.agent.into_owned(), call.keeps))
    }

    #[test]
    fn calls_are_read_and_those_with_a_model_kept() {
        let general = Some(("general-purpose".to_owned(), None));
        assert_eq!(call(r#"{"description":"d","prompt":"p"}"#), general);
        assert_eq!(
            call(r#"{"prompt":"p","subagent_type":"Explore"}"#),
            Some(("Explore".to_owned(), None))
        );
        for kept in [
            r#"{"prompt":"p","model":"opus"}"#,
            r#"{"prompt":"p","model":null}"#,
            r#"{"prompt":"p","subagent_type":"fork"}"#,
            r#"{"prompt":"p","isolation":"remote"}"#,
            r#"{"prompt":"p","team_name":"t"}"#,
        ] {
            assert!(
                call(kept).is_some_and(|(_, keeps)| keeps.is_some()),
                "{kept}"
            );
        }
    }

    #[test]
    fn what_is_not_of_the_known_form_is_nothing() {
        for input in [
            "null",
            "[]",
            "{}",
            "\"p\"",
            r#"{"prompt":7}"#,
            r#"{"prompt":["p"]}"#,
            r#"{"prompt":"p","subagent_type":7}"#,
            r#"{"prompt":"p","prompt":"q"}"#,
            r#"{"prompt":"half \ud83d"}"#,
            r#"{"\u0070rompt":"p"}"#,
        ] {
            assert_eq!(call(input), None, "{input}");
        }
        assert!(
            Call::parse(b"{\"tool_name\":\"Bash\",\"tool_input\":{\"prompt\":\"p\"}}").is_none()
        );
        assert!(Call::parse(b"\xff").is_none());
    }
}
