//! What the ledger's lines come to.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::Path;

use super::models::{Kind, kinds};
use crate::cli::wanted::Wanted;
use crate::ledger::{self, Record, Settled, Taken, What};
use crate::prices::{Dollars, Prices};

/// What came of the hints, by conversation and prompt. A turn that ended twice is known by its second end.
type Outcomes = HashMap<(String, String), Vec<Taken>>;

/// What `records` say came of hints.
fn outcomes(records: &[Record]) -> Outcomes {
    let mut outcomes = Outcomes::new();
    for record in records {
        if let What::Turn { routes, .. } = &record.what {
            let key = (record.conversation.clone(), record.prompt.clone());
            outcomes.insert(key, routes.clone());
        }
    }
    outcomes
}

#[derive(Debug)]
pub(in crate::cli) struct Figures<'p> {
    prices: &'p Prices,
    /// Seconds since 1970 of the first and the last line.
    pub(in crate::cli) span: Option<(u64, u64)>,
    pub(in crate::cli) conversations: HashSet<String>,
    pub(in crate::cli) projects: HashSet<String>,
    /// Prompts with a hint.
    pub(in crate::cli) hints: usize,
    pub(in crate::cli) routes: BTreeMap<String, Route>,
    /// By name.
    pub(in crate::cli) agents: BTreeMap<String, Agents>,
    pub(in crate::cli) after_hint: Agents,
    pub(in crate::cli) by_itself: Agents,
    /// What hints cost in turns in which no agent of theirs was called, by turn.
    unheeded: HashMap<(String, String), Option<Dollars>>,
    /// What came of smaller models, by kind of task.
    pub(in crate::cli) kinds: BTreeMap<String, Kind>,
    /// Lines that are none.
    pub(in crate::cli) skipped: usize,
}

/// What came of a route's hints.
#[derive(Debug, Default)]
pub(in crate::cli) struct Route {
    pub(in crate::cli) hints: usize,
    pub(in crate::cli) taken: usize,
    pub(in crate::cli) ignored: usize,
}

impl Route {
    pub(in crate::cli) fn unknown(&self) -> usize {
        self.hints - self.taken - self.ignored
    }

    /// The share of the hints that were followed, of those of which it is known.
    pub(in crate::cli) fn precision(&self) -> Option<f64> {
        let known = self.taken + self.ignored;
        #[allow(clippy::cast_precision_loss, reason = "a count of hints")]
        (known > 0).then(|| self.taken as f64 / known as f64)
    }

    pub(in crate::cli) fn add(&mut self, other: &Self) {
        self.hints += other.hints;
        self.taken += other.taken;
        self.ignored += other.ignored;
    }
}

/// What agents used.
#[derive(Debug, Default)]
pub(in crate::cli) struct Agents {
    ids: HashSet<String>,
    /// Runs, counting an agent again for each message that it was sent after its report.
    pub(in crate::cli) settled: usize,
    pub(in crate::cli) tokens: u64,
    /// Measured.
    pub(in crate::cli) cost: Dollars,
    /// Runs with a model without a price, whose cost is in no figure.
    pub(in crate::cli) unpriced: usize,
    /// Of the runs with both: the cost, and what the same tokens cost on the conversation's model.
    pub(in crate::cli) compared: Dollars,
    pub(in crate::cli) same: Dollars,
    /// The short names of these models.
    pub(in crate::cli) models: BTreeSet<String>,
    /// Runs of which the model can tell what they saved.
    pub(in crate::cli) modelled: usize,
    pub(in crate::cli) saved: Dollars,
    /// What the conversation would have paid for their steps.
    pub(in crate::cli) alone: Dollars,
}

impl Agents {
    /// Agents, however often each was sent another message.
    pub(in crate::cli) fn runs(&self) -> usize {
        self.ids.len()
    }

    /// The saving as a share of what the steps would have taken of a plan's usage, weighed by price.
    pub(in crate::cli) fn usage_share(&self) -> Option<f64> {
        (self.alone.0 > 0.0).then(|| self.saved.0 / self.alone.0)
    }

