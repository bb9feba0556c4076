//! What descriptions say, and which say the same.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::catalog::Entry;

/// Two entries compete from so much of common words on, weighed by how rare they are.
const TWINS: f64 = 0.6;

/// Of fewer common words nothing is concluded.
const FEWEST: usize = 5;

/// A word in more descriptions than this tells nothing apart.
const MOST_COMMON: usize = 60;

/// Words by which a description tells when it is wanted.
const WHEN: [&str; 34] = [
    "when ",
    "whenever",
    "use for",
    "use to",
    "use if",
    "use it",
    "use this",
    "used for",
    "used to",
    "used by",
    "use after",
    "use before",
    "use proactively",
    "use immediately",
    "proactively",
    "trigger",
    "invoke",
    "should be used",
    "must be used",
    "if you",
    "if the",
    "if a",
    "ask for",
    "asks for",
    "asks to",
    "asking",
    "wants to",
    "need to",
    "needs to",
    "before you",
    "after you",
    "for questions about",
    "for tasks",
    "in case",
];

/// Whether `text` says when its entry is wanted, or is in a script of which this cannot be told.
pub(super) fn says_when(text: &str) -> bool {
    let letters = text.chars().filter(|letter| letter.is_alphabetic());
    let (ascii, other): (Vec<char>, Vec<char>) = letters.partition(char::is_ascii);
    let text = text.to_lowercase();
    other.len() > ascii.len() / 4 || WHEN.iter().any(|cue| has_words(&text, cue))
}

/// Whether `words` are in `text` at the beginning of a word.
pub(super) fn has_words(text: &str, words: &str) -> bool {
    let begins = |at: usize| !text[..at].ends_with(char::is_alphanumeric);
    text.match_indices(words).any(|(at, _)| begins(at))
}

/// Pairs of `entries` that say nearly the same, and how much: 1 for the very same words. The most alike come first.
pub(super) fn twins(entries: &[Entry]) -> Vec<(usize, usize, f64)> {
    let said: Vec<BTreeSet<String>> = entries
        .iter()
        .map(|entry| {
            words(&format!(
                "{} {} {}",
                entry.name,
                entry.description,
                entry.when_to_use.as_deref().unwrap_or_default()
            ))
        })
        .collect();
    let mut having: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, words) in said.iter().enumerate() {
        for word in words {
            having.entry(word).or_default().push(at);
        }
    }
    #[allow(clippy::cast_precision_loss, reason = "counts of entries are small")]
    let weight = |word: &str| {
        let with = having.get(word).map_or(1, Vec::len);
        ((entries.len() + 1) as f64 / with as f64).ln()
    };
    let whole: Vec<f64> = said
        .iter()
        .map(|words| words.iter().map(|word| weight(word)).sum())
        .collect();
    let mut pairs = Vec::new();
    for (one, words) in said.iter().enumerate() {
        let mut common: HashMap<usize, f64> = HashMap::new();
        let mut others = HashSet::new();
        for word in words
            .iter()
            .filter(|word| having[word.as_str()].len() <= MOST_COMMON)
        {
            others.extend(having[word.as_str()].iter().filter(|other| **other > one));
        }
        for other in others {
            let shared = words.intersection(&said[other]);
            if shared.clone().count() >= FEWEST {
                common.insert(other, shared.map(|word| weight(word)).sum());
            }
        }
        for (other, both) in common {
            let alike = both / (whole[one] + whole[other] - both);
            if alike >= TWINS {
                pairs.push((one, other, alike));
            }
        }
    }
    pairs.sort_by(|a, b| b.2.total_cmp(&a.2).then((a.0, a.1).cmp(&(b.0, b.1))));
    pairs
}

/// The words of `text` that mean something by themselves.
pub(super) fn words(text: &str) -> BTreeSet<String> {
    let text = text.to_lowercase();
    let words = text.split(|letter: char| !letter.is_alphanumeric());
    words
        .filter(|word| word.chars().count() > 2)
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::says_when;

    #[test]
    fn what_and_when_are_told_apart() {
        for when in [
            "Reviews code. Use when the user asks for a review.",
            "Use this agent to write tests",
            "MUST BE USED for reviews. Use PROACTIVELY.",
            "数据库迁移工具，用于升级模式",
        ] {
            assert!(says_when(when), "{when}");
        }
        for what in [
            "Reviews code.",
            "Expert in Rust and whence it came",
            "",
            "A reused tool",
        ] {
            assert!(!says_when(what), "{what}");
        }
    }
}
