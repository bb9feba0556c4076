//! What the client's listing of skills has room for.
//!
//! Every name is listed. Descriptions follow, those of skills used most first, as long as the budget lasts; agents'
//! descriptions are never cut.

use std::collections::HashMap;

use crate::catalog::{Entry, Kind, Listing};

/// The client's own skills take so many characters of the budget (client 2.1.330).
const CLIENTS_OWN: usize = 6077;

/// The client counts so many characters for a token.
const PER_TOKEN: f64 = 3.0;

/// The share of the context window, unless set.
const FRACTION: f64 = 0.01;

/// The characters a description may have, unless set.
const LONGEST: usize = 1536;

/// Characters an agent's line has beside name and description: `- : (Tools: All tools)`.
const AGENTS_LINE: usize = 23;

/// What each entry takes of every session.
#[derive(Debug, Default)]
pub(super) struct Room {
    /// The characters skills may take.
    pub(super) budget: usize,
    /// The characters they want.
    pub(super) wanted: usize,
    /// Of each entry, the characters it takes.
    pub(super) taken: Vec<usize>,
    /// Of each entry, whether its description is hidden.
    pub(super) hidden: Vec<bool>,
    /// Of each entry, whether its description is longer than the client shows.
    pub(super) cut: Vec<bool>,
}

impl Room {
    /// Lays out `entries` as the client does, for a context window of `window` tokens. `used` tells how often each
    /// skill was.
    pub(super) fn new(
        entries: &[Entry],
        listing: &Listing,
        used: &HashMap<String, u64>,
        window: u64,
    ) -> Self {
        let longest = listing.longest.unwrap_or(LONGEST);
        let mut room = Self {
            budget: budget(listing, window),
            wanted: CLIENTS_OWN,
            taken: Vec::with_capacity(entries.len()),
            hidden: vec![false; entries.len()],
            cut: vec![false; entries.len()],
        };
        let mut skills = Vec::new();
        let mut left = room.budget.saturating_sub(CLIENTS_OWN);
        for (at, entry) in entries.iter().enumerate() {
            let text = described(entry);
            let id = entry.id.chars().count();
            if entry.kind == Kind::Agent {
                room.taken.push(id + text + AGENTS_LINE);
                continue;
            }
            let name = id + 3;
            let description = if listing.name_only.contains(&entry.id) || text == 0 {
                0
            } else {
                room.cut[at] = text > longest;
                text.min(longest) + 2
            };
            room.taken.push(name);
            room.wanted += name + description;
            left = left.saturating_sub(name);
            skills.push((at, description));
        }
        skills.sort_by_key(|(at, _)| {
            std::cmp::Reverse(used.get(&entries[*at].id).copied().unwrap_or_default())
        });
        for (at, description) in skills {
            if description <= left {
                left -= description;
                room.taken[at] += description;
            } else {
                room.hidden[at] = true;
            }
        }
        room
    }
}

/// The characters of a description and of the time of use after it.
fn described(entry: &Entry) -> usize {
    let when = entry
        .when_to_use
        .as_deref()
        .map_or(0, |when| when.chars().count() + 3);
    entry.description.chars().count() + when
}

fn budget(listing: &Listing, window: u64) -> usize {
    let set = std::env::var("SLASH_COMMAND_TOOL_CHAR_BUDGET").ok();
    if let Some(set) = set.and_then(|set| set.parse().ok()) {
        return set;
    }
    let fraction = listing.fraction.unwrap_or(FRACTION).clamp(0.0, 1.0);
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "a budget is a small positive number"
    )]
    let budget = (window as f64 * PER_TOKEN * fraction) as usize;
    budget
}
