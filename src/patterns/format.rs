//! The pattern file as written: `patterns/<route>.json`, described by `patterns/schema.json`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use serde_json::value::RawValue;

/// A string that remembers where in the file it stands, so that a fault in it can be pointed at.
#[derive(Debug, Clone)]
pub struct Text<'a> {
    /// The string's value.
    pub value: String,
    raw: &'a str,
}

impl Text<'_> {
    /// Byte offset of the string's opening quote in `source`, the text the file was parsed from.
    #[must_use]
    pub fn offset(&self, source: &str) -> usize {
        (self.raw.as_ptr() as usize).saturating_sub(source.as_ptr() as usize)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(from)?.get();
        let value = serde_json::from_str(raw)
            .map_err(|_| D::Error::custom(format!("expected a string, found `{raw}`")))?;
        Ok(Self { value, raw })
    }
}

/// What a route leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A skill: guides in the main conversation.
    Skill,
    /// A sub-agent: works in a context of its own.
    Agent,
}

/// Which part of the work the target does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// Teaches and advises in the main conversation.
    Guidance,
    /// Plans, decides, coordinates.
    Orchestration,
    /// Does the work.
    Execution,
}

/// The skill or agent a route leads to.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target<'a> {
    /// Skill or agent.
    pub kind: Kind,
    /// Name without the plugin's prefix: lower-case letters, digits, hyphens.
    #[serde(borrow)]
    pub name: Text<'a>,
    /// `haiku`, `sonnet`, `opus`, or `inherit` for what runs on the conversation's model.
    pub model: Text<'a>,
    /// Which part of the work it does.
    pub tier: Tier,
}

/// Phrases that speak for the route wherever they stand in what the person typed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keywords<'a> {
    /// How sure one of them alone makes the router, 0 to 1.
    pub weight: f32,
    /// Lower-case phrases, matched as whole words.
    #[serde(borrow)]
    pub phrases: Vec<Text<'a>>,
}

/// Where a regex may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum At {
    /// Where a request can begin: at the head of a clause, after "please", "can you", "and then" …
    #[default]
    Start,
    /// At any word.
    Word,
    /// At any character: for languages that do not put spaces between words.
    Inside,
}

/// A regex that speaks for the route.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pattern<'a> {
    /// The regex over the normalised text (lower case, one space between words).
    #[serde(borrow)]
    pub regex: Text<'a>,
    /// How sure a match alone makes the router, 0 to 1.
    pub weight: f32,
    /// Where it may begin.
    #[serde(default)]
    pub at: At,
}

/// How far a veto reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// The sentence it matches in.
    #[default]
    Sentence,
    /// The whole prompt.
    Prompt,
}

/// A regex that speaks against the route.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Veto<'a> {
    /// The regex over the normalised text.
    #[serde(borrow)]
    pub regex: Text<'a>,
    /// Where it may begin.
    #[serde(default = "anywhere")]
    pub at: At,
    /// How far it reaches.
    #[serde(default)]
    pub scope: Scope,
}

const fn anywhere() -> At {
    At::Word
}

/// One route: what it is for, where it leads, what speaks for and against it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct RouteFile<'a> {
    /// The schema editors complete by.
    #[serde(rename = "$schema")]
    pub schema: Option<String>,
    /// The route's ID: the file's name without `.json`.
    #[serde(borrow)]
    pub route: Text<'a>,
    /// What the route is for, for people who read the file.
    pub purpose: Text<'a>,
    /// The skill or agent.
    pub target: Target<'a>,
    /// What the target does, as the hint says it: "runs the project's tests …".
    pub does: Text<'a>,
    /// When the request is better answered in the conversation itself, as the hint says it.
    pub stay: Text<'a>,
    /// The confidence below which the route stays silent.
    #[serde(default = "usual_threshold")]
    pub threshold: f32,
    /// Named pieces of regex; `{name}` stands for them in this file's regexes.
    #[serde(default)]
    pub words: BTreeMap<String, Text<'a>>,
    /// Phrases that speak for the route.
    #[serde(default)]
    pub keywords: Vec<Keywords<'a>>,
    /// Regexes that speak for the route.
    #[serde(default)]
    pub patterns: Vec<Pattern<'a>>,
    /// Regexes that speak against it.
    #[serde(default)]
    pub vetoes: Vec<Veto<'a>>,
    /// Prompts that must take this route.
    pub examples: Vec<Text<'a>>,
    /// Prompts that must not.
    pub counter_examples: Vec<Text<'a>>,
}

const fn usual_threshold() -> f32 {
    0.5
}
