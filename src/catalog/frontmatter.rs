//! Frontmatter, read as leniently as the client does, and where even that fails, for its texts only.
//!
//! The client reads YAML; what is no YAML it reads again with every troublesome value quoted; and if that is none
//! either, the file has no frontmatter to it. Then it refuses an agent, and takes the first line of a skill's body. What
//! the author meant can often be told nevertheless: [`Frontmatter::meant`] has it.

use std::borrow::Cow;

use saphyr_parser::{Event, Parser, ScalarStyle};

/// A value in frontmatter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// Its text.
    pub text: String,
    /// It is text to YAML: not a number, `true` or `false`.
    pub is_text: bool,
}

/// A file's frontmatter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frontmatter<'f> {
    /// The values the client finds, by key. A list or a map has no value, only its key.
    fields: Vec<(String, Option<Value>)>,
    /// There is frontmatter that the client cannot read.
    pub broken: bool,
    /// The text between the fences.
    within: Cow<'f, str>,
    /// What comes after it.
    pub body: &'f str,
}

/// Keys that end the value of the one before, in what is no YAML.
const KEYS: [&str; 30] = [
    "name",
    "description",
    "when_to_use",
    "model",
    "tools",
    "allowed-tools",
    "disallowedTools",
    "color",
    "version",
    "license",
    "metadata",
    "category",
    "tags",
    "author",
    "disable-model-invocation",
    "user-invocable",
    "argument-hint",
    "arguments",
    "context",
    "agent",
    "paths",
    "hooks",
    "skills",
    "memory",
    "background",
    "isolation",
    "maxTurns",
    "effort",
    "permissionMode",
    "mcpServers",
];

impl<'f> Frontmatter<'f> {
    /// Reads the beginning of `file`. Never fails: what has no frontmatter is all body.
    #[must_use]
    pub fn read(file: &'f str) -> Self {
        let file = file.strip_prefix('\u{feff}').unwrap_or(file);
        let Some((within, body)) = fenced(file) else {
            return Self {
                body: file,
                ..Self::default()
            };
        };
        let within = if within.contains('\r') {
            Cow::Owned(within.replace("\r\n", "\n"))
        } else {
            Cow::Borrowed(within)
        };
        let within = if within.contains("\\ud") || within.contains("\\uD") {
            Cow::Owned(paired(&within))
        } else {
            within
        };
        let fields = mapping(&within).or_else(|| mapping(&quoted(&within)));
        Self {
            broken: fields.is_none(),
            fields: fields.unwrap_or_default(),
            within,
            body,
        }
    }

    /// What the client finds at `key`; of several the last. Nothing for an empty value, a list or a map.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<&Value> {
        let mut found = self.fields.iter().rev().filter(|(name, _)| name == key);
        found.next()?.1.as_ref()
    }

    /// Whether there is anything at `key`.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.fields.iter().any(|(name, _)| name == key)
    }

    /// Whether `key` is switched on: `true`, `"true"`, `yes`, `1`.
    #[must_use]
    pub fn on(&self, key: &str) -> bool {
        self.value(key).is_some_and(|value| {
            let text = value.text.trim();
            ["true", "yes", "on", "1"]
                .iter()
                .any(|on| text.eq_ignore_ascii_case(on))
        })
    }

    /// What the author meant at `key`, where the client finds nothing because the frontmatter is no YAML.
    #[must_use]
    pub fn meant(&self, key: &str) -> Option<String> {
        if !self.broken {
            return None;
        }
        let mut lines = self.within.lines();
        let first = lines.find_map(|line| line.strip_prefix(key)?.strip_prefix(':'))?;
        let first = first.trim();
        let block = first.starts_with(['|', '>']) && first.len() <= 3;
        let mut text = if block {
            String::new()
        } else {
            first.to_owned()
        };
        for line in lines.take_while(|line| !begins_field(line)) {
            text.push('\n');
            text.push_str(line.trim());
        }
        let text = text.trim();
        let inner = ['"', '\'']
            .iter()
            .find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote));
        let text = inner.unwrap_or(text);
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// The body's first line with anything in it, without the marks of a heading.
    #[must_use]
    pub fn first_line(&self) -> Option<&'f str> {
        let line = self.body.lines().map(str::trim).find(|it| !it.is_empty())?;
        let plain = line.trim_start_matches('#');
        Some(if plain.starts_with(' ') {
            plain.trim_start()
        } else {
            line
        })
    }
}

/// The frontmatter of `file` and its body. Like the client, it ends at the first `---`, wherever that stands.
fn fenced(file: &str) -> Option<(&str, &str)> {
    let after = file.strip_prefix("---")?;
    let content = after.trim_start();
    // The fence ends its line.
    if !after[..after.len() - content.len()].contains('\n') {
        return None;
    }
    let end = content.find("---")?;
    let body = content[end + 3..].trim_start_matches([' ', '\t', '\r']);
    Some((&content[..end], body.strip_prefix('\n').unwrap_or(body)))
}

