//! Whether delegating pays: what an agent with a context of its own would cost, against answering in the conversation.
//!
//! The steps that past executors took are gone through twice, by the same model as `savings` (`docs/cost.md`): once in
//! an agent's context, once in the conversation's, whose size is read from the end of its transcript.

pub mod past;

use std::path::Path;

use serde::Serialize;

use crate::prices::Dollars;
use crate::prices::quick::cost;
use crate::savings::{self, Around};
use crate::spawn::running::{self, Here};
use crate::usage::Tokens;
use past::{Past, Typical};

/// The message that calls an agent, and its report, in tokens. What conversations were seen to use is in this order of
/// size; neither moves the sum much.
const CALL: u64 = 250;
const REPORT: u64 = 400;

/// A hint's tokens: at most 600 characters.
pub const HINT: u64 = 150;

/// The sum for one agent.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Sum {
    /// The conversation's model and the size of its context, in tokens.
    pub conversation: Here,
    /// The agent's model.
    pub agent_model: String,
    /// What it is expected to do.
    pub steps: Typical,
    /// What the agent itself is expected to cost.
    pub agent: Dollars,
    /// The conversation's part: the call, and reading the report.
    pub around: Dollars,
    /// What answering in the conversation is expected to cost.
    pub here: Dollars,
}

impl Sum {
    /// Both parts of delegating.
    #[must_use]
    pub fn delegating(&self) -> Dollars {
        self.agent + self.around
    }

    /// Whether delegating is the cheaper way.
    #[must_use]
    pub fn pays(&self) -> bool {
        self.delegating() < self.here
    }
}

/// The sum for the agent `name` on `agent_model`, called in the conversation `here`. `None` where a model has no price.
#[must_use]
pub fn sum(name: &str, agent_model: &str, here: &Here, past: &Past, hint: u64) -> Option<Sum> {
    let steps = past.of(name);
    let usages = steps.usages();
    let modelled: Option<Dollars> = usages.iter().map(|it| cost(agent_model, it)).sum();
    let agent = steps.cost.map(Dollars).or(modelled)?;
    let around = Around {
        context: here.context.saturating_add(hint),
        call: CALL,
        report: REPORT,
        hint,
        together: 1,
        background: true,
        hour: here.hour,
    };
    let saved = savings::saved(&usages, agent, &around, |it| cost(&here.model, it))?;
    Some(Sum {
        conversation: here.clone(),
        agent_model: agent_model.to_owned(),
        steps,
        agent,
        around: saved.around,
        here: saved.alone,
    })
}

/// A short clause for a hint, where delegating would not pay.
#[must_use]
pub fn clause(sum: &Sum) -> String {
    format!(
        " By past usage, delegating this would cost about {}, answering here about {}.",
        crate::receipt::money(sum.delegating()),
        crate::receipt::money(sum.here)
    )
}

/// What the end of a transcript tells of the conversation; one read, no waiting.
#[must_use]
pub fn here(transcript: &Path) -> Option<Here> {
    running::here(transcript)
}

impl Typical {
    /// Its requests: the prompt grows evenly, each answer is as long as the next.
    #[must_use]
    pub fn usages(&self) -> Vec<Tokens> {
        /// A mistake in a file must not make a long loop.
        const MOST: u64 = 200;
        let requests = self.requests.clamp(1, MOST);
        let prompt = |at: u64| self.first + self.grown * at / requests.saturating_sub(1).max(1);
        (0..requests)
            .map(|at| {
                let before = if at == 0 { 0 } else { prompt(at - 1) };
                Tokens {
                    output: self.output / requests,
                    cache_write_5m: prompt(at) - before,
                    cache_read: before,
                    ..Tokens::default()
                }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::past::{Past, Typical};
    use super::{Here, sum};

    fn here(model: &str, context: u64) -> Here {
        Here {
            model: model.to_owned(),
            context,
            hour: false,
        }
    }

    #[test]
    fn a_full_conversation_on_a_costly_model_delegates_and_a_small_cheap_one_does_not() {
        let past = Past::default();
        let costly = sum(
            "test-runner",
            "haiku",
            &here("claude-opus-5-5", 150_000),
            &past,
            150,
        )
        .expect("priced");
        assert!(costly.pays(), "{costly:?}");
        let cheap = sum(
            "test-runner",
            "haiku",
            &here("claude-haiku-5-5", 5_000),
            &past,
            150,
        )
        .expect("priced");
        assert!(!cheap.pays(), "{cheap:?}");
        assert_eq!(sum("test-runner", "haiku", &here("gpt", 1), &past, 0), None);
    }

    #[test]
    fn the_steps_add_up() {
        let steps = Typical {
            requests: 4,
            first: 10_000,
            grown: 3_000,
            output: 400,
            cost: None,
            runs: 0,
        };
        let usages = steps.usages();
        assert_eq!(
            usages.iter().map(|it| it.cache_write_5m).sum::<u64>(),
            13_000
        );
        assert_eq!(
            usages.last().map(crate::usage::Tokens::prompt),
            Some(13_000)
        );
        assert_eq!(usages.iter().map(|it| it.output).sum::<u64>(), 400);
    }
}
