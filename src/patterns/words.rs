//! The short hands of pattern files: `{name}` for named words, `{..3}` for a gap.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The words a regex may use by name: the route's own, then everybody's.
pub(super) type Words<'a> = BTreeMap<&'a str, &'a str>;

/// What is wrong with a regex.
pub(super) struct Problem {
    pub(super) what: String,
    pub(super) mend: &'static str,
}

/// Replaces `{name}` by the words of that name and `{..3}` by "up to three words".
pub(super) fn expand(regex: &str, words: &Words<'_>, depth: usize) -> Result<String, Problem> {
    if depth > 8 {
        return Err(Problem {
            what: "the words used here refer to each other in a circle".to_owned(),
            mend: "break the circle",
        });
    }
    let mut out = String::new();
    let mut rest = regex;
    while let Some(open) = rest.find('{') {
        let Some(length) = rest[open..].find('}') else {
            break;
        };
        let inside = &rest[open + 1..open + length];
        out.push_str(&rest[..open]);
        rest = &rest[open + length + 1..];
        if let Some(most) = inside.strip_prefix("..") {
            let most: u8 = most.parse().map_err(|_| Problem {
                what: format!("`{{{inside}}}` is not a gap"),
                mend: "a gap is written {..3}: up to three words",
            })?;
            let _ = write!(out, "(?:[^ ]+ ){{0,{most}}}");
        } else if inside.starts_with(|first: char| first.is_ascii_alphabetic()) {
            let word = words.get(inside).ok_or_else(|| Problem {
                what: format!("no words are called `{inside}`"),
                mend: "define them under \"words\", or correct the name",
            })?;
            out.push_str("(?:");
            out.push_str(&expand(word, words, depth + 1)?);
            out.push(')');
        } else {
            out.push('{');
            out.push_str(inside);
            out.push('}');
        }
    }
    out.push_str(rest);
    Ok(out)
}
