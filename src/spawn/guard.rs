//! A limit on a conversation's agents: how many at once, and how many dollars. Off unless `config.json` sets one.
//!
//! What starts and stops is noted in one small file a conversation. At the first call beyond a limit the person is
//! warned; later ones are denied, with words for the model.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::data;
use crate::event::Stopped;
use crate::plain::one_line;
use crate::prices::Dollars;
use crate::receipt::money;
use crate::system::system;
use crate::usage::transcript::messages;

/// An agent of which nothing was heard for so long is taken to have ended, in seconds.
const LOST: u64 = 60 * 60;

/// Only the end of the file is read, in bytes: some thousand starts and stops.
const TAIL: u64 = 64 * 1024;

/// IDs are cut here, in characters.
const LONGEST_ID: usize = 64;

/// What `config.json` says under `guard`.
#[derive(Debug, Default, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Guard {
    /// So many agents may run at the same time.
    most_at_once: Option<u64>,
    /// So many dollars may be spent on agents in a conversation.
    most_dollars: Option<f64>,
}

#[derive(Default, Deserialize)]
struct Config {
    guard: Option<Guard>,
}

/// What becomes of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It goes on.
    Fine,
    /// It goes on, and the person is told.
    Warned(String),
    /// It is denied, with the reason for the model.
    Denied(String),
}

/// What is known of a conversation's agents.
#[derive(Debug, Default, PartialEq)]
struct State {
    /// When each that runs was started.
    running: BTreeMap<String, u64>,
    /// What each has cost.
    spent: BTreeMap<String, f64>,
    warned_of_number: bool,
    warned_of_money: bool,
}

impl Guard {
    /// The limits that are set; `None` for none. A mistake in the file is logged where the other settings are read.
    #[must_use]
    pub fn read(folder: &Path) -> Option<Self> {
        let bytes = data::read_small(&folder.join("config.json"))?;
        let config: Config = serde_json::from_slice(&bytes)
            .map_err(|error| {
                data::log(&format!(
                    "config.json: no limit on agents is in force ({:?} error, line {}, column {})",
                    error.classify(),
                    error.line(),
                    error.column()
                ));
            })
            .ok()?;
        config
            .guard
            .filter(|guard| guard.most_at_once.is_some() || guard.most_dollars.is_some())
    }

    /// Whether one more agent may start in the conversation `session`. Notes a warning that is given.
    #[must_use]
    pub fn check(&self, folder: &Path, session: &str) -> Verdict {
        let Some(file) = file(folder, session) else {
            return Verdict::Fine;
        };
        let bytes = system().read_end(&file, TAIL).unwrap_or_default();
        let state = State::of(&String::from_utf8_lossy(&bytes), data::now());
        let (verdict, warning) = self.judge(&state);
        if let Some(warning) = warning {
            note(&file, &format!("w {warning}"));
        }
        verdict
    }

    /// The verdict, and which warning it gives.
    fn judge(&self, state: &State) -> (Verdict, Option<&'static str>) {
        let running = state.running.len() as u64;
        let spent = Dollars(state.spent.values().sum());
        if let Some(most) = self.most_dollars.filter(|most| spent.0 >= *most) {
            let words = format!(
                "this conversation\u{2019}s agents have cost {}, and its limit is {}",
                money(spent),
                money(Dollars(most))
            );
            return beyond(&words, "guard.mostDollars", state.warned_of_money, "money");
        }
        if let Some(most) = self.most_at_once.filter(|most| running >= *most) {
            let words =
                format!("{running} agents run in this conversation, and its limit is {most}");
            return beyond(&words, "guard.mostAtOnce", state.warned_of_number, "number");
        }
        (Verdict::Fine, None)
    }
}

fn beyond(
    words: &str,
    setting: &str,
    warned: bool,
    warning: &'static str,
) -> (Verdict, Option<&'static str>) {
    if warned {
        let reason = format!(
            "promptune: {words}. The user set this limit ({setting} in promptune\u{2019}s config.json). Work on without a further agent, wait for one to end, or ask the user."
        );
        return (Verdict::Denied(reason), None);
    }
    let told = format!("promptune: {words}; the next agent beyond it is denied ({setting})");
    (Verdict::Warned(told), Some(warning))
}

/// Notes that an agent started (`SubagentStart`).
pub fn started(event: &Stopped<'_>, folder: &Path) {
    noted(event, folder, |agent| format!("+ {agent}"));
}

