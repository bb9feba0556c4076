//! The project's own labelled prompts, as the model is taught with them.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// Prompts as people imagine them, as many of each route.
const IMAGINED: Share = Share {
    asks: 1.0,
    none: 1.0,
};

/// Prompts in the voice and the proportions of real use: most want no route.
const REAL_VOICE: Share = Share {
    asks: 0.3,
    none: 0.3,
};

/// Prompts in other languages.
const LANGUAGES: Share = Share {
    asks: 0.5,
    none: 1.0,
};

/// How much a prompt counts: one that wants a route, one that wants none.
#[derive(Debug, Clone, Copy)]
struct Share {
    asks: f32,
    none: f32,
}

/// A labelled prompt.
#[derive(Debug, Clone, Deserialize)]
pub struct Utterance {
    /// The prompt.
    pub text: String,
    /// The route it wants, or `none`.
    pub route: String,
    /// Other routes that would be fair.
    #[serde(default)]
    pub ok: Vec<String>,
    /// How much it counts.
    #[serde(skip)]
    pub weight: f32,
    /// Its kind: imagined, voice or languages.
    #[serde(skip)]
    pub set: &'static str,
    /// Whoever writes patterns has not seen it: what patterns are worth can be estimated on it.
    #[serde(skip)]
    pub apart: bool,
}

/// Reads every utterance in `folder`, in an order that is the same on every machine.
///
/// # Errors
/// The file, the line and what is wrong with it.
pub fn read(folder: &Path) -> Result<Vec<Utterance>, String> {
    let mut rows = Vec::new();
    for (name, share) in [
        ("", IMAGINED),
        ("voice", REAL_VOICE),
        ("languages", LANGUAGES),
    ] {
        for file in files(&folder.join(name))? {
            let apart = file.file_stem().is_some_and(|name| name == "apart");
            read_file(
                &file,
                |row| {
                    row.weight = if row.route == "none" {
                        share.none
                    } else {
                        share.asks
                    };
                    row.set = if name.is_empty() { "imagined" } else { name };
                    row.apart = apart;
                },
                &mut rows,
            )?;
        }
    }
    Ok(rows)
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "jsonl"))
        .collect();
    files.sort();
    Ok(files)
}

fn read_file(
    file: &Path,
    mut place: impl FnMut(&mut Utterance),
    rows: &mut Vec<Utterance>,
) -> Result<(), String> {
    let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    for (index, line) in text.lines().enumerate() {
        let mut row: Utterance = serde_json::from_str(line)
            .map_err(|error| format!("{}:{}: {error}", file.display(), index + 1))?;
        place(&mut row);
        rows.push(row);
    }
    Ok(())
}
