//! Whether a task's model is changed, only spoken of, or left alone: by the person's settings and the project's.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::data;

/// What is done about a task that a smaller model is enough for. In order of strength.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Nothing.
    Off,
    /// It is said what would have been done.
    Suggest,
    /// The model is set, and that is said.
    #[default]
    Apply,
}

/// What `config.json` says under `models`. Every field may be missing.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Modes {
    /// For template-driven tasks, to Haiku.
    mode: Option<Mode>,
    /// For tasks between, to Sonnet; `off` unless set.
    middle: Option<Mode>,
    /// By agent's name, for both.
    #[serde(default)]
    agents: BTreeMap<String, Mode>,
    /// Kinds of tasks with a poor record go back up; `true` unless set.
    learn: Option<bool>,
}

#[derive(Default, Deserialize)]
struct Config {
    models: Option<Modes>,
}

/// The person's modes, and the project's where there are any.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Both {
    person: Modes,
    project: Option<Modes>,
}

impl Modes {
    fn of(&self, agent: &str, middle: bool, usual: Mode) -> Mode {
        let own = if middle { self.middle } else { self.mode };
        let own = own.unwrap_or(usual);
        match self.agents.get(agent) {
            // For tasks between, an agent's own mode can only make it weaker.
            Some(mode) if middle => own.min(*mode),
            Some(mode) => *mode,
            None => own,
        }
    }
}

impl Both {
    /// Reads `config.json` in the data folder, and `.claude/promptune/config.json` in the project.
    ///
    /// A file that is not of its form switches this off: whoever wrote `off` and slipped elsewhere meant `off`.
    #[must_use]
    pub fn read(folder: Option<&Path>, project: Option<&Path>) -> Self {
        let person = folder.and_then(|folder| read(&folder.join("config.json"), "config.json"));
        let project = project.and_then(|project| {
            read(
                &project.join(".claude/promptune/config.json"),
                "the project's config.json",
            )
        });
        Self {
            person: person.unwrap_or_default(),
            project,
        }
    }

    /// The mode for a task of `agent`. A project may be somebody else's: it can only make the person's mode weaker.
    #[must_use]
    pub fn of(&self, agent: &str, middle: bool) -> Mode {
        let usual = if middle { Mode::Off } else { Mode::Apply };
        let person = self.person.of(agent, middle, usual);
        let project = self.project.as_ref();
        project.map_or(person, |project| {
            person.min(project.of(agent, middle, Mode::Apply))
        })
    }

    /// Whether kinds of tasks with a poor record go back up.
    #[must_use]
    pub fn learns(&self) -> bool {
        self.person.learn.unwrap_or(true)
    }
}

fn read(path: &Path, name: &str) -> Option<Modes> {
    let bytes = data::read_small(path)?;
    match serde_json::from_slice::<Config>(&bytes) {
        Ok(config) => config.models,
        Err(error) => {
            data::log(&format!(
                "{name}: no agent's model is changed ({:?} error, line {}, column {})",
                error.classify(),
                error.line(),
                error.column()
            ));
            Some(Modes {
                mode: Some(Mode::Off),
                middle: Some(Mode::Off),
                ..Modes::default()
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Both, Mode, Modes};

    fn modes(json: &str) -> Modes {
        serde_json::from_str(json).expect("modes")
    }

    fn both(person: &str, project: Option<&str>) -> Both {
        Both {
            person: modes(person),
            project: project.map(modes),
        }
    }

    #[test]
    fn templates_are_moved_and_what_is_between_is_not() {
        let none = both("{}", None);
        assert_eq!(none.of("Explore", false), Mode::Apply);
        assert_eq!(none.of("Explore", true), Mode::Off);
    }

    #[test]
    fn an_agent_may_have_its_own_mode() {
        let it = both(
            r#"{"mode":"apply","middle":"apply","agents":{"Explore":"off"}}"#,
            None,
        );
        assert_eq!(it.of("Explore", false), Mode::Off);
        assert_eq!(it.of("Explore", true), Mode::Off);
        assert_eq!(it.of("general-purpose", true), Mode::Apply);
    }

    #[test]
    fn a_project_only_makes_it_weaker() {
        for (person, project, mode) in [
            ("apply", "off", Mode::Off),
            ("apply", "suggest", Mode::Suggest),
            ("suggest", "apply", Mode::Suggest),
            ("off", "apply", Mode::Off),
        ] {
            let it = both(
                &format!(r#"{{"mode":"{person}"}}"#),
                Some(&format!(
                    r#"{{"mode":"{project}","middle":"apply","agents":{{"Explore":"{project}"}}}}"#
                )),
            );
            assert_eq!(it.of("general-purpose", false), mode, "{person} {project}");
            assert_eq!(it.of("Explore", false), mode, "{person} {project}");
            assert_eq!(it.of("Explore", true), Mode::Off);
        }
    }

    #[test]
    fn a_file_with_a_mistake_switches_it_off() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(
            folder.path().join("config.json"),
            r#"{"models":{"mode":"Off"}}"#,
        )
        .expect("written");
        assert_eq!(
            Both::read(Some(folder.path()), None).of("x", false),
            Mode::Off
        );
    }
}
