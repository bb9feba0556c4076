//! Walks the automaton of the patterns over text.

mod memo;

use crate::patterns::automaton::{ACCEPTS, ACCEPTS_AT_END, BRANCH, ENDS, GAP, JUMP, STOP};
use crate::patterns::compiled::{
    ArchivedCompiled, ArchivedGrammar, JOINS, NEGATIONS, OPENERS, QUESTIONS, STATEMENTS, TURNS,
};
use crate::patterns::grammar::head_place;
use memo::Memo;

/// Moves one prompt may cost. Ordinary prompts take thousands; text made to be slow runs out and is read no further.
const FUEL: u32 = 2_000_000;

/// From so many moves on it pays to keep where they led.
const MANY: u32 = 4_000;

/// A walk over one prompt: scratch space, and how much work is left.
pub struct Walker<'a> {
    program: &'a [u8],
    now: Vec<u32>,
    next: Vec<u32>,
    fuel: u32,
    memo: Option<Memo>,
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
            memo: None,
        }
    }

    /// The length of the longest match of the regex `start` that begins where `text` begins.
    pub fn longest(&mut self, start: u32, text: &[u8]) -> Option<usize> {
        if self.memo.is_some() || self.fuel < FUEL - MANY {
            for _ in 0..2 {
                if let Ok(longest) = self.longest_by_memo(start, text) {
                    return longest;
                }
                if let Some(memo) = &mut self.memo {
                    memo.clear();
                }
            }
        }
        self.longest_by_states(start, text)
    }

    fn longest_by_states(&mut self, start: u32, text: &[u8]) -> Option<usize> {
        let mut longest = None;
        let mut flags = 0;
        self.now.clear();
        self.now.push(start);
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
            self.fuel = self.fuel.saturating_sub(self.now.len() as u32);
            (flags, gaps) = step(self.program, &self.now, byte, &mut self.next);
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

    /// The same, by where walks went before. `Err` when the memo is full.
    fn longest_by_memo(&mut self, start: u32, text: &[u8]) -> Result<Option<usize>, Full> {
        let memo = self.memo.get_or_insert_with(Memo::new);
        let mut longest = None;
        let mut flags = 0;
        let mut now = memo.number(&[start], 0, false).ok_or(Full)?;
        let mut offset = 0;
        while offset < text.len() {
            if memo.set(now).waits {
                match text[offset..].iter().position(|byte| *byte == b' ') {
                    Some(letters) => offset += letters,
                    None => return Ok(longest),
                }
            }
            let byte = text[offset];
            offset += 1;
            let next = if let Some(next) = memo.after(now, byte) {
                next
            } else {
                let states = memo.states(now);
                self.fuel = self.fuel.saturating_sub(states.len() as u32);
                let (flags, gaps) = step(self.program, states, byte, &mut self.next);
                let waits = gaps == self.next.len();
                let next = memo.number(&self.next, flags, waits).ok_or(Full)?;
                memo.keep(now, byte, next);
                next
            };
            self.fuel = self.fuel.saturating_sub(1);
            let set = memo.set(next);
            flags = set.flags;
            if flags & ACCEPTS != 0 {
                longest = Some(offset);
            }
            if (set.is_empty() && flags & ACCEPTS_AT_END == 0) || self.fuel == 0 {
                return Ok(longest);
            }
            now = next;
        }
        Ok(if flags & ACCEPTS_AT_END != 0 {
            Some(text.len())
        } else {
            longest
        })
    }
}

/// The memo is full.
struct Full;

/// Puts into `next` where `byte` leads from the states `now`. Returns the flags of those entered, and how many of them
/// only wait for a space.
#[inline]
fn step(program: &[u8], now: &[u32], byte: u8, next: &mut Vec<u32>) -> (u8, usize) {
    next.clear();
    let mut next = Next {
        states: next,
        flags: 0,
        gaps: 0,
    };
    for state in now {
        next.step(program, *state as usize, byte);
    }
    (next.flags, next.gaps)
}

/// Where the walk stands after the next byte.
struct Next<'w> {
    states: &'w mut Vec<u32>,
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
        if !self.states.contains(&(at as u32)) {
            self.states.push(at as u32);
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

    /// What walked, for the patterns of the same table.
    #[must_use]
    pub fn into_walker(self) -> Walker<'a> {
        Walker {
            fuel: FUEL,
            ..self.walker
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

#[cfg(test)]
mod tests {
    use super::Walker;
    use crate::table;

    /// Patterns at the words they may begin with, by states and by the memo.
    #[test]
    fn where_a_walk_went_before_it_goes_again() {
        let text = "please run all the tests of the two new modules again and then commit what is left, open an issue \
                    for the flaky one, rebase my branch onto main and clean up the old worktrees in parallel ";
        let table = table::builtin();
        let mut plain = Walker::new(table);
        let mut memo = Walker::new(table);
        let starts = (text.match_indices(' ').map(|(at, _)| at + 1)).chain([0]);
        let (mut compared, mut met, mut full) = (0, 0, 0);
        for at in starts {
            let rest = &text.as_bytes()[at..];
            let word = rest.split(|byte| *byte == b' ').next().unwrap_or_default();
            let listed = table.at_start.candidates(word);
            for number in listed.chain(table.anywhere.candidates(word)) {
                let start = table.patterns[number].start.to_native();
                let longest = memo.longest_by_memo(start, rest).unwrap_or_else(|_| {
                    full += 1;
                    if let Some(memo) = &mut memo.memo {
                        memo.clear();
                    }
                    plain.longest_by_states(start, rest)
                });
                assert_eq!(
                    longest,
                    plain.longest_by_states(start, rest),
                    "{start} at {at}"
                );
                compared += 1;
                met += usize::from(longest.is_some());
            }
        }
        assert!(
            compared > 100 && met > 3 && full < 3,
            "{met} of {compared}, full {full} times"
        );
    }
}
