//! Compiles `patterns/` into the tables the binary carries: the patterns, and the model taught from the utterances.

#![allow(dead_code, unreachable_pub, missing_docs)]

#[path = "src/model/mod.rs"]
mod model;
#[path = "src/patterns/mod.rs"]
mod patterns;

use std::path::{Path, PathBuf};
use std::{env, fs};

use patterns::compiled::Compiled;
use patterns::format::RouteFile;
use patterns::source::Sources;

fn main() {
    println!("cargo::rerun-if-changed=patterns");
    println!("cargo::rerun-if-changed=src/patterns");
    println!("cargo::rerun-if-changed=src/model");
    if let Err(problems) = build() {
        for line in problems.lines() {
            println!("cargo::error={line}");
        }
    }
}

fn build() -> Result<(), String> {
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);
    let sources = Sources::read(Path::new("patterns")).map_err(|fault| fault.to_string())?;
    let table = patterns::compile::compile(&sources).map_err(|faults| {
        let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
        lines.join("\n")
    })?;
    let bytes = rkyv::to_bytes::<rkyv::rancor::Error>(&table).map_err(|error| error.to_string())?;
    write(&out.join("patterns.rkyv"), &bytes)?;
    let rows = rows(&table, &sources)?;
    write(
        &out.join("model.bin"),
        &model::train::train(&rows, table.routes.len() + 1),
    )
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), String> {
    fs::write(path, bytes).map_err(|error| format!("{}: {error}", path.display()))
}

/// The utterances, and the examples of the pattern files.
fn rows(table: &Compiled, sources: &Sources) -> Result<Vec<model::train::Row>, String> {
    #[derive(serde::Deserialize)]
    struct Utterance {
        text: String,
        route: String,
    }
    let folder = Path::new("patterns/utterances");
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    // The order of a folder differs from machine to machine.
    files.sort();
    let mut rows = Vec::new();
    for (class, file) in sources.routes.iter().enumerate() {
        let route: RouteFile<'_> =
            serde_json::from_str(&file.text).map_err(|error| error.to_string())?;
        rows.extend(
            route
                .examples
                .into_iter()
                .map(|example| (example.value, class)),
        );
    }
    for file in files {
        let text =
            fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        for (index, line) in text.lines().enumerate() {
            let place = format!("{}:{}", file.display(), index + 1);
            let utterance: Utterance =
                serde_json::from_str(line).map_err(|error| format!("{place}: {error}"))?;
            let class = match table
                .routes
                .iter()
                .position(|route| route.id == utterance.route)
            {
                Some(route) => route,
                None if utterance.route == "none" => table.routes.len(),
                None => return Err(format!("{place}: no route is called `{}`", utterance.route)),
            };
            rows.push((utterance.text, class));
        }
    }
    Ok(rows)
}
