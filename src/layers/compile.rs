//! From the files of a layer to its compiled form, within bounds: anybody may have written them.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::{Duration, Instant};

use super::own::{Faults, OwnRoute, Phrase, Rule};
use super::sources::Written;
use super::{Place, route_file, skill_rules};
use crate::patterns::automaton::{Builder, Limits};
use crate::patterns::compile::{self, add_regex};
use crate::patterns::compiled::{
    AT_START, AT_WORD, Compiled, FOR, Grammar, NAMES, Pattern, Phrase as Compact, Route,
};
use crate::patterns::diagnostic::Diagnostic;
use crate::patterns::needs::needs;
use crate::patterns::own::{
    Change, Own, SETS_DOES, SETS_KIND, SETS_MODEL, SETS_NAME, SETS_OFF, SETS_STAY, SETS_THRESHOLD,
    SETS_TIER, Source,
};
use crate::patterns::phrases::Keys;
use crate::patterns::words::{Problem, Words};
use crate::table;
use crate::text::Text;
use crate::walk::Phrasing;

/// How many routes, regexes and phrases a layer has at most.
pub const MOST_ROUTES: usize = 2000;
/// Regexes, vetoes among them.
pub const MOST_REGEXES: usize = 10_000;
/// Phrases.
pub const MOST_PHRASES: usize = 50_000;

/// A regex is no longer than this, and a phrase no longer than that, in bytes.
const LONGEST_REGEX: usize = 4000;
const LONGEST_PHRASE: usize = 200;

/// One phrase leads to so many routes of a layer.
const MOST_ROUTES_OF_A_PHRASE: usize = 16;

/// The program of a layer's regexes, in bytes: a place in it has three, and a prompt reads it.
const LARGEST_PROGRAM: usize = 8 << 20;

/// So many letters may lead to the regexes of a layer.
const MOST_TRIGGERS: usize = 400_000;

/// More faults are not told.
const MOST_FAULTS: usize = 200;

/// What one regex may take, and all of a layer.
const LIMITS: Limits = Limits {
    memory: 256 << 10,
    moves: 400_000,
    all_moves: 40_000_000,
};

/// Words that regexes may use by name.
static WORDS: &str = include_str!(concat!(env!("OUT_DIR"), "/words.json"));

/// IDs of routes.
pub type Known = HashSet<String>;

/// What became of a layer.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The layer, if there is anything in it.
    pub own: Option<Own>,
    /// What is refused.
    pub faults: Vec<Diagnostic>,
    /// Regexes in it, without those that names are found by.
    pub regexes: usize,
    /// Phrases in it.
    pub phrases: usize,
    /// Files that were read.
    pub files: usize,
}

/// Compiles what is `written` at `place`. `below` has the routes of the layers below, by ID.
///
/// A route file with a fault is left out whole: without a veto it would lead people astray. Of `skill-rules.json` only
/// the faulty parts are left out, as its own readers do.
#[must_use]
#[allow(clippy::implicit_hasher, reason = "only our own sets come here")]
pub fn compile(place: &Place, written: Written, below: &Known, within: Duration) -> Outcome {
    let words: BTreeMap<String, String> = serde_json::from_str(WORDS).unwrap_or_default();
    let until = Instant::now() + within;
    let mut outcome = Outcome {
        files: written.files.len(),
        faults: written.faults,
        ..Outcome::default()
    };
    let mut routes = Vec::new();
    for (number, file) in &written.files {
        if Written::is_skill_rules(*number) {
            let (found, faults) = skill_rules::read(file, *number);
            routes.extend(found.into_iter().map(|route| (route, file)));
            outcome.faults.extend(faults);
        } else {
            match route_file::read(file, *number, below) {
                Ok(route) => routes.push((route, file)),
                Err(faults) => outcome.faults.extend(faults),
            }
        }
    }
    // Of two routes of one ID a route file's is before that of `skill-rules.json`.
    routes.sort_by(|(a, _), (b, _)| a.id.cmp(&b.id).then(a.lenient.cmp(&b.lenient)));
    let mut layer = Layer::new(&words, until);
    for (route, file) in routes {
        if Instant::now() > until || outcome.faults.len() >= MOST_FAULTS {
            let (problem, mend) = if outcome.faults.len() >= MOST_FAULTS {
                (
                    "there are too many faults to go on",
                    "mend those above first",
                )
            } else {
                (
                    "compiling the layer takes too long",
                    "use fewer or simpler regexes",
                )
            };
            let folder = place.folder();
            outcome
                .faults
                .push(Diagnostic::at(&folder, "", 0, problem, mend));
            return outcome;
        }
        let mut faults = Faults::new(file);
        layer.add(route, &mut faults);
        outcome.faults.extend(faults.found);
    }
    outcome.regexes = layer.regexes;
    outcome.phrases = layer.entries.len();
    let sources = written.sources;
    match layer.finish(place, sources) {
        Ok(own) => outcome.own = Some(own),
        Err(problem) => outcome.faults.push(Diagnostic::at(
            &place.folder(),
            "",
            0,
            problem.what,
            problem.mend,
        )),
    }
    outcome
}

