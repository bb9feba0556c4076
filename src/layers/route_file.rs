//! A route file of a person or a project: the built-in ones' format, of which what the layer below says may be missing.

use std::collections::{BTreeMap, HashSet};

use serde::Deserialize;

use super::own::{Faults, OwnRoute, Phrase, Rule};
use super::wording::{self, LONGEST_DOES, LONGEST_NAME, LONGEST_STAY};
use crate::patterns::check::json_fault;
use crate::patterns::compile::place;
use crate::patterns::compiled::{AGAINST_PROMPT, AGAINST_SENTENCE, FOR};
use crate::patterns::diagnostic::Diagnostic;
use crate::patterns::format::{Keywords, Kind, Pattern, Scope, Text, Tier, Veto};
use crate::patterns::source::SourceFile;

/// The file as written: `schema.json#/$defs/own`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct OwnFile<'a> {
    #[serde(rename = "$schema")]
    #[allow(dead_code, reason = "for editors")]
    schema: Option<String>,
    #[serde(borrow)]
    route: Text<'a>,
    #[allow(dead_code, reason = "for people who read the file")]
    purpose: Option<Text<'a>>,
    off: Option<bool>,
    #[serde(default)]
    target: OwnTarget<'a>,
    does: Option<Text<'a>>,
    stay: Option<Text<'a>>,
    threshold: Option<f32>,
    #[serde(default)]
    words: BTreeMap<String, Text<'a>>,
    #[serde(default)]
    keywords: Vec<Keywords<'a>>,
    #[serde(default)]
    patterns: Vec<Pattern<'a>>,
    #[serde(default)]
    vetoes: Vec<Veto<'a>>,
    /// Prompts that must take the route.
    #[serde(default)]
    pub(crate) examples: Vec<Text<'a>>,
    /// Prompts that must not.
    #[serde(default)]
    pub(crate) counter_examples: Vec<Text<'a>>,
}

impl OwnFile<'_> {
    /// The route's ID.
    pub(crate) fn id(&self) -> &str {
        &self.route.value
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnTarget<'a> {
    kind: Option<Kind>,
    #[serde(borrow)]
    name: Option<Text<'a>>,
    model: Option<Text<'a>>,
    tier: Option<Tier>,
}

/// Parses a file.
///
/// # Errors
/// Where it does not parse.
pub(crate) fn parse(file: &SourceFile) -> Result<OwnFile<'_>, Diagnostic> {
    let text = file.text.strip_prefix('\u{feff}').unwrap_or(&file.text);
    serde_json::from_str(text).map_err(|error| json_fault(file, &error))
}

/// Reads the route of `file`, the source of that `number`. `below` has the routes that a file may add to.
///
/// # Errors
/// Every fault found.
pub(super) fn read(
    file: &SourceFile,
    number: u32,
    below: &HashSet<String>,
) -> Result<OwnRoute, Vec<Diagnostic>> {
    let own = parse(file).map_err(|fault| vec![fault])?;
    let mut faults = Faults::new(file);
    check(&own, below, &mut faults);
    if !faults.found.is_empty() {
        return Err(faults.found);
    }
    let offset = |text: &Text<'_>| text.offset(&file.text);
    let rules = own.patterns.iter().map(|pattern| Rule {
        offset: offset(&pattern.regex),
        regex: pattern.regex.value.clone(),
        at: place(pattern.at),
        meaning: FOR,
        weight: pattern.weight,
    });
    let vetoes = own.vetoes.iter().map(|veto| Rule {
        offset: offset(&veto.regex),
        regex: veto.regex.value.clone(),
        at: place(veto.at),
        meaning: match veto.scope {
            Scope::Sentence => AGAINST_SENTENCE,
            Scope::Prompt => AGAINST_PROMPT,
        },
        weight: 0.0,
    });
    let phrases = own.keywords.iter().flat_map(|group| {
        group.phrases.iter().map(|phrase| Phrase {
            offset: offset(phrase),
            text: phrase.value.clone(),
            weight: group.weight,
        })
    });
    let value = |text: &Option<Text<'_>>| text.as_ref().map(|text| text.value.clone());
    let target = &own.target;
    let agent = target.kind.map(|kind| kind == Kind::Agent);
    let fresh = !below.contains(&own.route.value);
    Ok(OwnRoute {
        id: own.route.value.clone(),
        file: number,
        offset: offset(&own.route),
        off: own.off,
        name: value(&target.name),
        agent,
        // Another target runs on a model of its own, which we do not know.
        model: value(&target.model).or_else(|| target.name.is_some().then(String::new)),
        plans: target
            .tier
            .map(|tier| tier != Tier::Execution)
            .or_else(|| (fresh || target.name.is_some()).then_some(agent == Some(false))),
        does: value(&own.does),
        stay: value(&own.stay),
        threshold: own.threshold,
        rules: rules.chain(vetoes).collect(),
        phrases: phrases.collect(),
        words: own
            .words
            .into_iter()
            .map(|(name, word)| (name, word.value))
            .collect(),
        lenient: false,
    })
}

