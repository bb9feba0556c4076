//! Where a walk went before: in a long text the same words come again, and with them the same states.
//!
//! A set of states that was met gets a number, and moves between numbers are kept: a deterministic automaton of the part
//! that this text needs, made while it is read.

/// Moves that are kept; a newer one takes the place of an older.
const MOVES: usize = 1 << 13;
/// Slots for sets, of which at most half are taken.
const SLOTS: usize = 1 << 13;
/// States of all sets together.
const STATES: usize = 1 << 16;

/// Sets of states, and moves between them.
#[derive(Debug)]
pub(super) struct Memo {
    /// `moves[m]` is a set and a byte in the upper half, and the set it leads to in the lower one. Set 0 is none.
    moves: Vec<u64>,
    /// A set's number at the first free slot from the one its states fall on, 0 where there is none.
    slots: Vec<u16>,
    sets: Vec<Set>,
    states: Vec<u32>,
}

/// Where a walk may stand.
#[derive(Debug, Clone, Copy)]
pub(super) struct Set {
    /// `states[from..to]`.
    from: u32,
    to: u32,
    /// What entering it means.
    pub(super) flags: u8,
    /// All its states only wait for a space.
    pub(super) waits: bool,
}

impl Set {
    /// Nothing leads on from here.
    pub(super) fn is_empty(self) -> bool {
        self.from == self.to
    }
}

impl Memo {
    pub(super) fn new() -> Self {
        let mut sets = Vec::with_capacity(SLOTS / 2);
        // Number 0.
        sets.push(Set {
            from: 0,
            to: 0,
            flags: 0,
            waits: false,
        });
        Self {
            moves: vec![0; MOVES],
            slots: vec![0; SLOTS],
            sets,
            states: Vec::with_capacity(STATES),
        }
    }

    /// Forgets everything, and makes room.
    pub(super) fn clear(&mut self) {
        self.moves.fill(0);
        self.slots.fill(0);
        self.sets.truncate(1);
        self.states.clear();
    }

    pub(super) fn set(&self, number: u16) -> Set {
        self.sets[usize::from(number)]
    }

    pub(super) fn states(&self, number: u16) -> &[u32] {
        let set = self.set(number);
        &self.states[set.from as usize..set.to as usize]
    }

    /// The number of a set. `None` where no more can be kept.
    pub(super) fn number(&mut self, states: &[u32], flags: u8, waits: bool) -> Option<u16> {
        let mixed = states.iter().fold(u64::from(flags) + 1, |mixed, state| {
            (mixed ^ u64::from(*state)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        });
        let mut slot = (mixed >> 48) as usize % SLOTS;
        while self.slots[slot] != 0 {
            let number = self.slots[slot];
            if self.set(number).flags == flags && self.states(number) == states {
                return Some(number);
            }
            slot = (slot + 1) % SLOTS;
        }
        if self.sets.len() == SLOTS / 2 || self.states.len() + states.len() > STATES {
            return None;
        }
        let number = self.sets.len() as u16;
        let from = self.states.len() as u32;
        self.states.extend_from_slice(states);
        self.sets.push(Set {
            from,
            to: self.states.len() as u32,
            flags,
            waits,
        });
        self.slots[slot] = number;
        Some(number)
    }

    /// The set that `byte` leads to from the set `number`, if that was kept.
    pub(super) fn after(&self, number: u16, byte: u8) -> Option<u16> {
        let (place, key) = place(number, byte);
        let kept = self.moves[place];
        (kept >> 32 == key).then_some(kept as u16)
    }

    /// Keeps that `byte` leads from the set `number` to the set `next`.
    pub(super) fn keep(&mut self, number: u16, byte: u8, next: u16) {
        let (place, key) = place(number, byte);
        self.moves[place] = key << 32 | u64::from(next);
    }
}

fn place(number: u16, byte: u8) -> (usize, u64) {
    let key = u64::from(number) << 8 | u64::from(byte);
    let mixed = key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    (mixed as usize % MOVES, key)
}
