//! Keyword phrases as an Aho-Corasick automaton, made at build time and walked in place at run time.

use std::collections::{BTreeMap, VecDeque};

use rkyv::{Archive, Serialize};

/// The automaton. State 0 is the root.
#[derive(Debug, Default, Archive, Serialize)]
pub struct Phrases {
    /// Where each byte leads from the root; 0 where no phrase begins with it.
    pub root: Vec<u32>,
    /// `edges[first_edge[s]..first_edge[s + 1]]` leave state `s`, ordered by byte.
    pub first_edge: Vec<u32>,
    /// The moves.
    pub edges: Vec<Step>,
    /// The state of each state's longest proper ending.
    pub fail: Vec<u32>,
    /// The phrase that ends in a state, plus one; 0 for none.
    pub phrase: Vec<u32>,
    /// The longest proper ending of each state in which a phrase ends; 0 for none.
    pub shorter: Vec<u32>,
}

/// A move on one byte.
#[derive(Debug, Clone, Copy, Archive, Serialize)]
pub struct Step {
    /// The byte.
    pub byte: u8,
    /// The state it leads to.
    pub target: u32,
}

impl Phrases {
    /// The automaton of `phrases`, which are told apart by their place in the slice.
    #[must_use]
    pub fn new<'p>(phrases: impl IntoIterator<Item = &'p str>) -> Self {
        let mut moves: Vec<BTreeMap<u8, u32>> = vec![BTreeMap::new()];
        let mut ends = vec![0_u32];
        for (index, phrase) in phrases.into_iter().enumerate() {
            let mut state = 0;
            for byte in phrase.bytes() {
                let fresh = moves.len() as u32;
                state = *moves[state].entry(byte).or_insert(fresh) as usize;
                if state == fresh as usize {
                    moves.push(BTreeMap::new());
                    ends.push(0);
                }
            }
            ends[state] = index as u32 + 1;
        }
        let (fail, shorter) = failures(&moves, &ends);
        let mut table = Self {
            root: (0..=255)
                .map(|byte| moves[0].get(&byte).copied().unwrap_or(0))
                .collect(),
            fail,
            phrase: ends,
            shorter,
            ..Self::default()
        };
        for steps in &moves {
            table.first_edge.push(table.edges.len() as u32);
            table.edges.extend(steps.iter().map(|(byte, target)| Step {
                byte: *byte,
                target: *target,
            }));
        }
        table.first_edge.push(table.edges.len() as u32);
        table
    }
}

/// Breadth first: a state's longest ending is shorter, so it is known before the state.
fn failures(moves: &[BTreeMap<u8, u32>], ends: &[u32]) -> (Vec<u32>, Vec<u32>) {
    let (mut fail, mut shorter) = (vec![0_u32; moves.len()], vec![0_u32; moves.len()]);
    let mut queue: VecDeque<u32> = moves[0].values().copied().collect();
    while let Some(state) = queue.pop_front() {
        for (byte, target) in &moves[state as usize] {
            let mut ending = fail[state as usize];
            while ending != 0 && !moves[ending as usize].contains_key(byte) {
                ending = fail[ending as usize];
            }
            let ending = moves[ending as usize].get(byte).copied().unwrap_or(0);
            fail[*target as usize] = ending;
            shorter[*target as usize] = if ends[ending as usize] == 0 {
                shorter[ending as usize]
            } else {
                ending
            };
            queue.push_back(*target);
        }
    }
    (fail, shorter)
}

impl ArchivedPhrases {
    /// Calls `found` with the index and the end of every phrase in `text`, overlapping ones included.
    pub fn find(&self, text: &[u8], mut found: impl FnMut(u32, usize)) {
        let mut state = 0_usize;
        for (offset, byte) in text.iter().enumerate() {
            state = self.step(state, *byte);
            let mut ending = state;
            while ending != 0 {
                let phrase = self.phrase[ending].to_native();
                if phrase != 0 {
                    found(phrase - 1, offset + 1);
                }
                ending = self.shorter[ending].to_native() as usize;
            }
        }
    }

    fn step(&self, mut state: usize, byte: u8) -> usize {
        while state != 0 {
            let edges = self.first_edge[state].to_native() as usize
                ..self.first_edge[state + 1].to_native() as usize;
            if let Some(step) = self.edges[edges].iter().find(|step| step.byte == byte) {
                return step.target.to_native() as usize;
            }
            state = self.fail[state].to_native() as usize;
        }
        self.root[usize::from(byte)].to_native() as usize
    }
}
