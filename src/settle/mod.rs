//! The end of a turn: what the agents that stopped have used, and whether a hint was followed.
//!
//! Everything is found in the ledger and in the client's transcripts; nothing is kept from one end to the next.

mod agent;
mod open;
mod turn;

use std::path::{Path, PathBuf};

use crate::adaptive::Adaptive;
use crate::breakeven::past::Past;
use crate::catalog;
use crate::context::target_id;
use crate::event::Stopped;
use crate::ledger::{self, Record, Settled, Taken, What};
use crate::plain::one_line;
use crate::prices::{Dollars, Prices};
use crate::receipt::Finished;
use crate::savings::{self, Around};
use crate::settings::Settings;
use crate::spawn::record::Up;
use crate::usage::{Entry, Tokens};
use crate::{data, table};
use open::{Agent, Hint, Open};
use turn::Seen;

/// An agent's name is cut here, in characters.
const LONGEST_NAME: usize = 64;

/// Notes that an agent stopped: its last message may not be in its transcript yet.
pub fn note(event: &Stopped<'_>, folder: &Path) {
    let (Some(agent), Some(name), Some(transcript)) =
        (&event.agent_id, &event.agent_type, &event.agent_transcript)
    else {
        return;
    };
    let name = one_line(name, LONGEST_NAME);
    // The client's own helpers have no name, and nobody asked for them.
    if name.is_empty() {
        return;
    }
    let what = What::Agent {
        agent: one_line(agent, LONGEST_NAME),
        name,
        transcript: transcript.clone().into_owned(),
    };
    write(folder, event.record(what));
}

/// Settles what is open in the conversation, and returns what finished since the last time.
#[must_use]
pub fn settle(event: &Stopped<'_>, folder: &Path, settings: &Settings) -> Vec<Finished> {
    let Some(conversation) = event.session_id.as_deref() else {
        return Vec::new();
    };
    let open = Open::of(ledger::read_lately(folder, conversation), event.prompt());
    if open.hints.is_empty() && open.agents.is_empty() {
        return Vec::new();
    }
    let fresh = open.agents.iter().filter(|agent| agent.fresh);
    // The conversation's own last message comes late as well, and a call just before it.
    let own = event.transcript_path.as_deref().map(Path::new);
    let own = own.filter(|_| !open.hints.is_empty());
    agent::wait(
        own.into_iter()
            .chain(fresh.map(|agent| agent.transcript.as_path())),
    );
    let Some(prices) = prices(folder) else {
        return Vec::new();
    };
    let turn = Turn {
        event,
        folder,
        seen: event.transcript_path.as_deref().and_then(|transcript| {
            turn::read(Path::new(transcript), &open.prompts(), &open.agent_ids()).ok()
        }),
        prices,
        open: &open,
    };
    let settled: Vec<Settled> = open
        .agents
        .iter()
        .filter_map(|agent| turn.settle(agent))
        .collect();
    let mut judged = false;
    for hint in &open.hints {
        judged |= turn.judge(hint);
    }
    let routes = settled.iter().any(|it| it.route.is_some());
    if (judged || routes)
        && settings.adaptive
        && let Err(error) = Adaptive::of(&ledger::read_newest(folder)).write(folder)
    {
        data::log(&format!("adaptive.json: {error}"));
    }
    if !settled.is_empty() {
        prepare(folder);
    }
    let finished = |it: &Settled| Finished::new(it, &turn.prices);
    settled.iter().map(finished).collect()
}

/// Works out what the hook goes by where an agent starts or is hinted.
fn prepare(folder: &Path) {
    let records = ledger::read_newest(folder);
    if let Err(error) = Up::of(&records).write(folder) {
        data::log(&format!("models.json: {error}"));
    }
    if let Err(error) = Past::known(&records).write(folder) {
        data::log(&format!("executors.json: {error}"));
    }
}

/// Reads the end of a conversation's transcript, of which the first line may lack its beginning where it is `cut`.
pub(crate) fn scan(bytes: &[u8], cut: bool) {
    let _ = turn::scan(bytes, cut);
}

fn write(folder: &Path, record: Option<Record>) {
    if let Some(record) = record
        && let Err(error) = ledger::append_and_tend(folder, &record)
    {
        data::log(&format!("the ledger cannot be written: {error}"));
    }
}

/// A mistake in a person's own prices must not cost them the receipt.
fn prices(folder: &Path) -> Option<Prices> {
    Prices::load(Some(folder))
        .inspect_err(|error| data::log(error))
        .or_else(|_| Prices::load(None))
        .ok()
}

/// The end of a turn, and what is known at it.
struct Turn<'a> {
    event: &'a Stopped<'a>,
    folder: &'a Path,
    seen: Option<Seen>,
    prices: Prices,
    open: &'a Open,
}

