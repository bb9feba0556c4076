//! What the model sees of a prompt: its word 1-3-grams and, inside words, its character 3-5-grams, hashed.

use super::BUCKETS;

/// Of a long prompt, so many characters at its head and at its tail are looked at: a request stands at either end.
const HEAD: usize = 500;
const TAIL: usize = 250;

/// Two kinds of n-grams, weighed apart.
pub const BLOCKS: usize = 2;

/// A bucket and how often its n-grams occur, sorted by bucket; one list for words, one for characters.
pub type Features = [Vec<(u32, u32)>; BLOCKS];

/// The n-grams of `prompt`.
#[must_use]
pub fn extract(prompt: &str) -> Features {
    let text = plain(prompt);
    let words: Vec<&[u8]> = text
        .split(|byte| *byte == b' ')
        .filter(|word| !word.is_empty())
        .collect();
    let mut word_grams = Vec::with_capacity(words.len() * 3);
    let mut letter_grams = Vec::with_capacity(text.len() * 3);
    let mut padded = Vec::with_capacity(32);
    for (index, word) in words.iter().enumerate() {
        let mut hash = SEED;
        for next in &words[index..words.len().min(index + 3)] {
            hash = fnv(fnv(hash, next), b" ");
            word_grams.push(bucket(hash));
        }
        padded.clear();
        padded.push(b' ');
        padded.extend_from_slice(word);
        padded.push(b' ');
        for from in 0..padded.len() {
            let mut hash = SEED ^ 0x9e37;
            for (length, byte) in padded[from..].iter().take(5).enumerate() {
                hash = fnv(hash, std::slice::from_ref(byte));
                if length >= 2 {
                    letter_grams.push(bucket(hash));
                }
            }
        }
    }
    [counted(word_grams), counted(letter_grams)]
}

/// Lower case, one space for any run of white space, both ends of a long prompt.
fn plain(prompt: &str) -> Vec<u8> {
    let head = prompt.floor_char_boundary(HEAD);
    let tail = prompt
        .ceil_char_boundary(prompt.len().saturating_sub(TAIL))
        .max(head);
    let mut text = Vec::with_capacity(HEAD + TAIL + 8);
    for part in [&prompt[..head], " ", &prompt[tail..]] {
        for letter in part.chars().flat_map(char::to_lowercase) {
            if letter.is_whitespace() {
                text.push(b' ');
            } else {
                let mut bytes = [0; 4];
                text.extend_from_slice(letter.encode_utf8(&mut bytes).as_bytes());
            }
        }
    }
    text
}

const SEED: u32 = 0x811c_9dc5;

/// FNV-1a, 32 bits.
fn fnv(hash: u32, bytes: &[u8]) -> u32 {
    bytes.iter().fold(hash, |hash, byte| {
        (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    })
}

fn bucket(hash: u32) -> u32 {
    // The low bits of FNV are its weakest.
    (hash ^ (hash >> 15)) % BUCKETS as u32
}

fn counted(mut grams: Vec<u32>) -> Vec<(u32, u32)> {
    grams.sort_unstable();
    let mut counted: Vec<(u32, u32)> = Vec::with_capacity(grams.len());
    for gram in grams {
        match counted.last_mut() {
            Some((bucket, count)) if *bucket == gram => *count += 1,
            _ => counted.push((gram, 1)),
        }
    }
    counted
}
