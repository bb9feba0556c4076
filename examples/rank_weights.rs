//! Estimates what the confidence in an entry of a catalogue is worth, from prompts of which is known what they want.
//!
//! ```text
//! cargo run --release --example rank_weights -- CATALOG QUERIES [NONE …]
//! ```
//!
//! All are files of JSON lines. CATALOG and QUERIES are as for `promptune eval --catalog`; of QUERIES only the half `fit` is looked at. Prompts that
//! want nothing are our own utterances of no route. Prints the weights for `src/catalog/rank.rs`, and for each NONE file
//! (and for the half) how much would be offered from which confidence on.

#![allow(clippy::print_stdout, clippy::cast_precision_loss, clippy::expect_used)]

use std::path::Path;
use std::{env, fs};

use promptune::catalog::compile::compile;
use promptune::catalog::index::Index;
use promptune::catalog::rank::{SIGNALS, weighed};
use promptune::catalog::{Use, rows};
use promptune::{gate, table, text::Text, walk::Phrasing};
use serde_json::Value;

const COUNT: usize = SIGNALS.len();

/// Right answers of three are worth so much more than a prompt that wants nothing.
const POSITIVE: f64 = 3.0;

type Row = [f64; COUNT];

fn main() {
    let files: Vec<String> = env::args().skip(1).collect();
    let [catalog, queries, none @ ..] = &files[..] else {
        println!("usage: rank_weights CATALOG.jsonl QUERIES.jsonl [NONE.jsonl …]");
        return;
    };
    let entries = rows::read(Path::new(catalog)).expect("a catalogue");
    let bytes = compile(&entries, &[], &|_| Use::default());
    let index = Index::read(&bytes).expect("compiled a moment ago");
    let signals = |text: &str| -> Option<Row> {
        let typed = gate::typed(text).ok()?;
        let read = Text::read(&typed, &mut Phrasing::new(table::builtin()));
        Some(weighed(&index, &typed, &read)?.map(f64::from))
    };
    let wanting: Vec<Row> = lines(queries)
        .iter()
        .filter(|row| row["name"].as_str().is_some_and(fit))
        .filter_map(|row| signals(row["text"].as_str()?))
        .collect();
    let mut nothing: Vec<Row> = Vec::new();
    for file in ["none.jsonl", "voice/seen.jsonl", "voice/apart.jsonl"] {
        let rows = lines(&format!("patterns/utterances/{file}"));
        let rows = rows.iter().filter(|row| row["route"] == "none");
        nothing.extend(rows.filter_map(|row| signals(row["text"].as_str()?)));
    }
    println!(
        "{} prompts want an entry, {} want nothing",
        wanting.len(),
        nothing.len()
    );
    let (weights, constant) = estimate(&wanting, &nothing);
    println!(
        "const WEIGHTS: [f32; SIGNALS.len()] = {weights:.3?};\nconst CONSTANT: f32 = {constant:.3};"
    );
    let sure = |row: &Row| 1.0 / (1.0 + (-(constant + dot(&weights, row))).exp());
    let share = |rows: &[f64], from: f64| {
        rows.iter().filter(|sure| **sure >= from).count() as f64 / rows.len().max(1) as f64
    };
    let mut judged = vec![(
        "the half".to_owned(),
        wanting.iter().map(sure).collect::<Vec<f64>>(),
    )];
    for file in none {
        let rows = lines(file);
        let rows = rows
            .iter()
            .filter(|row| row["route"] == "none" || row["level"] == 0);
        let rows = rows.map(|row| {
            row["text"]
                .as_str()
                .and_then(signals)
                .map_or(0.0, |row| sure(&row))
        });
        judged.push((file.clone(), rows.collect()));
    }
    for (name, rows) in &judged {
        println!("{name}: {} rows", rows.len());
        for from in [0.2, 0.3, 0.4, 0.5, 0.6, 0.7] {
            println!(
                "  from {from} on {:.1} % offered",
                100.0 * share(rows, from)
            );
        }
    }
}

fn lines(file: &str) -> Vec<Value> {
    let text = fs::read_to_string(file).expect("a file of JSON lines");
    text.lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

/// As `promptune eval --half` has it.
fn fit(name: &str) -> bool {
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    hash >> 32 & 1 == 0
}

fn dot(weights: &Row, row: &Row) -> f64 {
    weights.iter().zip(row).map(|(a, b)| a * b).sum()
}

/// Logistic regression with a light pull to zero, on standardized signals, by gradient descent.
fn estimate(wanting: &[Row], nothing: &[Row]) -> (Row, f64) {
    let mean: Row = std::array::from_fn(|at| {
        nothing.iter().map(|row| row[at]).sum::<f64>() / nothing.len() as f64
    });
    let spread: Row = std::array::from_fn(|at| {
        let squares: f64 = nothing.iter().map(|row| (row[at] - mean[at]).powi(2)).sum();
        (squares / nothing.len() as f64).sqrt().max(1e-6)
    });
    let standard =
        |row: &Row| -> Row { std::array::from_fn(|at| (row[at] - mean[at]) / spread[at]) };
    // As many prompts that want nothing count as two thousand do: most real ones do.
    let negative = 2000.0 / nothing.len() as f64;
    let all: Vec<(Row, f64, f64)> = wanting
        .iter()
        .map(|row| (standard(row), 1.0, POSITIVE))
        .chain(nothing.iter().map(|row| (standard(row), 0.0, negative)))
        .collect();
    let total: f64 = all.iter().map(|(.., weight)| weight).sum();
    let (mut weights, mut constant) = ([0.0; COUNT], 0.0);
    for _ in 0..4000 {
        let (mut slope, mut shift) = ([0.0; COUNT], 0.0);
        for (row, wants, weight) in &all {
            let error = weight * (1.0 / (1.0 + (-(constant + dot(&weights, row))).exp()) - wants);
            shift += error;
            for (slope, signal) in slope.iter_mut().zip(row) {
                *slope += error * signal;
            }
        }
        for (weight, slope) in weights.iter_mut().zip(slope) {
            *weight -= 0.5 * (slope + 3.0 * *weight) / total;
        }
        constant -= 0.5 * shift / total;
    }
    let plain: Row = std::array::from_fn(|at| weights[at] / spread[at]);
    (plain, constant - dot(&plain, &mean))
}
