//! Which entries fit a prompt, and how surely.

use super::index::{Index, Known};
use super::terms::{self, Source, Term, Word};
use crate::layers::routes::{PLUGIN, Routes};
use crate::router::Routed;
use crate::text::Text;

/// So many entries are ranked.
pub const MOST_RANKED: usize = 10;

/// At most so many are offered.
pub const MOST_OFFERED: usize = 3;

/// From this confidence on the first entry is offered. See docs/routing.md for what it means on prompts.
pub const SURE_ENOUGH: f32 = 0.3;

/// Entries after the first are offered beside it when they score so much of what it scores.
const BESIDE: f32 = 0.6;

/// Of a long prompt the words at both ends are looked at.
const HEAD: usize = 160;
const TAIL: usize = 80;

/// Two words of a phrase stand no further apart.
const WINDOW: usize = 4;

/// A phrase tells more than a word.
const PHRASE: f32 = 2.5;

/// Half of what a concept can tell is told by so much evidence.
const HALF: f32 = 1.5;

/// A name said in full is meant, as surely.
const NAMED: f32 = 0.97;

/// One entry that may fit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ranked {
    /// Its number in the index.
    pub entry: u16,
    /// How sure it is that the prompt wants it, 0 to 1.
    pub score: f32,
    /// The prompt says its name.
    pub named: bool,
    /// It is hinted, if nothing built in says the same.
    pub offered: bool,
}

/// Ranks the entries of `index` for a prompt of which a person typed `typed`, the best first. Entries that say the same
/// of themselves count once.
#[must_use]
pub fn rank(index: &Index<'_>, typed: &str, text: &Text) -> Vec<Ranked> {
    let (scores, words) = Scores::of(index, typed, text);
    scores.ranked(words)
}

/// What would be weighed for the confidence in the first entry, for estimating the weights. `None` where nothing speaks
/// for any.
#[must_use]
pub fn weighed(index: &Index<'_>, typed: &str, text: &Text) -> Option<[f32; SIGNALS.len()]> {
    let (scores, words) = Scores::of(index, typed, text);
    scores.signals(&scores.best(), words)
}

/// The words of the person's own lines, of a long prompt those at both ends.
fn words(typed: &str, text: &Text) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::with_capacity(64);
    let mut end = 0;
    for word in &text.words {
        let at = word.origin.start as usize;
        if at < end {
            continue;
        }
        let Some((before, after)) = typed.split_at_checked(at) else {
            continue;
        };
        let begin = before.rfind('\n').map_or(0, |line| line + 1).max(end);
        end = after.find('\n').map_or(typed.len(), |line| at + line + 1);
        if let Some(line) = typed.get(begin..end) {
            terms::read(line, Source::Prompt, &mut |word| words.push(word));
        }
        // What lies between both ends is dropped as it comes.
        if words.len() > 8 * (HEAD + TAIL) {
            words.drain(HEAD..words.len() - TAIL);
        }
    }
    if words.len() > HEAD + TAIL {
        words.drain(HEAD..words.len() - TAIL);
    }
    words
}

/// Ranks the entries of `index` beside a decision about routes: where a route is offered, entries are only ranked. What
/// a route leads to is no entry of its own.
#[must_use]
pub fn beside<'b>(
    routed: &Routed<'_>,
    known: &Routes<'_>,
    index: &Index<'b>,
) -> Vec<(Ranked, Known<'b>)> {
    let ranked = rank(index, &routed.typed, &routed.text);
    let decided = routed.decision.candidates.iter().any(|it| it.offered);
    let found = ranked
        .into_iter()
        .filter_map(|it| Some((it, index.known(it.entry)?)));
    let mut found: Vec<_> = found
        .filter(|(_, entry)| !is_route(entry.id, routed, known))
        .collect();
    if decided {
        for (it, _) in &mut found {
            it.offered = false;
        }
    }
    found
}

