//! JavaScript regexes over raw prompts, as regexes over normalised text.
//!
//! A match begins at a word here, where a JavaScript one may begin inside one; case does not matter in either.

use regex_automata::util::syntax;
use regex_syntax::hir::{Class, ClassBytes, ClassBytesRange, Hir, HirKind, Look, Repetition};

use crate::patterns::compiled::{AT_START, AT_WORD};
use crate::patterns::words::Problem;

/// Longer regexes are refused, in bytes.
pub(super) const LONGEST_REGEX: usize = 4000;

/// The regex for our matcher, and where it may begin (`AT_…`).
///
/// # Errors
/// What cannot be said in ours.
pub(super) fn translate(regex: &str) -> Result<(String, u8), Problem> {
    let refused = |what: String| Problem {
        what,
        mend: "it is passed over; write it without lookarounds and back-references, or as keywords",
    };
    if regex.len() > LONGEST_REGEX {
        return Err(refused(format!(
            "the regex is longer than {LONGEST_REGEX} bytes"
        )));
    }
    let syntax = syntax::Config::new().unicode(false).utf8(false);
    let parsed = syntax::parse_with(regex, &syntax).map_err(|error| {
        let text = error.to_string();
        let last = text.lines().last().unwrap_or_default();
        refused(format!(
            "the regex cannot be read: {}",
            last.trim_start_matches("error: ")
        ))
    })?;
    let plain = plain(&parsed).map_err(|what| refused(what.to_owned()))?;
    let mut parts = match plain.into_kind() {
        HirKind::Concat(parts) => parts,
        other => vec![rebuilt(other)],
    };
    let mut at = AT_WORD;
    while let Some(first) = parts.first() {
        if is_look(first, Look::Start) {
            at = AT_START;
        } else if !(is_boundary(first) || is_idle(first)) {
            break;
        }
        parts.remove(0);
    }
    let mut ends_word = false;
    while let Some(last) = parts.last() {
        if is_boundary(last) {
            ends_word = true;
        } else if is_idle(last) {
            ends_word = false;
        } else {
            break;
        }
        parts.pop();
    }
    let core = Hir::concat(bounded(parts)).to_string();
    let rest = if ends_word { "" } else { "[^ ]*" };
    Ok((format!("(?:{core}){rest}"), at))
}

/// The same in lower case, without captures, and without the marks that normalised text does not have.
fn plain(hir: &Hir) -> Result<Hir, &'static str> {
    Ok(match hir.kind() {
        HirKind::Empty => Hir::empty(),
        HirKind::Literal(literal) => {
            let kept = literal.0.iter().filter(|byte| !b"?!,;".contains(byte));
            let lower: Vec<u8> = kept.map(u8::to_ascii_lowercase).collect();
            Hir::literal(lower)
        }
        HirKind::Class(Class::Bytes(class)) => Hir::class(Class::Bytes(lower(class))),
        HirKind::Class(Class::Unicode(_)) => {
            return Err("letters beyond ASCII in [ ] are not understood");
        }
        HirKind::Look(look) => match look {
            Look::Start | Look::End | Look::WordAscii => hir.clone(),
            Look::StartLF | Look::StartCRLF => Hir::look(Look::Start),
            Look::EndLF | Look::EndCRLF => Hir::look(Look::End),
            Look::WordUnicode | Look::WordStartAscii | Look::WordEndAscii => {
                Hir::look(Look::WordAscii)
            }
            _ => return Err("this kind of boundary is not understood"),
        },
        HirKind::Repetition(repetition) => Hir::repetition(Repetition {
            sub: Box::new(plain(&repetition.sub)?),
            ..repetition.clone()
        }),
        HirKind::Capture(capture) => plain(&capture.sub)?,
        HirKind::Concat(parts) => {
            let parts: Result<Vec<Hir>, _> = parts.iter().map(plain).collect();
            Hir::concat(parts?)
        }
        HirKind::Alternation(branches) => {
            let branches: Result<Vec<Hir>, _> = branches.iter().map(plain).collect();
            // Boundaries inside a choice are let go: what stands around it begins and ends words anyway.
            let branches = branches?
                .into_iter()
                .map(|branch| without_boundaries(&branch));
            Hir::alternation(branches.collect())
        }
    })
}

fn without_boundaries(hir: &Hir) -> Hir {
    match hir.kind() {
        HirKind::Look(Look::WordAscii) => Hir::empty(),
        HirKind::Concat(parts) => Hir::concat(bounded(parts.clone())),
        _ => hir.clone(),
    }
}

