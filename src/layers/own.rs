//! What a file of a layer says, whatever format it is written in.

use std::collections::BTreeMap;

use crate::patterns::diagnostic::Diagnostic;
use crate::patterns::source::SourceFile;

/// One route as a file has it. `None` leaves to the layer below what it says.
#[derive(Debug, Default)]
pub(super) struct OwnRoute {
    pub(super) id: String,
    /// Index into the layer's sources.
    pub(super) file: u32,
    /// Where in the file it stands, in bytes.
    pub(super) offset: usize,
    pub(super) off: Option<bool>,
    /// As the client takes it: `deployer`, `my-plugin:deployer`.
    pub(super) name: Option<String>,
    pub(super) agent: Option<bool>,
    pub(super) model: Option<String>,
    pub(super) plans: Option<bool>,
    pub(super) does: Option<String>,
    pub(super) stay: Option<String>,
    pub(super) threshold: Option<f32>,
    /// Named pieces of regex.
    pub(super) words: BTreeMap<String, String>,
    pub(super) rules: Vec<Rule>,
    pub(super) phrases: Vec<Phrase>,
    /// A faulty rule is left out by itself, and does not take the route with it.
    pub(super) lenient: bool,
}

/// A regex for or against the route.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) regex: String,
    /// `AT_…`.
    pub(super) at: u8,
    /// `FOR` or `AGAINST_…`.
    pub(super) meaning: u8,
    pub(super) weight: f32,
    pub(super) offset: usize,
}

/// A phrase for the route, as written.
#[derive(Debug)]
pub(super) struct Phrase {
    pub(super) text: String,
    pub(super) weight: f32,
    pub(super) offset: usize,
}

/// Collects the faults of one file.
pub(super) struct Faults<'f> {
    pub(super) file: &'f SourceFile,
    pub(super) found: Vec<Diagnostic>,
}

impl<'f> Faults<'f> {
    pub(super) fn new(file: &'f SourceFile) -> Self {
        Self {
            file,
            found: Vec::new(),
        }
    }

    /// Notes a fault at byte `offset`.
    pub(super) fn add(
        &mut self,
        offset: usize,
        problem: impl Into<String>,
        mend: impl Into<String>,
    ) {
        let file = self.file;
        self.found.push(Diagnostic::at(
            &file.path, &file.text, offset, problem, mend,
        ));
    }
}
