//! Which patterns a prompt can meet at all: those of whose necessary pieces it holds a few letters.

use rkyv::{Archive, Serialize};

use super::needs::{SHORTEST, needs};

/// Letters looked at together, where a piece has so many.
const GRAM: usize = 4;

/// Places of the table. Different letters may share one: then a pattern is tried in vain.
const PLACES: usize = 1 << 13;

/// Patterns by letters that every match of them contains.
#[derive(Debug, Default, Archive, Serialize)]
pub struct Triggers {
    /// `patterns[places[p]..places[p + 1]]` are met by the letters that fall on place `p`.
    pub places: Vec<u32>,
    /// Pattern numbers.
    pub patterns: Vec<u16>,
    /// A bit for each pattern that any prompt may meet.
    pub always: Vec<u64>,
}

impl Triggers {
    /// The triggers of patterns, by their regexes in the order of their numbers.
    #[must_use]
    pub fn new<'r>(regexes: impl IntoIterator<Item = &'r str>) -> Self {
        let mut lists: Vec<Vec<u16>> = vec![Vec::new(); PLACES];
        let mut always = Vec::new();
        for (number, regex) in regexes.into_iter().enumerate() {
            if always.len() * 64 <= number {
                always.push(0);
            }
            let Some(pieces) = needs(regex) else {
                always[number / 64] |= 1 << (number % 64);
                continue;
            };
            for piece in pieces {
                let list = &mut lists[place(rarest(&piece))];
                if list.last() != Some(&(number as u16)) {
                    list.push(number as u16);
                }
            }
        }
        let mut table = Self {
            always,
            ..Self::default()
        };
        for list in lists {
            table.places.push(table.patterns.len() as u32);
            table.patterns.extend(list);
        }
        table.places.push(table.patterns.len() as u32);
        table
    }
}

impl ArchivedTriggers {
    /// A bit for each pattern that `text` may meet: bit `n % 64` of word `n / 64` for pattern `n`.
    #[must_use]
    pub fn of(&self, text: &[u8]) -> Vec<u64> {
        let mut met: Vec<u64> = self.always.iter().map(|bits| bits.to_native()).collect();
        for length in [SHORTEST, GRAM] {
            for letters in text.windows(length) {
                let at = place(letters);
                let (from, to) = (self.places[at].to_native(), self.places[at + 1].to_native());
                for number in &self.patterns[from as usize..to as usize] {
                    let number = usize::from(number.to_native());
                    met[number / 64] |= 1 << (number % 64);
                }
            }
        }
        met
    }
}

/// The letters of a piece that fewest prompts hold.
fn rarest(piece: &[u8]) -> &[u8] {
    // English letters and the space, the commonest first.
    const COMMON: &[u8] = b" etaoinsrhldcumfpgwybvk_'-.xjqz";
    let rank = |byte: &u8| {
        COMMON
            .iter()
            .position(|common| common == byte)
            .unwrap_or(COMMON.len())
    };
    let windows = piece.windows(GRAM.min(piece.len()));
    windows
        .max_by_key(|letters| letters.iter().map(rank).sum::<usize>())
        .unwrap_or(piece)
}

/// Multiplicative hash of three or four bytes.
fn place(letters: &[u8]) -> usize {
    let joined = letters
        .iter()
        .fold(0_u32, |joined, byte| joined << 8 | u32::from(*byte));
    (joined.wrapping_mul(0x9e37_79b1) >> (32 - PLACES.trailing_zeros())) as usize
}
