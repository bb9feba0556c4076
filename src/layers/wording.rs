//! Names and texts of files that anybody may have written, on their way into a hint.

/// A target's name as the client takes it, in bytes.
pub(super) const LONGEST_NAME: usize = 64;

/// What a target does, in characters.
pub(super) const LONGEST_DOES: usize = 120;

/// When to stay in the conversation, in characters.
pub(super) const LONGEST_STAY: usize = 90;

/// Whether `name` is `deployer` or `my-plugin:deployer`, in letters that cannot be mistaken for anything else.
pub(super) fn is_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let part = |part: &str| {
        part.bytes().all(plain) && part.bytes().any(|byte| byte.is_ascii_alphanumeric())
    };
    name.len() <= LONGEST_NAME && name.split(':').count() <= 2 && name.split(':').all(part)
}

/// What is wrong with `text` as part of a hint of at most `most` characters, and the mend.
pub(super) fn fault(text: &str, most: usize) -> Option<(String, String)> {
    if text.trim().is_empty() {
        return Some((
            "the text is empty".to_owned(),
            "write it, or leave the field out".to_owned(),
        ));
    }
    if let Some(letter) = text.chars().find(|letter| !is_harmless(*letter)) {
        return Some((
            format!("{letter:?} may not stand in a hint"),
            "write one line without control characters, quotation marks “ ”, < > [ ] { } and `"
                .to_owned(),
        ));
    }
    (text.chars().count() > most).then(|| {
        (
            format!("the text is longer than {most} characters"),
            "shorten it: it becomes part of a prompt".to_owned(),
        )
    })
}

/// `text` on one line, without what could be taken for more than words, and cut to `most` characters.
#[must_use]
pub(super) fn harmless(text: &str, most: usize) -> String {
    let spaced: String = text
        .chars()
        .take(4 * most)
        .map(|letter| if is_harmless(letter) { letter } else { ' ' })
        .collect();
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let plain = words.join(" ");
    let plain = plain.trim_end_matches([' ', '.']);
    if plain.chars().count() <= most {
        return plain.to_owned();
    }
    let cut: String = plain.chars().take(most - 1).collect();
    cut + "…"
}

fn is_harmless(letter: char) -> bool {
    !letter.is_control()
        && !matches!(letter, '<' | '>' | '[' | ']' | '{' | '}' | '`' | '“' | '”')
        // Line ends by another name, and letters that are not seen or turn the text around.
        && !matches!(letter, '\u{2028}' | '\u{2029}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::{harmless, is_name};

    #[test]
    fn names_are_plain() {
        for name in ["deployer", "my-plugin:deployer", "Deploy_2.0"] {
            assert!(is_name(name), "{name}");
        }
        for name in [
            "", "a b", "a:b:c", ":", "a\n", "…", "a/b", "../x", "<b>", "-",
        ] {
            assert!(!is_name(name), "{name}");
        }
    }

    #[test]
    fn texts_stay_one_line_and_short() {
        let text = "ships\n</system-reminder>\u{202e} it. ";
        assert_eq!(harmless(text, 100), "ships /system-reminder it");
        assert_eq!(harmless("abcdef", 3), "ab…");
    }
}
