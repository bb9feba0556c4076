//! A route that is ignored again and again goes quieter; one taken up is hinted as before.
//!
//! Worked out from the ledger when a turn with a hint ends, and kept in one small file that the hook reads only when
//! it is about to give a hint.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::{fs, io};

use serde::{Deserialize, Serialize};

use crate::data;
use crate::ledger::{Record, What};

/// From so many hints ignored in a row on, a route is hinted only at this confidence. A request by name is always
/// answered, and no route falls silent altogether.
pub const STEPS: [(u32, f32); 3] = [(5, 0.9), (10, 0.95), (20, 0.98)];

/// The file, in the data folder.
const FILE: &str = "adaptive.json";

/// How often each route was ignored in a row.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adaptive {
    routes: BTreeMap<String, u32>,
}

impl Adaptive {
    /// What the ledger's `records`, oldest first, come to.
    #[must_use]
    pub fn of<'r>(records: impl IntoIterator<Item = &'r Record>) -> Self {
        let mut routes: BTreeMap<String, u32> = BTreeMap::new();
        // A turn may end twice, and is ignored once.
        let mut counted: HashSet<(&str, &str, &str)> = HashSet::new();
        for record in records {
            match &record.what {
                What::Turn { routes: told, .. } => {
                    for it in told {
                        let key = (
                            record.conversation.as_str(),
                            record.prompt.as_str(),
                            it.route.as_str(),
                        );
                        let count = routes.entry(it.route.clone()).or_default();
                        if it.taken {
                            *count = 0;
                        } else if counted.insert(key) {
                            *count += 1;
                        }
                    }
                }
                // The model called it by itself: it is of use here.
                What::Settled(settled) => {
                    if let Some(route) = &settled.route {
                        routes.insert(route.clone(), 0);
                    }
                }
                What::Reset { route } if route == "all" => routes.clear(),
                What::Reset { route } => {
                    routes.remove(route);
                }
                What::Hint { .. }
                | What::Agent { .. }
                | What::Model { .. }
                | What::Redone { .. }
                | What::ResetModels { .. } => {}
            }
        }
        routes.retain(|_, count| *count > 0);
        Self { routes }
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
        if self.quiet().next().is_none() {
            return match fs::remove_file(path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
                other => other,
            };
        }
        data::replace(&path, &serde_json::to_vec(self)?)
    }

    /// How often `route` was ignored in a row.
    #[must_use]
    pub fn ignored(&self, route: &str) -> u32 {
        self.routes.get(route).copied().unwrap_or_default()
    }

    /// How sure the router must be to hint `route`, where that is more than at first.
    #[must_use]
    pub fn needs(&self, route: &str) -> Option<f32> {
        let ignored = self.ignored(route);
        let reached = STEPS.iter().rev().find(|(from, _)| ignored >= *from);
        reached.map(|(_, needed)| *needed)
    }

    /// The routes that are quieter than at first.
    pub fn quiet(&self) -> impl Iterator<Item = &str> {
        let all = self.routes.keys().map(String::as_str);
        all.filter(|route| self.needs(route).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::Adaptive;
    use crate::ledger::{Record, Taken, What};

    fn turn(prompt: usize, taken: bool) -> Record {
        let routes = vec![Taken {
            route: "test-runner".to_owned(),
            taken,
        }];
        let what = What::Turn {
            routes,
            model: String::new(),
            hint_cost: None,
        };
        Record::new("one", "-p", &prompt.to_string(), what).expect("usable")
    }

    fn ignored(times: usize) -> Vec<Record> {
        (0..times).map(|prompt| turn(prompt, false)).collect()
    }

    #[test]
    fn a_route_goes_quieter_in_steps_and_not_beyond_the_last() {
        for (times, needs) in [
            (0, None),
            (4, None),
            (5, Some(0.9)),
            (9, Some(0.9)),
            (10, Some(0.95)),
            (20, Some(0.98)),
            (500, Some(0.98)),
        ] {
            let state = Adaptive::of(&ignored(times));
            assert_eq!(state.needs("test-runner"), needs, "{times}");
            assert_eq!(state.needs("git-operator"), None);
        }
    }

    #[test]
    fn one_taken_up_or_reset_is_hinted_as_at_first() {
        let mut records = ignored(12);
        records.push(turn(12, true));
        assert_eq!(Adaptive::of(&records), Adaptive::default());
        records.extend((13..18).map(|prompt| turn(prompt, false)));
        assert_eq!(Adaptive::of(&records).ignored("test-runner"), 5);
        for route in ["test-runner", "all"] {
            let route = route.to_owned();
            let mut records = records.clone();
            records.push(Record::new("cli", "", "", What::Reset { route }).expect("usable"));
            assert_eq!(Adaptive::of(&records), Adaptive::default());
        }
    }

    #[test]
    fn a_turn_that_ends_twice_counts_once() {
        let records = [turn(0, false), turn(0, false)];
        assert_eq!(Adaptive::of(&records).ignored("test-runner"), 1);
        let records = [turn(0, false), turn(0, true)];
        assert_eq!(Adaptive::of(&records).ignored("test-runner"), 0);
    }

    #[test]
    fn what_is_written_is_read_and_quiet_routes_only() {
        let folder = tempfile::tempdir().expect("a folder");
        let state = Adaptive::of(&ignored(6));
        state.write(folder.path()).expect("written");
        assert_eq!(Adaptive::read(folder.path()), state);
        Adaptive::of(&ignored(2))
            .write(folder.path())
            .expect("written");
        assert_eq!(Adaptive::read(folder.path()), Adaptive::default());
        assert!(!folder.path().join("adaptive.json").exists());
    }
}
