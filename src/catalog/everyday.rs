//! Words that ordinary prompts are full of tell little: `words/everyday.txt` counts in how many they stand.

use std::collections::{BTreeSet, HashMap};

use super::terms::{self, Source, Term};

/// The stems in a prompt, each once: what the list is made of.
#[must_use]
pub fn stems(prompt: &str) -> BTreeSet<String> {
    let mut stems = BTreeSet::new();
    terms::spelled(prompt, Source::Prompt, &mut |stem, word| {
        if word.full {
            stems.insert(stem.to_owned());
        }
    });
    stems
}

/// In how many ordinary prompts a term stands.
pub(super) fn counts() -> HashMap<Term, f32> {
    let lines = include_str!("words/everyday.txt").lines();
    let counts = lines.filter_map(|line| {
        let (stem, count) = line.split_once(' ')?;
        Some((terms::hash(stem), count.parse().ok()?))
    });
    counts.collect()
}
