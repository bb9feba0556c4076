//! `promptune route`: the decision for a prompt, with the evidence.

use std::fmt::Write as _;
use std::io::{self, BufRead as _, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Run;
use super::exit::Exit;
use super::output::{self, FAINT, MATCHED, NAME, styled};
use super::patterns::{self, Patterns};
use super::project;
use crate::catalog::compile::compile;
use crate::catalog::index::{Index, Known};
use crate::catalog::rank::{self, Ranked};
use crate::catalog::{self, Use, rows};
use crate::context;
use crate::data;
use crate::decide::{self, Candidate};
use crate::gate::Silence;
use crate::layers::routes::Routes;
use crate::layers::{self, Layers, Owner};
use crate::patterns::compiled::ArchivedCompiled;
use crate::router::{self, Routed};
use crate::settings::Settings;
use crate::weigh::Signals;

/// Shows which skill or agent a prompt would be routed to, and why
#[derive(clap::Args)]
pub(super) struct Route {
    /// The prompt; read from stdin where it is missing
    text: Option<String>,
    /// Print the decision as JSON
    #[arg(long)]
    json: bool,
    /// Read {"id"?, "text"} objects from stdin, one a line, and print one decision a line
    #[arg(long, conflicts_with_all = ["text", "json"])]
    jsonl: bool,
    /// Show what delegating would cost, and what answering in the conversation
    #[arg(long, conflicts_with_all = ["json", "jsonl"])]
    explain_cost: bool,
    /// The conversation's transcript, for its model and size
    #[arg(long, value_name = "FILE", requires = "explain_cost")]
    transcript: Option<PathBuf>,
    /// Rank the entries of this file, JSON lines of {"kind", "name", "description", "model"}, instead of what is installed
    #[arg(long, value_name = "FILE")]
    catalog: Option<PathBuf>,
    #[command(flatten)]
    patterns: Patterns,
}

impl Run for Route {
    fn run(self) -> Result<Exit, String> {
        let loaded = self.patterns.load()?;
        let table = patterns::table(loaded.as_ref());
        let way = Way {
            table,
            layers: if loaded.is_some() {
                Layers::default()
            } else {
                layers()
            },
            catalogue: match &self.catalog {
                Some(file) => Some(of_file(file)?),
                None if loaded.is_some() => None,
                None => installed(),
            },
        };
        if self.jsonl {
            return lines(&way);
        }
        let text = match self.text {
            Some(text) => text,
            None => output::read_stdin("promptune route \"run the tests\"")?,
        };
        let routed = way.route(&text);
        let fitting = way.fitting(routed.as_ref().ok());
        if self.json {
            let decision = Decision::new(None, routed.as_ref().ok(), &way.routes(), &fitting);
            let json =
                serde_json::to_string_pretty(&decision).map_err(|error| error.to_string())?;
            output::print(&format!("{json}\n"))?;
        } else {
            let mut shown = match &routed {
                Ok(routed) => explain(routed, &way.routes(), &fitting),
                Err(silence) => format!("silent: {silence}\n"),
            };
            if let Some(routed) = routed.as_ref().ok().filter(|_| self.explain_cost) {
                shown += &super::breakeven::explained(
                    &routed.decision.offers(),
                    &way.routes(),
                    self.transcript.as_deref(),
                )?;
            }
            output::print(&shown)?;
        }
        Ok(Exit::Fine)
    }
}

/// What decides: a table of patterns, and the layers over the built-in one.
struct Way<'t> {
    table: &'t ArchivedCompiled,
    layers: Layers,
    catalogue: Option<Index<'static>>,
}

impl Way<'_> {
    fn route<'p>(&self, text: &'p str) -> Result<Routed<'p>, Silence> {
        let routed = router::route(text, self.table)?;
        Ok(layers::decide::over(routed, &self.layers))
    }

    fn routes(&self) -> Routes<'_> {
        Routes::new(self.table, &self.layers.sound)
    }

    /// What the catalogue has for a prompt that is looked at, the best first.
    fn fitting(&self, routed: Option<&Routed<'_>>) -> Vec<Fitting> {
        let both = self.catalogue.as_ref().zip(routed);
        let ranked = both.map(|(index, routed)| rank::beside(routed, &self.routes(), index));
        ranked.unwrap_or_default()
    }
}

