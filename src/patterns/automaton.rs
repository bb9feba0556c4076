//! Regexes as one table of states, made at build time and walked in place at run time.
//!
//! A deterministic automaton would be faster a byte, but gaps ("up to three words") multiply its states: a dozen of our
//! patterns take megabytes. This one is nondeterministic and without empty moves, so its size is that of the
//! patterns' text, and equal endings of different patterns are stored once. It is laid out as a small program in which
//! the letters of a word follow each other: what a walk touches lies together.

use std::collections::HashMap;

use regex_automata::nfa::thompson::{Compiler, Config, WhichCaptures};
use regex_automata::util::syntax;
use rkyv::{Archive, Serialize};

use super::layout::Layout;
use super::states::Walk;

/// A state ends a match here.
pub const ACCEPTS: u8 = 1;
/// A state ends a match here if this is the end of the text.
pub const ACCEPTS_AT_END: u8 = 2;

/// Lowest byte of a program that is no letter to match: none of these occurs in UTF-8.
pub const LOWEST: u8 = 0xf8;
/// Three bytes follow: where to go on.
pub const JUMP: u8 = 0xf8;
/// A match may end here: its flags follow, then the state's moves.
pub const ENDS: u8 = 0xf9;
/// Nothing leads on from here.
pub const STOP: u8 = 0xfa;
/// Anything but a space leads back here, a space to the target whose three bytes follow.
pub const GAP: u8 = 0xfc;
/// Several moves: how many single bytes (two bytes), ranges and moves on anything but a space (one byte each); the
/// single bytes, ascending; their targets; the targets for anything but a space; each range's lowest and highest
/// byte and its target. A target is three bytes.
pub const BRANCH: u8 = 0xfb;

/// All patterns' states, as a program: a byte below [`LOWEST`] matches itself and goes on to what follows it.
/// Numbers are little-endian.
#[derive(Debug, Default, Archive, Serialize)]
pub struct Automaton {
    /// The program. A state is its offset.
    pub program: Vec<u8>,
}

/// A move on any byte from `low` to `high`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Edge {
    /// Lowest byte.
    pub low: u8,
    /// Highest byte.
    pub high: u8,
    /// The state it leads to.
    pub target: u32,
}

/// How much one regex may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Memory of its automaton with empty moves, in bytes.
    pub memory: usize,
    /// Moves followed to get rid of the empty ones.
    pub moves: usize,
    /// The same for all regexes together.
    pub all_moves: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory: 8 << 20,
            moves: usize::MAX,
            all_moves: usize::MAX,
        }
    }
}

/// What a regex over its limits is told.
const TOO_LARGE: &str = "the regex is too large: shorten its gaps or repetitions";

/// Collects patterns and shares what is equal.
#[derive(Debug, Default)]
pub struct Builder {
    pub(super) limits: Limits,
    pub(super) size: usize,
    pub(super) flags: Vec<u8>,
    pub(super) edges: Vec<Vec<Edge>>,
    pub(super) known: HashMap<(u8, Vec<Edge>), u32>,
    regexes: HashMap<u32, String>,
}

impl Builder {
    /// A builder that refuses regexes over these limits.
    #[must_use]
    pub fn with_limits(limits: Limits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    /// How long the program will be at most, in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.size
    }

    /// Adds a regex over bytes (no Unicode classes) and returns its first state.
    ///
    /// # Errors
    /// What is wrong with the regex, in one line.
    pub fn add(&mut self, regex: &str) -> Result<u32, String> {
        let syntax = syntax::Config::new().unicode(false).utf8(false);
        let parsed = syntax::parse_with(regex, &syntax).map_err(|error| {
            let text = error.to_string();
            text.lines()
                .last()
                .unwrap_or("not a regex")
                .replace("error: ", "the regex does not parse: ")
        })?;
        let config = Config::new()
            .which_captures(WhichCaptures::None)
            .utf8(false)
            .nfa_size_limit(Some(self.limits.memory));
        let nfa = Compiler::new()
            .configure(config)
            .build_from_hir(&parsed)
            .map_err(|_| TOO_LARGE.to_owned())?;
        let mut walk = Walk::new(&nfa, self);
        let (before, walked) = (walk.moves, walk.walk(nfa.start_anchored()));
        let spent = before - walk.moves;
        self.limits.all_moves = self.limits.all_moves.saturating_sub(spent);
        let start = walked.ok_or_else(|| TOO_LARGE.to_owned())?;
        self.regexes.insert(start, regex.to_owned());
        Ok(start)
    }

    /// The regex that was added with the first state `start`.
    #[must_use]
    pub fn regex(&self, start: u32) -> &str {
        self.regexes.get(&start).map_or("", String::as_str)
    }

    /// The bytes a match from `start` can begin with.
    #[must_use]
    pub fn first_bytes(&self, start: u32) -> Vec<u8> {
        let edges = &self.edges[start as usize];
        (0..=255)
            .filter(|byte| {
                edges
                    .iter()
                    .any(|edge| edge.low <= *byte && *byte <= edge.high)
            })
            .collect()
    }

    /// The words a match from `start` can begin with, or `None` where they are more than `most` or unbounded.
    #[must_use]
    pub fn first_words(&self, start: u32, most: usize) -> Option<Vec<Vec<u8>>> {
        const LONGEST: usize = 48;
        let mut words = Vec::new();
        let mut open: Vec<(u32, Vec<u8>)> = vec![(start, Vec::new())];
        // Unfinished words multiply before finished ones do.
        let mut budget = most * LONGEST;
        while let Some((state, word)) = open.pop() {
            budget = budget.checked_sub(1)?;
            let mut ends = self.flags[state as usize] != 0;
            for edge in &self.edges[state as usize] {
                for byte in edge.low..=edge.high {
                    if byte == b' ' {
                        ends = true;
                        continue;
                    }
                    let mut longer = word.clone();
                    longer.push(byte);
                    open.push((edge.target, longer));
                }
            }
            if (ends && words.len() >= most) || word.len() > LONGEST {
                return None;
            }
            if ends {
                words.push(word);
            }
        }
        words.sort_unstable();
        words.dedup();
        Some(words)
    }

    /// Whether a match from `start` can be empty.
    #[must_use]
    pub fn matches_nothing(&self, start: u32) -> bool {
        self.flags[start as usize] != 0
    }

    /// The program, and where in it the states `starts` begin, in their order.
    #[must_use]
    pub fn finish(self, starts: &[u32]) -> (Automaton, Vec<u32>) {
        let mut layout = Layout::new(&self);
        let places = starts.iter().map(|start| layout.place(*start)).collect();
        let program = layout.program;
        (Automaton { program }, places)
    }
}
