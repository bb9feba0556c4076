//! From pattern files to the compiled form.

use super::automaton::{Automaton, Builder};
use super::check::{check_route, parse_all};
use super::compiled::{
    AGAINST_PROMPT, AGAINST_SENTENCE, AT_INSIDE, AT_START, AT_WORD, Compiled, FOR, Grammar, NAMES,
    Pattern, Phrase, Route,
};
use super::diagnostic::Diagnostic;
use super::format::{At, Kind, RouteFile, Scope, Text, Tier};
use super::grammar::{GrammarFile, heads};
use super::index::{Collector, Index};
use super::phrases::{Keys, Phrases};
use super::source::{SourceFile, Sources};
use super::triggers::Triggers;
use super::words::{Problem, Words, expand};

/// A list of the grammar with more different first words than this is tried at every word.
const MOST_HEADS: usize = 4000;

/// Parses and compiles a patterns folder.
///
/// # Errors
/// Every fault found, each with its place and mend. At least one.
pub fn compile(sources: &Sources) -> Result<Compiled, Vec<Diagnostic>> {
    compile_with_regexes(sources).map(|(table, _)| table)
}

/// Like [`compile`], and hands out the regex behind each of the table's patterns, in their order, with its words
/// filled in: what a plain regex engine would be given.
///
/// # Errors
/// As [`compile`].
pub fn compile_with_regexes(sources: &Sources) -> Result<(Compiled, Vec<String>), Vec<Diagnostic>> {
    let mut faults = Vec::new();
    let grammars = parse_all::<GrammarFile<'_>>(&sources.grammar, &mut faults);
    let routes = parse_all::<RouteFile<'_>>(&sources.routes, &mut faults);
    // Faults that only follow from a file that does not parse would bury the one that matters.
    if !faults.is_empty() {
        return Err(faults);
    }
    let shared: Words<'_> = grammars
        .iter()
        .flat_map(|(_, grammar)| &grammar.words)
        .map(|(name, regex)| (name.as_str(), regex.value.as_str()))
        .collect();

    let mut builder = Builder::default();
    let grammar = compile_grammar(&mut builder, &grammars, &shared, &mut faults);
    let mut table = empty(grammar, routes.len());
    let mut phrases: Vec<String> = Vec::new();
    for (file, route) in &routes {
        check_route(file, route, &mut faults);
        add_route(
            &mut table,
            &mut builder,
            &mut phrases,
            file,
            route,
            &shared,
            &mut faults,
        );
    }
    table.phrase_automaton = Phrases::new(phrases.iter().map(String::as_str));
    let regexes = finish(&mut table, builder);
    if faults.is_empty() {
        Ok((table, regexes))
    } else {
        Err(faults)
    }
}

/// An empty table for `routes` routes.
#[must_use]
pub fn empty(grammar: Grammar, routes: usize) -> Compiled {
    Compiled {
        routes: Vec::new(),
        grammar,
        automaton: Automaton::default(),
        patterns: Vec::new(),
        triggers: Triggers::default(),
        at_start: Index::default(),
        anywhere: Index::default(),
        vetoes: vec![Vec::new(); routes],
        phrase_automaton: Phrases::default(),
        phrase_keys: Keys::default(),
        phrases: Vec::new(),
    }
}

/// Builds what patterns are looked up by. Returns the regex behind each.
pub fn finish(table: &mut Compiled, builder: Builder) -> Vec<String> {
    let regexes: Vec<String> = table
        .patterns
        .iter()
        .map(|pattern| builder.regex(pattern.start).to_owned())
        .collect();
    table.triggers = Triggers::new(regexes.iter().map(String::as_str));
    (table.at_start, table.anywhere) = indexes(&table.patterns, &builder);
    lay_out(table, builder);
    regexes
}

/// Writes the automaton, and turns the numbers of first states into their places in it.
fn lay_out(table: &mut Compiled, builder: Builder) {
    let mut starts: Vec<&mut u32> = table.grammar.lists.iter_mut().flatten().collect();
    starts.extend(table.patterns.iter_mut().map(|pattern| &mut pattern.start));
    let states: Vec<u32> = starts.iter().map(|start| **start).collect();
    let (automaton, places) = builder.finish(&states);
    for (start, place) in starts.into_iter().zip(places) {
        *start = place;
    }
    table.automaton = automaton;
}

