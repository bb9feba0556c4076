//! What there is to say about each entry.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::listing::Room;
use super::words;
use crate::catalog::{Catalogue, Entry, Kind};
use crate::usage::History;
use crate::usage::runs::runs;

/// The client's estimate of tokens: so many characters make one.
const PER_TOKEN: usize = 4;

/// The catalogue, looked through.
pub(super) struct Audit<'c> {
    pub(super) catalogue: &'c Catalogue,
    /// Of each entry, how often it was used; of a skill, in how many conversations at least.
    pub(super) used: Vec<u64>,
    /// The transcripts that tell it.
    pub(super) transcripts: usize,
    pub(super) room: Room,
    /// Of each entry, whether its description says when it is wanted.
    pub(super) says_when: Vec<bool>,
    /// Pairs that say nearly the same.
    pub(super) twins: Vec<(usize, usize, f64)>,
}

impl<'c> Audit<'c> {
    /// Looks through `catalogue`, for a context window of `window` tokens. `counted` is the client's own count of
    /// skills' uses.
    pub(super) fn new(
        catalogue: &'c Catalogue,
        history: &History,
        counted: &HashMap<String, u64>,
        window: u64,
    ) -> Self {
        let entries = &catalogue.entries;
        let used = uses(entries, history, counted);
        let says_when = entries
            .iter()
            .map(|entry| entry.when_to_use.is_some() || words::says_when(&entry.description));
        Self {
            catalogue,
            used,
            transcripts: history.files(),
            room: Room::new(entries, &catalogue.listing, counted, window),
            says_when: says_when.collect(),
            twins: words::twins(entries),
        }
    }

    /// What the entry takes of every session, in tokens, about.
    pub(super) fn tokens(&self, at: usize) -> usize {
        self.room.taken[at].div_ceil(PER_TOKEN)
    }

    /// Whether there is anything that tells what is used.
    pub(super) fn knows_use(&self) -> bool {
        self.transcripts > 0 || self.used.iter().any(|used| *used > 0)
    }

    /// The entries that say nearly the same as another, by what they say; the largest groups first.
    pub(super) fn groups(&self) -> Vec<Vec<usize>> {
        let mut group: Vec<usize> = (0..self.catalogue.entries.len()).collect();
        for (one, other, _) in &self.twins {
            let (from, to) = (group[*other], group[*one]);
            for it in group.iter_mut().filter(|it| **it == from) {
                *it = to;
            }
        }
        let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (at, group) in group.iter().enumerate() {
            groups.entry(*group).or_default().push(at);
        }
        let mut groups: Vec<Vec<usize>> = groups.into_values().filter(|it| it.len() > 1).collect();
        groups.sort_by_key(|group| std::cmp::Reverse(group.len()));
        groups
    }

    /// The entries for which `is` holds.
    pub(super) fn those(&self, is: impl Fn(usize) -> bool) -> Vec<usize> {
        (0..self.catalogue.entries.len())
            .filter(|at| is(*at))
            .collect()
    }
}

fn uses(entries: &[Entry], history: &History, counted: &HashMap<String, u64>) -> Vec<u64> {
    let messages = history.messages();
    let mut agents: HashMap<&str, u64> = HashMap::new();
    for run in runs(&messages) {
        *agents.entry(run.agent.unwrap_or_default()).or_default() += 1;
    }
    let with_skill = messages
        .iter()
        .filter_map(|it| Some((it.skill()?, it.conversation)));
    let with_skill: HashSet<(&str, &str)> = with_skill.collect();
    let mut skills: HashMap<&str, u64> = HashMap::new();
    for (skill, _) in with_skill {
        *skills.entry(skill).or_default() += 1;
    }
    let of = |entry: &Entry| {
        let id = entry.id.as_str();
        if entry.kind == Kind::Agent {
            return agents.get(id).copied().unwrap_or_default();
        }
        let told = skills.get(id).copied().unwrap_or_default();
        told.max(counted.get(id).copied().unwrap_or_default())
    };
    entries.iter().map(of).collect()
}
