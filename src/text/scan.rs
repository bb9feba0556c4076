//! From the bytes of a prompt to normalised words.

use std::ops::Range;

use super::fold::fold_into;
use super::pasted::Pasted;
use super::{Boundary, Text, Word};

/// Longer than this, a quotation's or a piece of code's end is not looked for, in bytes.
const LONGEST_QUOTE: usize = 400;

/// Appends the words of `prompt[part]` to `text`.
pub(super) fn scan(prompt: &str, part: Range<usize>, text: &mut Text) {
    let mut pasted = Pasted::default();
    let mut scanner = Scanner {
        prompt,
        text,
        before: Boundary::Sentence,
    };
    let mut start = part.start;
    for line in prompt[part].split_inclusive('\n') {
        let end = start + line.len();
        scanner.before = Boundary::Sentence;
        if !pasted.covers(line.trim_end_matches(['\n', '\r'])) {
            scanner.line(start..start + line.trim_end().len());
        }
        start = end;
    }
}

struct Scanner<'p, 't> {
    prompt: &'p str,
    text: &'t mut Text,
    before: Boundary,
}

impl Scanner<'_, '_> {
    fn line(&mut self, line: Range<usize>) {
        let mut at = line.start;
        while let Some(letter) = self.prompt[at..line.end].chars().next() {
            let next = at + letter.len_utf8();
            at = match letter {
                ' ' => next,
                '`' => self.code(at, line.end),
                '"' | '“' | '„' | '«' | '「' | '『' => {
                    self.quote(at, next, line.end, letter)
                }
                '\'' | '‘' if self.opens_quote(at, line.start) => {
                    self.quote(at, next, line.end, letter)
                }
                ',' | '、' | '，' | '(' | ')' | '[' | ']' | '{' | '}' | '（' | '）' => {
                    self.boundary(Boundary::Comma, next)
                }
                '.' | '!' | '?' | ';' | ':' | '。' | '！' | '？' | '；' | '：' | '…' | '—'
                | '–' | '•' | '→' => self.boundary(Boundary::Sentence, next),
                '-' | '=' | '*' if self.stands_alone(at, line.end) => {
                    self.boundary(Boundary::Sentence, next)
                }
                '&' if self.stands_alone(at, line.end) => {
                    self.push("and", at..next, "");
                    next
                }
                '#' | '@' | '-' | '/' | '~' | '\\' => self.token(at, line.end),
                _ if letter.is_alphanumeric() || letter == '_' => self.token(at, line.end),
                _ => next,
            };
        }
    }

    fn boundary(&mut self, boundary: Boundary, next: usize) -> usize {
        if self.before != Boundary::Sentence {
            self.before = boundary;
        }
        next
    }

    /// Inline code: its words are kept, each marked as code.
    fn code(&mut self, at: usize, end: usize) -> usize {
        let inside = at + 1;
        let end = self
            .prompt
            .floor_char_boundary(end.min(inside + LONGEST_QUOTE));
        let Some(length) = self.prompt[inside..end].find('`') else {
            return inside;
        };
        let mut offset = inside;
        for piece in self.prompt[inside..inside + length].split(' ') {
            if !piece.is_empty() {
                self.push(piece, offset..offset + piece.len(), "_");
            }
            offset += piece.len() + 1;
        }
        inside + length + 1
    }

