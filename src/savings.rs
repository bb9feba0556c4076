//! What delegating spared the conversation, as a model: two ways of doing the same steps, priced request by request.
//!
//! `docs/cost.md` tells the definition in words. Nothing here is ever added to measured money.

use serde::{Deserialize, Serialize};

use crate::prices::Dollars;
use crate::usage::Tokens;

/// What a conversation did around an agent, in tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Around {
    /// The conversation's prompt when it called the agent, the hint included.
    pub context: u64,
    /// The message that called it.
    pub call: u64,
    /// The agent's report.
    pub report: u64,
    /// The hint that named it; 0 where there was none.
    pub hint: u64,
    /// So many agents were called in the same message.
    pub together: u64,
    /// It worked in the background: the conversation was asked once more, when it had started.
    pub background: bool,
    /// The conversation writes to the cache for an hour, not for five minutes.
    pub hour: bool,
}

/// What was saved.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Saved {
    /// What the conversation would have paid for the agent's steps.
    pub alone: Dollars,
    /// What it paid for the call, the hint and the report.
    pub around: Dollars,
    /// The first less the second and less the agent. Below 0 where delegating was the dearer way.
    pub saved: Dollars,
}

/// Compares. `steps` are the agent's requests in order, `agent` is what they cost, and `price` is what a request costs
/// on the conversation's model. `None` where that has no price, or there was no step.
#[must_use]
pub fn saved(
    steps: &[Tokens],
    agent: Dollars,
    around: &Around,
    price: impl Fn(&Tokens) -> Option<Dollars>,
) -> Option<Saved> {
    let first = steps.first()?.prompt();
    // Without the agent there is no hint either.
    let own = around.context.saturating_sub(around.hint);
    let mut alone = Dollars::default();
    let mut before = first;
    for (at, step) in steps.iter().enumerate() {
        // What the agent began with the conversation has in its context already; the rest is new to both. An agent
        // that compacted itself has less than before, but nothing new.
        let grown = step.prompt().saturating_sub(before);
        // The last message is the report. In its place the conversation says its last words, as it does after a report.
        let last = at + 1 == steps.len();
        alone += price(&Tokens {
            cache_read: own.saturating_add(before.saturating_sub(first)),
            output: if last { 0 } else { step.output },
            ..around.written(grown)
        })?;
        before = before.max(step.prompt());
    }
    let around = around.cost(price)?;
    Some(Saved {
        alone,
        around,
        saved: alone - agent - around,
    })
}

/// What a hint costs in a turn of `requests` requests that nobody followed: it is written to the cache once and read
/// at each further request.
#[must_use]
pub fn hint_cost(
    hint: u64,
    requests: u64,
    price: impl Fn(&Tokens) -> Option<Dollars>,
) -> Option<Dollars> {
    price(&Tokens {
        cache_write_5m: hint,
        cache_read: hint.saturating_mul(requests.saturating_sub(1)),
        ..Tokens::default()
    })
}

/// Tokens of a text of `bytes` bytes that nobody counted.
#[must_use]
pub fn tokens_of(bytes: usize) -> u64 {
    (bytes as u64).div_ceil(4)
}

impl Around {
    /// Prompt tokens written to the cache as long as the conversation does.
    fn written(&self, tokens: u64) -> Tokens {
        Tokens {
            cache_write_5m: if self.hour { 0 } else { tokens },
            cache_write_1h: if self.hour { tokens } else { 0 },
            ..Tokens::default()
        }
    }

    /// One agent's share of the requests around it.
    fn cost(&self, price: impl Fn(&Tokens) -> Option<Dollars>) -> Option<Dollars> {
        let together = self.together.max(1);
        let called = price(&Tokens {
            cache_read: self.context.saturating_sub(self.hint),
            output: self.call,
            ..self.written(self.hint)
        })?;
        let read = |new: u64| {
            price(&Tokens {
                cache_read: self.context,
                ..self.written(new)
            })
        };
        #[allow(clippy::cast_precision_loss, reason = "a handful of agents")]
        let part = 1.0 / together as f64;
        if self.background {
            // Each report comes in a turn of its own.
            return Some(called * part + read(self.call)? * part + read(self.report)?);
        }
        let reports = self.report.saturating_mul(together);
        Some((called + read(self.call.saturating_add(reports))?) * part)
    }
}

#[cfg(test)]
mod tests {
    use super::{Around, Dollars, Tokens, hint_cost, saved};

    /// Dollars for a million tokens: input 4, output 20, written 5 (an hour: 8), read 0.40.
    #[allow(clippy::unnecessary_wraps, reason = "a price may be missing")]
    #[allow(clippy::cast_precision_loss, reason = "small counts")]
    fn dear(tokens: &Tokens) -> Option<Dollars> {
        let sum = 4.0 * tokens.input as f64
            + 20.0 * tokens.output as f64
            + 5.0 * tokens.cache_write_5m as f64
            + 8.0 * tokens.cache_write_1h as f64
            + 0.4 * tokens.cache_read as f64;
        Some(Dollars(sum / 1e6))
    }

