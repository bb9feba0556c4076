//! What people say, and which words skills and agents have for it: `words/concepts.txt`.

use super::terms::{self, Source, Term};

/// A line of the file: what it is about, and what is said.
#[derive(Debug)]
pub(super) struct Concept {
    /// Terms of descriptions.
    pub(super) heads: Vec<Term>,
    /// Words and phrases of prompts.
    pub(super) phrases: Vec<Phrase>,
}

/// Up to three words.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Phrase {
    /// One hash for all of it.
    pub(super) key: Term,
    /// The terms in it.
    pub(super) words: Vec<Term>,
}

/// All concepts.
pub(super) fn all() -> Vec<Concept> {
    let lines = include_str!("words/concepts.txt").lines();
    let lines = lines.filter(|line| !line.starts_with("# "));
    let parts = lines.filter_map(|line| line.split_once(" = "));
    parts
        .map(|(heads, phrases)| concept(heads, phrases))
        .collect()
}

fn concept(heads: &str, phrases: &str) -> Concept {
    let mut concept = Concept {
        heads: Vec::new(),
        phrases: Vec::new(),
    };
    terms::read(heads, Source::Name, &mut |word| {
        concept.heads.push(word.term);
    });
    concept.heads.sort_unstable();
    concept.heads.dedup();
    let written = phrases.split(',').chain(heads.split(' '));
    for written in written.map(str::trim).filter(|written| !written.is_empty()) {
        concept.phrases.extend(phrase(written));
    }
    concept
}

fn phrase(written: &str) -> Option<Phrase> {
    let mut all = Vec::new();
    let mut telling = Vec::new();
    terms::read(written, Source::Name, &mut |word| {
        all.push(word.term);
        if word.phrase {
            telling.push(word.term);
        }
    });
    let mut words = if telling.is_empty() { all } else { telling };
    words.truncate(3);
    let key = match words[..] {
        [] => return None,
        [one] => one,
        [a, b] => terms::pair(a, b),
        [a, b, c, ..] => terms::triple(a, b, c),
    };
    Some(Phrase { key, words })
}

#[cfg(test)]
mod tests {
    use super::all;

    #[test]
    fn every_line_is_one() {
        let text = include_str!("words/concepts.txt");
        let lines = text.lines().filter(|line| !line.starts_with("# ")).count();
        let concepts = all();
        assert_eq!(concepts.len(), lines);
        assert!(
            concepts
                .iter()
                .all(|it| !it.heads.is_empty() && it.phrases.len() > it.heads.len())
        );
        assert!(concepts.len() < usize::from(u16::MAX));
    }
}