/// A layer while it is put together.
struct Layer<'w> {
    shared: &'w BTreeMap<String, String>,
    /// When to give up.
    until: Instant,
    builder: Builder,
    table: Compiled,
    changes: Vec<Change>,
    regexes: usize,
    /// Different phrases, in the order of their first routes.
    phrases: Vec<String>,
    known: HashMap<String, usize>,
    /// For each phrase, the routes it leads to.
    entries: Vec<(usize, u16, f32)>,
}

impl<'w> Layer<'w> {
    fn new(shared: &'w BTreeMap<String, String>, until: Instant) -> Self {
        let grammar = Grammar {
            lists: [None; 6],
            heads: Vec::new(),
        };
        Self {
            shared,
            until,
            builder: Builder::with_limits(LIMITS),
            table: compile::empty(grammar, 0),
            changes: Vec::new(),
            regexes: 0,
            phrases: Vec::new(),
            known: HashMap::new(),
            entries: Vec::new(),
        }
    }

    /// Adds a route, or notes why not.
    fn add(&mut self, route: OwnRoute, faults: &mut Faults<'_>) {
        if self
            .table
            .routes
            .last()
            .is_some_and(|last| last.id == route.id)
        {
            let problem = format!("the route {} stands twice in this layer", route.id);
            faults.add(route.offset, problem, "keep one of them");
            return;
        }
        if self.table.routes.len() == MOST_ROUTES {
            let problem = format!("there are more than {MOST_ROUTES} routes in this layer");
            faults.add(route.offset, problem, "keep only those you use");
            return;
        }
        let number = self.table.routes.len() as u16;
        let before = faults.found.len();
        let mut patterns = self.patterns(number, &route, faults);
        let phrases = self.normal_phrases(&route, faults);
        if faults.found.len() > before && !route.lenient {
            return;
        }
        let own = patterns.len();
        if self.regexes + own > MOST_REGEXES || self.entries.len() + phrases.len() > MOST_PHRASES {
            let problem = format!(
                "there are more than {MOST_REGEXES} regexes or {MOST_PHRASES} phrases in this layer"
            );
            faults.add(route.offset, problem, "keep only those you use");
            return;
        }
        self.regexes += own;
        patterns.extend(self.naming(number, &route));
        self.table.vetoes.push(Vec::new());
        for pattern in patterns {
            compile::push_pattern(&mut self.table, &self.builder, pattern);
        }
        for (text, weight) in phrases {
            self.phrase(text, number, weight);
        }
        self.changes.push(change(&route));
        self.table.routes.push(Route {
            name: route.name.unwrap_or_default(),
            agent: route.agent.unwrap_or_default(),
            model: route.model.unwrap_or_default(),
            plans: route.plans.unwrap_or_default(),
            does: route.does.unwrap_or_default(),
            stay: route.stay.unwrap_or_default(),
            threshold: route.threshold.unwrap_or(0.5),
            id: route.id,
        });
    }