fn is_route(id: &str, routed: &Routed<'_>, known: &Routes<'_>) -> bool {
    let ours = id
        .strip_prefix(PLUGIN)
        .is_some_and(|rest| rest.starts_with(':'));
    let mut candidates = routed.decision.candidates.iter();
    ours || candidates.any(|it| known.route(it.route).target_id() == id)
}

struct Scores<'i, 'b> {
    index: &'i Index<'b>,
    /// By entry: what its own words make of the prompt.
    lexical: Vec<f32>,
    /// By entry: what concepts make of it.
    conceptual: Vec<f32>,
    /// By concept: the evidence for it.
    evidence: Vec<f32>,
    /// Triggers that were met.
    met: Vec<u32>,
    named: Vec<u16>,
}

impl<'i, 'b> Scores<'i, 'b> {
    fn new(index: &'i Index<'b>) -> Self {
        Self {
            index,
            lexical: vec![0.0; index.entries()],
            conceptual: vec![0.0; index.entries()],
            evidence: vec![0.0; index.concepts()],
            met: Vec::with_capacity(32),
            named: Vec::new(),
        }
    }

    /// Scores a prompt. Tells, too, how many of its words tell something.
    fn of(index: &'i Index<'b>, typed: &str, text: &Text) -> (Self, usize) {
        let words = words(typed, text);
        let mut scores = Self::new(index);
        scores.words(&words);
        scores.phrases(&words);
        (scores, words.iter().filter(|word| word.full).count())
    }

    /// Words of descriptions and names; a word said again tells a little more.
    fn words(&mut self, words: &[Word]) {
        let mut seen: Vec<(Term, u32, f32)> = Vec::with_capacity(words.len());
        for word in words {
            if word.chain {
                self.named.extend(self.index.named(word.term));
            }
            if !word.full {
                continue;
            }
            match seen.iter_mut().find(|(term, ..)| *term == word.term) {
                Some((_, count, weight)) => {
                    *count += 1;
                    *weight = weight.max(word.weight);
                }
                None => seen.push((word.term, 1, word.weight)),
            }
        }
        for (term, count, weight) in seen {
            let weight = weight * (1.0 + 0.3 * f32::from((count - 1).min(2) as u8));
            for (entry, told) in self.index.entries_of(term) {
                if let Some(score) = self.lexical.get_mut(usize::from(entry)) {
                    *score += weight * told;
                }
            }
        }
    }

    /// Words and phrases that concepts know.
    fn phrases(&mut self, words: &[Word]) {
        let words: Vec<Term> = words
            .iter()
            .filter(|word| word.phrase)
            .map(|word| word.term)
            .collect();
        for (at, first) in words.iter().enumerate() {
            self.meets(*first, 1.0);
            for second in words.iter().skip(at + 1).take(WINDOW - 1) {
                self.meets(terms::pair(*first, *second), PHRASE);
            }
            if let [second, third] = words[(at + 1).min(words.len())..(at + 3).min(words.len())] {
                self.meets(terms::triple(*first, second, third), PHRASE);
            }
        }
        for (concept, evidence) in self.evidence.iter().enumerate() {
            if *evidence <= 0.0 {
                continue;
            }
            let told = evidence / (evidence + HALF);
            for (entry, weight) in self.index.entries_of_concept(concept) {
                if let Some(score) = self.conceptual.get_mut(usize::from(entry)) {
                    *score += told * weight;
                }
            }
        }
    }

    fn meets(&mut self, key: Term, weight: f32) {
        let Some((slot, concepts)) = self.index.concepts_of(key) else {
            return;
        };
        if self.met.contains(&slot) {
            return;
        }
        self.met.push(slot);
        for (concept, told) in concepts {
            if let Some(evidence) = self.evidence.get_mut(usize::from(concept)) {
                *evidence += weight * told;
            }
        }
    }

