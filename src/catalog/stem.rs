//! Stems of English words.

/// Endings, what remains of them, and how long the stem has to be.
const ENDINGS: [(&str, &str, usize); 19] = [
    ("izations", "ize", 3),
    ("ization", "ize", 3),
    ("ational", "ate", 3),
    ("fulness", "ful", 3),
    ("iveness", "ive", 3),
    ("ations", "ate", 3),
    ("ation", "ate", 3),
    ("ators", "ate", 3),
    ("ator", "ate", 3),
    ("ities", "ity", 3),
    ("ments", "ment", 3),
    ("ement", "e", 4),
    ("ility", "le", 3),
    ("ing", "", 2),
    ("edly", "", 3),
    ("ed", "", 2),
    ("ly", "", 4),
    ("ers", "er", 3),
    ("ness", "", 3),
];

/// Cuts English endings, so that "optimizing", "optimization" and "optimizes" meet. Rough, and the same everywhere.
pub(super) fn stem(word: &mut String) {
    if word.len() <= 3
        || !word
            .bytes()
            .all(|byte| byte.is_ascii_alphabetic() || byte == b'_')
    {
        return;
    }
    if word.ends_with("ies") && word.len() > 4 {
        word.truncate(word.len() - 3);
        word.push('y');
    } else if ["sses", "xes", "ches", "shes", "zes"]
        .iter()
        .any(|end| word.ends_with(end))
    {
        word.truncate(word.len() - 2);
    } else if word.ends_with('s') && !["ss", "us", "is"].iter().any(|end| word.ends_with(end)) {
        word.pop();
    }
    // Most words end otherwise.
    if matches!(
        word.as_bytes().last(),
        Some(b's' | b'n' | b'l' | b'r' | b't' | b'y' | b'g' | b'd')
    ) {
        cut_ending(word);
    }
    if word.len() > 4 && word.ends_with('e') {
        word.pop();
    }
}

fn cut_ending(word: &mut String) {
    for (ending, rest, least) in ENDINGS {
        let Some(base) = word.strip_suffix(ending) else {
            continue;
        };
        if base.len() < least {
            continue;
        }
        let verb = matches!(ending, "ing" | "ed");
        if verb && !base.contains(['a', 'e', 'i', 'o', 'u', 'y']) {
            return;
        }
        let length = base.len();
        word.truncate(length);
        word.push_str(rest);
        if verb && length > 3 {
            let bytes = word.as_bytes();
            let (last, before) = (bytes[length - 1], bytes[length - 2]);
            if last == before && !matches!(last, b'l' | b's' | b'z') {
                word.pop();
            }
        }
        return;
    }
}

#[cfg(test)]
mod tests {
    use super::stem;

    #[test]
    fn forms_of_a_word_meet() {
        let stemmed = |word: &str| {
            let mut word = word.to_owned();
            stem(&mut word);
            word
        };
        for (a, b) in [
            ("optimizing", "optimization"),
            ("queries", "query"),
            ("dependencies", "dependency"),
            ("deployed", "deploy"),
            ("running", "run"),
            ("containers", "container"),
            ("migrations", "migrate"),
        ] {
            assert_eq!(stemmed(a), stemmed(b));
        }
    }
}