/// An entry that may fit, and what is known of it.
type Fitting = (Ranked, Known<'static>);

fn of_file(file: &Path) -> Result<Index<'static>, String> {
    let bytes = compile(&rows::read(file)?, &[], &|_| Use::default());
    Index::read(bytes.leak()).map_err(|unfit| format!("{}: {unfit}", file.display()))
}

/// What is installed here, compiled anew where it changed.
fn installed() -> Option<Index<'static>> {
    let data = data::folder();
    if data
        .as_deref()
        .is_some_and(|data| !Settings::read(data).catalog)
    {
        return None;
    }
    let project = project::folder();
    catalog::refresh::quick(project.as_deref(), data.as_deref()).0
}

/// The layers here, compiled anew where their files changed. Their faults are told, and do not stop anything.
fn layers() -> Layers {
    let project = project::folder();
    let (layers, reports) = match data::folder() {
        Some(data) => layers::index::refresh(project.as_deref(), &data, layers::index::PATIENT),
        None => layers::index::all(project.as_deref(), None),
    };
    for fault in reports.iter().flat_map(|report| &report.faults) {
        output::error(&fault.to_string());
    }
    layers
}

#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    id: Value,
    text: String,
}

fn lines(way: &Way<'_>) -> Result<Exit, String> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    for (index, line) in io::stdin().lock().lines().enumerate() {
        let number = index + 1;
        let line = line.map_err(|error| {
            format!("stdin:{number}: {error}\n  mend: send UTF-8, one JSON object a line")
        })?;
        if line.trim().is_empty() {
            continue;
        }
        let line: Line = serde_json::from_str(&line)
            .map_err(|error| format!("stdin:{number}:{}: {error}\n  mend: send one object a line, such as {{\"id\":1,\"text\":\"run the tests\"}}", error.column()))?;
        let routed = way.route(&line.text);
        let fitting = way.fitting(routed.as_ref().ok());
        let decision = Decision::new(Some(line.id), routed.as_ref().ok(), &way.routes(), &fitting);
        let written = serde_json::to_writer(&mut out, &decision)
            .map_err(io::Error::from)
            .and_then(|()| out.write_all(b"\n"));
        if let Err(error) = written {
            return if error.kind() == io::ErrorKind::BrokenPipe {
                Ok(Exit::Fine)
            } else {
                Err(format!("stdout: {error}"))
            };
        }
    }
    out.flush().map_err(|error| format!("stdout: {error}"))?;
    Ok(Exit::Fine)
}

#[derive(Serialize)]
struct Decision<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Value>,
    route: Option<&'a str>,
    target: Option<Target<'a>>,
    confidence: f32,
    evidence: Vec<Words<'a>>,
    candidates: Vec<Offer<'a>>,
}

#[derive(Serialize)]
struct Target<'a> {
    kind: &'static str,
    name: &'a str,
    id: String,
    model: Option<&'a str>,
}

/// Words of the prompt that speak for the route, and how sure they alone make the router.
#[derive(Serialize)]
struct Words<'a> {
    words: &'a str,
    weight: f32,
}

#[derive(Serialize)]
struct Offer<'a> {
    /// `null` for an entry of the catalogue.
    route: Option<&'a str>,
    target: Target<'a>,
    score: f32,
    source: &'static str,
    /// The file that decided, where it is not built in.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    offered: bool,
}

impl<'a> Decision<'a> {
    fn new(
        id: Option<Value>,
        routed: Option<&'a Routed<'_>>,
        known: &Routes<'a>,
        fitting: &'a [Fitting],
    ) -> Self {
        let best = routed.and_then(|routed| routed.decision.best().map(|best| (routed, best)));
        let candidates = routed.map_or(&[][..], |routed| &routed.decision.candidates);
        let told = candidates
            .iter()
            .map(|candidate| Offer::of_route(candidate, known));
        let mut all: Vec<Offer<'_>> = told.chain(fitting.iter().map(Offer::of_entry)).collect();
        // Either are in order already.
        all.sort_by(|a, b| {
            let offered = b.offered.cmp(&a.offered);
            offered.then(b.score.total_cmp(&a.score))
        });
        Self {
            id,
            route: best.map(|(_, best)| known.id(best.route)),
            target: best.map(|(_, best)| Target::new(&known.route(best.route))),
            confidence: best.map_or(0.0, |(_, best)| rounded(best.confidence)),
            evidence: best.map_or_else(Vec::new, |(routed, best)| words(routed, best)),
            candidates: all,
        }
    }
}

