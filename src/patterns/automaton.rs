//! Regexes as one table of states, made at build time and walked in place at run time.
//!
//! A deterministic automaton would be faster a byte, but gaps ("up to three words") multiply its states: a dozen of our
//! patterns take megabytes. This one is nondeterministic and without empty moves, so its size is that of the
//! patterns' text, and equal endings of different patterns are stored once. It is laid out as a small program in which
//! the letters of a word follow each other: what a walk touches lies together.

use std::collections::HashMap;

use regex_automata::nfa::thompson::{Compiler, Config, NFA, State as Thompson, WhichCaptures};
use regex_automata::util::look::Look;
use regex_automata::util::primitives::StateID;
use regex_automata::util::syntax;
use rkyv::{Archive, Serialize};

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

/// A state of the program has at most so many moves on ranges.
const MOST_RANGES: usize = 255;

/// Collects patterns and shares what is equal.
#[derive(Debug, Default)]
pub struct Builder {
    limits: Limits,
    size: usize,
    flags: Vec<u8>,
    edges: Vec<Vec<Edge>>,
    known: HashMap<(u8, Vec<Edge>), u32>,
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
        let mut layout = Layout {
            states: &self,
            program: Vec::new(),
            places: vec![None; self.edges.len()],
            open: Vec::new(),
        };
        let places = starts.iter().map(|start| layout.place(*start)).collect();
        let program = layout.program;
        (Automaton { program }, places)
    }
}

/// Writes the program, so that what follows each other in a pattern lies side by side.
struct Layout<'b> {
    states: &'b Builder,
    program: Vec<u8>,
    places: Vec<Option<u32>>,
    /// Where targets are yet to be written, and which.
    open: Vec<(usize, u32)>,
}

impl Layout<'_> {
    /// Writes `start` and everything it leads to, and returns its place.
    fn place(&mut self, start: u32) -> u32 {
        if self.places[start as usize].is_none() {
            self.run(start);
        }
        while let Some((at, target)) = self.open.pop() {
            let place = match self.places[target as usize] {
                Some(place) => place,
                None => self.run(target),
            };
            self.program[at..at + 3].copy_from_slice(&place.to_le_bytes()[..3]);
        }
        self.places[start as usize].unwrap_or(0)
    }

    /// Writes a state and, as long as one single byte leads on, those after it. Returns its place.
    fn run(&mut self, start: u32) -> u32 {
        let place = self.program.len() as u32;
        let mut state = start;
        loop {
            self.places[state as usize] = Some(self.program.len() as u32);
            let flags = self.states.flags[state as usize];
            if flags != 0 {
                self.program.extend([ENDS, flags]);
            }
            match &self.states.edges[state as usize][..] {
                [] => {
                    self.program.push(STOP);
                    return place;
                }
                [edge] if edge.low == edge.high && edge.low < LOWEST => {
                    self.program.push(edge.low);
                    if let Some(place) = self.places[edge.target as usize] {
                        self.program.push(JUMP);
                        self.program.extend(&place.to_le_bytes()[..3]);
                        break;
                    }
                    state = edge.target;
                }
                edges => {
                    match gap(state, edges).filter(|_| flags == 0) {
                        Some(target) => {
                            self.program.push(GAP);
                            self.target(target);
                        }
                        None => self.branch(edges),
                    }
                    break;
                }
            }
        }
        place
    }

    fn branch(&mut self, edges: &[Edge]) {
        let below = |edge: &&Edge| (edge.low, edge.high) == (0, b' ' - 1);
        let above = |other: &Edge, edge: &Edge| {
            (other.low, other.high, other.target) == (b' ' + 1, 255, edge.target)
        };
        let solid: Vec<&Edge> = edges
            .iter()
            .filter(below)
            .filter(|edge| edges.iter().any(|other| above(other, edge)))
            .collect();
        let rest: Vec<&Edge> = edges
            .iter()
            .filter(|edge| {
                !solid
                    .iter()
                    .any(|solid| *edge == *solid || above(edge, solid))
            })
            .collect();
        let (single, ranges): (Vec<&Edge>, Vec<&Edge>) =
            rest.into_iter().partition(|edge| edge.low == edge.high);
        self.program.push(BRANCH);
        self.program.extend((single.len() as u16).to_le_bytes());
        self.program.extend([ranges.len() as u8, solid.len() as u8]);
        self.program.extend(single.iter().map(|edge| edge.low));
        for edge in single.into_iter().chain(solid) {
            self.target(edge.target);
        }
        for edge in ranges {
            self.program.extend([edge.low, edge.high]);
            self.target(edge.target);
        }
    }

    fn target(&mut self, target: u32) {
        self.open.push((self.program.len(), target));
        self.program.extend([0; 3]);
    }
}

/// Where a space leads from `state`, if anything else leads back to it.
fn gap(state: u32, edges: &[Edge]) -> Option<u32> {
    let [below, space, above] = edges else {
        return None;
    };
    let only = |edge: &Edge, low: u8, high: u8| (edge.low, edge.high) == (low, high);
    let gap = only(below, 0, b' ' - 1)
        && only(space, b' ', b' ')
        && only(above, b' ' + 1, 255)
        && (below.target, above.target) == (state, state);
    gap.then_some(space.target)
}

/// A move of the regex's own automaton: lowest byte, highest byte, target.
type Move = (u8, u8, StateID);
type Moves = Vec<Move>;

/// Copies one regex's states into the builder, depth first, so that a state comes after those it leads to
/// and can be shared with an equal one.
struct Walk<'n, 'b> {
    nfa: &'n NFA,
    into: &'b mut Builder,
    done: HashMap<StateID, u32>,
    /// For each state, without and with only the end of the text ahead: the turn in which it was last reached.
    reached: Vec<[u32; 2]>,
    turn: u32,
    moves: usize,
}

impl<'n, 'b> Walk<'n, 'b> {
    fn new(nfa: &'n NFA, into: &'b mut Builder) -> Self {
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
    fn walk(&mut self, start: StateID) -> Option<u32> {
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
            let loops = edges.iter().any(|edge| !self.done.contains_key(&edge.2));
            // A state some open state already points at has its number; a state in a loop is never shared.
            let number = match open.remove(&state).flatten() {
                Some(number) => number,
                None if loops => self.reserve(),
                None => {
                    let edges = self.resolved(&edges, &mut open)?;
                    let key = (flags, edges);
                    if let Some(number) = self.into.known.get(&key) {
                        self.done.insert(state, *number);
                        continue;
                    }
                    let number = self.reserve();
                    self.into.known.insert(key.clone(), number);
                    self.into.edges[number as usize] = key.1;
                    self.into.flags[number as usize] = flags;
                    self.done.insert(state, number);
                    continue;
                }
            };
            self.done.insert(state, number);
            let edges = self.resolved(&edges, &mut open)?;
            self.into.edges[number as usize] = edges;
            self.into.flags[number as usize] = flags;
        }
        self.done.get(&start).copied()
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
