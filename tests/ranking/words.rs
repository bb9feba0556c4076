//! The list of everyday words is what our own utterances say.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use promptune::catalog::everyday;
use serde_json::Value;

const LIST: &str = "src/catalog/words/everyday.txt";

/// `PROMPTUNE_UPDATE=1 cargo test --test ranking everyday` writes it anew.
#[test]
fn everyday_words_are_those_of_the_utterances() {
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    let mut files: Vec<_> = ["patterns/utterances", "patterns/utterances/voice"]
        .iter()
        .flat_map(|folder| fs::read_dir(folder).expect("a folder"))
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "jsonl"))
        .collect();
    files.sort();
    for file in files {
        for line in fs::read_to_string(file)
            .expect("text")
            .lines()
            .filter(|line| !line.is_empty())
        {
            let row: Value = serde_json::from_str(line).expect("JSON");
            for stem in everyday::stems(row["text"].as_str().expect("a text")) {
                *counts.entry(stem).or_default() += 1;
            }
        }
    }
    counts.retain(|_, count| *count >= 3);
    let mut list = String::new();
    for (stem, count) in &counts {
        let _ = writeln!(list, "{stem} {count}");
    }
    if std::env::var_os("PROMPTUNE_UPDATE").is_some() {
        fs::write(LIST, &list).expect("written");
    }
    assert!(
        list == fs::read_to_string(LIST).expect("the list"),
        "{LIST} is out of date"
    );
}
