//! Which patterns a text can meet at all: those of whose necessary pieces it holds a few letters.

use rkyv::{Archive, Serialize};

use super::needs::{SHORTEST, needs};

/// So many letters are looked at together, as many as a piece has.
const GRAMS: [usize; 3] = [SHORTEST, 4, 6];

/// Places of the table. Different letters may share one: then a pattern is tried in vain.
const PLACES: usize = 1 << 14;

/// So many sets of pieces are asked for, where a pattern has so many.
const SETS: usize = 2;

/// Patterns by letters that every match of them contains.
#[derive(Debug, Default, Archive, Serialize)]
pub struct Triggers {
    /// `bits[places[p]..places[p + 1]]` are met by the letters that fall on place `p`.
    pub places: Vec<u32>,
    /// Bit `n` is the first set of pattern `n`, bit `64 * words + n` its second.
    pub bits: Vec<u16>,
    /// The bits of sets that patterns do not have, so that any text meets them.
    pub always: Vec<u64>,
}

impl Triggers {
    /// The triggers of patterns, by their regexes in the order of their numbers.
    #[must_use]
    pub fn new<'r>(regexes: impl ExactSizeIterator<Item = &'r str>) -> Self {
        let words = regexes.len().div_ceil(64);
        let mut lists: Vec<Vec<u16>> = vec![Vec::new(); PLACES];
        let mut always = vec![0; SETS * words];
        for (number, regex) in regexes.enumerate() {
            let sets = needs(regex);
            for rank in 0..SETS {
                let bit = rank * words * 64 + number;
                let Some(pieces) = sets.get(rank) else {
                    always[bit / 64] |= 1 << (bit % 64);
                    continue;
                };
                for piece in pieces {
                    let list = &mut lists[place(joined(rarest(piece)))];
                    if list.last() != Some(&(bit as u16)) {
                        list.push(bit as u16);
                    }
                }
            }
        }
        let mut table = Self {
            always,
            ..Self::default()
        };
        for list in lists {
            table.places.push(table.bits.len() as u32);
            table.bits.extend(list);
        }
        table.places.push(table.bits.len() as u32);
        table
    }
}

impl ArchivedTriggers {
    /// Appends to `met` a bit for each pattern that `text` may meet: bit `n % 64` of the appended word `n / 64` for
    /// pattern `n`.
    pub fn meet(&self, text: &[u8], met: &mut Vec<u64>) {
        let first = met.len();
        met.extend(self.always.iter().map(|bits| bits.to_native()));
        let sets = &mut met[first..];
        let mut letters = 0_u64;
        for (index, byte) in text.iter().enumerate() {
            letters = (letters << 8) | u64::from(*byte);
            for length in GRAMS.into_iter().filter(|length| index + 1 >= *length) {
                let at = place(letters & (u64::MAX >> (64 - 8 * length)));
                let (from, to) = (self.places[at].to_native(), self.places[at + 1].to_native());
                for bit in &self.bits[from as usize..to as usize] {
                    let bit = usize::from(bit.to_native());
                    sets[bit / 64] |= 1 << (bit % 64);
                }
            }
        }
        let words = sets.len() / SETS;
        for word in 0..words {
            sets[word] &= sets[words + word];
        }
        met.truncate(first + words);
    }
}

/// The letters of a piece that fewest texts hold.
fn rarest(piece: &[u8]) -> &[u8] {
    // English letters and the space, the commonest first.
    const COMMON: &[u8] = b" etaoinsrhldcumfpgwybvk_'-.xjqz";
    let rank = |byte: &u8| {
        COMMON
            .iter()
            .position(|common| common == byte)
            .unwrap_or(COMMON.len())
    };
    let lengths = GRAMS.iter().rev();
    let length = lengths.copied().find(|length| *length <= piece.len());
    let windows = piece.windows(length.unwrap_or(SHORTEST));
    windows
        .max_by_key(|letters| letters.iter().map(rank).sum::<usize>())
        .unwrap_or(piece)
}

/// Up to eight letters as a number.
fn joined(letters: &[u8]) -> u64 {
    letters
        .iter()
        .fold(0, |joined, byte| (joined << 8) | u64::from(*byte))
}

/// Multiplicative hash.
fn place(letters: u64) -> usize {
    (letters.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - PLACES.trailing_zeros())) as usize
}
