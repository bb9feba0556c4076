//! What a task takes: a template, something between, or judgement.
//!
//! A linear model taught from `patterns/spawn/train.jsonl` has the first word, and words of `rules.json` may overrule
//! it upwards, never downwards.

use serde::Serialize;

use super::rules::{self, MAKES, THINKS};
use crate::model::features::extract;
use crate::table;
use crate::text::Text;
use crate::walk::Phrasing;

/// A task is template-driven from this probability on. Chosen by cross-validation over the training half alone
/// (`tests/spawn.rs`).
pub const TEMPLATE: f32 = 0.60;

/// From this probability on it need not name anything.
pub const SURE: f32 = 0.85;

/// A task may go to the middle model where judgement has no more than this probability.
pub const JUDGEMENT: f32 = 0.25;

/// Of a task's n-grams so many must be known, as a share: the opinion about others is worth little.
pub const KNOWN: f32 = 0.10;

/// A longer task is not judged, in bytes: its middle is not read.
const LONGEST: usize = 32 * 1024;

/// So many words are told as reasons.
const MOST_REASONS: usize = 5;

/// What a task takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Takes {
    /// What to do is written out, and how to tell that it is done: the smallest model.
    Template,
    /// Making something along known lines: the middle one.
    Between,
    /// Finding out, weighing, deciding: the conversation's own.
    Judgement,
}

/// What was found about a task.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Judged {
    /// What it takes.
    pub takes: Takes,
    /// Its kind, by its words: `tests`, `git`, `worktree`, `issue`, `measure`, `lookup`, `execute`.
    pub kind: &'static str,
    /// The model's probabilities: template, between, judgement.
    pub shares: [f32; 3],
    /// Share of the n-grams that occurred in teaching.
    pub known: f32,
    /// Words that ask to find out or decide.
    pub thinks: Vec<String>,
    /// Words that ask to make something.
    pub makes: Vec<String>,
}

/// Judges a task by its description and its text. Only computes.
#[must_use]
pub fn judge(description: &str, prompt: &str) -> Judged {
    let mut task = String::with_capacity(description.len() + prompt.len().min(LONGEST) + 2);
    task.push_str(description);
    task.push_str(".\n");
    if task.len() + prompt.len() > LONGEST {
        return Judged {
            takes: Takes::Judgement,
            kind: "long",
            shares: [0.0, 0.0, 1.0],
            known: 0.0,
            thinks: Vec::new(),
            makes: Vec::new(),
        };
    }
    task.push_str(prompt);
    let text = Text::read(&task, &mut Phrasing::new(table::builtin()));
    let (shares, known) = opinion(&text);
    weigh(&text, shares, known)
}

/// The second half, with the model's opinion given: template, between, judgement; share of known n-grams.
#[must_use]
pub fn weigh(text: &Text, shares: [f32; 3], known: f32) -> Judged {
    let thinks = reasons(THINKS.found(text, true));
    let makes = reasons(MAKES.found(text, true));
    let [template, _, judgement] = shares;
    let takes = if known < KNOWN || !thinks.is_empty() {
        Takes::Judgement
    } else if template >= TEMPLATE && makes.is_empty() && (template >= SURE || concrete(text)) {
        Takes::Template
    } else if judgement <= JUDGEMENT {
        Takes::Between
    } else {
        Takes::Judgement
    };
    Judged {
        takes,
        kind: kind(text),
        shares,
        known,
        thinks,
        makes,
    }
}

/// Whether it names something: a command, a path, an identifier, a number. Who only says a few words about a matter
/// leaves the rest to whoever does it.
fn concrete(text: &Text) -> bool {
    (0..text.words.len()).any(|at| {
        let word = rules::letters(text, at);
        word.starts_with('_') || word.bytes().any(|byte| byte.is_ascii_digit())
    })
}

fn opinion(text: &Text) -> ([f32; 3], f32) {
    let told = table::spawn_model().map(|model| model.opinion(&extract(text)));
    let Some(told) = told else {
        return ([0.0, 0.0, 1.0], 0.0);
    };
    let share = |class: usize| told.probabilities.get(class).copied().flatten();
    let shares = [0, 1, 2].map(|class| share(class).unwrap_or(0.0));
    (shares, told.known)
}

fn reasons<'t>(found: impl Iterator<Item = (usize, &'t str)>) -> Vec<String> {
    let mut reasons: Vec<String> = Vec::new();
    for (_, words) in found {
        if reasons.len() < MOST_REASONS && !reasons.iter().any(|it| it == words) {
            reasons.push(words.to_owned());
        }
    }
    reasons
}

/// The kind whose words are the most; those at the head, which says what it is about, count three times.
fn kind(text: &Text) -> &'static str {
    /// So many words are the head.
    const HEAD: usize = 12;
    let weight = |at: usize| if at < HEAD { 3 } else { 1 };
    let mut best = ("execute", 0);
    for (name, words) in rules::kinds() {
        let count: usize = words.found(text, true).map(|(at, _)| weight(at)).sum();
        if count > best.1 {
            best = (name, count);
        }
    }
    best.0
}
