//! The form of a JSON file: its order, blanks and names, without its values. The client writes settings in an order of
//! its own; by the form a file that says the same as before can be put back as it was.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The form of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Form {
    /// The file with `0` for each value that is no object and no list.
    form: String,
    /// Of the whole file.
    hash: u64,
}

impl Form {
    /// The form of the JSON `text`; `None` where it is none.
    pub(super) fn of(text: &str) -> Option<Self> {
        let _: Value = serde_json::from_str(text).ok()?;
        let mut form = String::new();
        Scan::new(text).copy(None, &mut form)?;
        Some(Self {
            form,
            hash: hash(text),
        })
    }

    /// The file as it was, where `text` says the same; `None` where it says something else.
    pub(super) fn restored(&self, text: &str) -> Option<String> {
        let value: Value = serde_json::from_str(text).ok()?;
        let mut restored = String::new();
        Scan::new(&self.form).copy(Some(&value), &mut restored)?;
        (hash(&restored) == self.hash).then_some(restored)
    }
}

fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// A place in a JSON text.
struct Scan<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Scan<'t> {
    fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    /// Copies all of the text, values from `value`, or `0` without one.
    fn copy(mut self, value: Option<&Value>, out: &mut String) -> Option<()> {
        self.blanks(out);
        self.value(value, out)?;
        self.blanks(out);
        (self.at == self.text.len()).then_some(())
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, end: usize) -> Option<&'t str> {
        let taken = self.text.get(self.at..end)?;
        self.at = end;
        Some(taken)
    }

    /// Copies one byte, which is ASCII.
    fn mark(&mut self, out: &mut String) -> Option<u8> {
        let mark = self.peek()?;
        out.push_str(self.take(self.at + 1)?);
        Some(mark)
    }

    fn blanks(&mut self, out: &mut String) {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let blanks = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
        out.push_str(self.take(self.at + blanks).unwrap_or_default());
    }

    /// A string, a number or a word.
    fn scalar(&mut self) -> Option<&'t str> {
        let rest = self.text.as_bytes().get(self.at..)?;
        let length = if rest.first() == Some(&b'"') {
            let mut escaped = false;
            let end = rest.iter().skip(1).position(|byte| {
                let ends = *byte == b'"' && !escaped;
                escaped = *byte == b'\\' && !escaped;
                ends
            });
            end? + 2
        } else {
            let ends = |byte: &u8| b",]} \t\r\n".contains(byte);
            rest.iter().position(ends).unwrap_or(rest.len())
        };
        self.take(self.at + length)
    }

    fn value(&mut self, value: Option<&Value>, out: &mut String) -> Option<()> {
        match self.peek()? {
            b'{' => self.members(value, out),
            b'[' => self.items(value, out),
            _ => {
                self.scalar()?;
                match value {
                    None => out.push('0'),
                    Some(Value::Object(_) | Value::Array(_)) => return None,
                    Some(value) => out.push_str(&value.to_string()),
                }
                Some(())
            }
        }
    }

    fn members(&mut self, value: Option<&Value>, out: &mut String) -> Option<()> {
        let object = value
            .map(Value::as_object)
            .map_or(Some(None), |it| it.map(Some))?;
        let mut count = 0;
        self.mark(out)?;
        self.blanks(out);
        while self.peek()? != b'}' {
            let name = self.scalar()?;
            out.push_str(name);
            let name: String = serde_json::from_str(name).ok()?;
            self.blanks(out);
            self.mark(out)?;
            self.blanks(out);
            let member = match object {
                None => None,
                Some(object) => Some(object.get(&name)?),
            };
            self.value(member, out)?;
            self.next(out)?;
            count += 1;
        }
        self.mark(out)?;
        object
            .is_none_or(|object| object.len() == count)
            .then_some(())
    }

    fn items(&mut self, value: Option<&Value>, out: &mut String) -> Option<()> {
        let list = value
            .map(Value::as_array)
            .map_or(Some(None), |it| it.map(Some))?;
        let mut count = 0;
        self.mark(out)?;
        self.blanks(out);
        while self.peek()? != b']' {
            let item = match list {
                None => None,
                Some(list) => Some(list.get(count)?),
            };
            self.value(item, out)?;
            self.next(out)?;
            count += 1;
        }
        self.mark(out)?;
        list.is_none_or(|list| list.len() == count).then_some(())
    }

    /// On to the next member or item, or to the end.
    fn next(&mut self, out: &mut String) -> Option<()> {
        self.blanks(out);
        if self.peek()? == b',' {
            self.mark(out)?;
            self.blanks(out);
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::Form;

    #[test]
    fn a_form_has_no_values_and_brings_the_file_back() {
        let text = "{\"b\": {\"KEY\":  \"secret \\\" 1\"},\n\t\"a\": [1, true, null, {\"x\": []}], \"c\": \"é\"}\r\n";
        let form = Form::of(text).expect("JSON");
        assert_eq!(
            form.form,
            "{\"b\": {\"KEY\":  0},\n\t\"a\": [0, 0, 0, {\"x\": []}], \"c\": 0}\r\n"
        );
        let value: Value = serde_json::from_str(text).expect("JSON");
        assert_eq!(form.restored(&value.to_string()).as_deref(), Some(text));
        for (from, to) in [
            ("secret", "other"),
            ("true", "false"),
            ("\"c\"", "\"d\""),
            ("[]", "[1]"),
            ("null", "{}"),
        ] {
            let changed = value.to_string().replace(from, to);
            assert_eq!(form.restored(&changed), None, "{changed}");
        }
        assert_eq!(Form::of("{\"a\": }"), None);
        assert_eq!(Form::of(""), None);
    }

    proptest! {
        #[test]
        fn any_file_comes_back(
            values in prop::collection::vec(
                r#""x\\"[a-z]é"|-?[1-9]{1,3}|null|\[ ?\]|\[1, ?"z"\]|\{\}|\{ "q" : true\}"#,
                0..5,
            ),
            blank in "[ \n\t]{0,3}",
        ) {
            let names = ["zeta", "alpha", "é", "a\\u0041", ""];
            let members: Vec<String> = names
                .iter()
                .zip(&values)
                .map(|(name, value)| format!("{blank}\"{name}\":{blank}{value}{blank}"))
                .collect();
            let text = format!("{{{}}}{blank}", members.join(","));
            let form = Form::of(&text).expect("JSON");
            let value: Value = serde_json::from_str(&text).expect("JSON");
            let restored = form.restored(&value.to_string());
            prop_assert_eq!(restored, Some(text));
        }
    }
}
