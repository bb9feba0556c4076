//! What is wrong with a pattern file, where, and how to mend it.

use std::fmt;
use std::path::{Path, PathBuf};

/// One fault in one file. Lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The file as the person named it.
    pub file: PathBuf,
    /// Line of the fault.
    pub line: usize,
    /// Column of the fault.
    pub column: usize,
    /// What is wrong.
    pub problem: String,
    /// What to change.
    pub mend: String,
}

impl Diagnostic {
    /// A fault at byte `offset` of `source`.
    #[must_use]
    pub fn at(
        file: &Path,
        source: &str,
        offset: usize,
        problem: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        let before = source.get(..offset).unwrap_or(source);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            file: file.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            problem: problem.into(),
            mend: mend.into(),
        }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{}:{}:{}: {}\n  mend: {}",
            self.file.display(),
            self.line,
            self.column,
            self.problem,
            self.mend
        )
    }
}

impl std::error::Error for Diagnostic {}
