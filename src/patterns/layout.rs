//! The states of all regexes laid out as a program, so that what follows each other in a pattern lies side by side.

use super::automaton::{BRANCH, Builder, ENDS, Edge, GAP, JUMP, LOWEST, STOP};

/// Writes the program.
pub(super) struct Layout<'b> {
    states: &'b Builder,
    pub(super) program: Vec<u8>,
    places: Vec<Option<u32>>,
    /// Where targets are yet to be written, and which.
    open: Vec<(usize, u32)>,
}

impl<'b> Layout<'b> {
    pub(super) fn new(states: &'b Builder) -> Self {
        Self {
            states,
            program: Vec::new(),
            places: vec![None; states.edges.len()],
            open: Vec::new(),
        }
    }

    /// Writes `start` and everything it leads to, and returns its place.
    pub(super) fn place(&mut self, start: u32) -> u32 {
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
