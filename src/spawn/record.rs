//! What came of smaller models: by kind of task, from the ledger. A kind with a poor record goes back up for a while.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use std::{fs, io};

use serde::{Deserialize, Serialize};

use crate::data;
use crate::ledger::{Record, What};
use crate::prices::Dollars;

/// So many of a kind's newest outcomes count.
pub const NEWEST: usize = 20;

/// A kind goes back up when so many of them went badly, and this share.
pub const BAD: usize = 3;
/// See [`BAD`].
pub const BAD_SHARE: f64 = 0.25;

/// It stays up so long after the last that went badly, in seconds.
pub const UP_FOR: u64 = 14 * 24 * 60 * 60;

/// The file, in the data folder, that the hook reads before it sets a model.
const FILE: &str = "models.json";

/// What came of a task that was given a smaller model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The agent came to its end.
    Well,
    /// It was stopped, failed, or reached its limit: there is no last message.
    Stopped,
    /// The same task was handed to a larger model afterwards.
    Redone,
    /// Its agent has not been heard of.
    Unknown,
}

/// One choice of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// The kind of task.
    pub task: String,
    /// When it was made, in seconds since 1970.
    pub at: u64,
    /// Whether the model was set, or only spoken of.
    pub applied: bool,
    /// What came of it.
    pub outcome: Outcome,
    /// Measured: what the agent cost.
    pub cost: Option<Dollars>,
    /// The same tokens on the conversation's model.
    pub same_tokens: Option<Dollars>,
}

/// The choices that `records`, oldest first, tell of; those before a reset of their kind are left out with `since_reset`.
#[must_use]
pub fn choices(records: &[Record], since_reset: bool) -> Vec<Choice> {
    let mut found: Vec<Choice> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut redone: HashSet<usize> = HashSet::new();
    for record in records {
        match &record.what {
            What::Model {
                call,
                task,
                applied,
                ..
            } => {
                places.insert(call, found.len());
                found.push(Choice {
                    task: task.clone(),
                    at: record.at,
                    applied: *applied,
                    outcome: Outcome::Unknown,
                    cost: None,
                    same_tokens: None,
                });
            }
            What::Settled(settled) => {
                let Some(at) = settled.call.as_deref().and_then(|call| places.get(call)) else {
                    continue;
                };
                let choice = &mut found[*at];
                choice.outcome = if settled.complete {
                    Outcome::Well
                } else {
                    Outcome::Stopped
                };
                choice.cost = sum(choice.cost, settled.cost);
                choice.same_tokens = sum(choice.same_tokens, settled.same_tokens);
            }
            What::Redone { call } => {
                redone.extend(places.get(call.as_str()));
            }
            What::ResetModels { task } if since_reset => {
                for choice in &mut found {
                    if task == "all" || *task == choice.task {
                        choice.task.clear();
                    }
                }
            }
            _ => {}
        }
    }
    for at in redone {
        found[at].outcome = Outcome::Redone;
    }
    found.retain(|choice| !choice.task.is_empty());
    found
}

fn sum(a: Option<Dollars>, b: Option<Dollars>) -> Option<Dollars> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a + b),
        (a, b) => a.or(b),
    }
}

/// The kinds of tasks that went back up.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Up {
    /// By kind.
    pub kinds: BTreeMap<String, Poor>,
}

/// Why a kind went back up, and until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Poor {
    /// Seconds since 1970.
    pub until: u64,
    /// So many went badly …
    pub bad: usize,
    /// … of so many of which it is known.
    pub of: usize,
}

impl Up {
    /// What the ledger's `records`, oldest first, come to.
    #[must_use]
    pub fn of(records: &[Record]) -> Self {
        let mut by_kind: BTreeMap<String, Vec<(u64, bool)>> = BTreeMap::new();
        for choice in choices(records, true) {
            if choice.applied && choice.outcome != Outcome::Unknown {
                let bad = choice.outcome != Outcome::Well;
                by_kind
                    .entry(choice.task)
                    .or_default()
                    .push((choice.at, bad));
            }
        }
        let poor = |known: Vec<(u64, bool)>| {
            let newest = &known[known.len().saturating_sub(NEWEST)..];
            let bad: Vec<u64> = newest.iter().filter(|it| it.1).map(|it| it.0).collect();
            #[allow(clippy::cast_precision_loss, reason = "a handful of tasks")]
            let share = bad.len() as f64 / newest.len() as f64;
            (bad.len() >= BAD && share >= BAD_SHARE).then(|| Poor {
                until: bad.last().map_or(0, |last| last.saturating_add(UP_FOR)),
                bad: bad.len(),
                of: newest.len(),
            })
        };
        let kinds = by_kind
            .into_iter()
            .filter_map(|(kind, known)| Some((kind, poor(known)?)));
        Self {
            kinds: kinds.collect(),
        }
    }

