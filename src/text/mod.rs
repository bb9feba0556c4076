//! The third room: what the person typed, normalised, with everything set aside that is not their own request.

mod clauses;
mod fold;
mod pasted;
mod scan;

use std::ops::Range;

use crate::walk::Phrasing;

pub(crate) use fold::fold_into;

/// How much of each end of a long prompt is looked at, in bytes.
const WINDOW: usize = 16 * 1024;

/// From this many bytes of normalised text on, the middle of a prompt counts less than its ends.
const LONG: usize = 400;

/// A prompt as the matcher sees it: lower-case words with one space behind each.
///
/// Code, paths and addresses keep their words but begin with `_`, so that `_commit` is never taken for "commit";
/// what stands in quotes becomes `_q`. Pasted lines (code blocks, logs, diffs) are left out.
#[derive(Debug, Default)]
pub struct Text {
    /// The words, each followed by a space.
    pub normal: String,
    /// Where they are and what may begin at them.
    pub words: Vec<Word>,
    /// The sentences: `words[sentence.words]`.
    pub sentences: Vec<Sentence>,
    /// Some clause requests or asks something; otherwise the prompt only tells.
    pub asks: bool,
}

/// One word of the normalised text.
#[derive(Debug, Clone)]
pub struct Word {
    /// Offset in `Text::normal`.
    pub at: u32,
    /// The bytes of the prompt it was made from.
    pub origin: Range<u32>,
    /// What stood before it.
    pub before: Boundary,
    /// A request may begin here.
    pub starts: bool,
    /// It stands in a clause that says not to.
    pub negated: bool,
    /// Number of its clause in the prompt: requests of different clauses are different requests.
    pub clause: u32,
}

/// What separates a word from the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Boundary {
    /// Only space.
    None,
    /// A comma, a bracket.
    Comma,
    /// The end of a sentence, or of a line.
    Sentence,
}

/// One sentence.
#[derive(Debug, Clone)]
pub struct Sentence {
    /// Indices into `Text::words`.
    pub words: Range<usize>,
    /// Bytes of `Text::normal`.
    pub bytes: Range<usize>,
    /// It stands deep inside a long prompt, where people tell rather than ask: only what is phrased as a request counts.
    pub deep: bool,
}

impl Text {
    /// Reads a prompt. `phrasing` says what may stand around a request.
    #[must_use]
    pub fn read(prompt: &str, phrasing: &mut Phrasing<'_>) -> Self {
        let mut text = Self {
            normal: String::with_capacity(prompt.len().min(2 * WINDOW) + 64),
            words: Vec::with_capacity(prompt.len().min(2 * WINDOW) / 5 + 8),
            sentences: Vec::with_capacity(prompt.len().min(2 * WINDOW) / 64 + 4),
            asks: prompt.as_bytes().contains(&b'?') || prompt.contains('？'),
        };
        for part in window(prompt) {
            scan::scan(prompt, part, &mut text);
        }
        text.split_sentences();
        clauses::mark(&mut text, phrasing);
        text
    }

    /// The bytes of the prompt behind bytes of the normalised text.
    #[must_use]
    pub fn origin(&self, normal: Range<usize>) -> Range<usize> {
        // A word covers its letters up to the next word's; what it became may be longer or shorter than what it was.
        let first = self
            .words
            .partition_point(|word| word.at as usize <= normal.start)
            .saturating_sub(1);
        let after = self
            .words
            .partition_point(|word| (word.at as usize) < normal.end);
        match self.words.get(first..after.max(first)) {
            Some([one]) => one.origin.start as usize..one.origin.end as usize,
            Some([from, .., to]) => from.origin.start as usize..to.origin.end as usize,
            _ => 0..0,
        }
    }

    fn split_sentences(&mut self) {
        let mut first = 0;
        for index in 1..=self.words.len() {
            let ends = self
                .words
                .get(index)
                .is_none_or(|word| word.before == Boundary::Sentence);
            if !ends {
                continue;
            }
            let end = self
                .words
                .get(index)
                .map_or(self.normal.len(), |word| word.at as usize);
            let start = self.words[first].at as usize;
            // Without the last space, so that `$` in a pattern means the end of the sentence.
            self.sentences.push(Sentence {
                words: first..index,
                bytes: start..end - 1,
                deep: false,
            });
            first = index;
        }
        let count = self.sentences.len();
        let long = self.normal.len() > LONG;
        for (index, sentence) in self.sentences.iter_mut().enumerate() {
            sentence.deep = long && index > 0 && index + 1 < count;
        }
    }
}

/// The parts of a prompt that are looked at: all of it, or both ends of a long one.
fn window(prompt: &str) -> impl Iterator<Item = Range<usize>> {
    let whole = prompt.len() <= 2 * WINDOW;
    let head = if whole {
        prompt.len()
    } else {
        prompt.floor_char_boundary(WINDOW)
    };
    let tail = prompt.ceil_char_boundary(prompt.len().saturating_sub(WINDOW));
    std::iter::once(0..head).chain((!whole).then_some(tail..prompt.len()))
}
