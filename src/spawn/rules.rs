//! Words that tell what a task takes, from `patterns/spawn/rules.json`.

use crate::text::Text;

/// A phrase: its words, each with whether the beginning of a word is enough.
type Phrase = &'static [(&'static str, bool)];

include!(concat!(env!("OUT_DIR"), "/spawn_rules.rs"));

/// A group of phrases, sorted by their first words.
#[derive(Debug, Clone, Copy)]
pub(super) struct Group(&'static [Phrase]);

/// Words of somebody who is to find something out, weigh or decide it.
pub(super) const THINKS: Group = Group(RULES_THINKS);
/// Words of somebody who is to make something that is not written out in the task.
pub(super) const MAKES: Group = Group(RULES_MAKES);

/// The kinds of template-driven tasks, each with its words.
pub(super) fn kinds() -> impl Iterator<Item = (&'static str, Group)> {
    RULES_KINDS
        .iter()
        .map(|(name, words)| (*name, Group(words)))
}

impl Group {
    /// The phrases of the group in `text`, by the index of their first word. With `asked` those the task says not to do are left out.
    pub(super) fn found(self, text: &Text, asked: bool) -> impl Iterator<Item = (usize, &str)> {
        (0..text.words.len()).filter_map(move |at| {
            let word = &text.words[at];
            if asked && word.negated {
                return None;
            }
            let length = self.longest_at(text, at)?;
            let from = word.at as usize;
            let to = end(text, at + length - 1);
            Some((at, text.normal.get(from..to)?))
        })
    }

    /// How many words the longest phrase has that begins at the word `at`.
    fn longest_at(self, text: &Text, at: usize) -> Option<usize> {
        let first = letters(text, at).bytes().next()?;
        let initial = |phrase: &Phrase| phrase[0].0.as_bytes()[0];
        let from = self.0.partition_point(|phrase| initial(phrase) < first);
        let alike = self.0[from..]
            .iter()
            .take_while(|phrase| initial(phrase) == first);
        let fits = |phrase: &&Phrase| {
            phrase.iter().enumerate().all(|(index, (word, open))| {
                at + index < text.words.len() && {
                    let there = letters(text, at + index);
                    there == *word || (*open && there.starts_with(word))
                }
            })
        };
        alike.filter(fits).map(|phrase| phrase.len()).max()
    }
}

pub(super) fn letters(text: &Text, at: usize) -> &str {
    let from = text.words[at].at as usize;
    text.normal.get(from..end(text, at)).unwrap_or_default()
}

/// Behind the letters of the word `at`.
fn end(text: &Text, at: usize) -> usize {
    let next = text
        .words
        .get(at + 1)
        .map_or(text.normal.len(), |next| next.at as usize);
    let until = text.normal.get(..next).unwrap_or_default();
    until.trim_end().len()
}
