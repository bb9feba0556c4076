//! The fourth room: which patterns and keywords meet the text.

use std::ops::Range;

use crate::patterns::compiled::{
    AGAINST_PROMPT, AGAINST_SENTENCE, AT_INSIDE, AT_START, AT_WORD, ArchivedCompiled, ArchivedPattern, NAMES,
};
use crate::table;
use crate::text::{Sentence, Text, Word};
use crate::walk::Walker;

/// Something in the text that speaks for a route.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// Index into the table's routes.
    pub route: u16,
    /// How sure it alone makes the router, 0 to 1.
    pub weight: f32,
    /// The sentence it stands in.
    pub sentence: usize,
    /// The clause it begins in.
    pub clause: u32,
    /// Bytes of the normalised text.
    pub span: Range<usize>,
    /// The prompt names the route's target.
    pub names: bool,
}

/// Something in the text that speaks against a route.
#[derive(Debug, Clone, PartialEq)]
pub struct Veto {
    /// Index into the table's routes.
    pub route: u16,
    /// The sentence it silences, or `None` for the whole prompt.
    pub sentence: Option<usize>,
    /// Bytes of the normalised text.
    pub span: Range<usize>,
}

/// All that was found.
#[derive(Debug, Default)]
pub struct Matches {
    /// What speaks for routes, vetoed evidence included.
    pub evidence: Vec<Evidence>,
    /// What speaks against them.
    pub vetoes: Vec<Veto>,
}

impl Matches {
    /// The veto that silences `evidence`, if any.
    #[must_use]
    pub fn veto_of(&self, evidence: &Evidence) -> Option<&Veto> {
        self.vetoes.iter().find(|veto| {
            veto.route == evidence.route && veto.sentence.is_none_or(|sentence| sentence == evidence.sentence)
        })
    }
}

/// Finds every pattern and keyword of `table` in `text`.
#[must_use]
pub fn find(text: &Text, table: &ArchivedCompiled) -> Matches {
    let mut found = Matches::default();
    let mut walker = Walker::new(table);
    for (index, sentence) in text.sentences.iter().enumerate() {
        find_patterns(text, table, index, sentence, &mut walker, &mut found);
    }
    find_phrases(text, table, &mut found);
    found
}

fn find_patterns(text: &Text, table: &ArchivedCompiled, index: usize, sentence: &Sentence, walker: &mut Walker<'_>, found: &mut Matches) {
    for word in &text.words[sentence.words.clone()] {
        let at = word.at as usize;
        try_patterns(text, table, index, sentence, at, word, walker, found, |pattern| {
            pattern.at == AT_WORD || pattern.at == AT_INSIDE || (pattern.at == AT_START && word.starts)
        });
        // Inside a run of letters without spaces, a match may begin at every character.
        let end = text.normal[at..].find(' ').map_or(text.normal.len(), |length| at + length);
        if text.normal[at..end].is_ascii() {
            continue;
        }
        for (offset, _) in text.normal[at..end].char_indices().skip(1) {
            try_patterns(text, table, index, sentence, at + offset, word, walker, found, |pattern| pattern.at == AT_INSIDE);
        }
    }
}

#[allow(clippy::too_many_arguments, reason = "one inner step of the loop above")]
fn try_patterns(
    text: &Text,
    table: &ArchivedCompiled,
    index: usize,
    sentence: &Sentence,
    at: usize,
    word: &Word,
    walker: &mut Walker<'_>,
    found: &mut Matches,
    fits: impl Fn(&ArchivedPattern) -> bool,
) {
    let rest = &text.normal.as_bytes()[at..sentence.bytes.end];
    let Some(first) = rest.first() else { return };
    for number in table.by_first_byte[usize::from(*first)].iter() {
        let pattern = &table.patterns[usize::from(number.to_native())];
        let against = matches!(pattern.meaning, AGAINST_SENTENCE | AGAINST_PROMPT);
        let told = sentence.deep && pattern.at != AT_START;
        if !fits(pattern) || ((word.negated || told) && !against) {
            continue;
        }
        let Some(length) = walker.longest(pattern.start.to_native(), rest) else {
            continue;
        };
        let route = pattern.route.to_native();
        let span = at..at + text.normal[at..at + length].trim_end().len();
        if against {
            found.vetoes.push(Veto {
                route,
                sentence: (pattern.meaning == AGAINST_SENTENCE).then_some(index),
                span,
            });
        } else {
            found.evidence.push(Evidence {
                route,
                weight: pattern.weight.to_native(),
                sentence: index,
                clause: word.clause,
                span,
                names: pattern.meaning == NAMES,
            });
        }
    }
}

fn find_phrases(text: &Text, table: &ArchivedCompiled, found: &mut Matches) {
    let Some(automaton) = table::phrases(table) else {
        return;
    };
    for hit in automaton.find_overlapping_iter(text.normal.as_bytes()) {
        let phrase = &table.phrases[hit.value() as usize];
        let span = hit.start()..hit.end();
        if !whole_words(&text.normal, &span) {
            continue;
        }
        let word = text.words.partition_point(|word| word.at as usize <= span.start).saturating_sub(1);
        let sentence = text.sentences.partition_point(|sentence| sentence.bytes.end <= span.start);
        let crosses = text.sentences.get(sentence).is_none_or(|sentence| sentence.bytes.end < span.end);
        if crosses || text.words[word].negated || text.sentences[sentence].deep {
            continue;
        }
        found.evidence.push(Evidence {
            route: phrase.route.to_native(),
            weight: phrase.weight.to_native(),
            sentence,
            clause: text.words[word].clause,
            span,
            names: false,
        });
    }
}

/// Whether `span` begins and ends with whole words, where its script has spaces between words.
fn whole_words(normal: &str, span: &Range<usize>) -> bool {
    let spaced = |letter: char| letter.is_alphanumeric() && !(unspaced(letter));
    let edge = |inside: Option<char>, outside: Option<char>| {
        !(inside.is_some_and(spaced) && outside.is_some_and(|letter| spaced(letter) || letter == '_'))
    };
    let inside = &normal[span.clone()];
    edge(inside.chars().next(), normal[..span.start].chars().next_back())
        && edge(inside.chars().next_back(), normal[span.end..].chars().next())
}

/// Chinese, Japanese, and Korean, whose particles follow without a space.
fn unspaced(letter: char) -> bool {
    matches!(letter, '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}')
}
