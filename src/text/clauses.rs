//! Where a request may begin, and where one is called off.

use super::{Boundary, Sentence, Text};
use crate::walk::Phrasing;

/// What a clause does, as its first words show.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mood {
    /// It may ask for something.
    Request,
    /// It says not to.
    Negated,
    /// It states, asks or sets a condition: what "and" joins to it is no request of its own.
    Statement,
}

/// Marks in every sentence the words at which a request may begin and those that stand under a negation.
pub(super) fn mark(text: &mut Text, phrasing: &mut Phrasing<'_>) {
    let mut clause = 0;
    for index in 0..text.sentences.len() {
        let sentence = text.sentences[index].clone();
        mark_sentence(text, &sentence, &mut clause, phrasing);
    }
}

fn mark_sentence(
    text: &mut Text,
    sentence: &Sentence,
    clause: &mut u32,
    phrasing: &mut Phrasing<'_>,
) {
    let mut mood = Mood::Request;
    let mut at = sentence.words.start;
    let mut opens = true;
    *clause += 1;
    while at < sentence.words.end {
        let rest = &text.normal.as_bytes()[text.words[at].at as usize..sentence.bytes.end];
        if opens || text.words[at].before == Boundary::Comma {
            let from = at;
            (at, mood) = open_clause(text, sentence, from, phrasing);
            number(text, from..at, clause);
            opens = false;
            continue;
        }
        let heads = phrasing.heads(rest);
        if let Some(length) = phrasing.turns(heads, rest) {
            // "then", "but": a new request may follow whatever came before.
            let from = at;
            at = skip(text, sentence, from, length);
            // The words belong to the clause they open, which is numbered next.
            for word in &mut text.words[from..at] {
                word.clause = *clause + 1;
            }
            opens = true;
            continue;
        }
        if let Some(length) = phrasing.joins(heads, rest) {
            let next = skip(text, sentence, at, length);
            let from = at;
            (at, mood) = match mood {
                Mood::Request => open_clause(text, sentence, next, phrasing),
                // "it works and please commit": only an explicit opener makes it a request.
                Mood::Statement if opener_at(text, sentence, next, phrasing) => {
                    open_clause(text, sentence, next, phrasing)
                }
                kept => (next, kept),
            };
            number(text, from..at, clause);
            continue;
        }
        text.words[at].negated = mood == Mood::Negated;
        text.words[at].clause = *clause;
        at += 1;
    }
}

/// Gives the words of a clause's head the number of a new clause.
fn number(text: &mut Text, head: std::ops::Range<usize>, clause: &mut u32) {
    *clause += 1;
    for word in &mut text.words[head] {
        word.clause = *clause;
    }
}

/// Marks the starts at the head of a clause, past every opener, and tells the clause's mood.
/// Returns the first word not yet looked at.
fn open_clause(
    text: &mut Text,
    sentence: &Sentence,
    from: usize,
    phrasing: &mut Phrasing<'_>,
) -> (usize, Mood) {
    let mut at = from;
    while at < sentence.words.end {
        let rest = &text.normal.as_bytes()[text.words[at].at as usize..sentence.bytes.end];
        let heads = phrasing.heads(rest);
        if let Some(length) = phrasing.negations(heads, rest) {
            let next = skip(text, sentence, at, length);
            for word in &mut text.words[at..next] {
                word.negated = true;
            }
            return (next, Mood::Negated);
        }
        let opener = phrasing.openers(heads, rest);
        let asks = phrasing.questions(heads, rest).is_some();
        let states = asks || phrasing.statements(heads, rest).is_some();
        text.words[at].starts = true;
        match opener {
            Some(length) => at = skip(text, sentence, at, length),
            None if states => {
                text.asks |= asks;
                return (at + 1, Mood::Statement);
            }
            None => {
                text.asks = true;
                return (at + 1, Mood::Request);
            }
        }
        if text
            .words
            .get(at)
            .is_some_and(|word| word.before == Boundary::Comma)
        {
            return (at, Mood::Request);
        }
    }
    (at, Mood::Request)
}

fn opener_at(text: &Text, sentence: &Sentence, at: usize, phrasing: &mut Phrasing<'_>) -> bool {
    if at >= sentence.words.end {
        return false;
    }
    let rest = &text.normal.as_bytes()[text.words[at].at as usize..sentence.bytes.end];
    let heads = phrasing.heads(rest);
    phrasing.openers(heads, rest).is_some()
}

/// The word after `length` bytes of normalised text from word `at` on; at least the next one.
fn skip(text: &Text, sentence: &Sentence, at: usize, length: usize) -> usize {
    let end = text.words[at].at as usize + length;
    let mut next = at + 1;
    while next < sentence.words.end && (text.words[next].at as usize) < end {
        next += 1;
    }
    next
}
