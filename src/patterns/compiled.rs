//! The compiled form of patterns, read in place by the hook (written with rkyv).

use rkyv::{Archive, Serialize};

use super::automaton::Automaton;
use super::index::Index;
use super::phrases::{Keys, Phrases};
use super::triggers::Triggers;

/// Everything a prompt is matched with.
#[derive(Debug, Archive, Serialize)]
pub struct Compiled {
    /// The routes, in order of ID.
    pub routes: Vec<Route>,
    /// How requests are phrased.
    pub grammar: Grammar,
    /// The states of all regexes.
    pub automaton: Automaton,
    /// All regexes of all routes.
    pub patterns: Vec<Pattern>,
    /// Which of them a prompt can meet at all.
    pub triggers: Triggers,
    /// What speaks for a route at the start of a request.
    pub at_start: Index,
    /// What speaks for a route at any word or character.
    pub anywhere: Index,
    /// What speaks against a route: `vetoes[route]` are indices into `patterns`.
    pub vetoes: Vec<Vec<u16>>,
    /// The keyword automaton, whose phrases are indices into `phrases`.
    pub phrase_automaton: Phrases,
    /// The same phrases by hash, where there is no automaton of them.
    pub phrase_keys: Keys,
    /// The keyword phrases.
    pub phrases: Vec<Phrase>,
}

/// A route and its target.
#[derive(Debug, Archive, Serialize)]
pub struct Route {
    /// Its ID.
    pub id: String,
    /// Target's name without the plugin's prefix.
    pub name: String,
    /// True for an agent, false for a skill.
    pub agent: bool,
    /// `haiku`, `sonnet`, `opus` or `inherit`.
    pub model: String,
    /// True where the target only guides or plans, so that plan mode allows it.
    pub plans: bool,
    /// What the target does, for the hint.
    pub does: String,
    /// When the request is better answered in the conversation itself, for the hint.
    pub stay: String,
    /// The confidence below which the route stays silent.
    pub threshold: f32,
}

/// How requests are phrased.
#[derive(Debug, Archive, Serialize)]
pub struct Grammar {
    /// For each list its first state, if it has anything: each match is a run of words with the space behind it.
    pub lists: [Option<u32>; 6],
    /// For each place that a first word falls on ([`super::grammar::head_place`]), a bit for each list it may begin
    /// something of.
    pub heads: Vec<u8>,
}

/// "ok", "please", "can you".
pub const OPENERS: usize = 0;
/// "don't".
pub const NEGATIONS: usize = 1;
/// "i", "the", "if".
pub const STATEMENTS: usize = 2;
/// "why", "is".
pub const QUESTIONS: usize = 3;
/// "and", "then".
pub const JOINS: usize = 4;
/// "then", "but".
pub const TURNS: usize = 5;

/// Where a pattern may begin.
pub const AT_START: u8 = 0;
/// At any word.
pub const AT_WORD: u8 = 1;
/// At any character.
pub const AT_INSIDE: u8 = 2;

/// What a match of a pattern means.
pub const FOR: u8 = 0;
/// It silences the route in this sentence.
pub const AGAINST_SENTENCE: u8 = 1;
/// It silences the route in this prompt.
pub const AGAINST_PROMPT: u8 = 2;
/// The prompt names the route's target ("use the test runner agent"): it speaks for it, and no cool-down applies.
pub const NAMES: u8 = 3;

/// One regex.
#[derive(Debug, Archive, Serialize)]
pub struct Pattern {
    /// Index into `routes`.
    pub route: u16,
    /// One of `AT_START`, `AT_WORD`, `AT_INSIDE`.
    pub at: u8,
    /// One of `FOR`, `AGAINST_SENTENCE`, `AGAINST_PROMPT`, `NAMES`.
    pub meaning: u8,
    /// How sure a match alone makes the router, 0 to 1; 0 for vetoes.
    pub weight: f32,
    /// Its first state.
    pub start: u32,
    /// The bytes a match can begin with: byte `b` is bit `b % 64` of `first[b / 64]`.
    pub first: [u64; 4],
}

/// One keyword phrase.
#[derive(Debug, Archive, Serialize)]
pub struct Phrase {
    /// Index into `routes`.
    pub route: u16,
    /// How sure a match alone makes the router, 0 to 1.
    pub weight: f32,
    /// The phrase's length in bytes.
    pub length: u32,
    /// Another entry with the same words, for another route, plus one; 0 for none.
    pub next: u32,
}