fn add_route(
    table: &mut Compiled,
    builder: &mut Builder,
    phrases: &mut Vec<String>,
    file: &SourceFile,
    route: &RouteFile<'_>,
    shared: &Words<'_>,
    faults: &mut Vec<Diagnostic>,
) {
    let index = table.routes.len() as u16;
    let mut words = shared.clone();
    words.extend(
        route
            .words
            .iter()
            .map(|(name, regex)| (name.as_str(), regex.value.as_str())),
    );

    let own = route
        .patterns
        .iter()
        .map(|p| (&p.regex, p.at, FOR, p.weight));
    let vetoes = route.vetoes.iter().map(|v| {
        let meaning = match v.scope {
            Scope::Sentence => AGAINST_SENTENCE,
            Scope::Prompt => AGAINST_PROMPT,
        };
        (&v.regex, v.at, meaning, 0.0)
    });
    for (regex, at, meaning, weight) in own.chain(vetoes) {
        let at = place(at);
        match add_regex(builder, &regex.value, at, &words) {
            Ok(start) => push_pattern(
                table,
                builder,
                Pattern {
                    route: index,
                    at,
                    meaning,
                    weight,
                    start,
                    first: [0; 4],
                },
            ),
            Err(problem) => faults.push(Diagnostic::at(
                &file.path,
                &file.text,
                regex.offset(&file.text),
                problem.what,
                problem.mend,
            )),
        }
    }
    for (regex, at, weight) in naming_patterns(&route.target.name.value) {
        if let Ok(start) = add_regex(builder, &regex, at, &words) {
            push_pattern(
                table,
                builder,
                Pattern {
                    route: index,
                    at,
                    meaning: NAMES,
                    weight,
                    start,
                    first: [0; 4],
                },
            );
        }
    }
    add_keywords(table, phrases, file, route, faults);
    table.routes.push(Route {
        id: route.route.value.clone(),
        name: route.target.name.value.clone(),
        agent: route.target.kind == Kind::Agent,
        model: route.target.model.value.clone(),
        plans: route.target.tier != Tier::Execution,
        does: route.does.value.clone(),
        stay: route.stay.value.clone(),
        threshold: route.threshold,
    });
}

fn add_keywords(
    table: &mut Compiled,
    phrases: &mut Vec<String>,
    file: &SourceFile,
    route: &RouteFile<'_>,
    faults: &mut Vec<Diagnostic>,
) {
    let index = table.routes.len() as u16;
    for group in &route.keywords {
        for phrase in &group.phrases {
            let fault = if phrase.value.trim() != phrase.value || phrase.value.is_empty() {
                Some((
                    "the phrase is empty or has spaces around it",
                    "write just its words",
                ))
            } else if phrase.value.chars().any(char::is_uppercase) {
                Some((
                    "prompts are matched in lower case, so this never matches",
                    "write it in lower case",
                ))
            } else if phrases.contains(&phrase.value) {
                Some((
                    "the phrase stands twice",
                    "remove it here or where it stood first",
                ))
            } else {
                None
            };
            if let Some((problem, mend)) = fault {
                let offset = phrase.offset(&file.text);
                faults.push(Diagnostic::at(
                    &file.path, &file.text, offset, problem, mend,
                ));
                continue;
            }
            phrases.push(phrase.value.clone());
            table.phrases.push(Phrase {
                route: index,
                weight: group.weight,
                length: phrase.value.len() as u32,
                next: 0,
            });
        }
    }
}

/// Adds a pattern to the table.
pub fn push_pattern(table: &mut Compiled, builder: &Builder, mut pattern: Pattern) {
    let index = table.patterns.len() as u16;
    for byte in builder.first_bytes(pattern.start) {
        pattern.first[usize::from(byte) / 64] |= 1 << (byte % 64);
    }
    if matches!(pattern.meaning, AGAINST_SENTENCE | AGAINST_PROMPT) {
        table.vetoes[usize::from(pattern.route)].push(index);
    }
    table.patterns.push(pattern);
}

