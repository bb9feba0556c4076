//! Reading pattern files and checking what the form alone does not say.

use super::diagnostic::Diagnostic;
use super::format::{RouteFile, Text};
use super::source::SourceFile;

/// Parses every file. Those that do not parse become faults.
pub(super) fn parse_all<'a, T: serde::Deserialize<'a>>(
    files: &'a [SourceFile],
    faults: &mut Vec<Diagnostic>,
) -> Vec<(&'a SourceFile, T)> {
    let mut parsed = Vec::new();
    for file in files {
        match serde_json::from_str(&file.text) {
            Ok(value) => parsed.push((file, value)),
            Err(error) => faults.push(json_fault(file, &error)),
        }
    }
    parsed
}

/// A file that is no JSON, or not of the form wanted.
#[must_use]
pub fn json_fault(file: &SourceFile, error: &serde_json::Error) -> Diagnostic {
    let message = error.to_string();
    // serde_json appends its own " at line L column C"; the diagnostic carries the place already.
    let problem = message.split(" at line ").next().unwrap_or(&message);
    let mend = if error.is_data() {
        "see patterns/schema.json for the fields and their types"
    } else {
        "correct the JSON here: a quote, comma or bracket is missing or too many"
    };
    Diagnostic {
        file: file.path.clone(),
        line: error.line().max(1),
        column: error.column().max(1),
        problem: problem.to_owned(),
        mend: mend.to_owned(),
    }
}

/// Checks names, model, examples and numbers of a route.
pub(super) fn check_route(file: &SourceFile, route: &RouteFile<'_>, faults: &mut Vec<Diagnostic>) {
    let mut fault = |text: &Text<'_>, problem: &str, mend: &str| {
        let offset = text.offset(&file.text);
        faults.push(Diagnostic::at(
            &file.path, &file.text, offset, problem, mend,
        ));
    };
    let stem = file.path.file_stem().and_then(|stem| stem.to_str());
    if stem != Some(route.route.value.as_str()) {
        fault(
            &route.route,
            "the route's ID differs from the file's name",
            "name the file <route>.json, or correct the ID",
        );
    }
    for name in [&route.route, &route.target.name] {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if name.value.is_empty() || !name.value.bytes().all(plain) {
            fault(
                name,
                "the client takes names of lower-case letters, digits and hyphens only",
                "rename it, for example `my-route`",
            );
        }
    }
    if !["haiku", "sonnet", "opus", "inherit"].contains(&route.target.model.value.as_str()) {
        fault(
            &route.target.model,
            "this is not a model the client knows by name",
            "write haiku, sonnet, opus or inherit",
        );
    }
    if route.examples.is_empty() {
        fault(
            &route.route,
            "the route has no examples",
            "add prompts that must take it: they are its tests",
        );
    }
    let numbers = std::iter::once(route.threshold)
        .chain(route.keywords.iter().map(|group| group.weight))
        .chain(route.patterns.iter().map(|pattern| pattern.weight));
    if numbers
        .into_iter()
        .any(|number| !(0.0..=1.0).contains(&number))
    {
        fault(
            &route.route,
            "a weight or threshold of this route is not between 0 and 1",
            "write it as a share, for example 0.9",
        );
    }
}