fn check(own: &OwnFile<'_>, below: &HashSet<String>, faults: &mut Faults<'_>) {
    let source = faults.file.text.as_str();
    let route = own.route.offset(source);
    let id = own.route.value.as_str();
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if id.is_empty() || id.len() > LONGEST_NAME || !id.bytes().all(plain) {
        let mend = "use lower-case letters, digits and hyphens, at most 64, for example `my-route`";
        faults.add(route, "this is no ID for a route", mend);
    }
    let stem = faults.file.path.file_stem().and_then(|stem| stem.to_str());
    if stem != Some(id) {
        let mend = "name the file <route>.json, or correct the ID";
        faults.add(route, "the route's ID differs from the file's name", mend);
    }
    if let Some(name) = &own.target.name
        && !wording::is_name(&name.value)
    {
        let mend = "write the agent's or skill's name as the client lists it, with its plugin's before it: `deployer`, `my-plugin:deployer`";
        faults.add(
            name.offset(source),
            "this is no name of an agent or skill",
            mend,
        );
    }
    if let Some(model) = &own.target.model
        && !["haiku", "sonnet", "opus", "inherit"].contains(&model.value.as_str())
    {
        let problem = "this is not a model the client knows by name";
        faults.add(
            model.offset(source),
            problem,
            "write haiku, sonnet, opus or inherit",
        );
    }
    for (text, most) in [(&own.does, LONGEST_DOES), (&own.stay, LONGEST_STAY)] {
        if let Some(text) = text
            && let Some((problem, mend)) = wording::fault(&text.value, most)
        {
            faults.add(text.offset(source), problem, mend);
        }
    }
    let numbers = own.threshold.into_iter();
    let numbers = numbers
        .chain(own.keywords.iter().map(|group| group.weight))
        .chain(own.patterns.iter().map(|pattern| pattern.weight));
    if numbers
        .into_iter()
        .any(|share| !(0.0..=1.0).contains(&share))
    {
        let problem = "a weight or threshold of this route is not between 0 and 1";
        faults.add(route, problem, "write it as a share, for example 0.9");
    }
    if !below.contains(id) && own.off != Some(true) {
        check_complete(own, route, faults);
    }
}

/// A route that no layer below knows must say everything itself.
fn check_complete(own: &OwnFile<'_>, route: usize, faults: &mut Faults<'_>) {
    let target = &own.target;
    let missing: Vec<&str> = [
        ("target.kind", target.kind.is_none()),
        ("target.name", target.name.is_none()),
        ("does", own.does.is_none()),
        ("examples", own.examples.is_empty()),
    ]
    .into_iter()
    .filter_map(|(name, missing)| missing.then_some(name))
    .collect();
    if !missing.is_empty() {
        let problem = format!("a new route needs {} too", missing.join(", "));
        let mend =
            "add it; or, to change a route there is, correct the ID (`promptune route` shows IDs)";
        faults.add(route, problem, mend);
    }
    if own.keywords.iter().all(|group| group.phrases.is_empty()) && own.patterns.is_empty() {
        let problem = "nothing leads to this route";
        faults.add(route, problem, "add keywords or patterns");
    }
}
