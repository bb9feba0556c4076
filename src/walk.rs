//! Walks the automaton of the patterns over text.

use crate::patterns::automaton::{ACCEPTS, ACCEPTS_AT_END, BRANCH, ENDS, GAP, JUMP, STOP};
use crate::patterns::compiled::{
    ArchivedCompiled, ArchivedGrammar, JOINS, NEGATIONS, OPENERS, QUESTIONS, STATEMENTS, TURNS,
};
use crate::patterns::grammar::head_place;

/// Moves one prompt may cost. Ordinary prompts take thousands; text made to be slow runs out and is read no further.
const FUEL: u32 = 2_000_000;

/// A walk over one prompt: scratch space, and how much work is left.
pub struct Walker<'a> {
    program: &'a [u8],
    now: Vec<usize>,
    next: Vec<usize>,
    fuel: u32,
}

impl<'a> Walker<'a> {
    /// A fresh walk over `table`.
    #[must_use]
    pub fn new(table: &'a ArchivedCompiled) -> Self {
        Self {
            program: &table.automaton.program,
            now: Vec::with_capacity(64),
            next: Vec::with_capacity(64),
            fuel: FUEL,
        }
    }

    /// The length of the longest match of the regex `start` that begins where `text` begins.
    pub fn longest(&mut self, start: u32, text: &[u8]) -> Option<usize> {
        let mut longest = None;
        let mut flags = 0;
        self.now.clear();
        self.now.push(start as usize);
        let mut gaps = 0;
        let mut offset = 0;
        while offset < text.len() {
            if gaps == self.now.len() {
                // Every state only waits for the word's end.
                match text[offset..].iter().position(|byte| *byte == b' ') {
                    Some(letters) => offset += letters,
                    None => return longest,
                }
            }
            let byte = text[offset];
            offset += 1;
            let mut next = Next {
                states: &mut self.next,
                flags: 0,
                gaps: 0,
            };
            next.states.clear();
            self.fuel = self.fuel.saturating_sub(self.now.len() as u32);
            for state in &self.now {
                next.step(self.program, *state, byte);
            }
            (flags, gaps) = (next.flags, next.gaps);
            if flags & ACCEPTS != 0 {
                longest = Some(offset);
            }
            if (self.next.is_empty() && flags & ACCEPTS_AT_END == 0) || self.fuel == 0 {
                return longest;
            }
            std::mem::swap(&mut self.now, &mut self.next);
        }
        if flags & ACCEPTS_AT_END != 0 {
            Some(text.len())
        } else {
            longest
        }
    }
}

/// Where the walk stands after the next byte.
struct Next<'w> {
    states: &'w mut Vec<usize>,
    /// Of all states.
    flags: u8,
    /// How many of the states only wait for a space.
    gaps: usize,
}

impl Next<'_> {
    /// Adds the states that `byte` leads to from `state`.
    #[inline]
    fn step(&mut self, program: &[u8], state: usize, byte: u8) {
        match program[state] {
            BRANCH => self.branch(program, state, byte),
            GAP if byte == b' ' => self.enter(program, target(program, state + 1)),
            GAP => self.enter(program, state),
            letter if letter == byte => self.enter(program, state + 1),
            _ => {}
        }
    }

    fn branch(&mut self, program: &[u8], state: usize, byte: u8) {
        let [low, high, ranges, solid] = [1, 2, 3, 4].map(|at| program[state + at]);
        let single = usize::from(u16::from_le_bytes([low, high]));
        let (ranges, solid) = (usize::from(ranges), usize::from(solid));
        let bytes = &program[state + 5..state + 5 + single];
        let targets = state + 5 + single;
        let first = bytes.partition_point(|other| *other < byte);
        let same = bytes[first..].iter().take_while(|other| **other == byte);
        for index in first..first + same.count() {
            self.enter(program, target(program, targets + 3 * index));
        }
        let targets = targets + 3 * single;
        if byte != b' ' {
            for index in 0..solid {
                self.enter(program, target(program, targets + 3 * index));
            }
        }
        let targets = targets + 3 * solid;
        for range in program[targets..targets + 5 * ranges].chunks_exact(5) {
            if range[0] <= byte && byte <= range[1] {
                self.enter(program, target(range, 2));
            }
        }
    }

    /// Adds the state at `at`, past jumps.
    #[inline]
    fn enter(&mut self, program: &[u8], mut at: usize) {
        let head = loop {
            match program[at] {
                JUMP => at = target(program, at + 1),
                ENDS => {
                    self.flags |= program[at + 1];
                    at += 2;
                }
                STOP => return,
                head => break head,
            }
        };
        if !self.states.contains(&at) {
            self.states.push(at);
            self.gaps += usize::from(head == GAP);
        }
    }
}

fn target(program: &[u8], at: usize) -> usize {
    u32::from_le_bytes([program[at], program[at + 1], program[at + 2], 0]) as usize
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

    /// Which of the lists may have something that begins with the word at the beginning of `text`.
    #[must_use]
    pub fn heads(&self, text: &[u8]) -> Heads {
        let word = text.split(|byte| *byte == b' ').next().unwrap_or(text);
        Heads(self.grammar.heads[head_place(word)])
    }

    /// Length of an opener ("please", "can you") at the beginning of `text`.
    pub fn openers(&mut self, heads: Heads, text: &[u8]) -> Option<usize> {
        self.longest(heads, OPENERS, text)
    }

    /// Length of a negation ("don't") at the beginning of `text`.
    pub fn negations(&mut self, heads: Heads, text: &[u8]) -> Option<usize> {
        self.longest(heads, NEGATIONS, text)
    }

    /// Length of the head of a question ("why") at the beginning of `text`.
    pub fn questions(&mut self, heads: Heads, text: &[u8]) -> Option<usize> {
        self.longest(heads, QUESTIONS, text)
    }

    /// Length of the head of a statement ("i") at the beginning of `text`.
    pub fn statements(&mut self, heads: Heads, text: &[u8]) -> Option<usize> {
        self.longest(heads, STATEMENTS, text)
    }

    /// Length of a joining word ("and") at the beginning of `text`.
    pub fn joins(&mut self, heads: Heads, text: &[u8]) -> Option<usize> {
        self.longest(heads, JOINS, text)
    }

    /// Length of a joining word after which a new request may follow ("then", "but").
    pub fn turns(&mut self, heads: Heads, text: &[u8]) -> Option<usize> {
        self.longest(heads, TURNS, text)
    }

    fn longest(&mut self, heads: Heads, list: usize, text: &[u8]) -> Option<usize> {
        let start = self.grammar.lists[list].as_ref()?.to_native();
        if heads.0 >> list & 1 == 0 {
            return None;
        }
        self.walker.longest(start, text)
    }
}

/// The lists that a word may begin something of.
#[derive(Debug, Clone, Copy)]
pub struct Heads(u8);