impl Turn<'_> {
    /// Writes what an agent used since it stopped the last time. `None` where its transcript tells nothing new.
    fn settle(&self, agent: &Agent) -> Option<Settled> {
        let requests = agent::requests(&agent.transcript).ok()?;
        let new = requests.get(agent.settled..)?;
        let (first, last) = (new.first()?, new.last()?);
        let costs: Option<Dollars> = new.iter().map(|it| self.prices.message(it)).sum();
        let call = self
            .seen
            .as_ref()
            .and_then(|seen| seen.calls.get(&agent.id));
        let newest = self.seen.as_ref().and_then(|seen| seen.model.as_ref());
        let session_model = call.map(|call| &call.model).or(newest).cloned();
        let route = route_to(&agent.name);
        let hint = route
            .as_deref()
            .and_then(|route| self.open.hinted(&agent.prompt, route));
        let on = |tokens: &Tokens| self.prices.cost(session_model.as_deref()?, tokens);
        let saved = costs.zip(call).and_then(|(cost, call)| {
            let steps: Vec<Tokens> = new.iter().map(|it| it.tokens).collect();
            let around = Around {
                context: call.tokens.prompt(),
                call: call.tokens.output,
                report: last.tokens.output,
                hint: hint.map_or(0, |hint| self.share(hint)),
                together: call.together,
                background: call.background,
                hour: call.tokens.cache_write_1h > 0,
            };
            savings::saved(&steps, cost, &around, on)
        });
        let settled = Settled {
            agent: agent.id.clone(),
            name: agent.name.clone(),
            offered: hint.is_some(),
            route,
            model: one_line(&main_model(new), LONGEST_NAME),
            requests: new.len() as u32,
            usage: new.iter().map(|it| it.tokens).sum(),
            cost: costs,
            same_tokens: new.iter().map(|it| on(&it.tokens)).sum(),
            session_model,
            saved,
            seconds: u64::try_from(last.at.duration_since(first.at).as_secs()).unwrap_or(0),
            complete: turn::ended(&agent.transcript).unwrap_or(false),
            first: Some(first.tokens.prompt()),
            last: Some(last.tokens.prompt()),
            call: call.map(|call| one_line(&call.id, LONGEST_NAME)),
        };
        let what = What::Settled(Box::new(settled.clone()));
        let record = Record::new(
            self.event.session_id.as_deref()?,
            &agent.project,
            &agent.prompt,
            what,
        );
        write(self.folder, record);
        Some(settled)
    }

    /// A hint's tokens for each agent that was called because of it.
    fn share(&self, hint: &Hint) -> u64 {
        let called = |route: &&String| self.called(hint, route).unwrap_or(false) && is_agent(route);
        let agents = hint.routes.iter().filter(called).count().max(1);
        savings::tokens_of(hint.bytes).div_ceil(agents as u64)
    }

    /// Whether the model called `route` in the turn of the prompt that got `hint`. `None` where that is not known.
    fn called(&self, hint: &Hint, route: &str) -> Option<bool> {
        let turn = self.seen.as_ref()?.turns.get(&hint.prompt)?;
        if let Some(id) = route.strip_prefix(catalog::file::MARK) {
            return Some(turn.called.iter().any(|name| name == id));
        }
        let mut routes = table::builtin().routes.iter();
        let target = routes.find(|it| it.id.as_str() == route)?;
        let id = target_id(target);
        // Without the plugin's name where a person copied the agent or skill.
        let is_it = |name: &String| *name == id || *name == target.name.as_str();
        Some(turn.called.iter().any(is_it))
    }

    /// Writes what came of a hint, unless that is known already. Tells whether it said anything of a route.
    fn judge(&self, hint: &Hint) -> bool {
        let told = hint.routes.iter().map(|route| {
            Some(Taken {
                taken: self.called(hint, route)?,
                route: route.clone(),
            })
        });
        let routes: Vec<Taken> = told.collect::<Option<_>>().unwrap_or_default();
        if hint.judged.as_ref() == Some(&routes) {
            return false;
        }
        let known = !routes.is_empty();
        let turn = self
            .seen
            .as_ref()
            .and_then(|seen| seen.turns.get(&hint.prompt));
        let model = self.seen.as_ref().and_then(|seen| seen.model.clone());
        // Where an agent was called, the hint is counted there.
        let paid = routes.iter().any(|it| it.taken && is_agent(&it.route));
        let hint_cost = turn.filter(|_| !paid).and_then(|turn| {
            let price = |tokens: &Tokens| self.prices.cost(model.as_deref()?, tokens);
            savings::hint_cost(savings::tokens_of(hint.bytes), turn.requests, price)
        });
        let what = What::Turn {
            routes,
            model: model.unwrap_or_default(),
            hint_cost,
        };
        let conversation = self.event.session_id.as_deref().unwrap_or_default();
        write(
            self.folder,
            Record::new(conversation, &hint.project, &hint.prompt, what),
        );
        known
    }
}

/// The model of the most requests.
fn main_model(requests: &[Entry<'_>]) -> String {
    let count = |model: &str| requests.iter().filter(|it| it.model == model).count();
    let main = requests.iter().max_by_key(|it| count(&it.model));
    main.map_or_else(String::new, |it| it.model.to_string())
}

fn is_agent(route: &str) -> bool {
    let mut routes = table::builtin().routes.iter();
    routes.any(|it| it.agent && it.id.as_str() == route)
}

/// The route to the agent `name`, with the plugin's name or without.
fn route_to(name: &str) -> Option<String> {
    let mut routes = table::builtin().routes.iter();
    let route =
        routes.find(|it| it.agent && (target_id(it) == name || it.name.as_str() == name))?;
    Some(route.id.as_str().to_owned())
}

impl Stopped<'_> {
    fn prompt(&self) -> &str {
        self.prompt_id.as_deref().unwrap_or_default()
    }

    /// The ledger's line about it. `None` without a conversation.
    pub(crate) fn record(&self, what: What) -> Option<Record> {
        let transcript = self.transcript_path.as_deref().unwrap_or_default();
        let project = ledger::project(transcript);
        Record::new(self.session_id.as_deref()?, &project, self.prompt(), what)
    }
}

/// An agent's transcript is a `.jsonl` file.
fn transcript(path: &str) -> Option<PathBuf> {
    let path = PathBuf::from(path);
    path.extension()
        .is_some_and(|it| it == "jsonl")
        .then_some(path)
}
