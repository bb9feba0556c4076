//! What agents cost, in one line for the person.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::context::PLUGIN;
use crate::ledger::Settled;
use crate::plain::one_line;
use crate::prices::{Dollars, Prices};

/// So many kinds of agents are named.
const MOST_NAMES: usize = 3;

/// Names are cut here, in characters.
const LONGEST_NAME: usize = 40;

/// An agent that finished, as it is told.
#[derive(Debug, Clone, PartialEq)]
pub struct Finished {
    name: String,
    model: String,
    tokens: u64,
    cost: Option<Dollars>,
    /// The conversation's model and what the same tokens cost on it, where it is another.
    instead: Option<(String, Dollars)>,
}

impl Finished {
    /// Names it as people do.
    #[must_use]
    pub fn new(settled: &Settled, prices: &Prices) -> Self {
        let own = settled.name.strip_prefix(PLUGIN);
        let name = own
            .and_then(|name| name.strip_prefix(':'))
            .unwrap_or(&settled.name);
        let session = settled.session_model.as_deref();
        let other = session.filter(|session| prices.name(session) != prices.name(&settled.model));
        // Two models of one family need their whole names.
        let alike = other.is_some_and(|other| prices.short(other) == prices.short(&settled.model));
        let short = |model| {
            let name = if alike {
                prices.name(model)
            } else {
                prices.short(model)
            };
            one_line(name, LONGEST_NAME)
        };
        Self {
            name: one_line(name, LONGEST_NAME),
            model: short(&settled.model),
            tokens: settled.usage.total(),
            cost: settled.cost,
            instead: other.map(short).zip(settled.same_tokens),
        }
    }
}

/// The line for all that finished; `None` for none.
#[must_use]
pub fn line(finished: &[Finished]) -> Option<String> {
    let first = finished.first()?;
    let mut models: Vec<&str> = finished.iter().map(|it| it.model.as_str()).collect();
    models.sort_unstable();
    models.dedup();
    let tokens = finished.iter().map(|it| it.tokens).sum();
    let mut line = format!(
        "{PLUGIN}: {} · {} · {} tokens",
        who(finished),
        models.join(", "),
        short_count(tokens)
    );
    // A sum that leaves somebody out would mislead.
    let cost: Option<Dollars> = finished.iter().map(|it| it.cost).sum();
    let Some(cost) = cost else { return Some(line) };
    line.push_str(" · ");
    line.push_str(&money(cost));
    let same = |it: &Finished| {
        let (model, same) = it.instead.as_ref()?;
        let (first, _) = first.instead.as_ref()?;
        (model == first).then_some(*same)
    };
    let instead: Option<Dollars> = finished.iter().map(same).sum();
    if let (Some((model, _)), Some(instead)) = (&first.instead, instead) {
        let _ = match compared(cost, instead) {
            Some(compared) => write!(line, " (on {model}: {}, {compared})", money(instead)),
            None => write!(line, " (on {model}: {})", money(instead)),
        };
    }
    Some(line)
}

/// "test-runner finished", "3 agents finished (2 × parallel-task-executor, test-runner)".
fn who(finished: &[Finished]) -> String {
    if let [one] = finished {
        return format!("{} finished", one.name);
    }
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    for it in finished {
        *names.entry(&it.name).or_default() += 1;
    }
    let mut names: Vec<(&str, usize)> = names.into_iter().collect();
    names.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let mut told: Vec<String> = names
        .iter()
        .take(MOST_NAMES)
        .map(|(name, count)| match count {
            1 => (*name).to_owned(),
            count => format!("{count} × {name}"),
        })
        .collect();
    if names.len() > MOST_NAMES {
        told.push("…".to_owned());
    }
    format!("{} agents finished ({})", finished.len(), told.join(", "))
}

/// `cost` compared with `other`: "92 % less", "40 % more". `None` where the other is nothing.
#[must_use]
pub fn compared(cost: Dollars, other: Dollars) -> Option<String> {
    if other.0 <= 0.0 {
        return None;
    }
    let percent = (cost.0 / other.0 - 1.0) * 100.0;
    Some(match percent {
        _ if percent.abs() < 0.5 => "the same".to_owned(),
        _ if percent < -99.0 => "over 99 % less".to_owned(),
        _ if percent < 0.0 => format!("{:.0} % less", -percent),
        _ => format!("{percent:.0} % more"),
    })
}

/// An amount with two digits that count, and at least the cents: `$0.00065`, `$0.021`, `$1,684.80`.
#[must_use]
pub fn money(amount: Dollars) -> String {
    let size = amount.0.abs();
    let mut decimals = 2;
    // What would be rounded up to this needs no further digit.
    let mut least = 0.0995;
    while size > 0.0 && size < least && decimals < 6 {
        decimals += 1;
        least /= 10.0;
    }
    format!("{amount:.decimals$}")
}

