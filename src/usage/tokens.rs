//! Tokens by the kinds that have prices of their own.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign};

use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

/// What one message used, or many together. `message.usage` of a transcript's line deserializes to it.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Tokens {
    /// Prompt tokens that came from no cache.
    pub input: u64,
    /// Answer tokens.
    pub output: u64,
    /// Prompt tokens written to the cache for five minutes.
    pub cache_write_5m: u64,
    /// Prompt tokens written to the cache for an hour.
    pub cache_write_1h: u64,
    /// Prompt tokens read from the cache.
    pub cache_read: u64,
}

impl Tokens {
    /// Prompt tokens written to the cache, for however long.
    #[must_use]
    pub fn cache_write(&self) -> u64 {
        self.cache_write_5m.saturating_add(self.cache_write_1h)
    }

    /// The whole prompt.
    #[must_use]
    pub fn prompt(&self) -> u64 {
        self.input
            .saturating_add(self.cache_write())
            .saturating_add(self.cache_read)
    }

    /// Prompt and answer.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.prompt().saturating_add(self.output)
    }
}

impl Add for Tokens {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            input: self.input.saturating_add(other.input),
            output: self.output.saturating_add(other.output),
            cache_write_5m: self.cache_write_5m.saturating_add(other.cache_write_5m),
            cache_write_1h: self.cache_write_1h.saturating_add(other.cache_write_1h),
            cache_read: self.cache_read.saturating_add(other.cache_read),
        }
    }
}

impl AddAssign for Tokens {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Tokens {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), Add::add)
    }
}

impl<'de> Deserialize<'de> for Tokens {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Usage::deserialize(from).map(|usage| usage.tokens())
    }
}

/// `message.usage`, as far as prices depend on it. Unknown fields are ignored, missing and null ones count as 0.
#[derive(Deserialize)]
pub(super) struct Usage {
    #[serde(default, deserialize_with = "count")]
    input_tokens: u64,
    #[serde(default, deserialize_with = "count")]
    output_tokens: u64,
    #[serde(default, deserialize_with = "count")]
    cache_creation_input_tokens: u64,
    #[serde(default, deserialize_with = "count")]
    cache_read_input_tokens: u64,
    #[serde(default)]
    cache_creation: Option<CacheCreation>,
    #[serde(default)]
    server_tool_use: Option<ServerTools>,
    #[serde(default)]
    speed: Word,
    #[serde(default)]
    inference_geo: Word,
}

#[derive(Deserialize)]
struct CacheCreation {
    #[serde(default, deserialize_with = "count")]
    ephemeral_5m_input_tokens: u64,
    #[serde(default, deserialize_with = "count")]
    ephemeral_1h_input_tokens: u64,
}

#[derive(Deserialize)]
struct ServerTools {
    #[serde(default, deserialize_with = "count")]
    web_search_requests: u64,
}

/// One of the words that change the price; anything else, of whatever type, is `Other`.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
enum Word {
    Fast,
    Us,
    #[default]
    Other,
}

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(WordVisitor)
    }
}

struct WordVisitor;

impl<'de> Visitor<'de> for WordVisitor {
    type Value = Word;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a word")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Word, E> {
        Ok(match text {
            "fast" => Word::Fast,
            "us" => Word::Us,
            _ => Word::Other,
        })
    }

    fn visit_unit<E: Error>(self) -> Result<Word, E> {
        Ok(Word::Other)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Word, E> {
        Ok(Word::Other)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Word, E> {
        Ok(Word::Other)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Word, E> {
        Ok(Word::Other)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Word, E> {
        Ok(Word::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Word, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Word::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Word, A::Error> {
        while fields.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Word::Other)
    }
}

impl Usage {
    pub(super) fn tokens(&self) -> Tokens {
        let (five_minutes, one_hour) = match &self.cache_creation {
            Some(split) => (
                split.ephemeral_5m_input_tokens,
                split.ephemeral_1h_input_tokens,
            ),
            // Older clients do not tell how long; five minutes was the only choice then.
            None => (self.cache_creation_input_tokens, 0),
        };
        Tokens {
            input: self.input_tokens,
            output: self.output_tokens,
            cache_write_5m: five_minutes,
            cache_write_1h: one_hour,
            cache_read: self.cache_read_input_tokens,
        }
    }

    /// Answered in fast mode, at that mode's prices.
    pub(super) fn fast(&self) -> bool {
        self.speed == Word::Fast
    }

    /// Inference was confined to the United States, which costs more.
    pub(super) fn us(&self) -> bool {
        self.inference_geo == Word::Us
    }

    pub(super) fn web_searches(&self) -> u64 {
        self.server_tool_use
            .as_ref()
            .map_or(0, |tools| tools.web_search_requests)
    }
}

fn count<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    Ok(Option::<u64>::deserialize(from)?.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::Tokens;

    fn tokens(json: &str) -> Tokens {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn the_split_of_cache_writes_counts_where_it_is_told() {
        let told = tokens(
            r#"{"input_tokens":1,"output_tokens":2,"cache_creation_input_tokens":300,"cache_read_input_tokens":4,
                "cache_creation":{"ephemeral_5m_input_tokens":100,"ephemeral_1h_input_tokens":200},"later":[{}],"speed":null}"#,
        );
        assert_eq!((told.cache_write_5m, told.cache_write_1h), (100, 200));
        assert_eq!((told.prompt(), told.total()), (305, 307));
        let untold = tokens(
            r#"{"cache_creation_input_tokens":300,"cache_creation":null,"input_tokens":null}"#,
        );
        assert_eq!((untold.cache_write_5m, untold.cache_write_1h), (300, 0));
    }

    #[test]
    fn sums_do_not_overflow() {
        let much = Tokens {
            input: u64::MAX,
            output: 1,
            ..Tokens::default()
        };
        let sum: Tokens = [much, much].into_iter().sum();
        assert_eq!(
            (sum.input, sum.output, sum.total()),
            (u64::MAX, 2, u64::MAX)
        );
    }
}
