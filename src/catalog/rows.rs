//! Entries from a file of JSON lines, `{"kind", "name", "description", "model"}` one a line: a catalogue without an
//! installation, to try and to measure on.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{Entry, Kind, LONGEST_DESCRIPTION, LONGEST_NAME, Scope, said};

#[derive(Deserialize)]
struct Row {
    kind: Kind,
    name: String,
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    when_to_use: Option<String>,
    #[serde(default)]
    model: Option<String>,
}

/// Reads the entries of `file`. Their texts are cleaned as those of installed ones are.
///
/// # Errors
/// File, line and mend, as one text.
pub fn read(file: &Path) -> Result<Vec<Entry>, String> {
    let text = std::fs::read_to_string(file).map_err(|error| {
        let file = file.display();
        format!("{file}: {error}\n  mend: check the path; the file must be UTF-8")
    })?;
    let lines = text.lines().enumerate();
    let lines = lines.filter(|(_, line)| !line.trim().is_empty());
    let entry = |(index, line): (usize, &str)| -> Result<Entry, String> {
        let place = format!("{}:{}", file.display(), index + 1);
        let row: Row = serde_json::from_str(line).map_err(|error| {
            format!(
                "{place}:{}: {error}\n  mend: write {{\"kind\":\"skill\",\"name\":…,\"description\":…,\"model\":…}} on one line; a kind is skill, agent or command",
                error.column()
            )
        })?;
        let name = said::one_line(&row.name, LONGEST_NAME);
        if name.is_empty() {
            return Err(format!(
                "{place}: the entry has no name\n  mend: give it one"
            ));
        }
        let longer =
            |text: Option<String>| text.map(|text| said::one_line(&text, LONGEST_DESCRIPTION));
        let short = |text: Option<String>| text.map(|text| said::one_line(&text, LONGEST_NAME));
        Ok(Entry {
            kind: row.kind,
            id: short(row.id).unwrap_or_else(|| name.clone()),
            name,
            description: longer(row.description).unwrap_or_default(),
            when_to_use: longer(row.when_to_use).filter(|text| !text.is_empty()),
            model: short(row.model).filter(|text| !text.is_empty()),
            scope: Scope::User,
            file: PathBuf::from(file),
            plugin: None,
        })
    };
    lines.map(entry).collect()
}
