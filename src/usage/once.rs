//! A message is counted once, however often it was written.
//!
//! It is written several times while it streams, copied into forks and resumed conversations, and told both in an
//! agent's own transcript and, by some clients, in its conversation's. The rules are those of ccusage 20, with which
//! the sums agree: lines with the same message ID and request ID are one message; so are those with the same message
//! ID of which one is on a side chain, because a question asked beside a conversation replays it under new requests.
//! The conversation's line goes before a side chain's, then the one with more tokens, then the earlier one.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::Tokens;

/// Something that tells what a message used.
pub trait Counted {
    /// [`hash`] of the message's ID. What has none is never the same as another.
    fn message(&self) -> Option<u64>;
    /// [`hash`] of the request's ID, 0 without one.
    fn request(&self) -> u64;
    /// Whether it was told on a side chain.
    fn sidechain(&self) -> bool;
    /// What it used.
    fn tokens(&self) -> Tokens;
    /// Takes over what only `other`, which tells of the same message, knows beside its usage.
    fn complete(&mut self, other: Self);
}

/// All messages so far, each once, in the order of their first lines.
#[derive(Debug)]
pub struct Once<T> {
    all: Vec<T>,
    /// The next one with the same message ID, by place in `all`.
    next: Vec<Option<u32>>,
    first: HashMap<u64, u32, BuildHasherDefault<Hashed>>,
}

impl<T> Default for Once<T> {
    fn default() -> Self {
        Self {
            all: Vec::new(),
            next: Vec::new(),
            first: HashMap::default(),
        }
    }
}

impl<T: Counted> Once<T> {
    /// With room for so many messages.
    #[must_use]
    pub fn with_capacity(messages: usize) -> Self {
        let mut first = HashMap::default();
        first.reserve(messages);
        Self {
            all: Vec::with_capacity(messages),
            next: Vec::with_capacity(messages),
            first,
        }
    }

    /// Counts `told`.
    pub fn add(&mut self, told: T) {
        match self.place(&told) {
            Some(place) => {
                let known = &mut self.all[place];
                if supersedes(&told, known) {
                    let before = std::mem::replace(known, told);
                    known.complete(before);
                } else {
                    known.complete(told);
                }
            }
            None => self.push(told),
        }
    }

    /// The messages so far.
    #[must_use]
    pub fn all(&self) -> &[T] {
        &self.all
    }

    /// The messages.
    #[must_use]
    pub fn into_all(self) -> Vec<T> {
        self.all
    }

    fn push(&mut self, told: T) {
        let place = self.all.len() as u32;
        let before = told.message().and_then(|id| self.first.insert(id, place));
        self.all.push(told);
        self.next.push(before);
    }

    fn place(&self, told: &T) -> Option<usize> {
        let first = *self.first.get(&told.message()?)?;
        let chain = || {
            std::iter::successors(Some(first as usize), |place| {
                self.next[*place].map(|place| place as usize)
            })
        };
        let exact = chain().find(|place| self.all[*place].request() == told.request());
        exact.or_else(|| chain().find(|place| told.sidechain() || self.all[*place].sidechain()))
    }
}

fn supersedes<T: Counted>(told: &T, known: &T) -> bool {
    if told.sidechain() != known.sidechain() {
        return known.sidechain();
    }
    told.tokens().total() > known.tokens().total()
}

/// FNV-1a over eight bytes at a time: the same on every machine and in every run.
#[must_use]
pub fn hash(text: &str) -> u64 {
    hash_bytes(text.as_bytes())
}

/// [`hash`] of any bytes. It finds damage, not malice.
#[must_use]
pub fn hash_bytes(bytes: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325;
    for part in bytes.chunks(8) {
        let mut word = [0; 8];
        word[..part.len()].copy_from_slice(part);
        hash = mix(hash ^ u64::from_le_bytes(word));
    }
    // 0 means "none".
    mix(hash ^ bytes.len() as u64).max(1)
}

fn mix(word: u64) -> u64 {
    let word = (word ^ word >> 32).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (word ^ word >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9)
}

/// Keys are hashes already.
#[derive(Debug, Default)]
pub struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = mix(self.0 ^ u64::from(*byte));
        }
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = word;
    }
}