/// `yaml` with a sign in the place of each pair of `\ud83d\ude00`, as programs that write JSON leave them. Strictly
/// that is no YAML, but the client reads it.
fn paired(yaml: &str) -> String {
    let half = |text: &str| {
        let digits = text.strip_prefix("\\u")?.get(..4)?;
        u16::from_str_radix(digits, 16).ok()
    };
    let mut out = String::with_capacity(yaml.len());
    let mut rest = yaml;
    while let Some(at) = rest.find("\\u") {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let pair = half(from).zip(from.get(6..).and_then(half));
        let sign = pair.and_then(|(high, low)| char::decode_utf16([high, low]).next()?.ok());
        // Two signs that are no pair decode to the first of them.
        let taken = if let Some(sign) = sign.filter(|sign| *sign > '\u{ffff}') {
            out.push(sign);
            12
        } else {
            out.push_str(&from[..2]);
            2
        };
        rest = &from[taken..];
    }
    out.push_str(rest);
    out
}

fn begins_field(line: &str) -> bool {
    line.split_once(':')
        .is_some_and(|(key, _)| KEYS.contains(&key))
}

/// The fields of the mapping that `yaml` is, or nothing where it is none.
fn mapping(yaml: &str) -> Option<Vec<(String, Option<Value>)>> {
    let mut fields = Vec::new();
    let mut depth = 0_usize;
    let mut key: Option<String> = None;
    let mut begun = false;
    for event in Parser::new_from_str(yaml) {
        let value = match event.ok()?.0 {
            Event::MappingStart(..) if !begun => {
                begun = true;
                depth = 1;
                continue;
            }
            Event::Scalar(text, style, ..) if depth == 1 => {
                Some((style != ScalarStyle::Plain, text))
            }
            // A single text, a list: no fields.
            Event::Scalar(..) | Event::SequenceStart(..) | Event::Alias(_) if !begun => {
                return Some(Vec::new());
            }
            Event::MappingStart(..) | Event::SequenceStart(..) => {
                depth += 1;
                if depth > 2 {
                    continue;
                }
                None
            }
            Event::MappingEnd | Event::SequenceEnd => {
                depth = depth.saturating_sub(1);
                continue;
            }
            Event::Alias(_) if depth == 1 => None,
            Event::DocumentEnd => break,
            _ => continue,
        };
        match (key.take(), value) {
            (None, Some((_, text))) => key = Some(text.into_owned()),
            // A list or a map as a key.
            (None, None) => key = Some(String::new()),
            (Some(key), value) => fields.push((key, value.and_then(|(q, text)| scalar(q, &text)))),
        }
    }
    Some(fields)
}

/// A value as YAML resolves it; nothing for null.
fn scalar(is_quoted: bool, text: &str) -> Option<Value> {
    let is_null = matches!(text, "" | "~" | "null" | "Null" | "NULL");
    if is_null && (!is_quoted || text.is_empty()) {
        return None;
    }
    let is_other = matches!(text, "true" | "True" | "TRUE" | "false" | "False" | "FALSE")
        || text.parse::<f64>().is_ok();
    Some(Value {
        text: text.to_owned(),
        is_text: is_quoted || !is_other,
    })
}

/// `yaml` with every value in quotes that YAML might take for something else than text.
fn quoted(yaml: &str) -> String {
    let mut out = String::with_capacity(yaml.len() + 64);
    for line in yaml.lines() {
        match troublesome(line) {
            Some((key, value)) => {
                out.push_str(key);
                out.push_str(": \"");
                out.push_str(&value.replace('\\', "\\\\").replace('"', "\\\""));
                out.push('"');
            }
            None => out.push_str(line),
        }
        out.push('\n');
    }
    out
}

/// The key and the value of a line whose value is in no quotes and has a sign that means something in YAML.
fn troublesome(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.split_once(':')?;
    let is_key = |letter: char| letter.is_ascii_alphabetic() || matches!(letter, '_' | '-');
    if key.is_empty() || !key.chars().all(is_key) || !value.starts_with(char::is_whitespace) {
        return None;
    }
    let value = value.trim();
    let inside = |quote| value.len() > 1 && value.starts_with(quote) && value.ends_with(quote);
    let signs = [
        '{', '}', '[', ']', '*', '&', '#', '!', '|', '>', '%', '@', '`',
    ];
    let trouble = value.contains(signs) || value.contains(": ");
    (trouble && !inside('"') && !inside('\'')).then_some((key, value))
}

#[cfg(test)]
#[path = "frontmatter_tests.rs"]
mod tests;
