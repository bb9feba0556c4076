//! Walks the automaton of the patterns over text.

use crate::patterns::automaton::{ACCEPTS, ACCEPTS_AT_END, ArchivedAutomaton};
use crate::patterns::compiled::{ArchivedCompiled, ArchivedGrammar};

/// Moves one prompt may cost. Ordinary prompts take thousands; text made to be slow runs out and is read no further.
const FUEL: u32 = 2_000_000;

/// A walk over one prompt: scratch space, and how much work is left.
pub struct Walker<'a> {
    automaton: &'a ArchivedAutomaton,
    now: Vec<u32>,
    next: Vec<u32>,
    fuel: u32,
}

impl<'a> Walker<'a> {
    /// A fresh walk over `table`.
    #[must_use]
    pub fn new(table: &'a ArchivedCompiled) -> Self {
        Self {
            automaton: &table.automaton,
            now: Vec::with_capacity(64),
            next: Vec::with_capacity(64),
            fuel: FUEL,
        }
    }

    /// The length of the longest match of the regex `start` that begins where `text` begins.
    pub fn longest(&mut self, start: u32, text: &[u8]) -> Option<usize> {
        let mut longest = None;
        self.now.clear();
        self.now.push(start);
        for (offset, byte) in text.iter().enumerate() {
            self.next.clear();
            let mut accepts = false;
            for state in &self.now {
                let state = *state as usize;
                let from = self.automaton.first_edge[state].to_native() as usize;
                let to = self.automaton.first_edge[state + 1].to_native() as usize;
                for edge in &self.automaton.edges[from..to] {
                    self.fuel = self.fuel.saturating_sub(1);
                    // Edges are ordered by their lowest byte.
                    if edge.low > *byte {
                        break;
                    }
                    let target = edge.target.to_native();
                    if edge.high >= *byte && !self.next.contains(&target) {
                        accepts |= self.automaton.accepts[target as usize] & ACCEPTS != 0;
                        self.next.push(target);
                    }
                }
            }
            if self.next.is_empty() || self.fuel == 0 {
                return longest;
            }
            if accepts {
                longest = Some(offset + 1);
            }
            std::mem::swap(&mut self.now, &mut self.next);
        }
        let at_end = self
            .now
            .iter()
            .any(|state| self.automaton.accepts[*state as usize] & ACCEPTS_AT_END != 0);
        if at_end { Some(text.len()) } else { longest }
    }
}

/// What may stand around a request: the grammar, ready to match with.
pub struct Phrasing<'a> {
    walker: Walker<'a>,
    grammar: &'a ArchivedGrammar,
}

impl<'a> Phrasing<'a> {
    /// The grammar of `table`.
    #[must_use]
    pub fn new(table: &'a ArchivedCompiled) -> Self {
        Self {
            walker: Walker::new(table),
            grammar: &table.grammar,
        }
    }

    /// Length of an opener ("please", "can you") at the beginning of `text`.
    pub fn openers(&mut self, text: &[u8]) -> Option<usize> {
        self.walker
            .longest(self.grammar.openers.as_ref()?.to_native(), text)
    }

    /// Length of a negation ("don't") at the beginning of `text`.
    pub fn negations(&mut self, text: &[u8]) -> Option<usize> {
        self.walker
            .longest(self.grammar.negations.as_ref()?.to_native(), text)
    }

    /// Length of the head of a question ("why") at the beginning of `text`.
    pub fn questions(&mut self, text: &[u8]) -> Option<usize> {
        self.walker
            .longest(self.grammar.questions.as_ref()?.to_native(), text)
    }

    /// Length of the head of a statement ("i") at the beginning of `text`.
    pub fn statements(&mut self, text: &[u8]) -> Option<usize> {
        self.walker
            .longest(self.grammar.statements.as_ref()?.to_native(), text)
    }

    /// Length of a joining word ("and") at the beginning of `text`.
    pub fn joins(&mut self, text: &[u8]) -> Option<usize> {
        self.walker
            .longest(self.grammar.joins.as_ref()?.to_native(), text)
    }

    /// Length of a joining word after which a new request may follow ("then", "but").
    pub fn turns(&mut self, text: &[u8]) -> Option<usize> {
        self.walker
            .longest(self.grammar.turns.as_ref()?.to_native(), text)
    }
}