    fn patterns(&mut self, number: u16, route: &OwnRoute, faults: &mut Faults<'_>) -> Vec<Pattern> {
        let mut words: Words<'_> = self
            .shared
            .iter()
            .chain(&route.words)
            .map(|(name, word)| (name.as_str(), word.as_str()))
            .collect();
        words.retain(|_, word| word.len() <= 4 * LONGEST_REGEX);
        let mut patterns = Vec::new();
        for rule in &route.rules {
            // `compile` tells why nothing further is looked at.
            if Instant::now() > self.until || faults.found.len() >= MOST_FAULTS {
                let mend = "correct or shorten the regexes before it";
                faults.add(rule.offset, "from here on nothing was looked at", mend);
                break;
            }
            match self.regex(rule, &words) {
                Ok(start) => patterns.push(Pattern {
                    route: number,
                    at: rule.at,
                    meaning: rule.meaning,
                    weight: rule.weight,
                    start,
                    first: [0; 4],
                }),
                Err(problem) => faults.add(rule.offset, problem.what, problem.mend),
            }
        }
        patterns
    }

    fn regex(&mut self, rule: &Rule, words: &Words<'_>) -> Result<u32, Problem> {
        if rule.regex.len() > LONGEST_REGEX {
            return Err(Problem {
                what: format!("the regex is longer than {LONGEST_REGEX} bytes"),
                mend: "make several of it",
            });
        }
        if self.builder.size() > LARGEST_PROGRAM {
            return Err(Problem {
                what: "the regexes of this layer are too large together".to_owned(),
                mend: "shorten their gaps and repetitions, or keep only those you use",
            });
        }
        let start = add_regex(&mut self.builder, &rule.regex, rule.at, words)?;
        // What speaks for a route is looked for in every prompt; a veto only where something spoke.
        if rule.meaning == FOR && needs(self.builder.regex(start)).is_empty() {
            return Err(Problem {
                what: "no piece of text is required by this regex, so every prompt would have to be tried".to_owned(),
                mend: "let it contain a word, or several to choose from, of three letters or more that must be there",
            });
        }
        Ok(start)
    }

    /// The regexes by which a person names the route's target.
    fn naming(&mut self, number: u16, route: &OwnRoute) -> Vec<Pattern> {
        let Some(name) = &route.name else {
            return Vec::new();
        };
        let name = name.to_ascii_lowercase();
        let (plugin, bare) = match name.split_once(':') {
            Some((plugin, bare)) => (Some(plugin), bare),
            None => (None, name.as_str()),
        };
        let none = Words::new();
        let mut patterns = Vec::new();
        for (regex, at, weight) in naming_patterns(plugin, bare) {
            let Ok(start) = add_regex(&mut self.builder, &regex, at, &none) else {
                continue;
            };
            if !needs(self.builder.regex(start)).is_empty() {
                patterns.push(Pattern {
                    route: number,
                    at,
                    meaning: NAMES,
                    weight,
                    start,
                    first: [0; 4],
                });
            }
        }
        patterns
    }

    /// The phrases of a route as prompts have them.
    fn normal_phrases(&self, route: &OwnRoute, faults: &mut Faults<'_>) -> Vec<(String, f32)> {
        let mut phrases: Vec<(String, f32)> = Vec::new();
        let mut seen = HashSet::new();
        for phrase in &route.phrases {
            match normal(phrase) {
                Ok(text) => {
                    let routes = self.known.get(&text).map_or(0, |index| {
                        self.entries
                            .iter()
                            .filter(|entry| entry.0 == *index)
                            .count()
                    });
                    if routes == MOST_ROUTES_OF_A_PHRASE {
                        let problem = format!(
                            "{MOST_ROUTES_OF_A_PHRASE} other routes have this phrase already"
                        );
                        faults.add(phrase.offset, problem, "use words that tell routes apart");
                    } else if seen.insert(text.clone()) {
                        phrases.push((text, phrase.weight));
                    }
                }
                Err(problem) => faults.add(phrase.offset, problem.what, problem.mend),
            }
        }
        phrases
    }

    fn phrase(&mut self, text: String, route: u16, weight: f32) {
        let next = self.phrases.len();
        let index = *self.known.entry(text.clone()).or_insert(next);
        if index == next {
            self.phrases.push(text);
        }
        self.entries.push((index, route, weight));
    }

