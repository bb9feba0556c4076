//! Which patterns can match at a word: looked up by the word itself where a pattern begins with one of few words.

use std::collections::BTreeMap;

use rkyv::{Archive, Serialize};

use super::automaton::Builder;

/// A pattern that begins with more different words than this is tried at every word with a fitting first byte.
const MOST_FIRST_WORDS: usize = 1500;

/// Patterns by the word they begin with.
#[derive(Debug, Default, Archive, Serialize)]
pub struct Index {
    /// A hash table of first words: a word stands in the first free slot from the one its hash falls on. Their number is
    /// a power of two, and some are free.
    pub slots: Vec<Slot>,
    /// Pattern numbers.
    pub lists: Vec<u16>,
    /// The patterns whose first words are too many to list, or which may begin inside a word.
    pub unlisted: Vec<u16>,
}

/// The patterns of one first word: `lists[from..to]`. A free slot has none.
#[derive(Debug, Clone, Copy, Default, Archive, Serialize)]
pub struct Slot {
    /// Hash of the word.
    pub hash: u32,
    /// First place in `lists`.
    pub from: u32,
    /// Place after the last.
    pub to: u32,
}

/// Collects patterns for an [`Index`].
#[derive(Debug, Default)]
pub struct Collector {
    words: BTreeMap<u32, Vec<u16>>,
    unlisted: Vec<u16>,
}

impl Collector {
    /// Adds the pattern `number` whose first state is `start`.
    pub fn add(&mut self, builder: &Builder, number: u16, start: u32, inside: bool) {
        let words = if inside {
            None
        } else {
            builder.first_words(start, MOST_FIRST_WORDS)
        };
        let Some(words) = words else {
            self.unlisted.push(number);
            return;
        };
        for word in words {
            let list = self.words.entry(hash(&word)).or_default();
            if list.last() != Some(&number) {
                list.push(number);
            }
        }
    }

    /// The index.
    #[must_use]
    pub fn finish(self) -> Index {
        let count = (self.words.len() * 4 / 3 + 1).next_power_of_two();
        let mut index = Index {
            slots: vec![Slot::default(); count],
            unlisted: self.unlisted,
            ..Index::default()
        };
        for (hash, list) in self.words {
            let from = index.lists.len() as u32;
            index.lists.extend(list);
            let to = index.lists.len() as u32;
            let mut at = first_slot(hash, count);
            while index.slots[at].from < index.slots[at].to {
                at = (at + 1) % count;
            }
            index.slots[at] = Slot { hash, from, to };
        }
        index
    }
}

impl ArchivedIndex {
    /// The listed patterns that may match where `word` begins. Rarely more: hashes can collide.
    pub fn candidates(&self, word: &[u8]) -> impl Iterator<Item = usize> {
        let wanted = hash(word);
        let count = self.slots.len();
        let mut at = first_slot(wanted, count);
        let listed = loop {
            let slot = &self.slots[at];
            let (from, to) = (slot.from.to_native(), slot.to.to_native());
            if from == to || slot.hash.to_native() == wanted {
                break &self.lists[from as usize..to as usize];
            }
            at = (at + 1) % count;
        };
        listed.iter().map(|number| usize::from(number.to_native()))
    }
}

/// Where a word is looked for first among `count` slots.
fn first_slot(hash: u32, count: usize) -> usize {
    (hash ^ (hash >> 15)) as usize % count
}

/// FNV-1a, 32 bits.
pub(super) fn hash(word: &[u8]) -> u32 {
    word.iter().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    })
}
