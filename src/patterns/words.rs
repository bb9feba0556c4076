//! The short hands of pattern files: `{name}` for named words, `{..3}` for a gap.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The words a regex may use by name: the route's own, then everybody's.
pub type Words<'a> = BTreeMap<&'a str, &'a str>;

/// What is wrong with a regex.
#[derive(Debug)]
pub struct Problem {
    /// What it is.
    pub what: String,
    /// What to change.
    pub mend: &'static str,
}

/// Longer than this, a regex with its words filled in is refused, in bytes.
const LONGEST: usize = 1 << 18;

/// So many names are filled in for one regex.
const MOST_NAMES: usize = 1 << 14;

/// Replaces `{name}` by the words of that name and `{..3}` by "up to three words".
///
/// # Errors
/// When a name is unknown, names refer to each other in a circle, or the result is too long.
pub fn expand(regex: &str, words: &Words<'_>) -> Result<String, Problem> {
    fill_in(regex, words, 0, &mut 0)
}

fn fill_in(
    regex: &str,
    words: &Words<'_>,
    depth: usize,
    names: &mut usize,
) -> Result<String, Problem> {
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
            *names += 1;
            out.push_str(&fill_in(word, words, depth + 1, names)?);
            out.push(')');
        } else {
            out.push('{');
            out.push_str(inside);
            out.push('}');
        }
        if out.len() > LONGEST || *names > MOST_NAMES {
            return Err(Problem {
                what: "the regex is too large with its words filled in".to_owned(),
                mend: "use fewer or shorter words in it",
            });
        }
    }
    out.push_str(rest);
    Ok(out)
}
