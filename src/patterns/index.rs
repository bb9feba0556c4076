//! Which patterns can match at a word: looked up by the word itself where a pattern begins with one of few words.

use std::collections::BTreeMap;

use rkyv::{Archive, Serialize};

use super::automaton::Builder;

/// A pattern that begins with more different words than this is looked up by its first byte.
const MOST_FIRST_WORDS: usize = 1500;

/// Patterns by the word they begin with.
#[derive(Debug, Default, Archive, Serialize)]
pub struct Index {
    /// Hashes of first words, ascending, and their stretches of `lists`.
    pub words: Vec<Entry>,
    /// Pattern numbers.
    pub lists: Vec<u16>,
    /// For each byte, the patterns whose first words are too many to list.
    pub bytes: Vec<Vec<u16>>,
}

/// The patterns of one first word: `lists[from..to]`.
#[derive(Debug, Archive, Serialize)]
pub struct Entry {
    /// Hash of the word.
    pub hash: u32,
    /// First place in `lists`.
    pub from: u32,
    /// Place after the last.
    pub to: u32,
}

/// Collects patterns for an [`Index`].
#[derive(Debug)]
pub struct Collector {
    words: BTreeMap<u32, Vec<u16>>,
    bytes: Vec<Vec<u16>>,
}

impl Default for Collector {
    fn default() -> Self {
        Self {
            words: BTreeMap::new(),
            bytes: vec![Vec::new(); 256],
        }
    }
}

impl Collector {
    /// Adds the pattern `number` whose first state is `start`. One that may begin inside a word goes by its first byte.
    pub fn add(&mut self, builder: &Builder, number: u16, start: u32, inside: bool) {
        let words = if inside {
            None
        } else {
            builder.first_words(start, MOST_FIRST_WORDS)
        };
        if let Some(words) = words {
            for word in words {
                let list = self.words.entry(hash(&word)).or_default();
                if list.last() != Some(&number) {
                    list.push(number);
                }
            }
        } else {
            for byte in builder.first_bytes(start) {
                self.bytes[usize::from(byte)].push(number);
            }
        }
    }

    /// The index.
    #[must_use]
    pub fn finish(self) -> Index {
        let mut index = Index {
            bytes: self.bytes,
            ..Index::default()
        };
        for (hash, list) in self.words {
            let from = index.lists.len() as u32;
            index.lists.extend(list);
            index.words.push(Entry {
                hash,
                from,
                to: index.lists.len() as u32,
            });
        }
        index
    }
}

impl ArchivedIndex {
    /// The patterns that may match where `word` begins. Rarely more: hashes can collide.
    pub fn candidates(&self, word: &[u8]) -> impl Iterator<Item = usize> {
        let wanted = hash(word);
        let entry = self
            .words
            .binary_search_by(|entry| entry.hash.to_native().cmp(&wanted))
            .ok();
        let listed = entry.map_or(&[][..], |entry| {
            let entry = &self.words[entry];
            &self.lists[entry.from.to_native() as usize..entry.to.to_native() as usize]
        });
        listed
            .iter()
            .chain(self.by_byte(word.first().copied().unwrap_or(0)))
            .map(|number| usize::from(number.to_native()))
    }

    /// The patterns whose first words are too many to list, by first byte.
    pub fn by_byte(&self, byte: u8) -> impl Iterator<Item = &rkyv::rend::unaligned::u16_ule> {
        self.bytes[usize::from(byte)].iter()
    }
}

/// FNV-1a, 32 bits.
fn hash(word: &[u8]) -> u32 {
    word.iter().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    })
}
