//! Keyword phrases, ready to be found in a text: as an Aho-Corasick automaton made at build time for the built-in ones,
//! as a table of hashes for the many that a person may have, which would make an automaton of megabytes.

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

/// Phrases by the hashes of their bytes. Only whole words are found.
#[derive(Debug, Default, Archive, Serialize)]
pub struct Keys {
    /// Bit `h % HEADS` is set where a phrase begins with a word of hash `h`. Empty where there are no phrases.
    pub heads: Vec<u64>,
    /// Hashes; 0 where nothing is. A phrase stands at the place of its hash or after it. Their number is a power of two.
    pub slots: Vec<u64>,
    /// For each slot, the phrase.
    pub phrases: Vec<u32>,
    /// Length of the longest phrase, in bytes.
    pub longest: u32,
}

/// Bits for the first words of phrases.
const HEADS: u64 = 1 << 16;

impl Keys {
    /// The table of `phrases`, which are told apart by their place in the slice. All are different.
    #[must_use]
    pub fn new(phrases: &[String]) -> Self {
        if phrases.is_empty() {
            return Self::default();
        }
        let size = (phrases.len() * 3 / 2).next_power_of_two().max(2);
        let mut keys = Self {
            heads: vec![0; HEADS as usize / 64],
            slots: vec![0; size],
            phrases: vec![0; size],
            longest: phrases.iter().map(String::len).max().unwrap_or(0) as u32,
        };
        for (index, phrase) in phrases.iter().enumerate() {
            let head = ends(phrase, 0).next().unwrap_or(phrase.len());
            let bit = hash(&phrase.as_bytes()[..head]) % HEADS;
            keys.heads[bit as usize / 64] |= 1 << (bit % 64);
            let hash = hash(phrase.as_bytes());
            let mut slot = place(hash, size);
            while keys.slots[slot] != 0 {
                slot = (slot + 1) % size;
            }
            keys.slots[slot] = hash;
            keys.phrases[slot] = index as u32;
        }
        keys
    }
}

impl ArchivedKeys {
    /// Calls `found` with the index and the end of every phrase in `text`, overlapping ones included.
    pub fn find(&self, text: &str, mut found: impl FnMut(u32, usize)) {
        if self.slots.is_empty() {
            return;
        }
        let longest = self.longest.to_native() as usize;
        let mut before = None;
        for (start, letter) in text.char_indices() {
            let begins = letter != ' ' && !(spaced(letter) && before.is_some_and(joins));
            before = Some(letter);
            if !begins {
                continue;
            }
            let (mut sum, mut hashed, mut head) = (OFFSET, start, true);
            for end in ends(text, start) {
                if end - start > longest {
                    break;
                }
                sum = add(sum, &text.as_bytes()[hashed..end]);
                hashed = end;
                let bit = finished(sum) % HEADS;
                let bits = &self.heads[bit as usize / 64];
                if head && bits.to_native() >> (bit % 64) & 1 == 0 {
                    break;
                }
                head = false;
                if let Some(phrase) = self.get(finished(sum)) {
                    found(phrase, end);
                }
            }
        }
    }

    fn get(&self, hash: u64) -> Option<u32> {
        let size = self.slots.len();
        let mut slot = place(hash, size);
        for _ in 0..size {
            match self.slots[slot].to_native() {
                0 => return None,
                there if there == hash => return Some(self.phrases[slot].to_native()),
                _ => slot = (slot + 1) % size,
            }
        }
        None
    }
}

/// Where a phrase that begins at `start` may end.
fn ends(text: &str, start: usize) -> impl Iterator<Item = usize> {
    let mut letters = text[start..].char_indices().peekable();
    std::iter::from_fn(move || {
        loop {
            let (at, letter) = letters.next()?;
            let next = letters.peek().map(|(_, next)| *next);
            if letter != ' ' && !(spaced(letter) && next.is_some_and(joins)) {
                return Some(start + at + letter.len_utf8());
            }
        }
    })
}

/// Whether a letter's script has spaces between words.
#[must_use]
pub fn spaced(letter: char) -> bool {
    letter.is_ascii_alphanumeric()
        || (!letter.is_ascii() && letter.is_alphanumeric() && !unspaced(letter))
}

/// Whether a letter beside one of such a script belongs to the same word.
#[must_use]
pub fn joins(letter: char) -> bool {
    letter == '_' || spaced(letter)
}

/// Chinese, Japanese, and Korean, whose particles follow without a space.
fn unspaced(letter: char) -> bool {
    matches!(letter, '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}')
}

/// FNV-1a, 64 bits, and its bits mixed; never 0.
fn hash(bytes: &[u8]) -> u64 {
    finished(add(OFFSET, bytes))
}

const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;

fn add(sum: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(sum, |sum, byte| {
        (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

fn finished(sum: u64) -> u64 {
    let mixed = (sum ^ sum >> 32).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed ^ mixed >> 29).max(1)
}

fn place(hash: u64, size: usize) -> usize {
    (hash >> 16) as usize & (size - 1)
}

#[cfg(test)]
mod tests {
    use super::{ArchivedKeys, Keys};

    #[test]
    fn phrases_are_found_as_whole_words() {
        let phrases = [
            "api",
            "api route",
            "_next.js",
            "ワークツリー",
            "e2e tests",
            "c",
        ];
        let keys = Keys::new(&phrases.map(str::to_owned));
        let bytes = rkyv::to_bytes::<rkyv::rancor::Error>(&keys).expect("small");
        let keys = rkyv::access::<ArchivedKeys, rkyv::rancor::Error>(&bytes).expect("sound");
        let found = |text: &str| {
            let mut found = Vec::new();
            keys.find(text, |phrase, end| {
                let phrase = phrases[phrase as usize];
                assert!(text[..end].ends_with(phrase), "{phrase} in {text}");
                found.push(phrase);
            });
            found
        };
        assert_eq!(found("the api routes "), ["api"]);
        assert_eq!(found("an api route "), ["api", "api route"]);
        assert_eq!(found("the _next.js app "), ["_next.js"]);
        assert_eq!(found("このワークツリーを "), ["ワークツリー"]);
        assert_eq!(found("e2e tests-c "), ["e2e tests", "c"]);
        assert!(found("rapid _api apis e2e test ").is_empty());
    }
}
