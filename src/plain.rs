//! Names and texts that others wrote, made fit to be shown.

/// `text` as one line of at most `longest` characters that cannot move the cursor, turn the text around or look like
/// a tag.
#[must_use]
pub fn one_line(text: &str, longest: usize) -> String {
    let mut line = String::new();
    let mut letters = 0;
    for word in text
        .split(|letter: char| is_harmful(letter) || letter.is_whitespace())
        .filter(|word| !word.is_empty())
    {
        for letter in line
            .chars()
            .next()
            .map(|_| ' ')
            .into_iter()
            .chain(word.chars())
        {
            if letters == longest {
                let last = line.char_indices().next_back();
                line.truncate(last.map_or(0, |(at, _)| at));
                line.push('…');
                return line;
            }
            line.push(letter);
            letters += 1;
        }
    }
    line
}

/// Whether `letter` moves the cursor, turns the text around, is not seen at all, or begins or ends a tag. Joiners and
/// what chooses an emoji's colour are left: scripts and emoji need them.
#[must_use]
pub fn is_harmful(letter: char) -> bool {
    letter.is_control()
        || matches!(
            letter,
            '<' | '>'
                | '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn a_line_is_short_and_harmless() {
        assert_eq!(
            one_line("run\n\tthe \u{1b}[2Jtests\u{202e}", 80),
            "run the [2Jtests"
        );
        assert_eq!(one_line("<b>bold</b>", 80), "b bold /b");
        assert_eq!(one_line("a\u{200b}b\u{e0041}c\u{feff}", 80), "a b c");
        assert_eq!(one_line(&"ü".repeat(80), 80), "ü".repeat(80));
        let cut = one_line(&"ü".repeat(81), 80);
        assert_eq!(cut, format!("{}…", "ü".repeat(79)));
        assert_eq!(one_line("ab cd", 3), "ab…");
    }
}
