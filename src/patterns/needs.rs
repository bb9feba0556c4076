//! Which pieces of text every match of a regex contains: most patterns need not be tried on most prompts.

use regex_automata::util::syntax;
use regex_syntax::hir::{Class, Hir, HirKind};

/// A piece shorter than this stands in too many prompts to tell anything, in bytes.
pub const SHORTEST: usize = 3;

/// More alternatives than this are not listed.
const MOST: usize = 256;

/// Alternative pieces of text.
pub type Pieces = Vec<Vec<u8>>;

/// Sets of pieces: every match of `regex` contains at least one piece of each set. The most telling set first; none
/// where nothing helps.
#[must_use]
pub fn needs(regex: &str) -> Vec<Pieces> {
    let syntax = syntax::Config::new().unicode(false).utf8(false);
    let Ok(parsed) = syntax::parse_with(regex, &syntax) else {
        return Vec::new();
    };
    let mut sets = sets(&parsed);
    sets.sort_by_key(rank);
    sets.dedup();
    sets
}

/// All strings a regex matches, where they are few.
fn exact(hir: &Hir) -> Option<Vec<Vec<u8>>> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Some(vec![Vec::new()]),
        HirKind::Literal(literal) => Some(vec![literal.0.to_vec()]),
        HirKind::Class(Class::Bytes(class)) => {
            let bytes = class.iter().flat_map(|range| range.start()..=range.end());
            let strings: Vec<Vec<u8>> = bytes.take(9).map(|byte| vec![byte]).collect();
            (strings.len() <= 8).then_some(strings)
        }
        HirKind::Class(Class::Unicode(_)) => None,
        HirKind::Repetition(repetition) => {
            let max = repetition.max.filter(|max| *max <= 2)?;
            let once = exact(&repetition.sub)?;
            let mut all = Vec::new();
            for times in repetition.min..=max {
                let mut strings = vec![Vec::new()];
                for _ in 0..times {
                    strings = product(&strings, &once)?;
                }
                all.extend(strings);
            }
            (all.len() <= MOST).then_some(all)
        }
        HirKind::Capture(capture) => exact(&capture.sub),
        HirKind::Concat(parts) => {
            let mut strings = vec![Vec::new()];
            for part in parts {
                strings = product(&strings, &exact(part)?)?;
            }
            Some(strings)
        }
        HirKind::Alternation(branches) => {
            let mut all = Vec::new();
            for branch in branches {
                all.extend(exact(branch)?);
            }
            (all.len() <= MOST).then_some(all)
        }
    }
}

fn product(heads: &[Vec<u8>], tails: &[Vec<u8>]) -> Option<Vec<Vec<u8>>> {
    (heads.len() * tails.len() <= MOST).then(|| {
        heads
            .iter()
            .flat_map(|head| {
                tails
                    .iter()
                    .map(move |tail| [&head[..], &tail[..]].concat())
            })
            .collect()
    })
}

fn sets(hir: &Hir) -> Vec<Pieces> {
    if let Some(strings) = exact(hir).filter(|strings| useful(strings)) {
        return vec![strings];
    }
    match hir.kind() {
        HirKind::Capture(capture) => sets(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => sets(&repetition.sub),
        HirKind::Alternation(branches) => {
            let best = |branch| sets(branch).into_iter().min_by_key(rank);
            let joined: Option<Vec<Pieces>> = branches.iter().map(best).collect();
            let joined = joined.map(|sets| sets.concat());
            joined
                .filter(|set| set.len() <= 4 * MOST)
                .into_iter()
                .collect()
        }
        HirKind::Concat(parts) => concat(parts),
        _ => Vec::new(),
    }
}

/// What the parts need, runs of parts with few strings taken together.
fn concat(parts: &[Hir]) -> Vec<Pieces> {
    let mut found = Vec::new();
    let mut run: Pieces = vec![Vec::new()];
    for part in parts {
        let strings = exact(part);
        if let Some(longer) = strings.as_ref().and_then(|strings| product(&run, strings)) {
            run = longer;
            continue;
        }
        found.extend(Some(run).filter(|run| useful(run)));
        run = strings.unwrap_or_else(|| {
            found.extend(sets(part));
            vec![Vec::new()]
        });
    }
    found.extend(Some(run).filter(|run| useful(run)));
    found
}

fn useful(strings: &[Vec<u8>]) -> bool {
    !strings.is_empty() && strings.iter().all(|string| string.len() >= SHORTEST)
}

/// How many prompts meet a set, roughly: as if each letter more made a piece four times as rare, up to the six that
/// are looked at.
fn rank(set: &Pieces) -> usize {
    let met = set
        .iter()
        .map(|piece| 4_usize.pow(6 - piece.len().min(6) as u32));
    met.sum()
}

#[cfg(test)]
mod tests {
    use super::{Pieces, needs};

    fn words(regex: &str) -> Option<Vec<String>> {
        let mut words: Vec<String> = needs(regex)
            .into_iter()
            .next()?
            .into_iter()
            .map(|piece| String::from_utf8_lossy(&piece).into_owned())
            .collect();
        words.sort();
        Some(words)
    }

    #[test]
    fn the_longest_of_the_necessary_pieces_is_found() {
        let found = words(r"(?:(?:[^ ]+ ){0,7}(?:slow|sluggish))(?: |$)");
        assert!(found.is_some_and(|found| {
            found
                .iter()
                .all(|piece| ["slow", "sluggish"].contains(&piece.trim_end()))
        }));
        let sets = needs(r"(?:merge (?:[^ ]+ ){0,3}conflicts?)(?: |$)");
        let all_begin =
            |set: &Pieces, head: &str| set.iter().all(|piece| piece.starts_with(head.as_bytes()));
        assert!(sets.iter().any(|set| all_begin(set, "merge ")));
        assert!(sets.iter().any(|set| all_begin(set, "conflict")));
        let sets = needs(r"(?:merge|rebase) (?:[^ ]+ ){0,3}conflicts?");
        assert_eq!(sets.len(), 2);
    }

    #[test]
    fn what_can_do_without_needs_nothing() {
        assert_eq!(words(r"(?:[^ ]+ ){0,3}(?:slow|[^ ]+)"), None);
        assert_eq!(words(r"(?:slow)?(?:go|do)"), None);
        assert_eq!(words(r"(?:slow ){0,2}[a-z]+"), None);
    }
}
