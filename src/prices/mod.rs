//! What models cost: `prices/prices.json`, and a person's own `prices.json` in the data folder before it.
//!
//! Prices belong to requests: a request with a long prompt has others. So each message is priced by itself and
//! money is added up, never tokens first.

mod dollars;
pub mod quick;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs;
use std::io::ErrorKind::{NotADirectory, NotFound};
use std::path::Path;

use serde::Deserialize;
use serde::de::{self, Deserializer};

pub use dollars::{Dollars, thousands};

use crate::usage::{Entry, Tokens};

/// The built-in price list.
const BUILT_IN: &str = include_str!("../../prices/prices.json");
/// A person's own price list, in the data folder.
pub const FILE: &str = "prices.json";

/// A price list.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct List {
    #[serde(rename = "$schema", default)]
    _schema: Option<String>,
    date: Option<String>,
    source: Option<String>,
    web_search: Option<Rate>,
    us_inference: Option<Rate>,
    models: Vec<Model>,
}

/// A model and its prices.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Model {
    #[serde(deserialize_with = "filled")]
    id: String,
    family: Option<String>,
    name: Option<String>,
    #[serde(default)]
    aliases: Vec<String>,
    // Not one flattened struct: that would let unknown fields pass, and a misspelt price with them.
    input: Rate,
    output: Rate,
    cache_write_5m: Rate,
    cache_write_1h: Rate,
    cache_read: Rate,
    long_prompt: Option<LongPrompt>,
    fast: Option<Rates>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct LongPrompt {
    above_prompt_tokens: u64,
    input: Rate,
    output: Rate,
    cache_write_5m: Rate,
    cache_write_1h: Rate,
    cache_read: Rate,
}

/// Dollars per million tokens.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Rates {
    input: Rate,
    output: Rate,
    cache_write_5m: Rate,
    cache_write_1h: Rate,
    cache_read: Rate,
}

/// A number that can be a price: not negative, not beyond all sense.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Rate(f64);

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let rate = f64::deserialize(from)?;
        if (0.0..=100_000.0).contains(&rate) {
            Ok(Self(rate))
        } else {
            Err(de::Error::custom(format!(
                "a price of {rate} is not between 0 and 100000 dollars per million tokens"
            )))
        }
    }
}

fn filled<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text = String::deserialize(from)?;
    if text.trim().is_empty() {
        return Err(de::Error::custom("a model needs an id"));
    }
    Ok(text)
}

impl Rates {
    fn cost(self, tokens: &Tokens) -> Dollars {
        #[allow(
            clippy::cast_precision_loss,
            reason = "counts of tokens are far below 2^53"
        )]
        let part = |count: u64, rate: Rate| count as f64 * rate.0;
        let millionths = part(tokens.input, self.input)
            + part(tokens.output, self.output)
            + part(tokens.cache_write_5m, self.cache_write_5m)
            + part(tokens.cache_write_1h, self.cache_write_1h)
            + part(tokens.cache_read, self.cache_read);
        Dollars(millionths / 1e6)
    }
}

impl Model {
    fn rates(&self, tokens: &Tokens, fast: bool) -> Rates {
        if let Some(fast) = self.fast.filter(|_| fast) {
            return fast;
        }
        match &self.long_prompt {
            Some(long) if tokens.prompt() > long.above_prompt_tokens => Rates {
                input: long.input,
                output: long.output,
                cache_write_5m: long.cache_write_5m,
                cache_write_1h: long.cache_write_1h,
                cache_read: long.cache_read,
            },
            _ => Rates {
                input: self.input,
                output: self.output,
                cache_write_5m: self.cache_write_5m,
                cache_write_1h: self.cache_write_1h,
                cache_read: self.cache_read,
            },
        }
    }
}

/// The prices of all known models.
#[derive(Debug, Clone)]
pub struct Prices {
    models: Vec<Model>,
    /// Place in `models` by plain ID or alias.
    places: HashMap<String, usize>,
    date: String,
    source: String,
    web_search: f64,
    us_inference: f64,
    own: usize,
}

impl Prices {
    /// The built-in prices, and before them those of `prices.json` in `data_folder`, if there is one.
    ///
    /// # Errors
    /// When that file cannot be read or is not of the form that `prices/schema.json` describes; the text names the
    /// file, the line and the mend.
    pub fn load(data_folder: Option<&Path>) -> Result<Self, String> {
        let built_in: List = serde_json::from_str(BUILT_IN)
            .map_err(|error| format!("the built-in prices: {error}"))?;
        let own = match data_folder.map(|folder| folder.join(FILE)) {
            Some(file) => read(&file)?,
            None => None,
        };
        let mut prices = Self {
            models: Vec::new(),
            places: HashMap::new(),
            date: built_in.date.clone().unwrap_or_default(),
            source: built_in.source.clone().unwrap_or_default(),
            web_search: 0.0,
            us_inference: 1.0,
            own: own.as_ref().map_or(0, |own| own.models.len()),
        };
        // A name stands for the model that has it first.
        for list in own.into_iter().chain([built_in]).rev() {
            prices.web_search = list.web_search.map_or(prices.web_search, |rate| rate.0);
            prices.us_inference = list.us_inference.map_or(prices.us_inference, |rate| rate.0);
            for model in list.models {
                let place = prices.models.len();
                for name in std::iter::once(&model.id).chain(&model.aliases) {
                    prices.places.insert(plain(name).into_owned(), place);
                }
                prices.models.push(model);
            }
        }
        Ok(prices)
    }

