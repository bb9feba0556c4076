//! Descriptions survive being written as frontmatter, in every style that people use.

use std::fs;
use std::path::PathBuf;

use promptune::catalog::frontmatter::Frontmatter;
use promptune::plain::one_line;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::desk::Desk;

/// Real descriptions: `catalog/catalog.jsonl` of the folder of test data, a name and a description a line.
fn real() -> Option<Vec<(String, String)>> {
    let Some(folder) = std::env::var_os("PROMPTUNE_BENCH_DATA") else {
        use std::io::Write as _;
        let _ = std::io::stderr().write_all(
            b"skipped: real descriptions, as PROMPTUNE_BENCH_DATA names no folder of them\n",
        );
        return None;
    };
    let lines = fs::read_to_string(PathBuf::from(folder).join("catalog/catalog.jsonl"))
        .expect("a catalogue");
    let parsed = lines.lines().map(|line| {
        let entry: Value = serde_json::from_str(line).expect("JSON");
        let text = |key: &str| entry[key].as_str().expect("text").to_owned();
        (text("name"), text("description"))
    });
    Some(parsed.collect())
}

#[test]
fn real_descriptions_survive_every_style() {
    let Some(all) = real() else { return };
    assert!(all.len() > 500, "{}", all.len());
    let desk = Desk::new();
    for (at, (_, description)) in all.iter().enumerate() {
        let styles = [
            ("quoted", json!(description).to_string()),
            (
                "block",
                format!("|\n  {}", description.replace('\n', "\n  ")),
            ),
            (
                "line",
                description.split_whitespace().collect::<Vec<_>>().join(" "),
            ),
            // As it is, whatever YAML makes of it; the last line makes sure that it is none.
            ("raw", format!("{description}\n\tno yaml")),
        ];
        for (style, text) in styles {
            let file = format!("---\nname: it\ndescription: {text}\nmodel: haiku\n---\n\nBody.\n");
            desk.skill(&format!("{style}-{at}"), file);
        }
    }
    let catalog = desk.catalog();
    let entries = catalog["entries"].as_array().expect("entries");
    assert_eq!(entries.len(), 4 * all.len());
    for entry in entries {
        let (style, at) = entry["id"]
            .as_str()
            .expect("an ID")
            .split_once('-')
            .expect("a number");
        let at: usize = at.parse().expect("a number");
        let mut wanted = one_line(&all[at].1.replace("\\n", "\n"), 4000);
        let found = entry["description"].as_str().expect("text");
        if style == "raw" {
            wanted.push_str(" no yaml");
        }
        // On one line, YAML takes what follows a lone # for a comment, and so does the client.
        let comment = style == "line" && wanted.contains(" #") && wanted.starts_with(found);
        assert!(found == wanted || comment, "{style}: {found}\n{wanted}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn nothing_makes_it_panic(file in "(---\n)?([a-z_-]{0,12}[:|>#&*!\\[{\"' \n\t-]{1,4}.{0,12}\n?){0,8}(---\n)?\\PC{0,20}") {
        let read = Frontmatter::read(&file);
        let _ = (read.value("description"), read.meant("description"), read.first_line(), read.on("paths"));
    }

    #[test]
    fn nor_do_any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let text = format!("---\n{}", String::from_utf8_lossy(&bytes));
        let _ = Frontmatter::read(&text);
    }

    #[test]
    fn a_quoted_text_comes_back(text in "\\PC{1,80}") {
        prop_assume!(!text.contains("---"));
        let file = format!("---\ndescription: {}\n---\n", json!(text));
        let read = Frontmatter::read(&file);
        prop_assert_eq!(read.value("description").map(|it| it.text.as_str()), Some(text.as_str()));
    }
}
