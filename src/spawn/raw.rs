//! The members of a JSON object as they stand in its text, byte for byte: what goes back to the client must be what
//! came from it.

/// The value of `name` in the JSON object `object`, without the space around it; `None` where it is missing, stands
/// twice, or a name is written with escapes. `object` must be valid JSON.
#[must_use]
pub fn member<'a>(object: &'a str, name: &str) -> Option<&'a str> {
    let mut found = None;
    let bytes = object.as_bytes();
    let mut at = after_space(bytes, object.find('{')? + 1);
    while bytes.get(at) == Some(&b'"') {
        let end = string_end(bytes, at)?;
        let key = object.get(at + 1..end - 1)?;
        if key.contains('\\') {
            return None;
        }
        at = after_space(bytes, end);
        if bytes.get(at) != Some(&b':') {
            return None;
        }
        let from = after_space(bytes, at + 1);
        let to = value_end(bytes, from)?;
        if key == name {
            if found.is_some() {
                return None;
            }
            found = object.get(from..to);
        }
        at = after_space(bytes, to);
        if bytes.get(at) == Some(&b',') {
            at = after_space(bytes, at + 1);
        }
    }
    (bytes.get(at) == Some(&b'}')).then_some(found)?
}

/// `object` with `"model":"…"` behind its last member; nothing else in it changes. `None` where it is no object with
/// members.
#[must_use]
pub fn with_model(object: &str, model: &str) -> Option<String> {
    let inside = object.trim().strip_prefix('{')?.strip_suffix('}')?;
    let kept = inside.trim_end();
    if kept.trim_start().is_empty() {
        return None;
    }
    Some(format!("{{{kept},\"model\":\"{model}\"}}"))
}

fn after_space(bytes: &[u8], mut at: usize) -> usize {
    while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
        at += 1;
    }
    at
}

/// Behind the string that begins at `at`.
fn string_end(bytes: &[u8], at: usize) -> Option<usize> {
    let mut at = at + 1;
    loop {
        match bytes.get(at)? {
            b'\\' => at += 2,
            b'"' => return Some(at + 1),
            _ => at += 1,
        }
    }
}

/// Behind the value that begins at `at`.
fn value_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    loop {
        match bytes.get(at)? {
            b'"' => at = string_end(bytes, at)?,
            b'{' | b'[' => {
                depth += 1;
                at += 1;
            }
            b'}' | b']' if depth > 0 => {
                depth -= 1;
                at += 1;
            }
            b',' | b'}' | b']' if depth == 0 => {
                while bytes[at - 1].is_ascii_whitespace() {
                    at -= 1;
                }
                return Some(at);
            }
            _ => {
                at += 1;
                continue;
            }
        }
        if depth == 0 && !matches!(bytes.get(at), Some(b' ' | b'\n' | b'\t' | b'\r')) {
            return Some(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{member, with_model};

    #[test]
    fn members_are_found_as_they_stand() {
        let json = r#" { "a" : 1.50 , "b":"x\"}, \"c\":2", "c" : {"a":[1,{"b":"]"}]} ,"d":null} "#;
        assert_eq!(member(json, "a"), Some("1.50"));
        assert_eq!(member(json, "b"), Some(r#""x\"}, \"c\":2""#));
        assert_eq!(member(json, "c"), Some(r#"{"a":[1,{"b":"]"}]}"#));
        assert_eq!(member(json, "d"), Some("null"));
        assert_eq!(member(json, "e"), None);
        assert_eq!(member(r#"{"a":1,"a":2}"#, "a"), None, "it stands twice");
        assert_eq!(member(r#"{"\u0061":1,"b":2}"#, "b"), None, "escaped names");
        assert_eq!(member("[1]", "a"), None);
        assert_eq!(member("{}", "a"), None);
    }

    #[test]
    fn a_model_is_added_and_nothing_else_changes() {
        let raw = r#"{"prompt":"a \ud83d é \u00e9","n":1.0e3, "x":{"y":[]} }"#;
        assert_eq!(
            with_model(raw, "haiku").as_deref(),
            Some(r#"{"prompt":"a \ud83d é \u00e9","n":1.0e3, "x":{"y":[]},"model":"haiku"}"#)
        );
        assert_eq!(with_model("{ }", "haiku"), None);
        assert_eq!(with_model("[1]", "haiku"), None);
    }
}
