//! Compiles entries into the bytes that a prompt reads.

use std::collections::HashMap;

use super::concepts::{self, Concept};
use super::everyday;
use super::index::{self, CONCEPT, STEP};
use super::terms::{self, Source, Term};
use super::written::{Table, Texts, chain_of, posting, records, stamps, whole};
use super::{Entry, Use};
use crate::patterns::own;

/// More entries are not ranked.
pub const MOST_ENTRIES: usize = 20_000;

/// Descriptions are read so far, in bytes.
const LONGEST: usize = 1500;

/// Term frequencies are weighed as BM25 does: a word of the name counts so much more than one of the description,
const IN_NAME: f32 = 2.5;
/// long descriptions are held against so much,
const LENGTH: f32 = 0.75;
/// and a word said again tells less and less.
const SATURATION: f32 = 1.2;

/// Rarity is measured as in a catalogue of this size: in a small one every word would be common.
const USUAL: usize = 600;

/// The average description, in words.
const USUAL_LENGTH: f32 = 26.0;

/// A word that stands in more of some thousand ordinary prompts tells less.
const EVERYDAY: f32 = 15.0;
const EVERYDAY_POWER: f32 = 0.6;

/// A word or phrase that speaks for several concepts tells less for each.
const SHARED: f32 = 0.7;

/// An entry belongs to a concept when it has so much of what the best one has.
const BELONGS: f32 = 0.3;
const BELONGS_POWER: f32 = 1.5;

/// The best one has at least so much of what the concept is about.
const FULL: f32 = 0.5;

/// Concepts weigh so much beside words.
const CONCEPTS: f32 = 7.0;

/// Words that every other description has: no rarer in a small catalogue.
const BOILERPLATE: &str = "advanced agent agents analyze analysis application applications architect architecture automation best \
build building code complex comprehensive create creating data design designing development engineer ensure expert \
features handle handles implement implementation implementing integration invoke management master mastering masters \
model modern optimization patterns performance practices proactively production project quality review robust scalable \
skill skills specialist specializing strategies support system systems task tasks team test testing tool tools user \
users work workflow workflows";

/// Compiles `entries`. `sources` is what a prompt looks at to see a change; `used` tells how often an entry was used here.
#[must_use]
pub fn compile(
    entries: &[Entry],
    sources: &[own::Source],
    used: &dyn Fn(&Entry) -> Use,
) -> Vec<u8> {
    let entries = &entries[..entries.len().min(MOST_ENTRIES)];
    let read: Vec<Read> = entries.iter().map(Read::new).collect();
    let everyday = Everyday(everyday::counts());
    let words = postings(&read, &everyday);
    let mut table = Table::default();
    for (entry, it) in entries.iter().enumerate().rev() {
        // The first of several of one name stays.
        table.names.insert(chain_of(&it.id), entry);
        if it.name != it.id {
            table.names.insert(chain_of(&it.name), entry);
        }
    }
    let (about, about_postings) = concepts(&words, &everyday, &mut table, entries.len());
    let mut texts = Texts::default();
    let records = records(entries, used, &mut texts);
    let stamps = stamps(sources, &mut texts);
    let (slots, lexical, triggers) = table.written(&words);
    whole([
        &slots,
        &lexical,
        &triggers,
        &about,
        &about_postings,
        &records,
        &stamps,
        &texts.0,
    ])
}

/// The words of one entry.
struct Read {
    /// By term: how often in the name and in the description.
    counts: HashMap<Term, (f32, f32)>,
    length: f32,
}

impl Read {
    fn new(entry: &Entry) -> Self {
        let mut read = Self {
            counts: HashMap::new(),
            length: 0.0,
        };
        // A plugin's own name before the colon says something, but not twice.
        let name = match entry.id.split_once(':') {
            Some((plugin, _)) if !entry.name.contains(plugin) => format!("{plugin} {}", entry.name),
            _ => entry.name.clone(),
        };
        terms::read(&name, Source::Name, &mut |word| {
            if word.full {
                read.counts.entry(word.term).or_default().0 += word.weight;
            }
        });
        let said = telling(&entry.description);
        for text in [said, entry.when_to_use.as_deref().unwrap_or_default()] {
            terms::read(text, Source::Description, &mut |word| {
                if word.full {
                    read.counts.entry(word.term).or_default().1 += word.weight;
                    read.length += word.weight;
                }
            });
        }
        read
    }
}

/// A description without its examples: what people say in them is not what the entry is about.
pub(super) fn telling(description: &str) -> &str {
    let ends = [
        "<example",
        "Example:",
        "Examples:",
        "Example usage",
        "\nuser:",
        " user: \"",
        "<commentary",
    ];
    let end = ends
        .iter()
        .filter_map(|end| description.find(end))
        .filter(|end| *end > 40)
        .min();
    let end = end.unwrap_or(description.len()).min(LONGEST);
    &description[..description.floor_char_boundary(end)]
}

struct Everyday(HashMap<Term, f32>);

impl Everyday {
    /// How much a word tells by being no everyday word, 0 to 1.
    fn telling(&self, term: Term) -> f32 {
        let count = self.0.get(&term).copied().unwrap_or(0.0);
        (1.0 / (1.0 + count / EVERYDAY)).powf(EVERYDAY_POWER)
    }
}