impl<'a> Offer<'a> {
    fn of_route(candidate: &Candidate, known: &Routes<'a>) -> Self {
        let (owner, file) = source(candidate, known);
        Self {
            route: Some(known.id(candidate.route)),
            target: Target::new(&known.route(candidate.route)),
            score: rounded(candidate.confidence),
            source: owner.name(),
            file,
            offered: candidate.offered,
        }
    }

    fn of_entry((ranked, known): &'a Fitting) -> Self {
        Self {
            route: None,
            target: Target {
                kind: known.kind.name(),
                name: known.name,
                id: known.id.to_owned(),
                model: known.model,
            },
            // Weak ones would all be alike with two digits.
            score: (ranked.score * 1e4).round() / 1e4,
            source: "catalog",
            file: None,
            offered: ranked.offered,
        }
    }
}

impl<'a> Target<'a> {
    fn new(route: &layers::routes::Route<'a>) -> Self {
        Self {
            kind: if route.agent { "agent" } else { "skill" },
            name: route.name,
            id: route.target_id().into_owned(),
            model: route.model,
        }
    }
}

/// Whose words decided on a candidate, and in which file: the highest layer whose patterns met the prompt, or that
/// changes the route.
fn source<'t>(candidate: &Candidate, known: &Routes<'t>) -> (Owner, Option<&'t str>) {
    let changed = known.route(candidate.route).changed;
    let met = candidate
        .evidence
        .iter()
        .map(|evidence| evidence.layer)
        .max();
    let met = met.and_then(|met| {
        let mut layers = known.layers().iter().enumerate();
        let (index, layer) = layers.find(|(_, layer)| layer.owner.layer() == met)?;
        let own = known.within(index, candidate.route)?;
        let file = layer.own.changes[own].file.to_native();
        Some((
            layer.owner,
            layer.own.sources.get(file as usize)?.path.as_str(),
        ))
    });
    let highest = met
        .into_iter()
        .chain(changed)
        .max_by_key(|(owner, _)| *owner);
    highest.map_or((Owner::Builtin, None), |(owner, file)| (owner, Some(file)))
}

fn words<'a>(routed: &'a Routed<'_>, candidate: &Candidate) -> Vec<Words<'a>> {
    let words = |span: &std::ops::Range<usize>| &routed.typed[routed.text.origin(span.clone())];
    if candidate.evidence.is_empty() {
        return vec![Words {
            words: "(the wording as a whole)",
            weight: rounded(candidate.confidence),
        }];
    }
    // Several patterns may read the same words: the surest is told.
    let mut told: Vec<Words<'_>> = Vec::new();
    for evidence in &candidate.evidence {
        let (words, weight) = (words(&evidence.span), rounded(evidence.weight));
        match told.iter_mut().find(|told| told.words == words) {
            Some(told) => told.weight = told.weight.max(weight),
            None => told.push(Words { words, weight }),
        }
    }
    told
}

/// Two digits: more would pretend to more than is known.
fn rounded(share: f32) -> f32 {
    (share * 100.0).round() / 100.0
}

