//! From text to terms: what the index knows of a description, and what a prompt is looked up by.
//!
//! A term is a hash of a word's stem. Prompts and descriptions are read by the same code, so that they meet.

use super::stem::stem;
use super::words;

/// A word's stem, hashed.
pub(super) type Term = u64;

/// What kind of text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// The name of an entry: its words are joined by `-`, `_` or `:`.
    Name,
    /// What an entry says of itself.
    Description,
    /// What a person typed.
    Prompt,
}

/// One word of a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Word {
    /// Its stem.
    pub(super) term: Term,
    /// How much it tells by where it stands: the folders of a path tell less than its ending.
    pub(super) weight: f32,
    /// It tells something by itself.
    pub(super) full: bool,
    /// It counts inside a phrase.
    pub(super) phrase: bool,
    /// It is no word but a whole chain of them as it stands, `terraform-engineer`: the name of an entry, perhaps.
    pub(super) chain: bool,
    /// First byte in the text.
    pub(super) at: u32,
}

/// Folders of a path tell so much.
const IN_PATH: f32 = 0.4;

/// The parts of `camelCase` tell so much.
const IN_NAME: f32 = 0.5;

/// Longer words are no words, in bytes.
const LONGEST: usize = 40;

/// Hashes a stem (FNV-1a).
pub(super) fn hash(stem: &str) -> Term {
    let sum = stem.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| {
        (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    mix(sum)
}

/// The hash of two words in any order.
pub(super) fn pair(a: Term, b: Term) -> Term {
    mix(a.min(b).rotate_left(21) ^ a.max(b))
}

/// The hash of three words in this order.
pub(super) fn triple(a: Term, b: Term, c: Term) -> Term {
    mix(mix(a.rotate_left(7) ^ b.rotate_left(29)) ^ c)
}

/// The hash of a whole chain, apart from all words.
pub(super) fn chain(text: &str) -> Term {
    mix(hash(text) ^ 0x5bd1_e995_9e37_79b9)
}

fn mix(mut sum: u64) -> u64 {
    sum = (sum ^ (sum >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    sum ^ (sum >> 29)
}

/// Reads `text` word by word.
pub(super) fn read(text: &str, source: Source, each: &mut impl FnMut(Word)) {
    spelled(text, source, &mut |_, word| each(word));
}

/// The same, with the stems spelled out.
pub(super) fn spelled(text: &str, source: Source, each: &mut impl FnMut(&str, Word)) {
    let mut reader = Reader {
        source,
        text,
        buffer: String::with_capacity(LONGEST + 8),
        each,
    };
    let mut at = 0;
    while at < text.len() {
        let (inside, length) = look(text, at);
        let dot = text.as_bytes()[at] == b'.';
        if inside
            || (dot
                && text.as_bytes()[at..].len() > 3
                && text.as_bytes()[at..at + 4].eq_ignore_ascii_case(b".net"))
        {
            let end = end_of(text, at + length);
            reader.run(at, end);
            at = end;
        } else {
            // Scripts without spaces: every two letters are a word.
            let next = at + length;
            if is_wide(text, at) && is_wide(text, next) {
                let (_, second) = look(text, next);
                reader.word(&text[at..next + second], 1.0, at);
            }
            at = next;
        }
    }
}

/// Whether the letter at a byte of `text` belongs into a word, and its length in bytes.
fn look(text: &str, at: usize) -> (bool, usize) {
    let byte = text.as_bytes()[at];
    if byte.is_ascii() {
        return (byte.is_ascii_alphanumeric() || byte == b'_', 1);
    }
    let Some(letter) = text.get(at..).and_then(|rest| rest.chars().next()) else {
        return (false, 1);
    };
    let inside = letter == '’' || (letter.is_alphanumeric() && letter < WIDE);
    (inside, letter.len_utf8())
}

/// From here on come scripts that put no spaces between words.
const WIDE: char = '\u{2e80}';

fn is_wide(text: &str, at: usize) -> bool {
    let letter = text.get(at..).and_then(|rest| rest.chars().next());
    letter.is_some_and(|letter| letter >= WIDE && letter.is_alphanumeric())
}

/// The end of the run that goes on at `end`: words joined by `.`, `-`, `/` or `:`, and what may follow (`c++`, `c#`).
fn end_of(text: &str, mut end: usize) -> usize {
    let bytes = text.as_bytes();
    while end < bytes.len() {
        let (inside, length) = look(text, end);
        let joins = matches!(bytes[end], b'.' | b'-' | b'/' | b':' | b'\'')
            && end + 1 < bytes.len()
            && look(text, end + 1).0;
        if !inside && !joins {
            break;
        }
        end += length;
    }
    while end < bytes.len() && matches!(bytes[end], b'+' | b'#') {
        end += 1;
    }
    end
}

struct Reader<'t, F> {
    source: Source,
    text: &'t str,
    buffer: String,
    each: &'t mut F,
}

impl<F: FnMut(&str, Word)> Reader<'_, F> {
    /// One run of letters and what joins them.
    fn run(&mut self, from: usize, to: usize) {
        // Runs begin and end at ASCII or at the edge of what is not.
        let Some(run) = self.text.get(from..to) else {
            return;
        };
        if special(run).is_some_and(|word| {
            self.word(word, 1.0, from);
            true
        }) {
            return;
        }
        let run = run.trim_end_matches(['+', '#']);
        let joined = |byte: u8| matches!(byte, b'.' | b'-' | b'/' | b':' | b'_');
        let parts = run.bytes().filter(|byte| joined(*byte)).count() + 1;
        if parts == 1 {
            self.part(run, 1.0, from);
            return;
        }
        if self.source == Source::Prompt && run.len() <= LONGEST && run.contains(['-', ':']) {
            self.buffer.clear();
            self.buffer.push_str(run);
            self.buffer.make_ascii_lowercase();
            let term = chain(&self.buffer);
            self.say(term, 1.0, from, true);
        }
        let ending = ending(run);
        let path = run.contains('/') || ending.is_some();
        let mut at = from;
        for (index, part) in run
            .split(|letter: char| letter.is_ascii() && joined(letter as u8))
            .enumerate()
        {
            let last = index + 1 == parts;
            let weight = if !path || (last && ending.is_some()) {
                1.0
            } else {
                IN_PATH
            };
            self.part(part, weight, at);
            at += part.len() + 1;
        }
    }

    /// A word, and the words inside it where it is `camelCase`.
    fn part(&mut self, part: &str, weight: f32, at: usize) {
        if part.is_empty() {
            return;
        }
        if is_go(part, self.source, &self.text[..at]) {
            self.word("golang", weight, at);
            return;
        }
        self.word(part, weight, at);
        let mut pieces = 0;
        let mut short = false;
        for piece in pieces_of(part) {
            pieces += 1;
            short |= piece.len() < 3;
        }
        if pieces > 1 && !short {
            for piece in pieces_of(part) {
                self.word(piece, weight * IN_NAME, at);
            }
        }
    }

    fn word(&mut self, word: &str, weight: f32, at: usize) {
        if word.len() > LONGEST {
            return;
        }
        self.buffer.clear();
        crate::text::fold_into(word, &mut self.buffer);
        self.buffer.retain(|letter| letter != '\'');
        if let Some(long) = words::long(&self.buffer) {
            for word in long.split(' ') {
                self.buffer.clear();
                self.buffer.push_str(word);
                self.stemmed(weight, at);
            }
        } else {
            self.stemmed(weight, at);
        }
    }

    fn stemmed(&mut self, weight: f32, at: usize) {
        stem(&mut self.buffer);
        if !self.buffer.is_empty() {
            self.say(hash(&self.buffer), weight, at, false);
        }
    }

    fn say(&mut self, term: Term, weight: f32, at: usize, chain: bool) {
        let full = !chain && !words::is_empty(&self.buffer);
        let phrase = full || (!chain && words::is_particle(&self.buffer));
        let word = Word {
            term,
            weight,
            full,
            phrase,
            chain,
            at: at as u32,
        };
        (self.each)(&self.buffer, word);
    }
}

/// Names of technologies that are no words.
fn special(run: &str) -> Option<&'static str> {
    const SPECIAL: [(&str, &str); 9] = [
        ("c++", "cpp"),
        ("c#", "csharp"),
        ("f#", "fsharp"),
        (".net", "dotnet"),
        ("asp.net", "dotnet"),
        ("next.js", "nextjs"),
        ("node.js", "nodejs"),
        ("react.js", "react"),
        ("vue.js", "vue"),
    ];
    let found = SPECIAL
        .iter()
        .find(|(written, _)| run.eq_ignore_ascii_case(written));
    found.map(|(_, word)| *word)
}

/// What follows the last dot of a file's name.
fn ending(run: &str) -> Option<&str> {
    let (before, ending) = run.rsplit_once('.')?;
    let letters = ending.bytes().all(|byte| byte.is_ascii_alphabetic());
    let file = before.ends_with(|letter: char| letter.is_alphanumeric() || letter == '_');
    (file && letters && (1..=5).contains(&ending.len())).then_some(ending)
}

/// The language, and not the word: a name or a description writes it with a capital, a prompt also where no sentence
/// begins.
fn is_go(part: &str, source: Source, before: &str) -> bool {
    match source {
        Source::Name => part.eq_ignore_ascii_case("go"),
        Source::Description => part == "Go",
        Source::Prompt => {
            part == "Go"
                && before.ends_with(' ')
                && before
                    .trim_end()
                    .ends_with(|letter: char| letter.is_lowercase() || matches!(letter, ',' | ';'))
        }
    }
}

/// The words in `camelCase`, `XMLHttpRequest`, `log4j`.
fn pieces_of(part: &str) -> impl Iterator<Item = &str> {
    let bytes = part.as_bytes();
    let mut from = 0;
    std::iter::from_fn(move || {
        if from >= bytes.len() {
            return None;
        }
        let begin = from;
        let mut at = from + 1;
        while at < bytes.len() && !parts_between(bytes, at) {
            at += 1;
        }
        from = at;
        part.get(begin..at)
    })
}

fn parts_between(bytes: &[u8], at: usize) -> bool {
    let (a, b) = (bytes[at - 1], bytes[at]);
    (a.is_ascii_lowercase() && b.is_ascii_uppercase())
        || (a.is_ascii_digit() != b.is_ascii_digit())
        || (a.is_ascii() != b.is_ascii())
        || (a.is_ascii_uppercase()
            && b.is_ascii_uppercase()
            && bytes.get(at + 1).is_some_and(u8::is_ascii_lowercase))
}

#[cfg(test)]
mod tests {
    use super::{Source, hash, pieces_of, read, stem};

    #[test]
    fn names_of_technologies_are_words() {
        let read_all = |text: &str, source| {
            let mut found = Vec::new();
            read(text, source, &mut |word| found.push(word.term));
            found
        };
        let has = |text: &str, word: &str| {
            let mut word = word.to_owned();
            stem(&mut word);
            read_all(text, Source::Prompt).contains(&hash(&word))
        };
        assert!(has("fix main.tf", "terraform"));
        assert!(has("our C++ build", "cpp"));
        assert!(has("an ASP.NET service in .NET 8", "dotnet"));
        assert!(has("move it to k8s", "kubernetes"));
        assert!(has("src/views/Login.tsx", "react"));
        assert!(has("rewrite it in Go please", "golang"));
        assert!(!has("Go on", "golang"));
        assert!(!has("let it go", "golang"));
        assert!(has("the HttpClient class", "client"));
        assert!(has("créer une requête", "requete"));
    }

    #[test]
    fn camel_case_parts() {
        let pieces = |text| pieces_of(text).collect::<Vec<_>>();
        assert_eq!(pieces("XMLHttpRequest"), ["XML", "Http", "Request"]);
        assert_eq!(pieces("useState"), ["use", "State"]);
        assert_eq!(pieces("log4j"), ["log", "4", "j"]);
        assert_eq!(pieces("plain"), ["plain"]);
    }
}