    /// The best entries, each with its score. Of those that say the same only the first counts.
    fn best(&self) -> Vec<(f32, u16)> {
        let mut best: Vec<(f32, u16)> = Vec::with_capacity(MOST_RANKED + 1);
        let both = self.lexical.iter().zip(&self.conceptual);
        for (entry, (lexical, conceptual)) in (0_u16..).zip(both) {
            let mut score = lexical + conceptual;
            if score <= 0.0 || !score.is_finite() {
                continue;
            }
            score *= self.index.liking(entry);
            self.keep(&mut best, score, entry);
        }
        best
    }

    fn signals(&self, best: &[(f32, u16)], words: usize) -> Option<[f32; SIGNALS.len()]> {
        let (score, entry) = best.first().copied()?;
        let lexical = self.lexical.get(usize::from(entry)).copied();
        let second = best.get(1).map_or(0.0, |(score, _)| *score);
        Some(signals(score, lexical.unwrap_or(0.0), second, words))
    }

    fn ranked(&self, words: usize) -> Vec<Ranked> {
        let best = self.best();
        let first = best.first().copied();
        let sure = self.signals(&best, words).map_or(0.0, |it| confidence(&it));
        let top = first.map_or(1.0, |(score, _)| score);
        let mut ranked: Vec<Ranked> = self
            .named
            .iter()
            .take(MOST_OFFERED)
            .map(|entry| Ranked {
                entry: *entry,
                score: NAMED,
                named: true,
                offered: true,
            })
            .collect();
        ranked.dedup_by_key(|it| it.entry);
        let named = ranked.len();
        for (place, (score, entry)) in best.into_iter().enumerate() {
            if ranked.iter().any(|it| it.entry == entry) {
                continue;
            }
            let share = score / top;
            ranked.push(Ranked {
                entry,
                score: sure * share,
                named: false,
                offered: named == 0
                    && sure >= SURE_ENOUGH
                    && place < MOST_OFFERED
                    && share >= BESIDE,
            });
        }
        ranked.truncate(MOST_RANKED);
        ranked
    }

    /// Puts an entry into its place among the best, if it has one.
    fn keep(&self, best: &mut Vec<(f32, u16)>, score: f32, entry: u16) {
        if best.len() == MOST_RANKED && best.last().is_some_and(|(least, _)| *least >= score) {
            return;
        }
        let group = self.index.group(entry);
        if let Some(at) = best
            .iter()
            .position(|(_, other)| self.index.group(*other) == group)
        {
            if best[at].0 >= score {
                return;
            }
            best.remove(at);
        }
        let at = best.partition_point(|(other, _)| *other >= score);
        best.insert(at, (score, entry));
        best.truncate(MOST_RANKED);
    }
}

/// What is weighed for the confidence in the first entry.
pub const SIGNALS: [&str; 6] = [
    "score",
    "of it by words",
    "of it by concepts",
    "lead over the second",
    "length of the prompt",
    "score for the length",
];

/// What speaks for the entry of the highest `score`. `lexical` is the part of its score that its own words make, `second`
/// the score of the next entry, `words` how many words of the prompt tell something.
fn signals(score: f32, lexical: f32, second: f32, words: usize) -> [f32; SIGNALS.len()] {
    let words = f32::from(words.min(10_000) as u16);
    [
        score / 10.0,
        lexical / 10.0,
        (score - lexical) / 10.0,
        (score - second) / (score + 1.0),
        libm::logf(1.0 + words),
        score / libm::sqrtf(words + 1.0) / 5.0,
    ]
}

/// How sure it is that the prompt wants the first entry, 0 to 1: a logistic regression.
fn confidence(signals: &[f32; SIGNALS.len()]) -> f32 {
    let odds: f32 = signals
        .iter()
        .zip(WEIGHTS)
        .map(|(seen, weight)| seen * weight)
        .sum();
    let odds = odds + CONSTANT;
    if !odds.is_finite() {
        return 0.0;
    }
    1.0 / (1.0 + libm::expf(-odds))
}

/// Printed by `cargo run --release --example rank_weights`.
const WEIGHTS: [f32; SIGNALS.len()] = [0.700, 0.378, 0.899, -1.905, -0.108, 0.196];
const CONSTANT: f32 = -4.629;
