//! A file for bug reports: how things stand, without a word of anybody's prompts.
//!
//! Nothing goes in that is not known to be harmless: of the log only lines of known beginnings, of files only names
//! that promptune gives, of findings none that quotes files of the person's.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Serialize;
use serde_json::{Value, json};

use super::desk::Desk;
use super::finding::{Finding, State};
use super::log;
use crate::data;
use crate::settings::Settings;

/// How lines of the log begin, and whether all of such a line is fixed words, numbers and places in the source.
const LOGGED: [(&str, bool); 12] = [
    ("a panic", true),
    ("the event on stdin is not one", true),
    ("stdin could not be read", true),
    ("PROMPTUNE_COOLDOWN is not a number of minutes", true),
    ("the ledger cannot be written", false),
    ("the conversation's hints cannot be noted", false),
    ("the switch of a conversation cannot be noted", false),
    ("the off switch cannot be kept", false),
    ("config.json", false),
    ("adaptive.json", false),
    ("the user layer", false),
    ("the project layer", false),
];

#[derive(Serialize)]
struct Shown {
    check: &'static str,
    state: State,
    said: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    mend: Option<String>,
}

/// Writes the bundle to `file`.
pub(super) fn write(file: &Path, desk: &Desk, findings: &[Finding]) -> Result<(), String> {
    let bundle = json!({
        "promptune": env!("CARGO_PKG_VERSION"),
        "system": format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        "client": desk.client.as_ref().ok().map(|client| client.version.to_string()),
        "findings": findings.iter().map(|it| shown(it, desk)).collect::<Vec<_>>(),
        "settings": settings(desk),
        "files": files(&desk.data),
        "log": logged(desk),
    });
    let mut bytes = serde_json::to_vec_pretty(&bundle).map_err(|error| error.to_string())?;
    bytes.push(b'\n');
    data::replace(file, &bytes).map_err(|error| {
        format!(
            "{}: {error}\n  mend: name a file that can be written",
            file.display()
        )
    })
}

fn shown(finding: &Finding, desk: &Desk) -> Shown {
    let said = if finding.private {
        "(left out)".to_owned()
    } else {
        nameless(&finding.said, desk)
    };
    Shown {
        check: finding.check,
        state: finding.state,
        said,
        mend: finding
            .mend
            .as_ref()
            .filter(|_| !finding.private)
            .map(|mend| nameless(mend, desk)),
    }
}

/// `text` without the names of the person's folders.
fn nameless(text: &str, desk: &Desk) -> String {
    let mut text = text.to_owned();
    let home = std::env::var("HOME").unwrap_or_default();
    for (folder, name) in [
        (desk.data.display().to_string(), "DATA"),
        (desk.project.display().to_string(), "PROJECT"),
        (desk.folder.display().to_string(), "CLIENT"),
        (home, "~"),
    ] {
        if folder.len() > 1 {
            text = text.replace(&folder, name);
        }
    }
    text
}

fn settings(desk: &Desk) -> Value {
    let Settings {
        enabled,
        cooldown,
        ledger,
        receipts,
        adaptive,
        break_even,
        catalog,
    } = Settings::look(&desk.data).0;
    json!({
        "enabled": enabled,
        "cooldownSeconds": cooldown,
        "ledger": ledger,
        "receipts": receipts,
        "adaptive": adaptive,
        "breakEven": break_even,
        "catalog": catalog,
        "dataMoved": std::env::var_os("PROMPTUNE_DATA").is_some(),
        "clientMoved": std::env::var_os("CLAUDE_CONFIG_DIR").is_some(),
    })
}

/// Counts and sizes in bytes of what promptune wrote, by kind.
fn files(data: &Path) -> Value {
    let mut kinds: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    let mut count = |kind: &str, path: &Path| {
        let size = fs::metadata(path).map_or(0, |there| there.len());
        let kind = kinds.entry(kind.to_owned()).or_default();
        *kind = (kind.0 + 1, kind.1 + size);
    };
    for entry in fs::read_dir(data).into_iter().flatten().flatten() {
        let (name, path) = (entry.file_name(), entry.path());
        match name.to_str() {
            Some(folder @ ("conversations" | "index")) => {
                for entry in fs::read_dir(&path).into_iter().flatten().flatten() {
                    count(folder, &entry.path());
                }
            }
            Some(name) if crate::cli::uninstall::is_ours(name) => {
                count(name.split(['-', '.']).next().unwrap_or_default(), &path);
            }
            Some("plugin" | "bin") => {}
            _ => count("not promptune's", &path),
        }
    }
    let kinds = kinds.into_iter();
    kinds
        .map(|(kind, (files, bytes))| (kind, json!({"files": files, "bytes": bytes})))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// The log's last lines, or as much of each as is known to be nobody's words.
fn logged(desk: &Desk) -> Vec<String> {
    const MOST: usize = 50;
    let lines = log::lately(desk);
    let known = |line: &String| {
        let found = LOGGED.iter().find(|(start, _)| line.starts_with(start));
        match found {
            Some((_, true)) if fixed(line) => line.clone(),
            Some((start, _)) => format!("{start} …"),
            None => "…".to_owned(),
        }
    };
    let from = lines.len().saturating_sub(MOST);
    lines[from..].iter().map(known).collect()
}

/// Whether all but numbers and a place in the source is the words that promptune writes.
fn fixed(line: &str) -> bool {
    const WORDS: [&str; 27] = [
        "a",
        "panic",
        "at",
        "the",
        "event",
        "on",
        "stdin",
        "is",
        "not",
        "one",
        "error",
        "line",
        "column",
        "could",
        "be",
        "read",
        "number",
        "of",
        "minutes",
        "Syntax",
        "Eof",
        "Data",
        "Io",
        "PROMPTUNE_COOLDOWN",
        "in",
        "an",
        "it",
    ];
    line.split([' ', ',', '(', ')'])
        .filter(|word| !word.is_empty())
        .all(|word| {
            let place = word.starts_with("src/") && word.contains(".rs:");
            place || word.parse::<u64>().is_ok() || WORDS.contains(&word)
        })
}
