//! `skill-rules.json`, as the popular activation hooks have it: skills by keywords and JavaScript regexes.
//!
//! Such a hook names a skill wherever one of them occurs. What is guards of files in it is not for prompts.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::javascript;
use super::own::{Faults, OwnRoute, Phrase, Rule};
use super::wording;
use crate::patterns::check::json_fault;
use crate::patterns::compiled::FOR;
use crate::patterns::diagnostic::Diagnostic;
use crate::patterns::format::Text;
use crate::patterns::source::SourceFile;

/// Stands before a skill's description in a hint.
const DESCRIBED: &str = "is described so: ";

#[derive(Deserialize)]
struct File<'a> {
    #[serde(borrow)]
    skills: BTreeMap<String, &'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Skill<'a> {
    #[serde(borrow, default)]
    enforcement: Option<Text<'a>>,
    #[serde(default)]
    priority: Option<Text<'a>>,
    #[serde(default)]
    description: Option<Text<'a>>,
    #[serde(default)]
    prompt_triggers: Option<Triggers<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Triggers<'a> {
    #[serde(borrow, default)]
    keywords: Vec<Text<'a>>,
    #[serde(default)]
    intent_patterns: Vec<Text<'a>>,
}

/// Reads the file, the source of that `number`. What cannot be read is left out and reported.
pub(super) fn read(file: &SourceFile, number: u32) -> (Vec<OwnRoute>, Vec<Diagnostic>) {
    let text = file.text.strip_prefix('\u{feff}').unwrap_or(&file.text);
    let rules: File<'_> = match serde_json::from_str(text) {
        Ok(rules) => rules,
        Err(error) => return (Vec::new(), vec![json_fault(file, &error)]),
    };
    let mut faults = Faults::new(file);
    let routes = rules
        .skills
        .iter()
        .filter_map(|(name, raw)| route(name, raw, number, &mut faults))
        .collect();
    (routes, faults.found)
}

fn route(name: &str, raw: &RawValue, number: u32, faults: &mut Faults<'_>) -> Option<OwnRoute> {
    let source = faults.file.text.as_str();
    let offset = (raw.get().as_ptr() as usize).saturating_sub(source.as_ptr() as usize);
    if !wording::is_name(name) {
        let problem = format!("{name:?} is no name of a skill; it is passed over");
        faults.add(offset, problem, "write the name of the skill's folder");
        return None;
    }
    let skill: Skill<'_> = match serde_json::from_str(raw.get()) {
        Ok(skill) => skill,
        Err(error) => {
            let message = error.to_string();
            let problem = message.split(" at line ").next().unwrap_or(&message);
            let problem = format!("the rules of {name} cannot be read: {problem}");
            faults.add(
                offset,
                problem,
                "correct their form; see docs/own-routes.md",
            );
            return None;
        }
    };
    if let Some(other) = skill
        .enforcement
        .as_ref()
        .filter(|other| !["suggest", "warn", "block"].contains(&other.value.as_str()))
    {
        let problem = format!("{name} is enforced in a way nobody knows; it counts as suggest");
        faults.add(
            other.offset(source),
            problem,
            "write suggest, warn or block",
        );
    }
    let triggers = skill.prompt_triggers?;
    let weight = weight(skill.priority.as_ref(), name, faults);
    let mut rules = Vec::new();
    for pattern in &triggers.intent_patterns {
        match javascript::translate(&pattern.value) {
            Ok((regex, at)) => rules.push(Rule {
                regex,
                at,
                meaning: FOR,
                weight,
                offset: pattern.offset(source),
            }),
            Err(problem) => faults.add(pattern.offset(source), problem.what, problem.mend),
        }
    }
    let phrases = triggers.keywords.iter().map(|keyword| Phrase {
        text: keyword.value.clone(),
        weight,
        offset: keyword.offset(source),
    });
    let does = skill
        .description
        .map(|text| wording::harmless(&text.value, wording::LONGEST_DOES - DESCRIBED.len()))
        .filter(|text| !text.is_empty())
        .map_or_else(
            || "skill-rules.json names for such requests".to_owned(),
            |text| format!("{DESCRIBED}{text}"),
        );
    Some(OwnRoute {
        id: name.to_owned(),
        file: number,
        offset,
        name: Some(name.to_owned()),
        agent: Some(false),
        model: Some("inherit".to_owned()),
        plans: Some(true),
        does: Some(does),
        phrases: phrases.collect(),
        rules,
        lenient: true,
        ..OwnRoute::default()
    })
}

/// How sure one match makes the router: always sure enough, and surer than what is less important.
fn weight(priority: Option<&Text<'_>>, name: &str, faults: &mut Faults<'_>) -> f32 {
    let Some(priority) = priority else { return 0.7 };
    match priority.value.as_str() {
        "critical" => 0.9,
        "high" => 0.8,
        "medium" => 0.7,
        "low" => 0.6,
        _ => {
            let offset = priority.offset(&faults.file.text);
            let problem = format!("{name} has a priority nobody knows; it counts as medium");
            faults.add(offset, problem, "write critical, high, medium or low");
            0.7
        }
    }
}
