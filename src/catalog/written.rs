//! The sections of a compiled catalogue, as bytes. [`super::index`] tells what is in them.

use std::collections::HashMap;

use super::compile::telling;
use super::index::{self, ENTRY, FINE_STEP, HEADER, NAME, SLOT, STEP, WORDS};
use super::terms::{self, Term};
use super::{Entry, Kind, Use};
use crate::patterns::own;

/// The hint quotes so much of a description, in characters.
const LONGEST_DOES: usize = 160;

/// The header, and the sections behind it.
pub(super) fn whole(sections: [&[u8]; index::SECTIONS]) -> Vec<u8> {
    let length = HEADER + sections.iter().map(|it| it.len()).sum::<usize>();
    let mut header = [0; HEADER];
    header[..8].copy_from_slice(&index::MAGIC);
    header[8..12].copy_from_slice(&index::VERSION.to_le_bytes());
    header[12..16].copy_from_slice(&(HEADER as u32).to_le_bytes());
    header[16..24].copy_from_slice(&index::BUILD.to_le_bytes());
    header[24..32].copy_from_slice(&(length as u64).to_le_bytes());
    for (at, section) in sections.iter().enumerate() {
        header[40 + 4 * at..44 + 4 * at].copy_from_slice(&(section.len() as u32).to_le_bytes());
    }
    let sum = index::sum(&header).to_le_bytes();
    header[32..40].copy_from_slice(&sum);
    let mut bytes = Vec::with_capacity(length);
    bytes.extend(header);
    for section in sections {
        bytes.extend(section);
    }
    bytes
}

/// The hash table as it grows.
#[derive(Default)]
pub(super) struct Table {
    pub(super) triggers: HashMap<Term, Vec<(u16, f32)>>,
    pub(super) names: HashMap<Term, usize>,
}

impl Table {
    /// The sections of slots, postings and triggers.
    pub(super) fn written(
        &self,
        words: &HashMap<Term, Vec<(u16, f32)>>,
    ) -> (Vec<u8>, Vec<u8>, Vec<u8>) {
        let mut keys: Vec<Term> = words.keys().chain(self.triggers.keys()).copied().collect();
        keys.sort_unstable();
        keys.dedup();
        let count = ((keys.len() + self.names.len()) * 2)
            .next_power_of_two()
            .max(16);
        let mut slots = vec![[0_u8; SLOT]; count];
        let (mut lexical, mut triggers) = (Vec::new(), Vec::new());
        for key in keys {
            let mut slot = [0; SLOT];
            let having = words.get(&key).map_or(&[][..], Vec::as_slice);
            let spoken = self.triggers.get(&key).map_or(&[][..], Vec::as_slice);
            slot[4..8].copy_from_slice(&((lexical.len() / index::POSTING) as u32).to_le_bytes());
            slot[8..12].copy_from_slice(&((triggers.len() / index::POSTING) as u32).to_le_bytes());
            slot[12..14].copy_from_slice(&(having.len() as u16).to_le_bytes());
            slot[14] = spoken.len().min(255) as u8;
            slot[15] = WORDS;
            for (entry, told) in having {
                posting(&mut lexical, *entry, *told, STEP);
            }
            let spoken = spoken.iter().take(255);
            spoken.for_each(|(concept, told)| posting(&mut triggers, *concept, *told, FINE_STEP));
            put(&mut slots, key, slot);
        }
        let mut names: Vec<(&Term, &usize)> = self.names.iter().collect();
        names.sort_unstable();
        for (name, entry) in names {
            let mut slot = [0; SLOT];
            slot[4..8].copy_from_slice(&(*entry as u32).to_le_bytes());
            slot[15] = NAME;
            put(&mut slots, *name, slot);
        }
        (slots.concat(), lexical, triggers)
    }
}

fn put(slots: &mut [[u8; SLOT]], key: Term, mut slot: [u8; SLOT]) {
    let (print, first) = index::place(key);
    slot[..4].copy_from_slice(&print.to_le_bytes());
    let mask = slots.len() - 1;
    // More than half of them are empty.
    let mut at = first as usize & mask;
    while slots[at][15] != 0 {
        at = (at + 1) & mask;
    }
    slots[at] = slot;
}

#[allow(clippy::cast_sign_loss, reason = "weights are positive")]
pub(super) fn posting(bytes: &mut Vec<u8>, what: u16, weight: f32, step: f32) {
    let steps = (weight / step).round().clamp(1.0, f32::from(u16::MAX)) as u16;
    bytes.extend(what.to_le_bytes());
    bytes.extend(steps.to_le_bytes());
}

/// What a prompt says that names an entry: `terraform-engineer`. One plain word names nothing.
pub(super) fn chain_of(name: &str) -> Term {
    terms::chain(&name.to_ascii_lowercase())
}

pub(super) fn records(
    entries: &[Entry],
    used: &dyn Fn(&Entry) -> Use,
    texts: &mut Texts,
) -> Vec<u8> {
    let mut groups: HashMap<&str, u16> = HashMap::new();
    let mut records = Vec::with_capacity(entries.len() * ENTRY);
    for (number, entry) in (0_u16..).zip(entries) {
        // Without a description nothing tells that it is the same.
        let group = if entry.description.is_empty() {
            number
        } else {
            *groups.entry(entry.description.as_str()).or_insert(number)
        };
        let kind = match entry.kind {
            Kind::Skill => 0,
            Kind::Agent => 1,
            Kind::Command => 2,
        };
        records.extend(group.to_le_bytes());
        records.extend([kind, 0]);
        records.extend(used(entry).liking().to_bits().to_le_bytes());
        let does = quoted(telling(&entry.description));
        for text in [
            &entry.id,
            &entry.name,
            entry.model.as_deref().unwrap_or_default(),
            &does,
        ] {
            let (at, length) = texts.add(&text.replace(char::is_control, " "));
            records.extend(at.to_le_bytes());
            records.extend((length as u16).to_le_bytes());
            records.extend([0, 0]);
        }
    }
    records
}

/// The beginning of a description, as the hint quotes it: one line, no marks that could end the quotation, cut at a word.
fn quoted(text: &str) -> String {
    let plain: String = text
        .chars()
        .map(|letter| {
            if letter.is_control() || "<>“”`".contains(letter) {
                ' '
            } else {
                letter
            }
        })
        .collect();
    let mut quoted = String::new();
    let mut length = 0;
    for word in plain.split_whitespace() {
        length += word.chars().count() + 1;
        if length > LONGEST_DOES {
            quoted.push('…');
            break;
        }
        if !quoted.is_empty() {
            quoted.push(' ');
        }
        quoted.push_str(word);
    }
    quoted
}

pub(super) fn stamps(sources: &[own::Source], texts: &mut Texts) -> Vec<u8> {
    let mut stamps = Vec::new();
    for source in sources {
        let (at, length) = texts.add(&source.path);
        stamps.extend(at.to_le_bytes());
        stamps.extend(length.to_le_bytes());
        stamps.extend(source.stamp.size.to_le_bytes());
        stamps.extend(source.stamp.seconds.to_le_bytes());
        stamps.extend(source.stamp.nanos.to_le_bytes());
    }
    stamps
}

#[derive(Default)]
pub(super) struct Texts(pub(super) Vec<u8>);

impl Texts {
    fn add(&mut self, text: &str) -> (u32, u32) {
        let text = &text[..text.floor_char_boundary(usize::from(u16::MAX))];
        let at = self.0.len() as u32;
        self.0.extend(text.as_bytes());
        (at, text.len() as u32)
    }
}
