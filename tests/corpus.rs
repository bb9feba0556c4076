//! Quality on labelled prompts of other people. Reads the folder named by `PROMPTUNE_BENCH_DATA`; passes without it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test may fail, and says what it skipped"
)]

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;

fn corpus() -> Option<PathBuf> {
    let folder =
        std::env::var_os("PROMPTUNE_BENCH_DATA").map(|data| Path::new(&data).join("corpus"));
    if folder.is_none() {
        println!("skipped: PROMPTUNE_BENCH_DATA is not set, so no corpus is measured");
    }
    folder
}

fn eval(file: &Path) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_promptune"));
    let done = command
        .arg("eval")
        .arg("--json")
        .arg(file)
        .assert()
        .success();
    serde_json::from_slice(&done.get_output().stdout).unwrap()
}

#[test]
fn turns_nobody_typed_stay_silent() {
    let Some(corpus) = corpus() else { return };
    let figures = eval(&corpus.join("injected-dev.jsonl"));
    assert!(figures["rows"].as_u64().unwrap() > 0);
    assert_eq!(figures["fired"], 0, "{figures}");
}

/// The model that other people's prompts taught is out of date when the prompts, the grammar or the teaching changed.
#[test]
fn what_the_corpus_taught_is_committed() {
    let Some(corpus) = corpus() else { return };
    let text = std::fs::read_to_string("patterns/model/others.json").unwrap();
    let provenance: Value = serde_json::from_str(&text).unwrap();
    for file in provenance["taughtFrom"].as_array().unwrap() {
        let name = file["file"].as_str().unwrap();
        let bytes = std::fs::read(corpus.join(name)).unwrap();
        let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
        assert_eq!(
            file["fnv1a64"],
            format!("{hash:016x}"),
            "{name} is not what others.bin was taught from"
        );
    }
}