    /// What one message with `usage` costs on `model` at its ordinary prices; `None` for an unknown model.
    /// Only ever of one message: a long prompt has other prices, so the sum of many messages' tokens has none.
    #[must_use]
    pub fn cost(&self, model: &str, usage: &Tokens) -> Option<Dollars> {
        let model = self.model(model)?;
        Some(model.rates(usage, false).cost(usage))
    }

    /// What `message` cost: by its own word, else at the prices of its model, fast mode, inference confined to the
    /// United States and web searches included; `None` for an unknown model. What the client wrote itself cost
    /// nothing.
    #[must_use]
    pub fn message(&self, message: &Entry<'_>) -> Option<Dollars> {
        if let Some(cost) = message.cost {
            return Some(Dollars(cost));
        }
        if message.synthetic() {
            return Some(Dollars::default());
        }
        self.charge(
            &message.model,
            &message.tokens,
            Terms {
                fast: message.fast,
                us: message.us,
                web_searches: message.web_searches,
            },
        )
    }

    /// What one message with `usage` costs on `model` under `terms`; `None` for an unknown model.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "a count of searches")]
    pub fn charge(&self, model: &str, usage: &Tokens, terms: Terms) -> Option<Dollars> {
        let model = self.model(model)?;
        let tokens = model.rates(usage, terms.fast).cost(usage);
        let times = if terms.us { self.us_inference } else { 1.0 };
        let searches = Dollars(self.web_search * terms.web_searches as f64);
        Some(tokens * times + searches)
    }

    /// Whether the model has a price.
    #[must_use]
    pub fn knows(&self, model: &str) -> bool {
        self.model(model).is_some()
    }

    /// The model's short name: `haiku`, `opus`. An unknown model is called by its whole ID.
    #[must_use]
    pub fn short<'a>(&'a self, model: &'a str) -> &'a str {
        let known = self.model(model).and_then(|known| known.family.as_deref());
        known.unwrap_or(model)
    }

    /// The model's full name: `Haiku 5.5`. An unknown model is called by its whole ID.
    #[must_use]
    pub fn name<'a>(&'a self, model: &'a str) -> &'a str {
        let known = self.model(model).and_then(|known| known.name.as_deref());
        known.unwrap_or(model)
    }

    /// When and where the built-in prices were right, and how many of the person's own stand before them.
    #[must_use]
    pub fn origin(&self) -> (&str, &str, usize) {
        (&self.date, &self.source, self.own)
    }

    /// The IDs of all models that have a price.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.models.iter().map(|model| model.id.as_str())
    }

    fn model(&self, id: &str) -> Option<&Model> {
        let place = self
            .places
            .get(id)
            .or_else(|| self.places.get(&*plain(id)))?;
        self.models.get(*place)
    }
}

/// What changes a message's price beside its model and tokens.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// Answered in fast mode.
    pub fast: bool,
    /// Inference was confined to the United States.
    pub us: bool,
    /// Web searches by the service.
    pub web_searches: u64,
}

fn read(file: &Path) -> Result<Option<List>, String> {
    let form = "mend: write {\"models\":[{\"id\":…,\"input\":…,\"output\":…,\"cacheWrite5m\":…,\"cacheWrite1h\":…,\"cacheRead\":…}]}, in dollars per million tokens, or remove the file";
    let bytes = match fs::read(file) {
        Err(error) if matches!(error.kind(), NotFound | NotADirectory) => return Ok(None),
        Err(error) => {
            return Err(format!(
                "{}: {error}\n  mend: make it a readable file, or remove it",
                file.display()
            ));
        }
        Ok(bytes) => bytes,
    };
    serde_json::from_slice(&bytes).map(Some).map_err(|error| {
        format!(
            "{}:{}:{}: {error}\n  {form}",
            file.display(),
            error.line(),
            error.column()
        )
    })
}

/// A model's ID without what does not change its price: the date at its end, `[1m]`, a provider's decorations
/// (`us.anthropic.…-v1:0`, `…@20250929`).
fn plain(id: &str) -> Cow<'_, str> {
    if id.bytes().any(|byte| byte.is_ascii_uppercase()) {
        let id = id.to_ascii_lowercase();
        return Cow::Owned(undecorated(&id).to_owned());
    }
    Cow::Borrowed(undecorated(id))
}

fn undecorated(id: &str) -> &str {
    let mut id = id.trim();
    id = id.strip_suffix("[1m]").unwrap_or(id);
    if !id.starts_with("claude") {
        id = id.rsplit_once("anthropic.").map_or(id, |(_, rest)| rest);
        id = id.rsplit_once('/').map_or(id, |(_, rest)| rest);
    }
    let is_version = |tail: &str| {
        let mut bytes = tail.bytes();
        !tail.is_empty() && bytes.all(|byte| byte.is_ascii_digit() || byte == b':')
    };
    let version = id.rsplit_once("-v").filter(|(_, tail)| is_version(tail));
    id = version.map_or(id, |(head, _)| head);
    id = id.strip_suffix("-latest").unwrap_or(id);
    let is_date = |tail: &str| tail.len() == 8 && tail.bytes().all(|byte| byte.is_ascii_digit());
    let date = id.rsplit_once(['-', '@']).filter(|(_, tail)| is_date(tail));
    date.map_or(id, |(head, _)| head)
}
