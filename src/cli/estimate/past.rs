//! What past agents and conversations used, and what is assumed where there are none.

use super::{Figure, Source};
use crate::prices::{Dollars, Prices, thousands};
use crate::usage::runs::{Run, batches, cost_on, runs};
use crate::usage::{Message, Tokens};

/// The agent that carries out parallel tasks.
const EXECUTOR: &str = "parallel-task-executor";
/// The conversation's model where no conversation tells another.
const DEFAULT_MODEL: &str = "opus";

/// What an executor is assumed to use: so many requests like this one.
const EXECUTOR_REQUESTS: usize = 30;
const EXECUTOR_REQUEST: Tokens = Tokens {
    input: 0,
    output: 400,
    cache_write_5m: 2000,
    cache_write_1h: 0,
    cache_read: 30_000,
};
/// What a conversation is assumed to use to plan, to call its executors and to bring their results together.
const CONVERSATION_REQUESTS: usize = 4;
const CONVERSATION_REQUEST: Tokens = Tokens {
    input: 0,
    output: 800,
    cache_write_5m: 3000,
    cache_write_1h: 0,
    cache_read: 60_000,
};

/// The past, as far as it says something about executors.
pub(super) struct Past<'a> {
    /// The conversation's model.
    pub(super) model: String,
    /// Where that comes from, in words.
    pub(super) model_because: &'static str,
    /// Runs of executors; where there are none, of all agents.
    pub(super) runs: Vec<Run<'a>>,
    /// Whether they are executors' runs.
    executors: bool,
    /// What each conversation used itself while agents ran side by side for it.
    coordination: Vec<Vec<Tokens>>,
}

impl<'a> Past<'a> {
    pub(super) fn of(messages: &[Message<'a>], model: Option<&str>, prices: &Prices) -> Self {
        let own: Vec<&Message<'a>> = messages
            .iter()
            .filter(|message| message.agent_id().is_none() && prices.knows(message.model()))
            .collect();
        let newest = own.iter().max_by_key(|message| message.at());
        let (model, model_because) = match (model, newest) {
            (Some(model), _) => (model, "given with --model"),
            (None, Some(message)) => (message.model(), "that of your newest conversation"),
            (None, None) => (DEFAULT_MODEL, "assumed: no conversation tells its model"),
        };
        let mut all = runs(messages);
        let executes = |run: &Run<'_>| {
            let agent = run.agent.unwrap_or_default();
            agent.rsplit(':').next() == Some(EXECUTOR)
        };
        let executors = all.iter().any(executes);
        all.retain(|run| !executors || executes(run));
        Self {
            model: model.to_owned(),
            model_because,
            coordination: coordination(&all, &own),
            runs: all,
            executors,
        }
    }

    /// What an executor costs on `model`.
    pub(super) fn executor(&self, model: &str, prices: &Prices) -> Figure {
        let costs = self
            .runs
            .iter()
            .filter_map(|run| run.cost_on(model, prices));
        let kind = if self.executors {
            EXECUTOR.to_owned()
        } else {
            format!("agents of any type (none of {EXECUTOR} yet)")
        };
        let because = format!(
            "median of {} past runs of {kind}: their tokens at the prices of {}",
            self.runs.len(),
            prices.name(model)
        );
        median(costs.collect(), because).unwrap_or_else(|| {
            assumed(
                "an executor",
                EXECUTOR_REQUESTS,
                &EXECUTOR_REQUEST,
                model,
                prices,
            )
        })
    }

    /// What the conversation itself costs for one workflow.
    pub(super) fn conversation(&self, prices: &Prices) -> Figure {
        let costs = self.coordination.iter();
        let costs = costs.filter_map(|messages| cost_on(messages, &self.model, prices));
        let because = format!(
            "median of {} times agents ran side by side: the conversation\u{2019}s own requests meanwhile, the one before and the one after, at the prices of {}",
            self.coordination.len(),
            prices.name(&self.model)
        );
        median(costs.collect(), because).unwrap_or_else(|| {
            let (requests, request) = (CONVERSATION_REQUESTS, &CONVERSATION_REQUEST);
            assumed("the conversation", requests, request, &self.model, prices)
        })
    }
}

/// For each time agents ran side by side: the conversation's own messages meanwhile, the one before, which called
/// them, and the one after, which read what they report.
fn coordination(runs: &[Run<'_>], own: &[&Message<'_>]) -> Vec<Vec<Tokens>> {
    let mut all = Vec::new();
    for batch in batches(runs) {
        let Some(first) = batch.runs.first() else {
            continue;
        };
        let mut said: Vec<&&Message<'_>> = own
            .iter()
            .filter(|message| message.conversation == first.conversation)
            .collect();
        said.sort_by_key(|message| message.at());
        let from = said.partition_point(|message| message.at() <= batch.begin());
        let to = said.partition_point(|message| message.at() <= batch.end);
        let messages = &said[from.saturating_sub(1)..(to + 1).min(said.len())];
        if !messages.is_empty() {
            all.push(messages.iter().map(|message| message.tokens()).collect());
        }
    }
    all
}

fn median(mut costs: Vec<Dollars>, because: String) -> Option<Figure> {
    costs.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let (low, high) = (
        costs.get((costs.len().max(1) - 1) / 2)?,
        costs.get(costs.len() / 2)?,
    );
    Some(Figure {
        dollars: (*low + *high) * 0.5,
        source: Source::History,
        because,
    })
}

fn assumed(who: &str, requests: usize, request: &Tokens, model: &str, prices: &Prices) -> Figure {
    let messages = vec![*request; requests];
    Figure {
        dollars: cost_on(&messages, model, prices).unwrap_or_default(),
        source: Source::Assumed,
        because: format!(
            "ASSUMED, not measured: {who} makes {requests} requests, each reads {} tokens from the cache, writes {} to it and answers with {}, at the prices of {}",
            thousands(&request.cache_read.to_string()),
            thousands(&request.cache_write().to_string()),
            request.output,
            prices.name(model)
        ),
    }
}