    fn add(&mut self, settled: &Settled, prices: &Prices) {
        self.ids.insert(settled.agent.clone());
        self.settled += 1;
        self.tokens = self.tokens.saturating_add(settled.usage.total());
        match settled.cost {
            Some(cost) => self.cost += cost,
            None => self.unpriced += 1,
        }
        if let (Some(cost), Some(same), Some(model)) =
            (settled.cost, settled.same_tokens, &settled.session_model)
        {
            self.compared += cost;
            self.same += same;
            self.models.insert(prices.short(model).to_owned());
        }
        if let Some(saved) = settled.saved {
            self.modelled += 1;
            self.saved += saved.saved;
            self.alone += saved.alone;
        }
    }
}

impl<'p> Figures<'p> {
    /// What the ledger in the data folder `folder` comes to.
    pub(in crate::cli) fn read(folder: &Path, wanted: &Wanted, prices: &'p Prices) -> Self {
        let mut read = ledger::read(folder);
        // What came of a hint is told after its time is up: it is found before anything is left out.
        let outcomes = outcomes(&read.records);
        wanted.retain(&mut read.records);
        let mut figures = Self::new(prices, read.skipped);
        for record in &read.records {
            figures.add(record, &outcomes);
        }
        figures.kinds = kinds(&read.records);
        figures
    }

    fn new(prices: &'p Prices, skipped: usize) -> Self {
        Self {
            prices,
            span: None,
            conversations: HashSet::new(),
            projects: HashSet::new(),
            hints: 0,
            routes: BTreeMap::new(),
            agents: BTreeMap::new(),
            after_hint: Agents::default(),
            by_itself: Agents::default(),
            unheeded: HashMap::new(),
            kinds: BTreeMap::new(),
            skipped,
        }
    }

    /// Counts a line.
    fn add(&mut self, record: &Record, outcomes: &Outcomes) {
        let key = (record.conversation.clone(), record.prompt.clone());
        match &record.what {
            What::Hint { routes, .. } => {
                self.hints += 1;
                let outcome = outcomes.get(&key);
                for hinted in routes {
                    let route = self.routes.entry(hinted.route.clone()).or_default();
                    route.hints += 1;
                    let told = outcome
                        .and_then(|routes| routes.iter().find(|it| it.route == hinted.route));
                    route.taken += usize::from(told.is_some_and(|it| it.taken));
                    route.ignored += usize::from(told.is_some_and(|it| !it.taken));
                }
            }
            What::Turn { hint_cost, .. } => {
                self.unheeded.insert(key, *hint_cost);
            }
            What::Settled(settled) => {
                let name = self.agents.entry(settled.name.clone()).or_default();
                name.add(settled, self.prices);
                let group = if settled.offered {
                    &mut self.after_hint
                } else {
                    &mut self.by_itself
                };
                group.add(settled, self.prices);
            }
            What::Agent { .. } | What::Model { .. } | What::Redone { .. } => {}
            What::Reset { .. } | What::ResetModels { .. } => return,
        }
        let (first, last) = self.span.unwrap_or((record.at, record.at));
        self.span = Some((first.min(record.at), last.max(record.at)));
        self.conversations.insert(record.conversation.clone());
        self.projects.insert(record.project.clone());
    }

    /// Names and what their agents used, the dearest first.
    pub(in crate::cli) fn agents_by_cost(&self) -> Vec<(&String, &Agents)> {
        let mut names: Vec<(&String, &Agents)> = self.agents.iter().collect();
        names.sort_by(|a, b| b.1.cost.0.total_cmp(&a.1.cost.0).then(a.0.cmp(b.0)));
        names
    }

    /// The conversations' model, where it was one only.
    pub(in crate::cli) fn session_model(&self) -> Option<&str> {
        let groups = [&self.after_hint, &self.by_itself];
        let models = groups.iter().flat_map(|agents| &agents.models);
        let models: BTreeSet<&str> = models.map(String::as_str).collect();
        models.first().copied().filter(|_| models.len() == 1)
    }

    /// What the hints cost that no agent was called for, and how many of them have a price.
    pub(in crate::cli) fn unheeded(&self) -> (Dollars, usize) {
        let costs: Vec<Dollars> = self.unheeded.values().filter_map(|cost| *cost).collect();
        (costs.iter().copied().sum(), costs.len())
    }
}
