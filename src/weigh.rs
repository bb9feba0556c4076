//! How sure the router is of a route: every signal for and against it, weighed together.
//!
//! The weights are numbers estimated by `examples/teach.rs` on prompts whose labels are known and which whoever wrote
//! the patterns had not seen, so that a confidence of 0.9 means: nine such hints of ten are right.

use crate::model::Opinion;

/// What speaks for and against one route in one prompt.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is a signal of its own")]
pub struct Signals {
    /// By the model taught from the project's own utterances.
    pub own: Odds,
    /// The same, by the model taught from prompts of other people.
    pub others: Odds,
    /// How sure patterns make the router, 0 where none was met.
    pub patterns: f32,
    /// Patterns were met.
    pub met: bool,
    /// They reach the route's threshold.
    pub reached: bool,
    /// The prompt names the route's target.
    pub named: bool,
    /// Some clause requests or asks something.
    pub asks: bool,
    /// Patterns of other routes were met in the same clause; where no words speak for this route, in any.
    pub rivals: bool,
    /// Patterns reach this route's threshold here, and another route's in a clause of its own.
    pub company: bool,
    /// More than three sentences.
    pub many_sentences: bool,
    /// More than sixty words.
    pub long: bool,
    /// The wording is not the English that other people's prompts taught.
    pub foreign: bool,
}

/// What a model says of a route. Beside another request of the same prompt a route may have a small share and be
/// asked for all the same, so it is held against "no route" alone.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Odds {
    /// Log-odds of the route against "no route".
    pub route: f32,
    /// Log-odds of "no route" against all routes.
    pub none: f32,
}

impl Odds {
    /// What a model's opinion says of `route`; `None` where it was hardly taught the route.
    #[must_use]
    pub fn of(opinion: &Opinion, route: usize) -> Option<Self> {
        let share = |share: f32| share.clamp(1e-4, 1.0 - 1e-4);
        let route = share(opinion.probabilities[route]?);
        let none = share(opinion.probabilities.last().copied().flatten()?);
        Some(Self {
            route: libm::logf(route / none),
            none: libm::logf(none / (1.0 - none)),
        })
    }
}

/// How many numbers the signals make.
pub const INPUTS: usize = 18;

/// The names of the numbers, in their order.
pub const NAMES: [&str; INPUTS] = [
    "others' route",
    "others' none",
    "own route",
    "own none",
    "met",
    "patterns",
    "reached",
    "named",
    "asks",
    "rivals",
    "company",
    "met among many sentences",
    "long",
    "foreign",
    "foreign own route",
    "foreign own none",
    "foreign reached",
    "always",
];

/// Each number's weight.
static WEIGHTS: [(&str, f32); INPUTS] = include!(concat!(env!("OUT_DIR"), "/weights.rs"));

impl Signals {
    /// The numbers that are weighed, in the order of [`NAMES`].
    #[must_use]
    pub fn inputs(&self) -> [f32; INPUTS] {
        let flag = |flag: bool| f32::from(u8::from(flag));
        let (foreign, english) = (flag(self.foreign), flag(!self.foreign));
        [
            self.others.route * english,
            self.others.none * english,
            self.own.route,
            self.own.none,
            flag(self.met),
            self.patterns,
            flag(self.reached),
            flag(self.named),
            flag(self.asks),
            flag(self.rivals),
            flag(self.company),
            flag(self.met && self.many_sentences),
            flag(self.long),
            foreign,
            foreign * self.own.route,
            foreign * self.own.none,
            foreign * flag(self.reached),
            1.0,
        ]
    }

    /// How sure the router is, 0 to 1.
    #[must_use]
    pub fn confidence(&self) -> f32 {
        let inputs = self.inputs();
        let weighed = inputs.iter().zip(&WEIGHTS);
        logistic(weighed.map(|(input, (_, weight))| input * weight).sum())
    }

    /// What each kind of signal adds to the log-odds.
    #[must_use]
    pub fn parts(&self) -> Parts {
        let inputs = self.inputs();
        let mut parts = Parts::default();
        for (input, (name, weight)) in inputs.iter().zip(&WEIGHTS) {
            let part = match *name {
                "met"
                | "patterns"
                | "reached"
                | "named"
                | "rivals"
                | "company"
                | "met among many sentences"
                | "foreign reached" => &mut parts.words,
                _ => &mut parts.wording,
            };
            *part += input * weight;
        }
        parts
    }

    /// The same prompt, had nothing in it met a pattern of the route.
    #[must_use]
    pub fn without_words(&self) -> Self {
        Self {
            patterns: 0.0,
            met: false,
            reached: false,
            company: false,
            named: false,
            ..*self
        }
    }
}

/// What each kind of signal adds to the log-odds.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Parts {
    /// Words that patterns met.
    pub words: f32,
    /// The wording as a whole.
    pub wording: f32,
}

/// From log-odds to a probability.
#[must_use]
pub fn logistic(odds: f32) -> f32 {
    1.0 / (1.0 + libm::expf(-odds))
}

#[cfg(test)]
mod tests {
    use super::{NAMES, WEIGHTS};

    #[test]
    fn the_weights_are_those_of_the_names() {
        assert_eq!(WEIGHTS.map(|(name, _)| name), NAMES);
    }
}
