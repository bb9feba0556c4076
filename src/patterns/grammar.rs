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
