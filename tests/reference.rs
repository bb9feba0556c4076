//! The fast matcher finds what plain ones find: the regex crate for patterns, the aho-corasick crate for keywords.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail")]

use std::path::Path;

use aho_corasick::AhoCorasick;
use promptune::patterns::compile::compile_with_regexes;
use promptune::patterns::compiled::Compiled;
use promptune::patterns::phrases::{ArchivedPhrases, Phrases};
use promptune::patterns::source::Sources;
use promptune::table::Loaded;
use promptune::walk::Walker;
use proptest::prelude::*;
use regex::bytes::{Regex, RegexBuilder};

/// Stands for the end of the sentence, so that the plain engine can be asked for every end of a match in turn.
const END: &str = "\u{1}\u{1}\u{1}\u{1}";

struct Reference {
    loaded: Loaded,
    starts: Vec<u32>,
    plain: Vec<Regex>,
    vocabulary: Vec<String>,
}

impl Reference {
    fn new() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("patterns");
        let (table, regexes): (Compiled, Vec<String>) =
            compile_with_regexes(&Sources::read(&folder).unwrap()).unwrap();
        let plain = regexes
            .iter()
            .map(|regex| {
                let whole = format!("^(?:{})$", regex.replace('$', "\u{1}"));
                RegexBuilder::new(&whole)
                    .unicode(false)
                    .size_limit(1 << 28)
                    .build()
                    .unwrap()
            })
            .collect();
        let mut vocabulary: Vec<String> = regexes
            .iter()
            .flat_map(|regex| {
                regex
                    .split(|letter: char| !letter.is_alphanumeric() && letter != '\'')
                    .map(str::to_owned)
            })
            .filter(|word| !word.is_empty())
            .collect();
        vocabulary.sort();
        vocabulary.dedup();
        Self {
            starts: table.patterns.iter().map(|pattern| pattern.start).collect(),
            loaded: Loaded::new(&table).unwrap(),
            plain,
            vocabulary,
        }
    }

    /// The longest match at the beginning of `text`, by asking the plain engine about every end.
    fn plain_longest(&self, pattern: usize, text: &str) -> Option<usize> {
        let marked = format!("{text}{END}");
        let ends = (0..=marked.len()).rev();
        ends.into_iter()
            .find(|end| self.plain[pattern].is_match(&marked.as_bytes()[..*end]))
            .map(|end| end.min(text.len()))
    }

    fn compare(&self, text: &str) {
        let table = self.loaded.table();
        let mut walker = Walker::new(table);
        for (pattern, start) in self.starts.iter().enumerate() {
            let fast = walker.longest(*start, text.as_bytes());
            // Asking about every end is slow; only where either finds anything is it worth it.
            let any = fast.is_some() || self.plain_any(pattern, text);
            if any {
                assert_eq!(
                    fast,
                    self.plain_longest(pattern, text),
                    "pattern {pattern} over {text:?}"
                );
            }
        }
    }

    fn plain_any(&self, pattern: usize, text: &str) -> bool {
        let marked = format!("{text}{END}");
        marked
            .match_indices(' ')
            .map(|(at, _)| at + 1)
            .chain([text.len(), text.len() + 1])
            .any(|end| self.plain[pattern].is_match(&marked.as_bytes()[..end]))
    }
}

#[test]
fn patterns_match_as_the_regex_crate_does() {
    let reference = Reference::new();
    for text in [
        "run the tests",
        "commit and push",
        "merge main into this branch and fix conflicts",
        "break it down please",
        "テストを実行して",
        "",
        " ",
    ] {
        reference.compare(text);
    }
    for file in
        std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/prompts")).unwrap()
    {
        for line in std::fs::read_to_string(file.unwrap().path())
            .unwrap()
            .lines()
            .step_by(4)
        {
            let row: serde_json::Value = serde_json::from_str(line).unwrap();
            let text: String = row["text"]
                .as_str()
                .unwrap()
                .to_lowercase()
                .chars()
                .take(80)
                .collect();
            reference.compare(&text);
        }
    }
    let words = prop::collection::vec(0..reference.vocabulary.len(), 1..8);
    let config = ProptestConfig {
        cases: 24,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    proptest!(config, |(words in words)| {
        let text: Vec<&str> = words.iter().map(|word| reference.vocabulary[*word].as_str()).collect();
        reference.compare(&text.join(" "));
    });
}

fn archived(phrases: &[String]) -> Vec<u8> {
    rkyv::to_bytes::<rkyv::rancor::Error>(&Phrases::new(phrases.iter().map(String::as_str)))
        .unwrap()
        .to_vec()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn keywords_are_found_as_the_aho_corasick_crate_finds_them(
        phrases in prop::collection::btree_set("[ab ]{1,5}", 1..12),
        text in "[abc ]{0,60}",
    ) {
        let phrases: Vec<String> = phrases.into_iter().collect();
        let bytes = archived(&phrases);
        #[allow(unsafe_code, reason = "the bytes were serialised a line above")]
        // SAFETY: `bytes` are a serialised `Phrases`.
        let fast = unsafe { rkyv::access_unchecked::<ArchivedPhrases>(&bytes) };
        let mut found = Vec::new();
        fast.find(text.as_bytes(), |phrase, end| found.push((phrase as usize, end)));
        let plain = AhoCorasick::new(&phrases).unwrap();
        let mut expected: Vec<(usize, usize)> = plain.find_overlapping_iter(&text).map(|hit| (hit.pattern().as_usize(), hit.end())).collect();
        found.sort_unstable();
        expected.sort_unstable();
        prop_assert_eq!(found, expected);
    }
}
