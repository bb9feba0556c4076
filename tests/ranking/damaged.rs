//! A compiled catalogue that is cut off, damaged or somebody else's.

use std::path::PathBuf;
use std::sync::OnceLock;

use promptune::catalog::compile::compile;
use promptune::catalog::index::Index;
use promptune::catalog::{Entry, Kind, Scope, Unfit, Use, rank};
use promptune::text::Text;
use promptune::walk::Phrasing;
use promptune::{router, table};
use proptest::prelude::*;

use crate::shelf::SHELF;

fn entries() -> Vec<Entry> {
    let entry = |(kind, name, said): &(&str, &str, &str)| Entry {
        kind: if *kind == "skill" {
            Kind::Skill
        } else {
            Kind::Agent
        },
        name: (*name).to_owned(),
        id: (*name).to_owned(),
        description: (*said).to_owned(),
        when_to_use: None,
        model: None,
        scope: Scope::User,
        file: PathBuf::new(),
        plugin: None,
    };
    SHELF.iter().map(entry).collect()
}

fn bytes() -> Vec<u8> {
    static BYTES: OnceLock<Vec<u8>> = OnceLock::new();
    let compiled = || compile(&entries(), &[], &|_| Use::default());
    BYTES.get_or_init(compiled).clone()
}

const PROMPT: &str = "terraform state, helm chart, slow postgres query and use terra-former";

fn ranks(index: &Index<'_>) -> usize {
    let text = Text::read(PROMPT, &mut Phrasing::new(table::builtin()));
    let ranked = rank::rank(index, PROMPT, &text);
    for it in &ranked {
        assert!((0.0..=1.0).contains(&it.score), "{it:?}");
        let _ = index.known(it.entry);
    }
    ranked.len()
}

#[test]
fn a_whole_one_is_read() {
    let bytes = bytes();
    let index = Index::read(&bytes).expect("whole");
    assert_eq!(index.entries(), SHELF.len());
    assert!(ranks(&index) > 3);
    assert_eq!(index.known(0).expect("there").id, SHELF[0].1);
    assert_eq!(index.known(9999), None);
}

#[test]
fn one_that_is_cut_off_is_not() {
    let bytes = bytes();
    for length in (0..bytes.len()).step_by(97).chain([bytes.len() - 1]) {
        assert_eq!(
            Index::read(&bytes[..length]).err(),
            Some(Unfit::Damaged),
            "{length}"
        );
    }
}

#[test]
fn a_damaged_header_is_seen() {
    let whole = bytes();
    for at in 0..72 {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x41;
        assert!(Index::read(&bytes).is_err(), "{at}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_bytes_are_taken_for_one(bytes in proptest::collection::vec(any::<u8>(), 0..4000)) {
        prop_assert!(Index::read(&bytes).is_err());
    }

    #[test]
    fn damage_never_stops_the_program(places in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..400)) {
        let mut bytes = bytes();
        let length = bytes.len();
        for (place, byte) in places {
            // Behind the header, whose damage is seen.
            bytes[72 + place.index(length - 72)] = byte;
        }
        if let Ok(index) = Index::read(&bytes) {
            ranks(&index);
            let routed = router::route(PROMPT, table::builtin()).expect("a prompt");
            let known = promptune::layers::routes::Routes::of(table::builtin());
            for (_, entry) in rank::beside(&routed, &known, &index) {
                prop_assert!(!entry.id.contains(char::is_control));
            }
        }
    }
}
