//! Reading pattern files from a folder.

use std::fs;
use std::path::{Path, PathBuf};

use super::diagnostic::Diagnostic;

/// The text of one file, before it is parsed.
#[derive(Debug)]
pub struct SourceFile {
    /// Where it was read from.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
}

/// The files of a patterns folder: routes directly in it, the grammar of requests in `grammar/`.
#[derive(Debug)]
pub struct Sources {
    /// One file a route, in order of name.
    pub routes: Vec<SourceFile>,
    /// How requests are phrased, one file a language, in order of name.
    pub grammar: Vec<SourceFile>,
}

impl Sources {
    /// Reads every `*.json` of `folder` except `schema.json`, and of `folder/grammar` where it exists.
    ///
    /// # Errors
    /// When the folder or a file cannot be read, or a file is not UTF-8.
    pub fn read(folder: &Path) -> Result<Self, Diagnostic> {
        let grammar = folder.join("grammar");
        Ok(Self {
            routes: read_folder(folder)?,
            grammar: if grammar.is_dir() {
                read_folder(&grammar)?
            } else {
                Vec::new()
            },
        })
    }
}

/// Reads one file.
///
/// # Errors
/// When it cannot be read or is not UTF-8.
pub fn read_file(path: &Path) -> Result<SourceFile, Diagnostic> {
    let bytes = fs::read(path).map_err(|error| unreadable(path, &error))?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(SourceFile {
            path: path.to_owned(),
            text,
        }),
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let text = String::from_utf8_lossy(error.as_bytes());
            Err(Diagnostic::at(
                path,
                &text,
                valid,
                "this byte is not UTF-8",
                "save the file as UTF-8",
            ))
        }
    }
}

fn read_folder(folder: &Path) -> Result<Vec<SourceFile>, Diagnostic> {
    let entries = fs::read_dir(folder).map_err(|error| unreadable(folder, &error))?;
    let mut paths: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .filter(|path| path.file_name().is_some_and(|name| name != "schema.json"))
        .collect();
    paths.sort();
    paths.iter().map(|path| read_file(path)).collect()
}

fn unreadable(path: &Path, error: &std::io::Error) -> Diagnostic {
    Diagnostic::at(
        path,
        "",
        0,
        format!("cannot be read: {error}"),
        "check the path and its permissions",
    )
}
