//! A better description of an entry, from nothing but its own text.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use super::words::{has_words, says_when};
use crate::catalog::Entry;
use crate::catalog::frontmatter::Frontmatter;
use crate::plain::one_line;

/// So much of a file is read, in bytes.
const LONGEST_FILE: u64 = 256 << 10;

/// The suggestion is no longer than this, in characters: it costs tokens in every session.
const LONGEST: usize = 600;

/// What is shorter says so little that subjects are named, in characters.
const SHORT: usize = 160;

/// So many points of a list are taken.
const MOST_POINTS: usize = 5;

/// So many subjects are named.
const MOST_SUBJECTS: usize = 5;

/// Headings above a list of occasions.
const OCCASIONS: [&str; 7] = [
    "when to use",
    "when to invoke",
    "when should",
    "use when",
    "use this",
    "use cases",
    "triggers",
];

/// Headings that name no subject.
const NO_SUBJECTS: [&str; 40] = [
    "overview",
    "introduction",
    "instructions",
    "usage",
    "example",
    "when",
    "workflow",
    "step",
    "note",
    "output",
    "input",
    "reference",
    "resource",
    "quick",
    "process",
    "important",
    "guideline",
    "best practices",
    "role",
    "purpose",
    "tool",
    "summary",
    "how",
    "checklist",
    "never",
    "always",
    "other",
    "rule",
    "report",
    "before",
    "after",
    "do not",
    "don",
    "requirement",
    "approach",
    "responsibilities",
    "task",
    "format",
    "your",
    "the",
];

/// What is suggested for an entry.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Suggestion {
    /// The description; `None` where there is nothing to better.
    pub(super) text: Option<String>,
    /// It says when to use the entry.
    pub(super) has_when: bool,
}

/// A suggestion for `entry`, from its file.
///
/// # Errors
/// When the file cannot be read.
pub(super) fn suggest(entry: &Entry) -> Result<Suggestion, String> {
    let file = read(&entry.file).map_err(|error| format!("{}: {error}", entry.file.display()))?;
    Ok(from(entry, Frontmatter::read(&file).body))
}

fn read(path: &Path) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?
        .take(LONGEST_FILE)
        .read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn from(entry: &Entry, body: &str) -> Suggestion {
    let said = match &entry.when_to_use {
        Some(when) => format!("{} {when}", entry.description),
        None => entry.description.clone(),
    };
    let sentences = sentences(&said);
    let (what, when): (Vec<&String>, Vec<&String>) =
        sentences.iter().partition(|it| !says_when(it));
    if !what.is_empty() && !when.is_empty() && said.chars().count() <= LONGEST {
        return Suggestion {
            text: None,
            has_when: true,
        };
    }
    // A short description stays whole; of a long one the first sentence tells most.
    let what = match what.first() {
        Some(_) if when.is_empty() && said.chars().count() <= LONGEST => Some(said.clone()),
        Some(first) => Some((*first).clone()),
        None => paragraph(body),
    };
    let when = occasions(body)
        .or_else(|| when.first().map(|it| (*it).clone()))
        .or_else(|| prose(body).find(|it| announces(it)));
    let mut text = what.map_or_else(String::new, |what| sentence(&what));
    if let Some(when) = &when {
        text.push(' ');
        text.push_str(&sentence(when));
    }
    let subjects = subjects(body, &text);
    if text.chars().count() < SHORT && !subjects.is_empty() {
        text.push_str(" Covers ");
        text.push_str(&subjects.join(", "));
        text.push('.');
    }
    let text = one_line(&text, LONGEST);
    Suggestion {
        text: (text != said).then_some(text),
        has_when: when.is_some(),
    }
}

/// Whether a sentence of the body is about when to call the entry, and not about its work.
fn announces(sentence: &str) -> bool {
    let sentence = sentence.to_lowercase();
    let cues = [
        "use this",
        "use it when",
        "use when",
        "invoke",
        "when the user",
        "when you need",
        "trigger",
    ];
    cues.iter().any(|cue| has_words(&sentence, cue))
}

