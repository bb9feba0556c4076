//! Messages put into rows, and money added up.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _, civil};

use crate::prices::{Dollars, Prices};
use crate::usage::{History, Message, Skipped, Tokens};

/// What makes a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(in crate::cli) enum By {
    Day,
    /// From Monday to Sunday
    Week,
    Month,
    Project,
    Conversation,
    /// By type of agent
    Agent,
    Skill,
    Model,
}

impl By {
    pub(in crate::cli) fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Project => "project",
            Self::Conversation => "conversation",
            Self::Agent => "agent",
            Self::Skill => "skill",
            Self::Model => "model",
        }
    }

    /// Whether rows are in order of time; otherwise the dearest comes first.
    fn in_time(self) -> bool {
        matches!(self, Self::Day | Self::Week | Self::Month)
    }
}

/// What all of a row's messages come to.
#[derive(Debug, Default, Clone)]
pub(in crate::cli) struct Sum {
    pub(in crate::cli) tokens: Tokens,
    pub(in crate::cli) cost: Dollars,
    pub(in crate::cli) messages: u64,
}

impl Sum {
    fn add(&mut self, tokens: Tokens, cost: Dollars) {
        self.tokens += tokens;
        self.cost += cost;
        self.messages += 1;
    }
}

/// One row.
#[derive(Debug)]
pub(in crate::cli) struct Row {
    /// What it is called; unique.
    pub(in crate::cli) key: String,
    /// The project's folder, for a conversation.
    pub(in crate::cli) project: Option<String>,
    pub(in crate::cli) first: Timestamp,
    pub(in crate::cli) sum: Sum,
    /// Agents at work in it.
    pub(in crate::cli) agents: HashSet<u64>,
    pub(in crate::cli) models: BTreeMap<String, Sum>,
}

/// A report in the making.
pub(in crate::cli) struct Report<'a> {
    by: By,
    prices: &'a Prices,
    zone: &'a TimeZone,
    rows: HashMap<String, Row>,
    unpriced: BTreeMap<String, Sum>,
    totals: Sum,
    /// The last day, and the key of its row: most messages are of the same day as the one before.
    day: Option<(civil::Date, String)>,
}

/// What was found.
pub(in crate::cli) struct Finished<'a> {
    pub(in crate::cli) by: By,
    pub(in crate::cli) prices: &'a Prices,
    pub(in crate::cli) zone: &'a TimeZone,
    pub(in crate::cli) rows: Vec<Row>,
    pub(in crate::cli) totals: Sum,
    /// Models without a price. Their tokens count, money they add none.
    pub(in crate::cli) unpriced: BTreeMap<String, Sum>,
    pub(in crate::cli) skipped: Skipped,
    pub(in crate::cli) files: usize,
}

impl<'a> Report<'a> {
    pub(in crate::cli) fn new(by: By, prices: &'a Prices, zone: &'a TimeZone) -> Self {
        Self {
            by,
            prices,
            zone,
            rows: HashMap::new(),
            unpriced: BTreeMap::new(),
            totals: Sum::default(),
            day: None,
        }
    }

    pub(in crate::cli) fn add(&mut self, message: &Message<'_>) {
        let tokens = message.tokens();
        if message.synthetic() && tokens.total() == 0 {
            return;
        }
        let cost = message.cost(self.prices);
        if cost.is_none() && tokens.total() > 0 {
            let sum = self.unpriced.entry(message.model().to_owned());
            sum.or_default().add(tokens, Dollars::default());
        }
        let cost = cost.unwrap_or_default();
        self.totals.add(tokens, cost);
        let key = match self.by {
            By::Day | By::Week | By::Month => {
                self.look_up_day(message.at());
                self.day.as_ref().map_or("", |(_, key)| key)
            }
            By::Project => project(message),
            By::Conversation => message.conversation,
            By::Agent => match (message.agent(), message.agent_id()) {
                (Some(agent), _) => agent,
                (None, Some(_)) => "(type untold)",
                (None, None) => "(no agent)",
            },
            By::Skill => message.skill().unwrap_or("(no skill)"),
            By::Model => message.model(),
        };
        if !self.rows.contains_key(key) {
            let row = Row {
                key: key.to_owned(),
                project: (self.by == By::Conversation).then(|| project(message).to_owned()),
                first: message.at(),
                sum: Sum::default(),
                agents: HashSet::new(),
                models: BTreeMap::new(),
            };
            self.rows.insert(key.to_owned(), row);
        }
        let Some(row) = self.rows.get_mut(key) else {
            return;
        };
        row.first = row.first.min(message.at());
        row.sum.add(tokens, cost);
        row.agents.extend(message.agent_id());
        if !message.synthetic() {
            match row.models.get_mut(message.model()) {
                Some(sum) => sum.add(tokens, cost),
                None => row
                    .models
                    .entry(message.model().to_owned())
                    .or_default()
                    .add(tokens, cost),
            }
        }
    }

    /// Makes `day` that of `at`.
    fn look_up_day(&mut self, at: Timestamp) {
        let day = self.zone.to_datetime(at).date();
        if self.day.as_ref().is_none_or(|(last, _)| *last != day) {
            let key = match self.by {
                By::Week => monday(day).to_string(),
                By::Month => format!("{:04}-{:02}", day.year(), day.month()),
                _ => day.to_string(),
            };
            self.day = Some((day, key));
        }
    }

    pub(in crate::cli) fn finish(self, history: &History) -> Finished<'a> {
        let mut rows: Vec<Row> = self.rows.into_values().collect();
        let money = |row: &Row| row.sum.cost.0;
        rows.sort_unstable_by(|a, b| {
            let order = if self.by.in_time() {
                Ordering::Equal
            } else {
                money(b).total_cmp(&money(a))
            };
            order.then_with(|| a.key.cmp(&b.key))
        });
        Finished {
            by: self.by,
            prices: self.prices,
            zone: self.zone,
            rows,
            totals: self.totals,
            unpriced: self.unpriced,
            skipped: history.skipped(),
            files: history.files(),
        }
    }
}

/// The project's folder; where no line tells it, the name of its transcripts' folder.
fn project<'m>(message: &Message<'m>) -> &'m str {
    message.cwd.unwrap_or(message.project)
}

fn monday(day: civil::Date) -> civil::Date {
    let since = i64::from(day.weekday().to_monday_zero_offset());
    day.checked_sub(since.days()).unwrap_or(day)
}