/// A count with three digits that count: `950`, `18.2k`, `1.24M`, `2.23B`.
#[must_use]
#[allow(clippy::cast_precision_loss, reason = "three digits are shown")]
pub fn short_count(count: u64) -> String {
    let exact = count as f64;
    match count {
        0..1000 => count.to_string(),
        1000..99_950 => format!("{:.1}k", exact / 1e3),
        99_950..999_500 => format!("{:.0}k", exact / 1e3),
        999_500..9_995_000 => format!("{:.2}M", exact / 1e6),
        9_995_000..99_950_000 => format!("{:.1}M", exact / 1e6),
        99_950_000..999_500_000 => format!("{:.0}M", exact / 1e6),
        999_500_000..9_995_000_000 => format!("{:.2}B", exact / 1e9),
        _ => format!("{:.1}B", exact / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::{Dollars, Finished, compared, line, money, short_count};

    fn finished(name: &str, tokens: u64, cost: Option<f64>, instead: Option<f64>) -> Finished {
        Finished {
            name: name.to_owned(),
            model: "haiku".to_owned(),
            tokens,
            cost: cost.map(Dollars),
            instead: instead.map(|it| ("opus".to_owned(), Dollars(it))),
        }
    }

    fn told(all: &[Finished]) -> String {
        line(all).expect("a line")
    }

    #[test]
    fn one_agent_is_told_with_both_figures() {
        let one = finished("test-runner", 18_200, Some(0.021), Some(0.26));
        assert_eq!(
            told(&[one]),
            "promptune: test-runner finished · haiku · 18.2k tokens · $0.021 (on opus: $0.26, 92 % less)"
        );
    }

    #[test]
    fn several_are_one_line() {
        let all = [
            finished("parallel-task-executor", 20_000, Some(0.03), Some(0.4)),
            finished("test-runner", 10_000, Some(0.02), Some(0.2)),
            finished("parallel-task-executor", 30_000, Some(0.05), Some(0.4)),
        ];
        assert_eq!(
            told(&all),
            "promptune: 3 agents finished (2 × parallel-task-executor, test-runner) · haiku · 60.0k tokens · $0.10 (on opus: $1.00, 90 % less)"
        );
    }

    #[test]
    fn what_is_not_known_is_not_told() {
        assert_eq!(line(&[]), None);
        let unpriced = finished("Explore", 950, None, None);
        assert_eq!(
            told(std::slice::from_ref(&unpriced)),
            "promptune: Explore finished · haiku · 950 tokens"
        );
        let priced = finished("Explore", 50, Some(0.01), Some(0.1));
        let both = told(&[priced.clone(), unpriced]);
        assert!(both.ends_with("1.0k tokens"), "no half sum: {both}");
        let same_model = finished("Explore", 50, Some(0.01), None);
        let both = told(&[priced, same_model]);
        assert!(both.ends_with("· $0.020"), "no half comparison: {both}");
    }

    #[test]
    fn a_dearer_agent_is_called_dearer() {
        let dear = finished("planner", 1_000, Some(0.5), Some(0.2));
        assert!(told(&[dear]).ends_with("$0.50 (on opus: $0.20, 150 % more)"));
        let close = |cost, other| compared(Dollars(cost), Dollars(other));
        assert_eq!(close(1.0, 1.001).as_deref(), Some("the same"));
        assert_eq!(close(0.0001, 1.0).as_deref(), Some("over 99 % less"));
        assert_eq!(close(1.0, 0.0), None);
    }

    #[test]
    fn amounts_keep_two_digits_that_count() {
        for (amount, shown) in [
            (0.0, "$0.00"),
            (0.000_65, "$0.00065"),
            (0.021, "$0.021"),
            (0.0996, "$0.10"),
            (0.26, "$0.26"),
            (1684.8, "$1,684.80"),
            (-0.0214, "-$0.021"),
            (0.000_000_1, "$0.000000"),
        ] {
            assert_eq!(money(Dollars(amount)), shown);
        }
        for (count, shown) in [
            (999, "999"),
            (18_249, "18.2k"),
            (99_949, "99.9k"),
            (99_950, "100k"),
            (1_240_000, "1.24M"),
            (12_400_000, "12.4M"),
            (999_499_999, "999M"),
            (999_500_000, "1.00B"),
            (2_226_000_000, "2.23B"),
            (12_400_000_000, "12.4B"),
        ] {
            assert_eq!(short_count(count), shown);
        }
    }
}
