//! Compiles `patterns/` into the tables the binary carries: the patterns, and the model taught from the utterances.
//! And lists the plugin's files, which it carries as well.

#![allow(dead_code, unused_imports, unreachable_pub, missing_docs)]
#![allow(unsafe_code, reason = "reads the table it has just written")]

#[path = "src/model/mod.rs"]
mod model;
#[path = "src/patterns/mod.rs"]
mod patterns;
#[path = "src/text/mod.rs"]
mod text;
#[path = "src/walk/mod.rs"]
mod walk;

use std::path::{Path, PathBuf};
use std::{env, fs};

use model::features::extract;
use model::train::Row;
use patterns::compiled::Compiled;
use patterns::format::RouteFile;
use patterns::source::Sources;
use text::Text;
use walk::Phrasing;

/// What a plugin's folder holds beside the binary: as in `scripts/stage`.
const PLUGIN: [&str; 7] = [
    ".claude-plugin",
    "LICENSE",
    "README.md",
    "agents",
    "evals",
    "hooks",
    "skills",
];

fn main() {
    println!("cargo::rerun-if-changed=Cargo.toml");
    println!("cargo::rerun-if-changed=patterns");
    println!("cargo::rerun-if-changed=prices");
    println!("cargo::rerun-if-changed=src/patterns");
    println!("cargo::rerun-if-changed=src/model");
    println!("cargo::rerun-if-changed=src/text");
    println!("cargo::rerun-if-changed=src/walk");
    for part in PLUGIN {
        println!("cargo::rerun-if-changed={part}");
    }
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
    write(&out.join("words.json"), words(&sources)?.as_bytes())?;
    println!("cargo::rustc-env=PROMPTUNE_BUILD={}", fingerprint(&bytes)?);
    // SAFETY: written a moment ago.
    let archived =
        unsafe { rkyv::access_unchecked::<patterns::compiled::ArchivedCompiled>(&bytes) };
    let rows = rows(&table, &sources, archived)?;
    write(
        &out.join("own.bin"),
        &model::train::train(&rows, table.routes.len() + 1, model::OWN_LINES),
    )?;
    write(
        &out.join("spawn.bin"),
        &model::train::train(&tasks(archived)?, 3, model::SPAWN_LINES),
    )?;
    write(&out.join("spawn_rules.rs"), spawn_rules()?.as_bytes())?;
    write(&out.join("rates.rs"), rates()?.as_bytes())?;
    write(&out.join("weights.rs"), weights()?.as_bytes())?;
    write(&out.join("classes.rs"), classes(&table)?.as_bytes())?;
    write(&out.join("carried.rs"), carried()?.as_bytes())
}

/// The plugin's files, as an array of paths and contents.
fn carried() -> Result<String, String> {
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or("no CARGO_MANIFEST_DIR")?);
    let mut files = Vec::new();
    for part in PLUGIN {
        collect(Path::new(part), &mut files)?;
    }
    files.sort();
    let entry = |file: &String| {
        let whole = here.join(file);
        format!(
            "({file:?}, include_bytes!({:?})),\n",
            whole.display().to_string()
        )
    };
    let entries: String = files.iter().map(entry).collect();
    Ok(format!("&[\n{entries}]"))
}

/// All files under `path`, with slashes between the names.
fn collect(path: &Path, files: &mut Vec<String>) -> Result<(), String> {
    let fault = |error: std::io::Error| format!("{}: {error}", path.display());
    if path.is_dir() {
        for entry in fs::read_dir(path).map_err(fault)? {
            collect(&entry.map_err(fault)?.path(), files)?;
        }
        return Ok(());
    }
    fs::metadata(path).map_err(fault)?;
    let names: Option<Vec<&str>> = path.iter().map(|name| name.to_str()).collect();
    files.push(names.ok_or("a name is not UTF-8")?.join("/"));
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), String> {
    fs::write(path, bytes).map_err(|error| format!("{}: {error}", path.display()))
}

/// The utterances, and the examples of the pattern files.
fn rows(
    table: &Compiled,
    sources: &Sources,
    archived: &patterns::compiled::ArchivedCompiled,
) -> Result<Vec<Row>, String> {
    let row = |text: &str, class: usize, weight: f32| Row {
        features: extract(&Text::read(text, &mut Phrasing::new(archived))),
        class,
        weight,
    };
    let mut rows = Vec::new();
    for (class, file) in sources.routes.iter().enumerate() {
        let route: RouteFile<'_> =
            serde_json::from_str(&file.text).map_err(|error| error.to_string())?;
        let examples = route.examples.iter();
        rows.extend(examples.map(|example| row(&example.value, class, 0.5)));
    }
    for utterance in model::utterances::read(Path::new("patterns/utterances"))? {
        let class = match table
            .routes
            .iter()
            .position(|route| route.id == utterance.route)
        {
            Some(route) => route,
            None if utterance.route == "none" => table.routes.len(),
            None => return Err(format!("no route is called `{}`", utterance.route)),
        };
        rows.push(row(&utterance.text, class, utterance.weight));
    }
    Ok(rows)
}