fn explain(routed: &Routed<'_>, known: &Routes<'_>, fitting: &[Fitting]) -> String {
    let offers = routed.decision.offers();
    let entries: Vec<&Known<'_>> = fitting
        .iter()
        .filter(|(it, _)| it.offered)
        .map(|(_, known)| known)
        .collect();
    let mut out = String::new();
    for offer in &offers {
        let route = known.route(offer.route);
        let kind = if route.agent {
            route
                .model
                .map_or_else(|| "agent".to_owned(), |model| format!("agent, {model}"))
        } else {
            "skill".to_owned()
        };
        let _ = writeln!(
            out,
            "{} → {} ({kind})  confidence {:.2}",
            route.id,
            styled(NAME, &route.target_id()),
            offer.confidence
        );
    }
    for (ranked, entry) in fitting.iter().filter(|(it, _)| it.offered) {
        let _ = writeln!(
            out,
            "catalogue → {} ({}{})  confidence {:.2}",
            styled(NAME, entry.id),
            entry.kind.name(),
            entry
                .model
                .map_or_else(String::new, |model| format!(", {model}")),
            ranked.score
        );
    }
    if offers.is_empty() && entries.is_empty() {
        let _ = writeln!(out, "silent: {}", reason(routed, known));
    }
    let _ = writeln!(out, "  {}", highlighted(routed, &offers));
    for offer in &offers {
        let id = known.id(offer.route);
        for piece in words(routed, offer) {
            let reason = format!(
                "“{}” speaks for {id} ({:.2})",
                one_line(piece.words),
                piece.weight
            );
            let _ = writeln!(out, "  {}", styled(FAINT, &reason));
        }
    }
    for offer in &offers {
        if let (owner, Some(file)) = source(offer, known) {
            let told = format!(
                "{} is by the {}'s file {}",
                known.id(offer.route),
                owner.name(),
                one_line(file)
            );
            let _ = writeln!(out, "  {}", styled(FAINT, &told));
        }
    }
    for offer in &offers {
        if let Some(signals) = &offer.signals {
            let _ = writeln!(out, "  {}", styled(FAINT, &weighing(signals)));
        }
    }
    if entries.is_empty() && !fitting.is_empty() {
        let near: Vec<String> = fitting
            .iter()
            .take(rank::MOST_OFFERED)
            .map(|(ranked, entry)| format!("{} ({:.2})", entry.id, ranked.score))
            .collect();
        let told = format!("nearest in the catalogue: {}", near.join(", "));
        let _ = writeln!(out, "  {}", styled(FAINT, &told));
    }
    if !offers.is_empty() {
        let _ = writeln!(out, "hint: {}", context::hint(routed, &offers, known));
    } else if !entries.is_empty() {
        let _ = writeln!(out, "hint: {}", context::entries_hint(&entries));
    }
    out
}

/// What was weighed for and against a route, and what would have changed the decision.
fn weighing(signals: &Signals) -> String {
    let parts = signals.parts();
    let mut told = format!(
        "weighed: words {:+.1}, wording as a whole {:+.1}",
        parts.words, parts.wording
    );
    if signals.met {
        let without = signals.without_words().confidence();
        let _ = write!(told, "; without these words {without:.2}");
    }
    told
}

/// Why nothing is offered.
fn reason(routed: &Routed<'_>, known: &Routes<'_>) -> String {
    let met =
        |weak: &&Candidate| !weak.evidence.is_empty() || weak.confidence >= decide::WORTH_TELLING;
    if let Some(weak) = routed.decision.candidates.iter().find(met) {
        let route = known.route(weak.route);
        if let (true, Some((owner, file))) = (route.off, route.changed) {
            let (owner, file) = (owner.name(), one_line(file));
            return format!("{} is switched off by the {owner}'s file {file}", route.id);
        }
        let (takes, weighed) = match &weak.signals {
            Some(signals) if route.threshold_set => {
                (route.threshold, format!("; {}", weighing(signals)))
            }
            Some(signals) => (decide::SURE_ENOUGH, format!("; {}", weighing(signals))),
            None => (route.threshold, String::new()),
        };
        return format!(
            "{} would fit, but not surely enough ({:.2}, it takes {takes:.2}){weighed}",
            route.id, weak.confidence
        );
    }
    for evidence in &routed.matches.evidence {
        if let Some(veto) = routed.matches.veto_of(evidence) {
            let against = &routed.typed[routed.text.origin(veto.span.clone())];
            return format!(
                "“{}” speaks against {}",
                one_line(against),
                known.id(usize::from(evidence.route))
            );
        }
    }
    "nothing in it asks for one of the routes".to_owned()
}

/// The prompt on one line with the words that decided marked.
fn highlighted(routed: &Routed<'_>, offers: &[&Candidate]) -> String {
    const LONGEST: usize = 400;
    let mut spans: Vec<_> = offers
        .iter()
        .flat_map(|offer| &offer.evidence)
        .map(|evidence| routed.text.origin(evidence.span.clone()))
        .collect();
    spans.sort_by_key(|span| (span.start, span.end));
    let mut out = String::new();
    let mut at = 0;
    for span in spans.into_iter().filter(|span| span.end <= LONGEST) {
        let start = span.start.max(at);
        if start >= span.end {
            continue;
        }
        out.push_str(&one_line(&routed.typed[at..start]));
        out.push_str(&styled(MATCHED, &one_line(&routed.typed[start..span.end])));
        at = span.end;
    }
    let rest = &routed.typed[at..];
    let end = rest.floor_char_boundary(LONGEST.saturating_sub(at));
    out.push_str(&one_line(&rest[..end]));
    if end < rest.len() {
        out.push('…');
    }
    out
}

/// Control characters would move the terminal's cursor.
fn one_line(text: &str) -> String {
    text.chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect()
}
