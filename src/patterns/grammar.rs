//! How requests are phrased in general: `patterns/grammar/*.json`, shared by every route.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::format::Text;

/// Words around a request, each a regex over normalised text, and word lists every route may use.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrammarFile<'a> {
    /// The schema editors complete by.
    #[serde(rename = "$schema")]
    pub schema: Option<String>,
    /// What may stand before a request without changing it: "ok", "please", "can you", "let's".
    #[serde(borrow, default)]
    pub openers: Vec<Text<'a>>,
    /// What turns a request into its opposite: "don't", "no need to".
    #[serde(default)]
    pub negations: Vec<Text<'a>>,
    /// Heads of clauses that state or set a condition: "i", "the", "if".
    #[serde(default)]
    pub statements: Vec<Text<'a>>,
    /// Heads of clauses that ask: "why", "is".
    #[serde(default)]
    pub questions: Vec<Text<'a>>,
    /// What joins one clause to the next: "and", "then".
    #[serde(default)]
    pub joins: Vec<Text<'a>>,
    /// Joins after which a new request may follow even a statement or a negation: "then", "but".
    #[serde(default)]
    pub turns: Vec<Text<'a>>,
    /// Named pieces of regex for all routes.
    #[serde(default)]
    pub words: BTreeMap<String, Text<'a>>,
}

/// Places that first words fall on.
const PLACES: usize = 1 << 11;

/// Which lists each place's words may begin something of: `firsts[list]` are the first words of a list, `None` where
/// they are too many to tell.
#[must_use]
pub fn heads(firsts: &[Option<Vec<Vec<u8>>>]) -> Vec<u8> {
    let mut heads = vec![0; PLACES];
    for (list, words) in firsts.iter().enumerate() {
        match words {
            Some(words) => {
                for word in words {
                    heads[head_place(word)] |= 1 << list;
                }
            }
            None => heads.iter_mut().for_each(|lists| *lists |= 1 << list),
        }
    }
    heads
}

/// The place a first word falls on.
#[must_use]
pub fn head_place(word: &[u8]) -> usize {
    let hash = super::index::hash(word);
    (hash ^ (hash >> 16)) as usize % PLACES
}