    /// Quoted words become one `_q`: what stands in quotes is mentioned, not asked.
    fn quote(&mut self, at: usize, inside: usize, end: usize, open: char) -> usize {
        let close = match open {
            '“' | '„' => &['”', '“'][..],
            '«' => &['»'],
            '「' => &['」'],
            '『' => &['』'],
            '‘' => &['’'],
            '\'' => &['\''],
            _ => &['"'],
        };
        // A quotation is short; looking further for its end would cost the length of the line at every stray mark.
        let end = self
            .prompt
            .floor_char_boundary(end.min(inside + LONGEST_QUOTE));
        let rest = &self.prompt[inside..end];
        let closing = rest.char_indices().find(|(offset, letter)| {
            close.contains(letter)
                && (!matches!(open, '\'' | '‘') || ends_word(&rest[offset + letter.len_utf8()..]))
        });
        let Some((length, letter)) = closing else {
            return inside;
        };
        let after = inside + length + letter.len_utf8();
        // A prompt that is one quotation is still the person's own words.
        let whole = self.prompt[..at].trim().is_empty()
            && self.prompt[after..]
                .trim_matches(['.', ' ', '\n'])
                .is_empty();
        if whole {
            return inside;
        }
        self.push("q", at..after, "_");
        after
    }

    fn opens_quote(&self, at: usize, line_start: usize) -> bool {
        let before = self.prompt[line_start..at].chars().next_back();
        before.is_none_or(|letter| letter.is_whitespace() || letter == '(')
    }

    fn stands_alone(&self, at: usize, end: usize) -> bool {
        let after = self.prompt[at + 1..end].chars().next();
        after.is_none_or(|letter| letter.is_whitespace() || matches!(letter, '>' | '-' | '='))
    }

    fn token(&mut self, at: usize, end: usize) -> usize {
        let rest = &self.prompt[at..end];
        // An ordinary word with a space behind it needs none of what follows.
        let mut letters = rest.bytes();
        let plain = letters.position(|byte| !byte.is_ascii_lowercase());
        if let Some(length) = plain.filter(|length| *length > 0)
            && rest.as_bytes()[length] == b' '
        {
            self.push(&rest[..length], at..at + length, "");
            return at + length;
        }
        let address = rest.starts_with("http://") || rest.starts_with("https://");
        let length = if address {
            rest.find(|letter: char| {
                letter.is_whitespace() || matches!(letter, ')' | '>' | '"' | '`' | ']')
            })
        } else {
            end_of_token(rest)
        };
        let length = length.unwrap_or(rest.len());
        // A token that only consists of the mark that began it.
        let length = if length == 0 {
            rest.chars().next().map_or(1, char::len_utf8)
        } else {
            length
        };
        let token =
            rest[..length].trim_end_matches(['.', ':', '\'', '’', '*', '-', '/', '~', '_', '\\']);
        let token = token.trim_start_matches(['*', '_', '~']);
        let called = rest[length..].starts_with("()")
            || (rest[length..].starts_with('(') && is_identifier(token));
        if !token.is_empty() && token.contains(char::is_alphanumeric) {
            if address {
                self.push(address_kind(token), at..at + length, "_url");
            } else {
                let mark = if called || is_code(token) { "_" } else { "" };
                self.push(token, at..at + length, mark);
            }
        }
        if rest[..length].ends_with(['.', ':']) {
            self.before = Boundary::Sentence;
        }
        at + length
    }

    fn push(&mut self, word: &str, origin: Range<usize>, mark: &str) {
        let at = self.text.normal.len();
        self.text.normal.push_str(mark);
        fold_into(word, &mut self.text.normal);
        if self.text.normal.len() == at {
            return;
        }
        self.text.normal.push(' ');
        self.text.words.push(Word {
            at: at as u32,
            origin: origin.start as u32..origin.end as u32,
            before: self.before,
            starts: false,
            negated: false,
            clause: 0,
        });
        self.before = Boundary::None;
    }
}

/// What ends a token, beside white space.
const TOKEN_ENDS: &[char] = &[
    ',', ';', '!', '?', '(', ')', '[', ']', '{', '}', '"', '“', '”', '«', '»', '<', '>', '|', '`',
    '。', '、', '，', '！', '？', '；', '：', '（', '）', '「', '」', '『', '』', '…', '—', '–',
    '→', '=',
];

