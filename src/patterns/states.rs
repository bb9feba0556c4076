//! From a regex to states without empty moves, shared with the regexes that were there before.

use std::collections::HashMap;

use regex_automata::nfa::thompson::{NFA, State as Thompson};
use regex_automata::util::look::Look;
use regex_automata::util::primitives::StateID;

use super::automaton::{ACCEPTS, ACCEPTS_AT_END, Builder, Edge};

/// A state of the program has at most so many moves on ranges.
const MOST_RANGES: usize = 255;

/// The target of a move that leads back to where it begins, where states are compared.
const ITSELF: u32 = u32::MAX;

/// A move of the regex's own automaton: lowest byte, highest byte, target.
type Move = (u8, u8, StateID);
type Moves = Vec<Move>;

/// Copies one regex's states into the builder, depth first, so that a state comes after those it leads to
/// and can be shared with an equal one.
pub(super) struct Walk<'n, 'b> {
    nfa: &'n NFA,
    into: &'b mut Builder,
    done: HashMap<StateID, u32>,
    /// For each state, without and with only the end of the text ahead: the turn in which it was last reached.
    reached: Vec<[u32; 2]>,
    turn: u32,
    /// How many may still be followed.
    pub(super) moves: usize,
}

impl<'n, 'b> Walk<'n, 'b> {
    pub(super) fn new(nfa: &'n NFA, into: &'b mut Builder) -> Self {
        Self {
            nfa,
            moves: into.limits.moves.min(into.limits.all_moves),
            into,
            done: HashMap::new(),
            reached: vec![[0; 2]; nfa.states().len()],
            turn: 0,
        }
    }

    /// Copies the states and returns the first one's number; `None` where they are too many.
    pub(super) fn walk(&mut self, start: StateID) -> Option<u32> {
        // A stack of our own: patterns may be longer than the thread's is deep.
        let mut path: Vec<(StateID, Moves, u8)> = Vec::new();
        let mut open: HashMap<StateID, Option<u32>> = HashMap::new();
        let (edges, flags) = self.leaving(start)?;
        path.push((start, edges, flags));
        open.insert(start, None);
        while let Some((state, edges, _)) = path.last() {
            let state = *state;
            self.moves = self.moves.checked_sub(edges.len())?;
            let unknown = edges
                .iter()
                .map(|edge| edge.2)
                .find(|target| !self.done.contains_key(target) && !open.contains_key(target));
            if let Some(target) = unknown {
                let (edges, flags) = self.leaving(target)?;
                path.push((target, edges, flags));
                open.insert(target, None);
                continue;
            }
            let Some((_, edges, flags)) = path.pop() else {
                break;
            };
            // A state some open state already points at has its number.
            let given = open.remove(&state).flatten();
            let others = edges.iter().filter(|edge| edge.2 != state);
            let loops = others
                .into_iter()
                .any(|edge| !self.done.contains_key(&edge.2));
            if given.is_none() && !loops {
                let number = self.shared(state, &edges, flags, &mut open)?;
                self.done.insert(state, number);
                continue;
            }
            // One in a larger loop is never shared.
            let number = given.unwrap_or_else(|| self.reserve());
            self.done.insert(state, number);
            let edges = self.resolved(&edges, &mut open)?;
            self.into.edges[number as usize] = edges;
            self.into.flags[number as usize] = flags;
        }
        self.done.get(&start).copied()
    }

    /// The number of a state that leads to known ones, and perhaps back to itself: that of an equal one, if there is one.
    fn shared(
        &mut self,
        state: StateID,
        edges: &[Move],
        flags: u8,
        open: &mut HashMap<StateID, Option<u32>>,
    ) -> Option<u32> {
        self.done.insert(state, ITSELF);
        let size = self.into.size;
        let key = (flags, self.resolved(edges, open)?);
        if let Some(number) = self.into.known.get(&key) {
            self.into.size = size;
            return Some(*number);
        }
        let number = self.reserve();
        let mut edges = key.1.clone();
        for edge in edges.iter_mut().filter(|edge| edge.target == ITSELF) {
            edge.target = number;
        }
        edges.sort_unstable();
        self.into.known.insert(key, number);
        self.into.edges[number as usize] = edges;
        self.into.flags[number as usize] = flags;
        Some(number)
    }

    fn reserve(&mut self) -> u32 {
        self.into.edges.push(Vec::new());
        self.into.flags.push(0);
        self.into.edges.len() as u32 - 1
    }

    /// Edges with final targets, sorted; open targets are given their numbers now. `None` where they are too many for
    /// the program.
    fn resolved(
        &mut self,
        edges: &[Move],
        open: &mut HashMap<StateID, Option<u32>>,
    ) -> Option<Vec<Edge>> {
        let mut out = Vec::with_capacity(edges.len());
        for (low, high, target) in edges {
            let target = if let Some(number) = self.done.get(target) {
                *number
            } else {
                let given = open.get(target).copied().flatten();
                let number = given.unwrap_or_else(|| self.reserve());
                open.insert(*target, Some(number));
                number
            };
            out.push(Edge {
                low: *low,
                high: *high,
                target,
            });
        }
        out.sort_unstable();
        out.dedup();
        let ranges = out.iter().filter(|edge| edge.low < edge.high).count();
        if ranges > MOST_RANGES || out.len() - ranges > usize::from(u16::MAX) {
            return None;
        }
        // As `Layout` writes them: five bytes a move at most, and what stands around them.
        self.into.size += 5 * out.len() + 11;
        Some(out)
    }

    /// The moves that leave a state and everything it reaches without a byte, and its flags. `None` where they are too
    /// many.
    fn leaving(&mut self, state: StateID) -> Option<(Moves, u8)> {
        let (mut edges, mut flags) = (Vec::new(), 0);
        let mut seen = vec![(state, false)];
        let mut next = 0;
        self.turn += 1;
        let (turn, reached) = (self.turn, &mut self.reached);
        while next < seen.len() {
            let (state, at_end) = seen[next];
            next += 1;
            let mut reach = |target: StateID, at_end: bool| {
                let last = &mut reached[target.as_usize()][usize::from(at_end)];
                if *last != turn {
                    *last = turn;
                    seen.push((target, at_end));
                }
            };
            match self.nfa.state(state) {
                Thompson::Match { .. } => flags |= if at_end { ACCEPTS_AT_END } else { ACCEPTS },
                Thompson::Union { alternates } => {
                    alternates.iter().for_each(|target| reach(*target, at_end));
                }
                Thompson::BinaryUnion { alt1, alt2 } => {
                    reach(*alt1, at_end);
                    reach(*alt2, at_end);
                }
                Thompson::Capture { next, .. } => reach(*next, at_end),
                Thompson::Look {
                    look: Look::End,
                    next,
                } => reach(*next, true),
                // Nothing follows the end of the text, and no other assertion is of use between words.
                _ if at_end => {}
                Thompson::ByteRange { trans } => edges.push((trans.start, trans.end, trans.next)),
                Thompson::Sparse(sparse) => {
                    edges.extend(sparse.transitions.iter().map(|t| (t.start, t.end, t.next)));
                }
                Thompson::Dense(dense) => edges.extend(
                    (0..=255).filter_map(|byte| Some((byte, byte, dense.matches_byte(byte)?))),
                ),
                Thompson::Look { .. } | Thompson::Fail => {}
            }
        }
        self.moves = self.moves.checked_sub(seen.len() + edges.len())?;
        Some((edges, flags))
    }
}
