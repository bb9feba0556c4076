//! The built-in prices as a table in the binary: what a prompt that waits can afford. No list is read, and no person's
//! own prices.

use std::borrow::Cow;

use super::{Dollars, plain};
use crate::usage::Tokens;

/// Dollars per million tokens: input, output, written for five minutes, for an hour, read.
type Rates = [f64; 5];

/// A name, its prices, and those of longer prompts than so many tokens.
type Row = (&'static str, Rates, Option<(u64, Rates)>);

/// Sorted by name.
#[allow(clippy::unreadable_literal, reason = "written by build.rs")]
static ROWS: &[Row] = include!(concat!(env!("OUT_DIR"), "/rates.rs"));

/// What one message with `usage` costs on `model` by the built-in prices; `None` for an unknown model.
#[must_use]
pub fn cost(model: &str, usage: &Tokens) -> Option<Dollars> {
    let of = |name: &str| {
        let at = ROWS.binary_search_by(|row| row.0.cmp(name)).ok()?;
        ROWS.get(at)
    };
    let name: Cow<'_, str> = plain(model);
    let (_, usual, long) = of(model).or_else(|| of(&name))?;
    let rates = match long {
        Some((above, rates)) if usage.prompt() > *above => rates,
        _ => usual,
    };
    let counts = [
        usage.input,
        usage.output,
        usage.cache_write_5m,
        usage.cache_write_1h,
        usage.cache_read,
    ];
    #[allow(
        clippy::cast_precision_loss,
        reason = "counts of tokens are far below 2^53"
    )]
    let parts = counts
        .iter()
        .zip(rates)
        .map(|(count, rate)| *count as f64 * rate);
    Some(Dollars(parts.sum::<f64>() / 1e6))
}

#[cfg(test)]
mod tests {
    use super::cost;
    use crate::prices::Prices;
    use crate::usage::Tokens;

    #[test]
    fn the_table_and_the_list_agree() {
        let prices = Prices::load(None).expect("the built-in prices");
        for cache_read in [1000, 150_000, 900_000] {
            let usage = Tokens {
                input: 10,
                output: 200,
                cache_write_5m: 3000,
                cache_write_1h: 7,
                cache_read,
            };
            for id in prices.ids().chain([
                "opus",
                "claude-opus-4-5-20251101",
                "us.anthropic.claude-sonnet-4-5-v1:0",
                "gpt",
            ]) {
                let (quick, slow) = (cost(id, &usage), prices.cost(id, &usage));
                assert_eq!(quick.is_some(), slow.is_some(), "{id}");
                let apart = quick.unwrap_or_default() - slow.unwrap_or_default();
                assert!(apart.0.abs() < 1e-12, "{id}: {quick:?} {slow:?}");
            }
        }
    }
}
