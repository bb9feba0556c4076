//! The fourth room: which patterns and keywords meet the text.

use std::ops::Range;

use rkyv::Archived;

use crate::patterns::compiled::{
    AGAINST_SENTENCE, AT_INSIDE, AT_START, ArchivedCompiled, ArchivedPattern, NAMES,
};
use crate::patterns::phrases::{joins, spaced};
use crate::text::{Sentence, Text, Word};
use crate::walk::Walker;

/// So many patterns are tried at a word before the rest of a prompt is let be: only patterns made to be slow are so many.
const MOST_TRIES: u32 = 4_000_000;

/// More evidence than this is not collected.
const MOST_EVIDENCE: usize = 1024;

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
    /// Whose patterns it was found by: 0 for the built-in ones, the layers' from 1 on.
    pub layer: u8,
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
    /// Whose veto it is, as in [`Evidence::layer`].
    pub layer: u8,
}

/// All that was found.
#[derive(Debug, Default)]
pub struct Matches {
    /// What speaks for routes, vetoed evidence included.
    pub evidence: Vec<Evidence>,
    /// What speaks against the routes that have evidence.
    pub vetoes: Vec<Veto>,
}

impl Matches {
    /// The veto that silences `evidence`, if any. One of a lower layer does not.
    #[must_use]
    pub fn veto_of(&self, evidence: &Evidence) -> Option<&Veto> {
        self.vetoes.iter().find(|veto| {
            veto.route == evidence.route
                && veto.layer >= evidence.layer
                && veto
                    .sentence
                    .is_none_or(|sentence| sentence == evidence.sentence)
        })
    }
}

/// Finds every pattern and keyword of `table` in `text`, and the vetoes that concern them or the routes `suspected`.
#[must_use]
pub fn find(text: &Text, suspected: &[u16], table: &ArchivedCompiled) -> Matches {
    find_by(Walker::new(table), text, suspected, table)
}

/// The same with a walker over `table` that has walked already, and remembers where.
#[must_use]
pub fn find_by(
    walker: Walker<'_>,
    text: &Text,
    suspected: &[u16],
    table: &ArchivedCompiled,
) -> Matches {
    let words = table.triggers.always.len() / 2;
    let mut search = Search {
        text,
        table,
        walker,
        found: Matches::default(),
        suspected,
        looked_up: vec![None; text.sentences.len()],
        possible: Vec::with_capacity((text.sentences.len() + 1) * words),
        at_start: Vec::new(),
        anywhere: Vec::new(),
        tries: MOST_TRIES,
    };
    for (index, sentence) in text.sentences.iter().enumerate() {
        if search.looks_like_a_request(sentence) {
            search.look_up(index);
        }
        search.patterns(index, sentence);
    }
    search.phrases();
    search.vetoes();
    search.found
}

struct Search<'a> {
    text: &'a Text,
    table: &'a ArchivedCompiled,
    walker: Walker<'a>,
    found: Matches,
    suspected: &'a [u16],
    /// For each sentence looked up, where its stretch of `possible` begins.
    looked_up: Vec<Option<usize>>,
    /// A bit for each pattern the sentence can meet at all.
    possible: Vec<u64>,
    /// Of the patterns that are not listed by their first words, those this sentence can meet: room that is used again.
    at_start: Vec<usize>,
    anywhere: Vec<usize>,
    tries: u32,
}