/// Notes that an agent stopped, and what it has cost so far by its transcript. Its last message may be missing.
pub fn stopped(event: &Stopped<'_>, folder: &Path) {
    noted(event, folder, |agent| format!("- {agent}"));
    let transcript = event.agent_transcript.as_deref().map(Path::new);
    let prices =
        crate::prices::Prices::load(Some(folder)).or_else(|_| crate::prices::Prices::load(None));
    if let (Some(transcript), Ok(prices)) = (transcript.filter(|it| it.is_file()), prices) {
        let (requests, _) = messages(transcript);
        let cost: Dollars = requests.iter().filter_map(|it| prices.message(it)).sum();
        noted(event, folder, |agent| format!("$ {agent} {}", cost.0));
    }
}

fn noted(event: &Stopped<'_>, folder: &Path, line: impl Fn(&str) -> String) {
    let agent = event.agent_id.as_deref().unwrap_or_default();
    let file = event
        .session_id
        .as_deref()
        .and_then(|session| file(folder, session));
    // The client's own helpers have no type, and are no agents of anybody.
    let named = event
        .agent_type
        .as_deref()
        .is_some_and(|name| !name.is_empty());
    if let (Some(file), true) = (file, named && !agent.is_empty() && !agent.contains(' ')) {
        note(&file, &line(&one_line(agent, LONGEST_ID)));
    }
}

fn note(file: &Path, what: &str) {
    if let Err(error) = data::append(file, &format!("{} {what}\n", data::now())) {
        data::log(&format!(
            "the conversation's agents cannot be noted: {error}"
        ));
    }
}

/// Beside the conversation's hints, by a name of the same form: it is removed with them.
fn file(folder: &Path, session: &str) -> Option<PathBuf> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let usable = !session.is_empty() && session.len() <= 100 && session.bytes().all(plain);
    usable.then(|| {
        folder
            .join("conversations")
            .join(format!("{session}_agents"))
    })
}

impl State {
    /// Lines that are none are passed over.
    fn of(text: &str, now: u64) -> Self {
        let mut state = Self::default();
        for line in text.lines() {
            let mut parts = line.split(' ');
            let (Some(Ok(at)), Some(kind), Some(what)) = (
                parts.next().map(str::parse::<u64>),
                parts.next(),
                parts.next(),
            ) else {
                continue;
            };
            match kind {
                "+" => {
                    state.running.insert(what.to_owned(), at);
                }
                "-" => {
                    state.running.remove(what);
                }
                "$" => {
                    let cost = parts.next().and_then(|cost| cost.parse::<f64>().ok());
                    if let Some(cost) = cost.filter(|cost| cost.is_finite()) {
                        state.spent.insert(what.to_owned(), cost);
                    }
                }
                "w" if what == "number" => state.warned_of_number = true,
                "w" if what == "money" => state.warned_of_money = true,
                _ => {}
            }
        }
        state
            .running
            .retain(|_, at| now.saturating_sub(*at) <= LOST);
        state
    }
}

#[cfg(test)]
mod tests {
    use super::{Guard, State, Verdict};

    #[test]
    fn what_stopped_or_was_lost_does_not_run() {
        let text = "10 + a\n10 + b\n5000 + c\nnoise\n5001 - b\n5001 $ b 0.5\n5002 $ b 0.75\n5003 w number\n";
        let state = State::of(text, 5010);
        assert_eq!(state.running.keys().collect::<Vec<_>>(), ["c"]);
        assert!((state.spent.values().sum::<f64>() - 0.75).abs() < 1e-9);
        assert!(state.warned_of_number && !state.warned_of_money);
    }

    #[test]
    fn the_first_call_beyond_is_warned_of_and_later_ones_are_denied() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("conversations")).expect("a folder");
        let now = crate::data::now();
        let file = folder.path().join("conversations/s_agents");
        std::fs::write(&file, format!("{now} + a\n{now} + b\n")).expect("written");
        let guard = |json: &str| -> Guard { serde_json::from_str(json).expect("limits") };
        let three = guard(r#"{"mostAtOnce":3}"#);
        assert_eq!(three.check(folder.path(), "s"), Verdict::Fine);
        let two = guard(r#"{"mostAtOnce":2}"#);
        assert!(matches!(two.check(folder.path(), "s"), Verdict::Warned(_)));
        assert!(matches!(two.check(folder.path(), "s"), Verdict::Denied(_)));
        assert_eq!(two.check(folder.path(), "another"), Verdict::Fine);
        std::fs::write(&file, format!("{now} $ a 1.5\n")).expect("written");
        let money = guard(r#"{"mostDollars":1.0}"#);
        assert!(matches!(
            money.check(folder.path(), "s"),
            Verdict::Warned(_)
        ));
        assert!(matches!(
            money.check(folder.path(), "s"),
            Verdict::Denied(_)
        ));
    }

    #[test]
    fn without_a_limit_there_is_no_guard() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(Guard::read(folder.path()), None);
        std::fs::write(folder.path().join("config.json"), r#"{"guard":{}}"#).expect("written");
        assert_eq!(Guard::read(folder.path()), None);
    }
}