/// The points of a list under a heading that announces occasions: `Use when A; B; C`.
fn occasions(body: &str) -> Option<String> {
    let mut lines = lines(body);
    lines.find(|line| {
        let line = line.to_lowercase();
        let head = line.starts_with('#') || line.ends_with(':') || line.starts_with("**");
        head && OCCASIONS.iter().any(|it| has_words(&line, it))
    })?;
    let mut points = Vec::new();
    for line in lines {
        match point(line) {
            Some(point) if points.len() < MOST_POINTS => points.push(point),
            None if line.starts_with('#') || !points.is_empty() => break,
            // A paragraph says it in a sentence.
            None if says_when(line) => return Some(first_sentence(&plain(line))),
            _ => {}
        }
    }
    if points.is_empty() {
        return None;
    }
    let lead = if says_when(&points[0]) {
        ""
    } else {
        "Use for: "
    };
    Some(format!("{lead}{}", points.join("; ")))
}

/// The words of a list's point, without its end and its marks.
fn point(line: &str) -> Option<String> {
    let rest = line.strip_prefix(['-', '*', '+', '•']).or_else(|| {
        let rest = line.trim_start_matches(|letter: char| letter.is_ascii_digit());
        (rest.len() < line.len())
            .then(|| rest.strip_prefix(['.', ')']))
            .flatten()
    })?;
    let text = plain(rest.strip_prefix(char::is_whitespace)?);
    let text = text.trim_matches(['.', ';', ',', ' ']).to_owned();
    (!text.is_empty()).then_some(text)
}

/// The body's lines, without blocks of code.
fn lines(body: &str) -> impl Iterator<Item = &str> {
    let mut code = false;
    body.lines().map(str::trim).filter(move |line| {
        if line.starts_with("```") || line.starts_with("~~~") {
            code = !code;
            return false;
        }
        !code && !line.is_empty()
    })
}

/// Lines that are neither headings nor points nor tables.
fn prose(body: &str) -> impl Iterator<Item = String> {
    lines(body)
        .filter(|line| !line.starts_with(['#', '|', '<', '>', '!']) && point(line).is_none())
        .flat_map(|line| sentences(&plain(line)))
}

/// The first sentence of the body that says what it is about.
fn paragraph(body: &str) -> Option<String> {
    prose(body).find(|sentence| sentence.split(' ').count() > 3 && !says_when(sentence))
}

/// What the headings name that `said` does not.
fn subjects(body: &str, said: &str) -> Vec<String> {
    let said = said.to_lowercase();
    let mut subjects: Vec<String> = Vec::new();
    for line in lines(body).filter(|line| line.starts_with("##")) {
        let title = plain(line.trim_start_matches('#'));
        let title = title
            .trim_start_matches(|it: char| it.is_ascii_digit() || matches!(it, '.' | ')' | ' '));
        let title = title.trim_end_matches([':', '.', ' ']);
        let lower = title.to_lowercase();
        let words = title.split(' ').count();
        let is_new =
            !said.contains(&lower) && !subjects.iter().any(|it| it.to_lowercase() == lower);
        let is_subject = title.chars().any(char::is_alphabetic) && words <= 4;
        if is_subject
            && is_new
            && !NO_SUBJECTS.iter().any(|it| has_words(&lower, it))
            && subjects.len() < MOST_SUBJECTS
        {
            subjects.push(title.to_owned());
        }
    }
    subjects
}

/// Without the marks of Markdown.
fn plain(text: &str) -> String {
    one_line(&text.replace(['*', '`'], ""), LONGEST)
}

fn sentences(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(". ").or_else(|| rest.find("! ")) {
        all.push(rest[..=at].trim().to_owned());
        rest = &rest[at + 2..];
    }
    all.push(rest.trim().to_owned());
    all.retain(|sentence| !sentence.is_empty());
    all
}

fn first_sentence(text: &str) -> String {
    sentences(text).into_iter().next().unwrap_or_default()
}

fn sentence(text: &str) -> String {
    let text = text.trim();
    let ends = text.ends_with(['.', '!', '?', '…']);
    let mut letters = text.chars();
    let mut sentence: String = letters
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .chain(letters)
        .collect();
    if !ends && !sentence.is_empty() {
        sentence.push('.');
    }
    sentence
}

#[cfg(test)]
#[path = "suggest_tests.rs"]
mod tests;