#[allow(clippy::cast_precision_loss, reason = "counts of entries")]
fn rarity(entries: usize, of: usize) -> f32 {
    // In a large catalogue shares count, in a small one each entry does.
    let scale = (USUAL as f32 / of as f32).min(1.0);
    let entries = entries as f32 * scale;
    (1.0 + ((USUAL as f32 - entries).max(0.0) + 0.5) / (entries + 0.5)).ln()
}

/// By term: which entries have it, and how much it tells for each.
fn postings(read: &[Read], everyday: &Everyday) -> HashMap<Term, Vec<(u16, f32)>> {
    let mut having: HashMap<Term, Vec<(u16, f32)>> = HashMap::new();
    for (entry, it) in (0_u16..).zip(read) {
        let length = 1.0 - LENGTH + LENGTH * (it.length / USUAL_LENGTH);
        for (term, (name, said)) in &it.counts {
            let frequency = IN_NAME * name + said / length.max(0.1);
            let told = frequency * (SATURATION + 1.0) / (frequency + SATURATION);
            having.entry(*term).or_default().push((entry, told));
        }
    }
    let mut boilerplate = Vec::new();
    terms::read(BOILERPLATE, Source::Description, &mut |word| {
        boilerplate.push(word.term);
    });
    for (term, entries) in &mut having {
        let mut count = entries.len();
        if boilerplate.contains(term) {
            count = count.max(read.len().max(USUAL) / 12);
        }
        let weight = rarity(count, read.len()) * everyday.telling(*term);
        for (_, told) in entries {
            *told *= weight;
        }
    }
    having
}

/// Works out what belongs to each concept. Returns the sections of concepts and of their postings.
fn concepts(
    words: &HashMap<Term, Vec<(u16, f32)>>,
    everyday: &Everyday,
    table: &mut Table,
    entries: usize,
) -> (Vec<u8>, Vec<u8>) {
    let all = concepts::all();
    let speaking = speaking(&all);
    let (mut heads, mut postings) = (Vec::with_capacity(all.len() * CONCEPT), Vec::new());
    let mut strength = vec![0.0_f32; entries];
    for (number, concept) in (0_u16..).zip(&all) {
        let belonging = belonging(concept, words, everyday, &mut strength);
        let weight = CONCEPTS * rarity_of_concept(belonging.len(), entries);
        heads.extend(((postings.len() / index::POSTING) as u32).to_le_bytes());
        heads.extend((belonging.len() as u32).to_le_bytes());
        for (entry, share) in &belonging {
            posting(
                &mut postings,
                *entry,
                weight * share.powf(BELONGS_POWER),
                STEP,
            );
        }
        if belonging.is_empty() {
            continue;
        }
        for phrase in &concept.phrases {
            let rare = phrase
                .words
                .iter()
                .map(|word| everyday.telling(*word))
                .fold(0.0, f32::max);
            let shared = f32::from(speaking.get(&phrase.key).map_or(1, Vec::len).min(255) as u8);
            let triggers = table.triggers.entry(phrase.key).or_default();
            if !triggers.iter().any(|(other, _)| *other == number) {
                triggers.push((number, rare / shared.powf(SHARED)));
            }
        }
    }
    (heads, postings)
}

#[allow(clippy::cast_precision_loss, reason = "counts of entries")]
fn rarity_of_concept(belonging: usize, of: usize) -> f32 {
    let belonging = belonging as f32 * (USUAL as f32 / of as f32).min(1.0);
    (1.0 + USUAL as f32 / (belonging + 0.5)).ln()
}

/// By phrase: the concepts it speaks for.
fn speaking(all: &[Concept]) -> HashMap<Term, Vec<u16>> {
    let mut speaking: HashMap<Term, Vec<u16>> = HashMap::new();
    for (number, concept) in (0_u16..).zip(all) {
        for phrase in &concept.phrases {
            let concepts = speaking.entry(phrase.key).or_default();
            if concepts.last() != Some(&number) {
                concepts.push(number);
            }
        }
    }
    speaking
}

/// The entries a concept is about, and how much of it each has, 0 to 1. `strength` is all zero, before and after.
fn belonging(
    concept: &Concept,
    words: &HashMap<Term, Vec<(u16, f32)>>,
    everyday: &Everyday,
    strength: &mut [f32],
) -> Vec<(u16, f32)> {
    let mut whole = 0.0;
    let mut touched = Vec::new();
    for head in &concept.heads {
        let having = words.get(head).map_or(&[][..], Vec::as_slice);
        whole += rarity(having.len(), having.len().max(USUAL)) * everyday.telling(*head);
        for (entry, told) in having {
            strength[usize::from(*entry)] += told;
            touched.push(*entry);
        }
    }
    touched.sort_unstable();
    touched.dedup();
    let most = touched
        .iter()
        .map(|entry| strength[usize::from(*entry)])
        .fold(FULL * whole, f32::max);
    let mut belonging = Vec::new();
    for entry in touched {
        let share = strength[usize::from(entry)] / most;
        strength[usize::from(entry)] = 0.0;
        if share >= BELONGS {
            belonging.push((entry, share));
        }
    }
    belonging
}