    fn step(cache_read: u64, cache_write_5m: u64, output: u64) -> Tokens {
        Tokens {
            output,
            cache_write_5m,
            cache_read,
            ..Tokens::default()
        }
    }

    const AROUND: Around = Around {
        context: 50_150,
        call: 200,
        report: 300,
        hint: 150,
        together: 1,
        background: false,
        hour: false,
    };

    fn near(a: Dollars, b: f64) -> bool {
        (a.0 - b).abs() < 1e-12
    }

    #[test]
    fn many_steps_in_a_full_conversation_are_saved() {
        // The prompt grows from 10,000 to 12,000 and 16,000.
        let steps = [
            step(0, 10_000, 100),
            step(10_000, 2_000, 120),
            step(12_000, 4_000, 300),
        ];
        let it = saved(&steps, Dollars(0.01), &AROUND, dear).expect("priced");
        // Alone, in millionths of a dollar:
        //   50,000 read                 at 0.40 = 20,000   100 out at 20 = 2,000
        //   50,000 read, 2,000 written  at 5    = 10,000   120 out       = 2,400   + 20,000
        //   52,000 read = 20,800, 4,000 written = 20,000   the report is not said twice
        assert!(near(it.alone, 0.022 + 0.0324 + 0.0408), "{it:?}");
        // Around it: 50,000 read = 20,000, the hint's 150 written = 750, the call's 200 out = 4,000;
        // then 50,150 read = 20,060 and the call and the report, 500, written = 2,500.
        assert!(near(it.around, 0.02475 + 0.02256), "{it:?}");
        assert!(near(it.saved, 0.0952 - 0.01 - 0.04731), "{it:?}");
    }

    #[test]
    fn a_single_step_is_a_loss() {
        let it = saved(&[step(0, 10_000, 300)], Dollars(0.002), &AROUND, dear).expect("priced");
        // Alone: 50,000 read, once. The call alone costs more.
        assert!(near(it.alone, 0.02), "{it:?}");
        assert!(near(it.saved, 0.02 - 0.002 - 0.04731), "{it:?}");
        assert!(it.saved.0 < 0.0);
    }

    #[test]
    fn agents_called_together_share_the_requests_around_them() {
        let four = Around {
            together: 4,
            call: 800,
            ..AROUND
        };
        let it = saved(&[step(0, 10_000, 300)], Dollars(0.0), &four, dear).expect("priced");
        // 20,000 + 750 + 16,000 for the call; 20,060 and 800 + 4 × 300 written = 10,000; a quarter of it.
        assert!(near(it.around, (0.03675 + 0.03006) / 4.0), "{it:?}");
    }

    #[test]
    fn in_the_background_the_conversation_is_asked_once_more() {
        let background = Around {
            background: true,
            ..AROUND
        };
        let it = saved(&[step(0, 10_000, 300)], Dollars(0.0), &background, dear).expect("priced");
        // The call 24,750; its answer 20,060 + 1,000; the report 20,060 + 1,500.
        assert!(near(it.around, 0.02475 + 0.02106 + 0.02156), "{it:?}");
    }

    #[test]
    fn an_hour_in_the_cache_costs_more() {
        let hour = Around {
            hour: true,
            ..AROUND
        };
        let steps = [step(0, 10_000, 100), step(10_000, 2_000, 120)];
        let (short, long) = (
            saved(&steps, Dollars(0.0), &AROUND, dear).expect("priced"),
            saved(&steps, Dollars(0.0), &hour, dear).expect("priced"),
        );
        assert!(near(long.alone - short.alone, 2_000.0 * 3e-6));
        assert!(near(long.around - short.around, 650.0 * 3e-6));
    }

    #[test]
    fn an_agent_that_compacted_itself_brings_nothing_new_twice() {
        // 10,000, 30,000, then 12,000 after compacting, and 30,000 again.
        let steps = [
            step(0, 10_000, 0),
            step(10_000, 20_000, 0),
            step(0, 12_000, 0),
            step(12_000, 18_000, 0),
        ];
        let it = saved(&steps, Dollars(0.0), &AROUND, dear).expect("priced");
        let reads = (50_000.0 + 50_000.0 + 70_000.0 + 70_000.0) * 0.4e-6;
        assert!(near(it.alone, reads + 20_000.0 * 5e-6), "{it:?}");
    }

    #[test]
    fn without_a_price_or_a_step_nothing_is_said() {
        assert_eq!(
            saved(&[step(1, 1, 1)], Dollars(0.0), &AROUND, |_| None),
            None
        );
        assert_eq!(saved(&[], Dollars(0.0), &AROUND, dear), None);
    }

    #[test]
    fn a_hint_is_paid_for_whether_it_is_followed_or_not() {
        // 150 written once = 750, and read nine times = 540.
        assert!(hint_cost(150, 10, dear).is_some_and(|cost| near(cost, 0.00129)));
        assert!(hint_cost(150, 0, dear).is_some_and(|cost| near(cost, 0.00075)));
    }
}