fn lower(class: &ClassBytes) -> ClassBytes {
    let mut lower = class.clone();
    let capitals = ClassBytes::new([ClassBytesRange::new(b'A', b'Z')]);
    let mut found = class.clone();
    found.intersect(&capitals);
    for range in found.iter() {
        let (from, to) = (range.start(), range.end());
        lower.push(ClassBytesRange::new(
            from.to_ascii_lowercase(),
            to.to_ascii_lowercase(),
        ));
    }
    lower
}

/// Word boundaries between parts, said by what must stand there: our matcher has none.
fn bounded(parts: Vec<Hir>) -> Vec<Hir> {
    let mut out: Vec<Hir> = Vec::with_capacity(parts.len());
    let mut after_boundary = false;
    for part in parts {
        if is_boundary(&part) {
            // A gap before it ends with something that is no letter.
            if out.last().is_some_and(is_gap) {
                out.push(no_letter());
                after_boundary = false;
            } else {
                after_boundary = true;
            }
            continue;
        }
        if after_boundary && is_gap(&part) {
            out.push(no_letter());
        }
        after_boundary = false;
        out.push(part);
    }
    out
}

/// Any byte that is not of a word.
fn no_letter() -> Hir {
    let mut class = ClassBytes::new([
        ClassBytesRange::new(b'0', b'9'),
        ClassBytesRange::new(b'_', b'_'),
        ClassBytesRange::new(b'a', b'z'),
    ]);
    class.negate();
    Hir::class(Class::Bytes(class))
}

fn is_look(hir: &Hir, look: Look) -> bool {
    matches!(hir.kind(), HirKind::Look(other) if *other == look)
}

fn is_boundary(hir: &Hir) -> bool {
    is_look(hir, Look::WordAscii)
}

/// A repetition of something that a space is too.
fn is_gap(hir: &Hir) -> bool {
    let HirKind::Repetition(repetition) = hir.kind() else {
        return false;
    };
    let HirKind::Class(Class::Bytes(class)) = repetition.sub.kind() else {
        return false;
    };
    class
        .iter()
        .any(|range| range.start() <= b' ' && b' ' <= range.end())
}

/// What need not be there and can be anything: at either end it says nothing.
fn is_idle(hir: &Hir) -> bool {
    is_gap(hir) && matches!(hir.kind(), HirKind::Repetition(repetition) if repetition.min == 0)
}

fn rebuilt(kind: HirKind) -> Hir {
    match kind {
        HirKind::Empty => Hir::empty(),
        HirKind::Literal(literal) => Hir::literal(literal.0),
        HirKind::Class(class) => Hir::class(class),
        HirKind::Look(look) => Hir::look(look),
        HirKind::Repetition(repetition) => Hir::repetition(repetition),
        HirKind::Capture(capture) => Hir::capture(capture),
        HirKind::Concat(parts) => Hir::concat(parts),
        HirKind::Alternation(branches) => Hir::alternation(branches),
    }
}

#[cfg(test)]
mod tests {
    use super::translate;
    use crate::patterns::compiled::{AT_START, AT_WORD};

    /// As the matcher sees it: from a word on, and ending with one.
    fn meets(pattern: &str, text: &str) -> bool {
        let (regex, at) = translate(pattern).expect("understood");
        let regex = regex::bytes::RegexBuilder::new(&format!("^(?:(?:{regex})(?: |$))"))
            .unicode(false)
            .build()
            .expect("sound");
        let starts = text.match_indices(' ').map(|(at, _)| at + 1);
        std::iter::once(0)
            .chain(starts.filter(|_| at == AT_WORD))
            .any(|from| regex.is_match(&text.as_bytes()[from..]))
    }

    #[test]
    fn patterns_of_real_files_mean_what_they_meant() {
        let create = "(create|add|implement|build).*?(route|endpoint|controller)";
        assert!(meets(create, "please add a new endpoint"));
        assert!(meets(create, "create routes for me"));
        assert!(!meets(create, "the endpoint we build"));
        assert!(meets("How (do|does).*WORK\\?", "so how does it work"));
        assert!(meets("\\bapi\\b.*\\btest\\b", "the api needs a test now"));
        assert!(!meets("\\bapi\\b.*\\btest\\b", "the api needs a latest"));
        assert!(!meets("\\bapi\\b", "the apis"));
        assert!(meets("api", "the apis"));
        assert!(meets(".*prisma.*", "why does prisma fail"));
        assert!(meets("[A-C]xd.*", "bxdz"));
        assert_eq!(translate("^deploy").expect("understood").1, AT_START);
    }

    #[test]
    fn what_cannot_be_said_is_refused() {
        for pattern in ["(?!x)y", "(a)\\1", "(", "a\\B", "[é]"] {
            assert!(translate(pattern).is_err(), "{pattern}");
        }
    }
}