/// `prices/prices.json` as an array sorted by name, for prompts that wait.
fn rates() -> Result<String, String> {
    let list: serde_json::Value = read_json("prices/prices.json")?;
    let numbers = |model: &serde_json::Value| {
        let keys = [
            "input",
            "output",
            "cacheWrite5m",
            "cacheWrite1h",
            "cacheRead",
        ];
        keys.map(|key| model[key].as_f64().unwrap_or(f64::NAN))
    };
    let mut rows: Vec<String> = Vec::new();
    for model in list["models"].as_array().into_iter().flatten() {
        let long = &model["longPrompt"];
        let above = long["abovePromptTokens"].as_u64();
        let above = above.map(|above| (above, numbers(long)));
        let aliases = model["aliases"].as_array().into_iter().flatten();
        for name in std::iter::once(&model["id"]).chain(aliases) {
            rows.push(format!("({name}, {:?}, {above:?})", numbers(model)));
        }
    }
    rows.sort();
    Ok(format!("&[{}]", rows.join(", ")))
}

/// The labelled tasks that the model of agents' tasks is taught with: template, between, judgement.
fn tasks(archived: &patterns::compiled::ArchivedCompiled) -> Result<Vec<Row>, String> {
    let row = |task: model::tasks::Task| Row {
        features: extract(&Text::read(&task.text(), &mut Phrasing::new(archived))),
        class: task.label.class(),
        weight: task.label.weight(),
    };
    let tasks = model::tasks::read(Path::new("patterns/spawn/train.jsonl"))?;
    Ok(tasks.into_iter().map(row).collect())
}

/// `patterns/spawn/rules.json` as arrays of phrases, sorted by their first words.
fn spawn_rules() -> Result<String, String> {
    #[derive(serde::Deserialize)]
    struct Rules {
        thinks: Vec<String>,
        makes: Vec<String>,
        kinds: std::collections::BTreeMap<String, Vec<String>>,
    }
    let rules: Rules = read_json("patterns/spawn/rules.json")?;
    let group = |mut phrases: Vec<String>| {
        phrases.sort();
        phrases.dedup();
        let phrase = |phrase: &String| {
            let words = phrase.split(' ').map(|word| {
                let open = word.ends_with('*');
                (word.trim_end_matches('*'), open)
            });
            format!("&{:?}", words.collect::<Vec<_>>())
        };
        let phrases: Vec<String> = phrases.iter().map(phrase).collect();
        format!("&[{}]", phrases.join(", "))
    };
    let kinds: Vec<String> = rules
        .kinds
        .into_iter()
        .map(|(name, words)| format!("({name:?}, {})", group(words)))
        .collect();
    Ok(format!(
        "static RULES_THINKS: &[Phrase] = {};\nstatic RULES_MAKES: &[Phrase] = {};\nstatic RULES_KINDS: &[(&str, &[Phrase])] = &[{}];\n",
        group(rules.thinks),
        group(rules.makes),
        kinds.join(", ")
    ))
}

/// The words every route may use by name, as a JSON object: the patterns of a person may use them too.
fn words(sources: &Sources) -> Result<String, String> {
    let mut words = std::collections::BTreeMap::new();
    for file in &sources.grammar {
        let grammar: patterns::grammar::GrammarFile<'_> =
            serde_json::from_str(&file.text).map_err(|error| error.to_string())?;
        words.extend(
            grammar
                .words
                .into_iter()
                .map(|(name, word)| (name, word.value)),
        );
    }
    serde_json::to_string(&words).map_err(|error| error.to_string())
}

/// Differs where a compiled file of another build may mean something else: by the built-in patterns, by the code that
/// compiles, and by that which reads.
fn fingerprint(patterns: &[u8]) -> Result<u64, String> {
    let mut files = vec![PathBuf::from("Cargo.toml")];
    for folder in ["src/patterns", "src/text", "src/walk"] {
        let entries = fs::read_dir(folder).map_err(|error| format!("{folder}: {error}"))?;
        files.extend(entries.filter_map(|entry| Some(entry.ok()?.path())));
    }
    files.sort();
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut add = |bytes: &[u8]| {
        for byte in bytes {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    add(patterns);
    for file in files.iter().filter(|file| file.is_file()) {
        add(&fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?);
    }
    Ok(hash)
}

/// The weights of signals, as an array of names and numbers.
fn weights() -> Result<String, String> {
    let weights: Vec<(String, f32)> = read_json("patterns/model/weights.json")?;
    Ok(format!("{weights:?}"))
}

/// Which route each class of the model taught from other people's prompts stands for.
fn classes(table: &Compiled) -> Result<String, String> {
    #[derive(serde::Deserialize)]
    struct Provenance {
        classes: Vec<String>,
    }
    let path = "patterns/model/others.json";
    let provenance: Provenance = read_json(path)?;
    let routes = &table.routes;
    let class = |id: &String| match routes.iter().position(|route| route.id == *id) {
        Some(route) => Ok(route),
        None if id == "none" => Ok(routes.len()),
        None => Err(format!(
            "{path}: no route is called `{id}`; teach the model again"
        )),
    };
    let classes: Result<Vec<usize>, String> = provenance.classes.iter().map(class).collect();
    Ok(format!("&{:?}", classes?))
}

fn read_json<T: serde::de::DeserializeOwned>(path: &str) -> Result<T, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
    serde_json::from_str(&text).map_err(|error| format!("{path}: {error}"))
}