impl Search<'_> {
    /// Deep inside a long prompt only requests count, and few sentences there begin like one.
    fn looks_like_a_request(&self, sentence: &Sentence) -> bool {
        let request = |word: &Word| {
            let run = word_at(&self.text.normal, word.at as usize).as_bytes();
            word.starts && self.table.at_start.candidates(run).next().is_some()
        };
        !sentence.deep || self.text.words[sentence.words.clone()].iter().any(request)
    }

    /// Finds out which patterns a sentence can meet at all, once.
    fn look_up(&mut self, sentence: usize) {
        if self.looked_up[sentence].is_none() {
            let bytes = &self.text.sentences[sentence].bytes;
            // With the space behind it: a piece may end with one where a pattern may end with the sentence.
            let text = &self.text.normal.as_bytes()[bytes.start..=bytes.end];
            self.looked_up[sentence] = Some(self.possible.len());
            self.table.triggers.meet(text, &mut self.possible);
        }
    }

    /// Whether `sentence` can meet the pattern `number`, as far as it was looked up.
    fn possible(&self, number: usize, sentence: usize) -> bool {
        self.looked_up[sentence]
            .is_some_and(|first| self.possible[first + number / 64] >> (number % 64) & 1 != 0)
    }

    /// Puts into `numbers` those of `all` that `sentence` can meet at all.
    fn possible_of(&self, all: &[Archived<u16>], sentence: usize, numbers: &mut Vec<usize>) {
        numbers.clear();
        let Some(first) = self.looked_up[sentence] else {
            return;
        };
        let possible = &self.possible[first..];
        for number in all {
            let number = usize::from(number.to_native());
            if possible[number / 64] >> (number % 64) & 1 != 0 {
                numbers.push(number);
            }
        }
    }

    /// Tries the patterns that may begin at the words of a sentence.
    fn patterns(&mut self, index: usize, sentence: &Sentence) {
        let table = self.table;
        // Only what was looked up is possible.
        if self.looked_up[index].is_none() {
            return;
        }
        let mut at_start = std::mem::take(&mut self.at_start);
        let mut anywhere = std::mem::take(&mut self.anywhere);
        self.possible_of(&table.at_start.unlisted, index, &mut at_start);
        anywhere.clear();
        if !sentence.deep {
            self.possible_of(&table.anywhere.unlisted, index, &mut anywhere);
        }
        for word in &self.text.words[sentence.words.clone()] {
            if word.negated {
                continue;
            }
            let at = word.at as usize;
            let run = word_at(&self.text.normal, at).as_bytes();
            if word.starts {
                for number in table.at_start.candidates(run) {
                    self.try_pattern(number, at, word, index, sentence);
                }
                for number in &at_start {
                    self.try_pattern(*number, at, word, index, sentence);
                }
            }
            if sentence.deep {
                continue;
            }
            for number in table.anywhere.candidates(run) {
                self.try_pattern(number, at, word, index, sentence);
            }
            for number in &anywhere {
                self.try_pattern(*number, at, word, index, sentence);
            }
            self.patterns_inside(&anywhere, word, index, sentence);
        }
        (self.at_start, self.anywhere) = (at_start, anywhere);
    }

    /// Inside a run of letters without spaces, a match may begin at every character.
    fn patterns_inside(
        &mut self,
        numbers: &[usize],
        word: &Word,
        index: usize,
        sentence: &Sentence,
    ) {
        let at = word.at as usize;
        let run = word_at(&self.text.normal, at);
        if run.is_ascii() {
            return;
        }
        for (offset, letter) in run.char_indices().skip(1) {
            if letter.is_ascii() && run.as_bytes()[offset - 1].is_ascii_alphanumeric() {
                continue;
            }
            for number in numbers {
                if self.table.patterns[*number].at == AT_INSIDE {
                    self.try_pattern(*number, at + offset, word, index, sentence);
                }
            }
        }
    }

    fn try_pattern(
        &mut self,
        number: usize,
        at: usize,
        word: &Word,
        index: usize,
        sentence: &Sentence,
    ) {
        self.tries = self.tries.saturating_sub(1);
        if self.tries == 0
            || !self.possible(number, index)
            || self.found.evidence.len() == MOST_EVIDENCE
        {
            return;
        }
        let pattern = &self.table.patterns[number];
        if !begins_with(pattern, self.text.normal.as_bytes()[at]) {
            return;
        }
        let rest = &self.text.normal.as_bytes()[at..sentence.bytes.end];
        let Some(length) = self.walker.longest(pattern.start.to_native(), rest) else {
            return;
        };
        self.found.evidence.push(Evidence {
            route: pattern.route.to_native(),
            weight: pattern.weight.to_native(),
            sentence: index,
            clause: word.clause,
            span: self.met(at, length),
            names: pattern.meaning == NAMES,
            layer: 0,
        });
    }

    /// What a pattern met, without the space behind it. A pattern that counts bytes may end inside a letter.
    fn met(&self, at: usize, length: usize) -> Range<usize> {
        let normal = &self.text.normal;
        let end = normal.ceil_char_boundary(at + length);
        at..at + normal[at..end].trim_end().len()
    }

    /// Deep inside a long prompt a keyword says nothing, and there it is not looked for.
    fn phrases(&mut self) {
        let (text, table) = (self.text, self.table);
        for (index, sentence) in text.sentences.iter().enumerate() {
            if sentence.deep {
                continue;
            }
            let Range { start, end } = sentence.bytes;
            let mut met = |phrase, end| self.met_phrase(phrase, start + end, index);
            let automaton = &table.phrase_automaton;
            if !automaton.root.is_empty() {
                automaton.find(&text.normal.as_bytes()[start..end], &mut met);
            }
            table.phrase_keys.find(&text.normal[start..end], &mut met);
        }
    }

    /// The phrase `index` ends at `end` in a sentence.
    fn met_phrase(&mut self, index: u32, end: usize, sentence: usize) {
        let (text, table) = (self.text, self.table);
        let length = table.phrases[index as usize].length.to_native();
        let span = end - length as usize..end;
        let word = text
            .words
            .partition_point(|word| word.at as usize <= span.start)
            .saturating_sub(1);
        if text.words[word].negated || !whole_words(&text.normal, &span) {
            return;
        }
        let mut next = index + 1;
        while next != 0 && self.found.evidence.len() < MOST_EVIDENCE {
            let phrase = &table.phrases[next as usize - 1];
            next = phrase.next.to_native();
            self.found.evidence.push(Evidence {
                route: phrase.route.to_native(),
                weight: phrase.weight.to_native(),
                sentence,
                clause: text.words[word].clause,
                span: span.clone(),
                names: false,
                layer: 0,
            });
        }
    }

    /// Looks for vetoes only of routes that something speaks for, or that are suspected.
    fn vetoes(&mut self) {
        let mut routes: Vec<u16> = self
            .found
            .evidence
            .iter()
            .map(|evidence| evidence.route)
            .chain(self.suspected.iter().copied())
            .collect();
        routes.sort_unstable();
        routes.dedup();
        let table = self.table;
        for route in routes {
            for number in table.vetoes[usize::from(route)].iter() {
                self.veto(usize::from(number.to_native()), route);
            }
        }
    }

    fn veto(&mut self, number: usize, route: u16) {
        let pattern = &self.table.patterns[number];
        let everywhere = pattern.meaning != AGAINST_SENTENCE;
        'sentences: for (index, sentence) in self.text.sentences.iter().enumerate() {
            let concerned = everywhere
                || self.suspected.contains(&route)
                || self
                    .found
                    .evidence
                    .iter()
                    .any(|evidence| evidence.route == route && evidence.sentence == index);
            if concerned {
                self.look_up(index);
            }
            if !concerned || !self.possible(number, index) {
                continue;
            }
            for word in &self.text.words[sentence.words.clone()] {
                let at = word.at as usize;
                let end = if pattern.at == AT_INSIDE {
                    at + word_at(&self.text.normal, at).len()
                } else {
                    at + 1
                };
                let fits = pattern.at != AT_START || word.starts;
                for at in (at..end).filter(|at| fits && self.text.normal.is_char_boundary(*at)) {
                    if !begins_with(pattern, self.text.normal.as_bytes()[at]) {
                        continue;
                    }
                    let rest = &self.text.normal.as_bytes()[at..sentence.bytes.end];
                    if let Some(length) = self.walker.longest(pattern.start.to_native(), rest) {
                        self.found.vetoes.push(Veto {
                            route,
                            sentence: (!everywhere).then_some(index),
                            span: self.met(at, length),
                            layer: 0,
                        });
                        continue 'sentences;
                    }
                }
            }
        }
    }
}

/// Whether a match of `pattern` may begin with `byte`.
fn begins_with(pattern: &ArchivedPattern, byte: u8) -> bool {
    pattern.first[usize::from(byte) / 64].to_native() >> (byte % 64) & 1 != 0
}

/// The word that begins at `at`, without the space behind it.
fn word_at(normal: &str, at: usize) -> &str {
    let rest = &normal[at..];
    &rest[..rest.find(' ').unwrap_or(rest.len())]
}

/// Whether `span` begins and ends with whole words, where its script has spaces between words.
fn whole_words(normal: &str, span: &Range<usize>) -> bool {
    let edge = |inside: Option<char>, outside: Option<char>| {
        !(inside.is_some_and(spaced) && outside.is_some_and(joins))
    };
    let inside = &normal[span.clone()];
    edge(
        inside.chars().next(),
        normal[..span.start].chars().next_back(),
    ) && edge(
        inside.chars().next_back(),
        normal[span.end..].chars().next(),
    )
}
