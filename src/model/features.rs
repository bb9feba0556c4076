//! What the model sees of a prompt: n-grams of its words and, inside words, of their letters, hashed.

use crate::text::{Boundary, Text, Word};

/// Of a long prompt, so many words at its head and at its tail are looked at: a request stands at either end.
const HEAD: usize = 70;
const TAIL: usize = 40;

/// Longer words are looked at so far, in characters.
const LONGEST_WORD: usize = 24;

/// Two kinds of n-grams, weighed apart: words, letters.
pub const BLOCKS: usize = 2;

/// An n-gram's hash and how often it occurs, sorted by hash; one list for words, one for letters.
pub type Features = [Vec<(u32, u32)>; BLOCKS];

/// Kinds of n-grams that must not be taken for each other begin with different seeds.
const WORDS: u32 = 0x811c_9dc5;
const STARTS: u32 = 0x5bd1_e995;
const LETTERS: u32 = 0x1b87_3593;

/// The n-grams of a prompt: 1 to 3 words, with the ends of sentences as words; 1 to 3 words from where a request may
/// begin; 3 to 5 letters, or 1 to 4 in scripts without spaces.
#[must_use]
pub fn extract(text: &Text) -> Features {
    let words = window(text);
    let mut word_grams = Vec::with_capacity(words.len() * 5);
    let mut letter_grams = Vec::with_capacity(words.len() * 18);
    let mut padded = String::with_capacity(64);
    let mut sequence: Vec<&[u8]> = Vec::with_capacity(words.len() * 2 + 1);
    for (word, letters) in &words {
        if word.before == Boundary::Sentence {
            sequence.push(b"|");
        }
        sequence.push(letters.as_bytes());
    }
    sequence.push(b"|");
    for from in 0..sequence.len() {
        let mut hash = WORDS;
        for word in sequence[from..].iter().take(3) {
            hash = fnv(fnv(hash, word), b" ");
            word_grams.push(hash);
        }
    }
    for (index, (word, letters)) in words.iter().enumerate() {
        if word.starts {
            let mut hash = STARTS;
            for (_, word) in words[index..].iter().take(3) {
                hash = fnv(fnv(hash, word.as_bytes()), b" ");
                word_grams.push(hash);
            }
        }
        if letters.chars().any(unspaced) {
            grams_of_letters(letters, 1..=4, &mut letter_grams);
        } else {
            let end = letters
                .char_indices()
                .nth(LONGEST_WORD)
                .map_or(letters.len(), |(end, _)| end);
            padded.clear();
            padded.extend([" ", &letters[..end], " "]);
            grams_of_letters(&padded, 3..=5, &mut letter_grams);
        }
    }
    [counted(word_grams), counted(letter_grams)]
}

/// The words at both ends of a prompt, each with its letters.
fn window(text: &Text) -> Vec<(&Word, &str)> {
    let count = text.words.len();
    let skipped = HEAD..count.saturating_sub(TAIL).max(HEAD);
    (0..count)
        .filter(|index| !skipped.contains(index))
        .map(|index| {
            let word = &text.words[index];
            let end = text
                .words
                .get(index + 1)
                .map_or(text.normal.len(), |next| next.at as usize);
            (word, text.normal[word.at as usize..end].trim_end())
        })
        .collect()
}

fn grams_of_letters(word: &str, lengths: std::ops::RangeInclusive<usize>, grams: &mut Vec<u32>) {
    for (from, _) in word.char_indices() {
        let mut hash = LETTERS;
        let mut bytes = [0; 4];
        for (length, letter) in (1..=*lengths.end()).zip(word[from..].chars()) {
            hash = fnv(hash, letter.encode_utf8(&mut bytes).as_bytes());
            if lengths.contains(&length) {
                grams.push(hash);
            }
        }
    }
}

/// Chinese, Japanese, Korean: words are not parted by spaces, or carry particles.
fn unspaced(letter: char) -> bool {
    matches!(letter, '\u{3040}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}')
}

/// FNV-1a, 32 bits.
fn fnv(hash: u32, bytes: &[u8]) -> u32 {
    bytes.iter().fold(hash, |hash, byte| {
        (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    })
}

fn counted(mut grams: Vec<u32>) -> Vec<(u32, u32)> {
    grams.sort_unstable();
    let mut counted: Vec<(u32, u32)> = Vec::with_capacity(grams.len());
    for gram in grams {
        match counted.last_mut() {
            Some((hash, count)) if *hash == gram => *count += 1,
            _ => counted.push((gram, 1)),
        }
    }
    counted
}
