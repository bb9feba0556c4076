//! Which patterns a text can meet at all: those of whose necessary pieces it holds a few letters.

use rkyv::{Archive, Serialize};

use super::needs::{SHORTEST, needs};

/// So many letters are looked at together, as many as a piece has.
const GRAMS: [usize; 3] = [SHORTEST, 4, 6];

/// Places of the table. Different letters may share one: then a pattern is tried in vain.
const PLACES: usize = 1 << 14;

/// Bits of the filter: so many that most letters of a text fall on none that is set, and that all of them stay close
/// to the processor.
const FILTER: usize = 1 << 17;

/// So many sets of pieces are asked for, where a pattern has so many.
const SETS: usize = 2;

/// Patterns by letters that every match of them contains.
#[derive(Debug, Default, Archive, Serialize)]
pub struct Triggers {
    /// Letters that are looked up in the table: those that fall on bit `f`, which is bit `f % 64` of `filter[f / 64]`.
    pub filter: Vec<u64>,
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
        let mut filter = vec![0; FILTER / 64];
        for (number, regex) in regexes.enumerate() {
            let sets = needs(regex);
            for rank in 0..SETS {
                let bit = rank * words * 64 + number;
                let Some(pieces) = sets.get(rank) else {
                    always[bit / 64] |= 1 << (bit % 64);
                    continue;
                };
                for piece in pieces {
                    let mixed = mix(joined(rarest(piece)));
                    let bit_of_filter = bit_of_filter(mixed);
                    filter[bit_of_filter / 64] |= 1 << (bit_of_filter % 64);
                    let list = &mut lists[place(mixed)];
                    if list.last() != Some(&(bit as u16)) {
                        list.push(bit as u16);
                    }
                }
            }
        }
        let mut table = Self {
            filter,
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
        let (filter, places, bits) = (&self.filter[..], &self.places[..], &self.bits[..]);
        let may_be_listed = |mixed: u64| {
            let bit = bit_of_filter(mixed);
            filter[bit / 64].to_native() >> (bit % 64) & 1 != 0
        };
        let mut look_up = |mixed: u64| {
            let at = place(mixed);
            let (from, to) = (places[at].to_native(), places[at + 1].to_native());
            for bit in &bits[from as usize..to as usize] {
                let bit = usize::from(bit.to_native());
                sets[bit / 64] |= 1 << (bit % 64);
            }
        };
        // At the first letters there are zeros before them, which no piece has.
        let mut letters = 0_u64;
        for byte in text {
            letters = (letters << 8) | u64::from(*byte);
            for count in GRAMS {
                let mixed = mix(last(letters, count));
                if may_be_listed(mixed) {
                    look_up(mixed);
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

/// The last `count` of the letters, 1 to 8.
fn last(letters: u64, count: usize) -> u64 {
    letters & (u64::MAX >> (64 - 8 * count))
}

/// Multiplicative hash: its upper bits depend on all letters.
fn mix(letters: u64) -> u64 {
    letters.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

fn place(mixed: u64) -> usize {
    (mixed >> (64 - PLACES.trailing_zeros())) as usize
}

fn bit_of_filter(mixed: u64) -> usize {
    (mixed >> (64 - FILTER.trailing_zeros())) as usize
}