    fn finish(mut self, place: &Place, sources: Vec<Source>) -> Result<Own, Problem> {
        // The first entry of each phrase stands at the phrase's number, further ones behind all of them.
        let mut first: Vec<Option<Compact>> = Vec::new();
        first.resize_with(self.phrases.len(), || None);
        let mut further = Vec::new();
        for (index, route, weight) in std::mem::take(&mut self.entries) {
            let length = self.phrases[index].len() as u32;
            let mut entry = Compact {
                route,
                weight,
                length,
                next: 0,
            };
            match &mut first[index] {
                Some(first) => {
                    entry.next = first.next;
                    further.push(entry);
                    first.next = (self.phrases.len() + further.len()) as u32;
                }
                free => *free = Some(entry),
            }
        }
        self.table.phrases = first.into_iter().flatten().chain(further).collect();
        self.table.phrase_keys = Keys::new(&self.phrases);
        compile::finish(&mut self.table, self.builder);
        if self.table.triggers.bits.len() > MOST_TRIGGERS {
            return Err(Problem {
                what: "the regexes of this layer leave too much to choose from".to_owned(),
                mend: "keep only those you use, or let them require rarer words",
            });
        }
        Ok(Own {
            root: place.root.to_string_lossy().into_owned(),
            sources,
            changes: self.changes,
            compiled: self.table,
        })
    }
}

/// The regexes by which a person names a target: "use the ship it agent", "with my-plugin:deployer". There may be
/// thousands of targets, so these are shorter than the built-in routes'.
fn naming_patterns(plugin: Option<&str>, name: &str) -> [(String, u8, f32); 3] {
    let mut spoken = String::new();
    for letter in name.chars() {
        match letter {
            '-' | '_' => spoken.push_str("[-_ ]"),
            '.' => spoken.push_str("\\."),
            _ => spoken.push(letter),
        }
    }
    let kind = "(?: ?(?:agent|skill|subagent|command))s?";
    let called = match plugin {
        Some(plugin) => format!("_?(?:@agent-)?{plugin}:{name}"),
        None => format!("_?@(?:agent-)?{name}"),
    };
    [
        (
            format!("(?:use|using|call|ask|try|run) (?:the |my |our )?{spoken}{kind}?"),
            AT_START,
            0.95,
        ),
        (
            format!("(?:use|with|via|to|by|let|have) (?:the |my |our )?{spoken}{kind}"),
            AT_WORD,
            0.9,
        ),
        (called, AT_WORD, 0.9),
    ]
}

fn change(route: &OwnRoute) -> Change {
    let sets = [
        (SETS_NAME, route.name.is_some()),
        (SETS_KIND, route.agent.is_some()),
        (SETS_MODEL, route.model.is_some()),
        (SETS_TIER, route.plans.is_some()),
        (SETS_DOES, route.does.is_some()),
        (SETS_STAY, route.stay.is_some()),
        (SETS_THRESHOLD, route.threshold.is_some()),
        (SETS_OFF, route.off.is_some()),
    ];
    let known = &table::builtin().routes;
    Change {
        builtin: known
            .iter()
            .position(|other| other.id.as_str() == route.id)
            .map(|index| index as u16),
        file: route.file,
        sets: sets
            .into_iter()
            .filter(|(_, set)| *set)
            .fold(0, |sets, (bit, _)| sets | bit),
        off: route.off.unwrap_or_default(),
    }
}

/// A phrase as a prompt has it: lower case, without accents and marks.
fn normal(phrase: &Phrase) -> Result<String, Problem> {
    if phrase.text.len() > LONGEST_PHRASE {
        return Err(Problem {
            what: format!("the phrase is longer than {LONGEST_PHRASE} bytes"),
            mend: "keep the words that matter",
        });
    }
    let text = Text::read(&phrase.text, &mut Phrasing::new(table::builtin()));
    let normal = text.normal.trim();
    if normal.is_empty() || normal == "_q" || text.sentences.len() > 1 {
        return Err(Problem {
            what: "no prompt can contain this phrase as it is matched: words of one sentence, without quotation marks".to_owned(),
            mend: "write just its words",
        });
    }
    Ok(normal.to_owned())
}
