//! Walks the automaton of the patterns over text.

use crate::patterns::automaton::{ACCEPTS, ACCEPTS_AT_END, BRANCH, ENDS, JUMP, STOP};
use crate::patterns::compiled::{ArchivedCompiled, ArchivedGrammar};

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
        for (offset, byte) in text.iter().enumerate() {
            self.next.clear();
            flags = 0;
            self.fuel = self.fuel.saturating_sub(self.now.len() as u32);
            for state in &self.now {
                flags |= step(self.program, *state, *byte, &mut self.next);
            }
            if flags & ACCEPTS != 0 {
                longest = Some(offset + 1);
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

/// Adds the states that `byte` leads to from `state`. Returns their flags.
#[inline]
fn step(program: &[u8], state: usize, byte: u8, next: &mut Vec<usize>) -> u8 {
    let head = program[state];
    if head != BRANCH {
        return if head == byte {
            enter(program, state + 1, next)
        } else {
            0
        };
    }
    let [low, high, ranges, solid] = [1, 2, 3, 4].map(|at| program[state + at]);
    let single = usize::from(u16::from_le_bytes([low, high]));
    let (ranges, solid) = (usize::from(ranges), usize::from(solid));
    let bytes = &program[state + 5..state + 5 + single];
    let targets = state + 5 + single;
    let mut flags = 0;
    let first = bytes.partition_point(|other| *other < byte);
    for (index, _) in bytes[first..]
        .iter()
        .enumerate()
        .take_while(|(_, other)| **other == byte)
    {
        flags |= enter(
            program,
            target(program, targets + 3 * (first + index)),
            next,
        );
    }
    let targets = targets + 3 * single;
    if byte != b' ' {
        for index in 0..solid {
            flags |= enter(program, target(program, targets + 3 * index), next);
        }
    }
    let targets = targets + 3 * solid;
    for range in program[targets..targets + 5 * ranges].chunks_exact(5) {
        if range[0] <= byte && byte <= range[1] {
            flags |= enter(program, target(range, 2), next);
        }
    }
    flags
}

/// Adds the state at `at`, past jumps. Returns its flags.
#[inline]
fn enter(program: &[u8], mut at: usize, next: &mut Vec<usize>) -> u8 {
    let mut flags = 0;
    loop {
        match program[at] {
            JUMP => at = target(program, at + 1),
            ENDS => {
                flags |= program[at + 1];
                at += 2;
            }
            STOP => return flags,
            _ => break,
        }
    }
    if !next.contains(&at) {
        next.push(at);
    }
    flags
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