/// For each byte whether it may end a token: those of ASCII that do, and all others, which may begin a letter that does.
const MAY_END: [bool; 256] = {
    let mut may = [false; 256];
    let mut at = 0;
    while at < TOKEN_ENDS.len() {
        if TOKEN_ENDS[at].is_ascii() {
            may[TOKEN_ENDS[at] as usize] = true;
        }
        at += 1;
    }
    let mut byte = 0;
    while byte < 256 {
        // Of ASCII's white space those that `char::is_whitespace` knows.
        may[byte] |= byte >= 128 || byte == 32 || (byte >= 9 && byte <= 13);
        byte += 1;
    }
    may
};

/// Where the token at the beginning of `rest` ends.
fn end_of_token(rest: &str) -> Option<usize> {
    let mut at = 0;
    loop {
        let may = rest.as_bytes()[at..].iter();
        at += may.take_while(|byte| !MAY_END[usize::from(**byte)]).count();
        let letter = rest[at..].chars().next()?;
        if letter.is_whitespace() || TOKEN_ENDS.contains(&letter) {
            return Some(at);
        }
        at += letter.len_utf8();
    }
}

fn ends_word(rest: &str) -> bool {
    rest.chars()
        .next()
        .is_none_or(|letter| !letter.is_alphanumeric())
}

/// What an address points at, as far as requests care.
fn address_kind(address: &str) -> &'static str {
    for (part, kind) in [
        ("/issues/", "/issue"),
        ("/issue/", "/issue"),
        ("/browse/", "/issue"),
        ("/pull/", "/pull"),
        ("/merge_requests/", "/pull"),
        ("/actions/runs/", "/run"),
    ] {
        if address.contains(part) {
            return kind;
        }
    }
    ""
}

/// Names written with inner capitals that are ordinary words, not identifiers.
const PROPER_NAMES: &[&str] = &[
    "GitHub",
    "GitLab",
    "BitBucket",
    "YouTrack",
    "ClickUp",
    "JavaScript",
    "TypeScript",
    "PyTest",
    "WorkTree",
    "WorkTrees",
    "SubAgent",
    "SubAgents",
];

/// A path, a file name, an identifier: something of the product's, not a word of the request.
fn is_code(token: &str) -> bool {
    // Nearly every word ends here.
    if token.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return false;
    }
    if token.starts_with(['/', '~', '\\', '@'])
        || token.starts_with("./")
        || token.contains('\\')
        || token.contains("::")
    {
        return true;
    }
    if let Some((left, right)) = token.split_once('/') {
        let plain = |part: &str| {
            part.chars()
                .all(|letter| letter.is_alphabetic() || letter == '-')
        };
        // "commit/push", "origin/main" and "feature/login" are words people ask with.
        return !(plain(left)
            && right.chars().all(|letter| {
                letter.is_alphanumeric() || matches!(letter, '-' | '_' | '.' | '/')
            })
            && !right.contains('.'));
    }
    is_file_name(token) || is_identifier(token)
}

/// `README.md`, `user.rb:12`, `v1.2.3-rc.1` not.
fn is_file_name(token: &str) -> bool {
    let bytes = token.as_bytes();
    bytes.windows(3).any(|three| {
        three[1] == b'.' && three[0].is_ascii_alphanumeric() && three[2].is_ascii_alphabetic()
    }) && token.len() > 4
}

/// `snake_case`, `camelCase`, `PascalCase`.
fn is_identifier(token: &str) -> bool {
    if PROPER_NAMES.contains(&token) {
        return false;
    }
    let bytes = token.as_bytes();
    let snake = bytes.windows(3).any(|three| {
        three[1] == b'_' && three[0].is_ascii_alphanumeric() && three[2].is_ascii_alphanumeric()
    });
    let hump = bytes
        .windows(2)
        .any(|two| two[0].is_ascii_lowercase() && two[1].is_ascii_uppercase());
    // "PRs" and "iOS" end or begin with a single odd letter.
    snake || (hump && bytes.len() > 4)
}
