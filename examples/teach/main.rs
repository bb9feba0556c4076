//! Teaches what the binary carries beside the patterns, and measures how well it routes prompts it never saw.
//!
//! ```sh
//! cargo run --release --example teach -- CORPUS            # measures, writes patterns/model/
//! cargo run --release --example teach -- CORPUS --check    # measures, fails if patterns/model/ is out of date
//! ```
//!
//! CORPUS is a folder with `real-dev.jsonl` and `authored-dev.jsonl`: labelled prompts of other people. Of them only
//! numbers are kept: the weights of n-grams (`others.bin`) and of signals (`weights.json`).

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::expect_used,
    reason = "a tool that talks, and reads tables it has just made"
)]

mod data;
mod figures;
mod fit;
mod folds;

use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};

use data::Prompt;
use folds::Judged;
use promptune::decide;

const FOLDER: &str = "patterns/model";

fn main() -> ExitCode {
    match teach() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("teach: {error}");
            ExitCode::FAILURE
        }
    }
}

fn teach() -> Result<(), String> {
    let mut arguments = env::args().skip(1);
    let corpus = arguments
        .next()
        .ok_or("usage: cargo run --release --example teach -- CORPUS [--check]")?;
    let check = arguments.any(|argument| argument == "--check");
    let corpus = Path::new(&corpus);
    let own = data::utterances()?;
    let others = data::corpus(corpus)?;

    let judged = folds::judge(&own, &others);
    let weights = fit::weights(&judged);
    let reached = measure(&judged);

    let table = folds::others_table(&others);
    let files = [
        ("others.bin", table),
        ("others.json", provenance(&others, corpus)?),
        ("weights.json", weights_json(&weights)),
    ];
    for (name, bytes) in files {
        let path = Path::new(FOLDER).join(name);
        if !check {
            fs::write(&path, bytes).map_err(|error| format!("{}: {error}", path.display()))?;
        } else if fs::read(&path).ok().as_deref() != Some(&bytes) {
            let told = format!(
                "{} is out of date\n  mend: run this without --check and commit the folder",
                path.display()
            );
            // Every edit of a pattern moves the weights a little: worth a word, not a failure.
            if name == "weights.json" {
                println!("{told}");
            } else {
                return Err(told);
            }
        }
    }
    if reached {
        Ok(())
    } else {
        Err("the router falls short of its bounds".to_owned())
    }
}

/// What must hold on prompts the models never saw: precision, recall, at most this share of hints on those that want none.
const BOUNDS: [(&str, f64, f64, f64); 2] =
    [("real", 0.92, 0.55, 0.01), ("authored", 0.92, 0.50, 0.03)];

/// Each prompt is judged with weights that were estimated without it. Returns whether the bounds are kept.
fn measure(judged: &[Judged]) -> bool {
    const FOLDS: usize = 5;
    let mut decided = Vec::new();
    for fold in 0..FOLDS {
        let (apart, rest): (Vec<_>, Vec<_>) = judged
            .iter()
            .cloned()
            .partition(|judged| judged.number % FOLDS == fold);
        let weights = fit::weights(&rest);
        decided.extend(apart.into_iter().map(|judged| judged.decide(&weights)));
    }
    let mut kept = true;
    for set in ["real", "authored", "voice", "languages"] {
        let rows: Vec<_> = decided.iter().filter(|it| it.set == set).collect();
        figures::print(set, &rows);
        if let Some((_, precision, recall, on_none)) = BOUNDS.iter().find(|bound| bound.0 == set) {
            let figures = figures::Figures::from(&rows, decide::SURE_ENOUGH);
            kept &= figures.precision() >= *precision
                && figures.recall() >= *recall
                && figures.on_none() <= *on_none;
        }
    }
    kept
}

fn weights_json(weights: &[f32; promptune::weigh::INPUTS]) -> Vec<u8> {
    let lines: Vec<String> = promptune::weigh::NAMES
        .iter()
        .zip(weights)
        .map(|(name, weight)| format!("  [\"{name}\", {weight:.4}]"))
        .collect();
    format!("[\n{}\n]\n", lines.join(",\n")).into_bytes()
}

/// What `others.bin` was taught from: enough to tell whether it is out of date, nothing of the prompts themselves.
fn provenance(others: &[Prompt], corpus: &Path) -> Result<Vec<u8>, String> {
    let mut files = Vec::new();
    for name in data::CORPUS {
        let path = corpus.join(name);
        let bytes = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let rows = others
            .iter()
            .filter(|prompt| name.starts_with(prompt.set))
            .count();
        files.push(serde_json::json!({"file": name, "rows": rows, "fnv1a64": format!("{:016x}", data::fnv(&bytes))}));
    }
    let classes: Vec<&str> = data::classes();
    let json = serde_json::json!({
        "taughtBy": "cargo run --release --example teach -- CORPUS",
        "taughtFrom": files,
        "classes": classes,
    });
    let mut text = serde_json::to_vec_pretty(&json).map_err(|error| error.to_string())?;
    text.push(b'\n');
    Ok(text)
}
