//! The labelled prompts.

use std::fs;
use std::path::Path;

use promptune::gate;
use promptune::model::features::extract;
use promptune::model::train::Row;
use promptune::model::utterances::{self, Utterance};
use promptune::table;
use promptune::text::Text;
use promptune::walk::Phrasing;

/// Files of other people's prompts.
pub(crate) const CORPUS: [&str; 2] = ["real-dev.jsonl", "authored-dev.jsonl"];

/// Prompts written to be hard count less than typed ones: one that wants a route, one that wants none.
const AUTHORED: (f32, f32) = (0.3, 0.4);

/// A labelled prompt, read.
pub(crate) struct Prompt {
    /// Where it comes from: real, authored, voice, languages, imagined.
    pub(crate) set: &'static str,
    pub(crate) typed: String,
    pub(crate) route: String,
    pub(crate) ok: Vec<String>,
    pub(crate) row: Row,
    /// Whoever wrote the patterns had not seen it.
    pub(crate) apart: bool,
    /// The gate lets it pass.
    pub(crate) passes: bool,
}

/// The ids of the built-in routes, and `none`.
pub(crate) fn classes() -> Vec<&'static str> {
    let routes = table::builtin().routes.iter();
    routes
        .map(|route| route.id.as_str())
        .chain(["none"])
        .collect()
}

/// The project's own prompts.
pub(crate) fn utterances() -> Result<Vec<Prompt>, String> {
    let rows = utterances::read(Path::new("patterns/utterances"))?;
    rows.into_iter()
        .map(|row| {
            let (set, weight) = (row.set, row.weight);
            prompt(row, set, weight)
        })
        .collect()
}

/// Other people's prompts.
pub(crate) fn corpus(folder: &Path) -> Result<Vec<Prompt>, String> {
    let mut prompts = Vec::new();
    for name in CORPUS {
        let path = folder.join(name);
        let text =
            fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        for (index, line) in text.lines().enumerate() {
            let mut row: Utterance = serde_json::from_str(line)
                .map_err(|error| format!("{}:{}: {error}", path.display(), index + 1))?;
            row.apart = held(&row.text);
            let (set, weight) = match (name.starts_with("real"), row.route == "none") {
                (true, _) => ("real", 1.0),
                (false, false) => ("authored", AUTHORED.0),
                (false, true) => ("authored", AUTHORED.1),
            };
            prompts.push(prompt(row, set, weight)?);
        }
    }
    Ok(prompts)
}

fn prompt(row: Utterance, set: &'static str, weight: f32) -> Result<Prompt, String> {
    let class = classes()
        .iter()
        .position(|class| *class == row.route)
        .ok_or_else(|| format!("no route is called `{}`", row.route))?;
    let typed = gate::typed(&row.text);
    let passes = typed.is_ok();
    let typed = typed.map_or_else(|_| row.text.clone(), std::borrow::Cow::into_owned);
    let text = Text::read(&typed, &mut Phrasing::new(table::builtin()));
    Ok(Prompt {
        set,
        route: row.route,
        ok: row.ok,
        row: Row {
            features: extract(&text),
            class,
            weight,
        },
        typed,
        apart: row.apart,
        passes,
    })
}

/// The half of `promptune eval --half held`, which whoever wrote the patterns did not look at.
fn held(text: &str) -> bool {
    fnv(text.as_bytes()) >> 32 & 1 == 1
}

/// FNV-1a, 64 bits.
pub(crate) fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