/// What speaks for routes, by first word: at the start of a request, and anywhere.
fn indexes(patterns: &[Pattern], builder: &Builder) -> (Index, Index) {
    let (mut at_start, mut anywhere) = (Collector::default(), Collector::default());
    for (number, pattern) in patterns.iter().enumerate() {
        if matches!(pattern.meaning, AGAINST_SENTENCE | AGAINST_PROMPT) {
            continue;
        }
        let collector = if pattern.at == AT_START {
            &mut at_start
        } else {
            &mut anywhere
        };
        collector.add(
            builder,
            number as u16,
            pattern.start,
            pattern.at == AT_INSIDE,
        );
    }
    (at_start.finish(), anywhere.finish())
}

/// The number of where a pattern may begin.
#[must_use]
pub fn place(at: At) -> u8 {
    match at {
        At::Start => AT_START,
        At::Word => AT_WORD,
        At::Inside => AT_INSIDE,
    }
}

/// The regexes by which a person names a target: "use the test runner", "hand it to promptune:test-runner".
fn naming_patterns(name: &str) -> [(String, u8, f32); 3] {
    let spoken = name.replace('-', "[- ]");
    let bare = format!("(?:the |our |your |my )?(?:promptune:)?{spoken}");
    let kind = "(?: ?(?:agent|skill|subagent|sub-agent|command|one))s?";
    [
        (
            format!(
                "(?:use|using|call|invoke|ask|try|apply|follow|consult|delegate {{..4}}to|hand {{..4}}to|pass {{..4}}to|give {{..4}}to|send {{..4}}to) {bare}{kind}?"
            ),
            AT_START,
            0.95,
        ),
        (
            format!(
                "(?:use|using|with|via|through|let|have|run|spawn|launch|start|get|to|by|want|need) {bare}{kind}"
            ),
            AT_WORD,
            0.9,
        ),
        (format!("_?(?:@agent-)?promptune:{name}"), AT_WORD, 0.9),
    ]
}

fn compile_grammar(
    builder: &mut Builder,
    files: &[(&SourceFile, GrammarFile<'_>)],
    words: &Words<'_>,
    faults: &mut Vec<Diagnostic>,
) -> Grammar {
    let mut list = |pick: for<'g, 'a> fn(&'g GrammarFile<'a>) -> &'g Vec<Text<'a>>| {
        let mut union = Vec::new();
        for (file, grammar) in files {
            for text in pick(grammar) {
                // Each alone first, so that a fault is found where it stands.
                match add_regex(&mut Builder::default(), &text.value, AT_WORD, words) {
                    Ok(_) => union.push(text.value.as_str()),
                    Err(problem) => {
                        let offset = text.offset(&file.text);
                        faults.push(Diagnostic::at(
                            &file.path,
                            &file.text,
                            offset,
                            problem.what,
                            problem.mend,
                        ));
                    }
                }
            }
        }
        if union.is_empty() {
            return None;
        }
        add_regex(builder, &union.join("|"), AT_WORD, words).ok()
    };
    let lists = [
        list(|grammar| &grammar.openers),
        list(|grammar| &grammar.negations),
        list(|grammar| &grammar.statements),
        list(|grammar| &grammar.questions),
        list(|grammar| &grammar.joins),
        list(|grammar| &grammar.turns),
    ];
    let firsts = lists.map(|start| match start {
        Some(start) => builder.first_words(start, MOST_HEADS),
        None => Some(Vec::new()),
    });
    Grammar {
        lists,
        heads: heads(&firsts),
    }
}

/// Compiles a regex with its words filled in and returns its first state.
///
/// # Errors
/// What is wrong with it.
pub fn add_regex(
    builder: &mut Builder,
    regex: &str,
    at: u8,
    words: &Words<'_>,
) -> Result<u32, Problem> {
    let expanded = expand(regex, words)?;
    // A whole word ends at a space or with the sentence.
    let bounded = if at == AT_INSIDE {
        expanded
    } else {
        format!("(?:{expanded})(?: |$)")
    };
    let start = builder.add(&bounded).map_err(|what| Problem {
        what,
        mend: "correct the regex; a literal brace or bracket needs two backslashes in JSON",
    })?;
    if builder.matches_nothing(start) {
        return Err(Problem {
            what: "the regex matches nothing at all, so it would match everywhere".to_owned(),
            mend: "make at least one word of it required",
        });
    }
    Ok(start)
}
