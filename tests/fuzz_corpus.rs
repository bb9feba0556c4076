//! What `fuzz/` found worth keeping, and some thousands of damaged copies of it, through the same functions as the
//! fuzzers have: none may panic, and what each of them asserts holds.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that cannot go on panics, and says what it did"
)]

use std::fs;
use std::panic::catch_unwind;
use std::path::Path;
use std::time::Instant;

use promptune::fuzzing;

/// Damaged copies for each function. Compiling one takes longer than reading it.
const MUTATIONS: usize = 2000;
const COMPILED: usize = 400;

/// A copy grows no longer than this, in bytes.
const LONGEST: usize = 64 * 1024;

/// Numbers that look random, the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % limit.max(1)
    }
}

/// Bytes that are more often trouble than others.
const ODD: [&[u8]; 14] = [
    b"\"",
    b"\\",
    b"\\ud83d",
    b"{",
    b"]",
    b",",
    b"\n",
    b"\0",
    b"\xff",
    b"-1",
    b"18446744073709551616",
    b"1e999",
    "\u{202e}".as_bytes(),
    b"(?:",
];

fn damaged(of: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut bytes = of[random.below(of.len())].clone();
    for _ in 0..=random.below(6) {
        let at = random.below(bytes.len() + 1);
        let to = (at + random.below(40)).min(bytes.len());
        match random.below(6) {
            0 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
            1 => drop(bytes.splice(at..at, ODD[random.below(ODD.len())].iter().copied())),
            2 => drop(bytes.drain(at..to)),
            3 => drop(bytes.splice(to..to, bytes[at..to].to_vec())),
            4 => {
                let other = &of[random.below(of.len())];
                let from = random.below(other.len() + 1);
                let end = (from + random.below(200)).min(other.len());
                drop(bytes.splice(at..to, other[from..end].iter().copied()));
            }
            _ => bytes.truncate(bytes.len() - random.below(bytes.len() / 2 + 1)),
        }
        bytes.truncate(LONGEST);
    }
    bytes
}

fn holds(name: &str, check: fn(&[u8]), more: &[Vec<u8>], mutations: usize) {
    let begun = Instant::now();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(name);
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let mut all: Vec<Vec<u8>> = files.iter().map(|file| fs::read(file).unwrap()).collect();
    all.extend_from_slice(more);
    assert!(!all.is_empty(), "there is a corpus");
    for bytes in &all {
        check(bytes);
    }
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for number in 0..mutations {
        let bytes = damaged(&all, &mut random);
        let held = catch_unwind(|| check(&bytes)).is_ok();
        assert!(held, "{name}, mutation {number}: {}", bytes.escape_ascii());
    }
    let kept = files.len();
    println!(
        "{name}: {kept} files, {mutations} mutations, {:?}",
        begun.elapsed()
    );
}

#[test]
fn events() {
    holds("event", fuzzing::event, &[], MUTATIONS);
}

#[test]
fn route_files_and_skill_rules() {
    holds("patterns", fuzzing::patterns, &[], COMPILED);
}

#[test]
fn compiled_layers() {
    let sound = fuzzing::sound_layer();
    assert!(sound.len() > 1000, "a layer as the program writes it");
    holds("layer", fuzzing::layer, &[sound], MUTATIONS);
}

#[test]
fn compiled_catalogues() {
    let sound = fuzzing::sound_catalogue();
    assert!(sound.len() > 500, "a catalogue as the program writes it");
    holds("catalogue", fuzzing::catalogue, &[sound], MUTATIONS);
}

#[test]
fn frontmatter() {
    holds("frontmatter", fuzzing::frontmatter, &[], MUTATIONS);
}

#[test]
fn transcripts() {
    holds("transcript", fuzzing::transcript, &[], MUTATIONS);
}

#[test]
fn settings() {
    holds("settings", fuzzing::settings, &[], MUTATIONS);
}