    /// What was written last; nothing where there is no such file.
    #[must_use]
    pub fn read(folder: &Path) -> Self {
        data::read_small(&folder.join(FILE))
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default()
    }

    /// Writes it, for the hook.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        let path = folder.join(FILE);
        if self.kinds.is_empty() {
            return match fs::remove_file(path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
                other => other,
            };
        }
        data::replace(&path, &serde_json::to_vec(self)?)
    }

    /// Whether tasks of `kind` keep the larger model at `now`.
    #[must_use]
    pub fn keeps(&self, kind: &str, now: u64) -> Option<Poor> {
        self.kinds
            .get(kind)
            .copied()
            .filter(|poor| now < poor.until)
    }
}

#[cfg(test)]
mod tests {
    use super::{Outcome, UP_FOR, Up, choices};
    use crate::ledger::{Record, Settled, What};
    use crate::usage::Tokens;

    fn record(what: What) -> Record {
        Record::new("one", "-p", "p", what).expect("usable")
    }

    fn moved(call: usize) -> Record {
        record(What::Model {
            call: call.to_string(),
            name: "general-purpose".to_owned(),
            task: "tests".to_owned(),
            from: "claude-opus-5-5".to_owned(),
            to: "haiku".to_owned(),
            confidence: 0.9,
            applied: true,
        })
    }

    fn settled(call: usize, complete: bool) -> Record {
        record(What::Settled(Box::new(Settled {
            agent: format!("a{call}"),
            name: "general-purpose".to_owned(),
            route: None,
            offered: false,
            model: "claude-haiku-5-5".to_owned(),
            requests: 1,
            usage: Tokens::default(),
            cost: None,
            session_model: None,
            same_tokens: None,
            saved: None,
            seconds: 1,
            complete,
            first: None,
            last: None,
            call: Some(call.to_string()),
        })))
    }

    fn outcomes(records: &[Record]) -> Vec<Outcome> {
        let all = choices(records, true);
        all.iter().map(|choice| choice.outcome).collect()
    }

    #[test]
    fn what_became_of_a_choice_is_found_by_its_call() {
        let redone = record(What::Redone {
            call: "3".to_owned(),
        });
        let records = [
            moved(1),
            moved(2),
            moved(3),
            moved(4),
            settled(1, true),
            settled(2, false),
            settled(3, true),
            settled(9, false),
            redone,
        ];
        let expected = [
            Outcome::Well,
            Outcome::Stopped,
            Outcome::Redone,
            Outcome::Unknown,
        ];
        assert_eq!(outcomes(&records), expected);
    }

    #[test]
    fn a_kind_with_a_poor_record_goes_up_for_a_while_and_can_be_reset() {
        let mut records: Vec<Record> = Vec::new();
        for call in 0..6 {
            records.extend([moved(call), settled(call, call % 2 == 0)]);
        }
        let up = Up::of(&records);
        let now = crate::data::now();
        assert!(
            up.keeps("tests", now)
                .is_some_and(|poor| (poor.bad, poor.of) == (3, 6))
        );
        assert_eq!(up.keeps("git", now), None);
        assert_eq!(up.keeps("tests", now + UP_FOR + 1), None);
        for task in ["tests", "all"] {
            let mut records = records.clone();
            records.push(record(What::ResetModels {
                task: task.to_owned(),
            }));
            assert_eq!(Up::of(&records), Up::default());
        }
        // Two of many are no poor record.
        let good: Vec<Record> = (10..18)
            .flat_map(|call| [moved(call), settled(call, true)])
            .collect();
        records.truncate(8);
        records.extend(good);
        assert_eq!(Up::of(&records), Up::default());
    }
}
