//! What was there before the first installation, so that `uninstall` can put it back: the client leaves empty files,
//! folders and settings behind when a plugin goes.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::Scope;
use super::form::Form;
use super::layout::PLUGIN;
use crate::cli::kept;
use crate::data;

/// What the client writes into git's ignore file of the person when it makes a project's local settings.
const IGNORED: &str = "**/.claude/settings.local.json";

/// Where the client makes a folder for each conversation that runs a hook at its start.
const SESSIONS: &str = "session-env";

/// The settings that an installation adds to.
const KEYS: [&str; 2] = ["enabledPlugins", "extraKnownMarketplaces"];

/// How a file or folder was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Was {
    /// Not there.
    Absent,
    /// There, without these settings or lines.
    Without(Vec<String>),
}

/// What was there, by path. Kept as `before.json` beside the marketplace; values of settings are not in it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(in crate::cli) struct Before {
    paths: BTreeMap<PathBuf, Was>,
    /// Of settings that were there.
    #[serde(default)]
    forms: BTreeMap<PathBuf, Form>,
}

impl Before {
    fn file(data: &Path) -> PathBuf {
        data.join(PLUGIN).join("before.json")
    }

    /// What earlier installations noted; nothing where there was none.
    pub(in crate::cli) fn read(data: &Path) -> Self {
        data::read_small(&Self::file(data))
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default()
    }

    /// Keeps it. Paths that are not UTF-8 cannot be kept; then nothing is put back.
    pub(super) fn write(&self, data: &Path) -> io::Result<()> {
        let json = serde_json::to_vec_pretty(self).unwrap_or_else(|_| b"{\"paths\":{}}".to_vec());
        data::replace(&Self::file(data), &json)
    }

    /// Notes how all is that an installation for `scope` in the folder `project` may touch. What was noted before stays.
    pub(super) fn look(&mut self, client: &Path, scope: Scope, project: &Path) {
        for folder in [
            "",
            "plugins",
            "plugins/cache",
            "plugins/data",
            "plugins/marketplaces",
        ] {
            self.folder(&client.join(folder));
        }
        // The client keeps variables of hooks there, for each conversation.
        self.folder(&client.join(SESSIONS));
        for file in [
            "plugins/installed_plugins.json",
            "plugins/known_marketplaces.json",
        ] {
            self.settings(&client.join(file));
        }
        self.settings(&client.join("settings.json"));
        let own = project.join(".claude");
        match scope {
            Scope::User => {}
            Scope::Project => {
                self.folder(&own);
                self.settings(&own.join("settings.json"));
            }
            Scope::Local => {
                self.folder(&own);
                self.settings(&own.join("settings.local.json"));
                if let Some(ignore) = git_ignore() {
                    ignore
                        .ancestors()
                        .skip(1)
                        .take(2)
                        .for_each(|it| self.folder(it));
                    self.lines(&ignore);
                }
            }
        }
    }

    fn note(&mut self, path: &Path, was: Was) {
        self.paths.entry(path.to_owned()).or_insert(was);
    }

    fn folder(&mut self, path: &Path) {
        if fs::symlink_metadata(path).is_err() {
            self.note(path, Was::Absent);
        }
    }

    fn settings(&mut self, path: &Path) {
        let Some(bytes) = data::read_small(path) else {
            if fs::symlink_metadata(path).is_err() {
                self.note(path, Was::Absent);
            }
            return;
        };
        let there: Map<String, Value> = serde_json::from_slice(&bytes).unwrap_or_default();
        if !self.paths.contains_key(path)
            && let Some(form) = str::from_utf8(&bytes).ok().and_then(Form::of)
        {
            self.forms.insert(path.to_owned(), form);
        }
        let lacks = KEYS.iter().filter(|key| !there.contains_key(**key));
        self.note(
            path,
            Was::Without(lacks.map(|it| (*it).to_owned()).collect()),
        );
    }

    fn lines(&mut self, path: &Path) {
        match data::read_small(path) {
            None => self.folder(path),
            Some(bytes) if data::lines(&bytes).any(|line| line == IGNORED.as_bytes()) => {
                self.note(path, Was::Without(Vec::new()));
            }
            Some(_) => self.note(path, Was::Without(vec![IGNORED.to_owned()])),
        }
    }

    /// Puts back what was there, as far as nothing of anybody else's is in it now. Returns what could not be.
    pub(in crate::cli) fn restore(&self) -> Vec<String> {
        let mut problems = Vec::new();
        // What lies deepest goes first: folders come after what is in them. git's ignore file comes when the project's
        // settings are gone.
        let mut paths: Vec<(&PathBuf, &Was)> = self.paths.iter().collect();
        paths.sort_by_key(|(path, _)| {
            let ignore = path.file_name().is_some_and(|name| name == "ignore");
            let folder = path.is_dir();
            (folder, ignore, std::cmp::Reverse(path.components().count()))
        });
        for (path, was) in paths {
            let done = if path.is_dir() {
                remove_empty(path, was);
                Ok(())
            } else if path.file_name().is_some_and(|name| name == "ignore") {
                self.restore_lines(path, was)
            } else {
                restore_settings(path, was).and_then(|()| self.restore_form(path))
            };
            if let Err(error) = done {
                problems.push(format!("{}: {error}", path.display()));
            }
        }
        problems
    }

    /// Where a file says what it said, it looks as it looked.
    fn restore_form(&self, path: &Path) -> io::Result<()> {
        let now = data::read_small(path).and_then(|bytes| String::from_utf8(bytes).ok());
        let Some((now, form)) = now.zip(self.forms.get(path)) else {
            return Ok(());
        };
        match form.restored(&now) {
            Some(before) if before != now => kept::replace(path, before.as_bytes()),
            _ => Ok(()),
        }
    }

    fn restore_lines(&self, path: &Path, was: &Was) -> io::Result<()> {
        let local =
            |(path, _): (&PathBuf, &Was)| path.ends_with("settings.local.json") && path.exists();
        // It is of use as long as such settings are there.
        let Some(bytes) = data::read_small(path).filter(|_| !self.paths.iter().any(local)) else {
            return Ok(());
        };
        // The client adds the line with an end before it and one behind it.
        let alone = format!("{IGNORED}\n");
        let added = format!("\n{alone}");
        let left = match memchr::memmem::rfind(&bytes, added.as_bytes()) {
            Some(at) => [&bytes[..at], &bytes[at + added.len()..]].concat(),
            None => bytes
                .strip_prefix(alone.as_bytes())
                .unwrap_or(&bytes)
                .to_vec(),
        };
        match was {
            Was::Absent if left.is_empty() => fs::remove_file(path),
            Was::Without(lines) if lines.is_empty() => Ok(()),
            _ if left == bytes => Ok(()),
            _ => kept::replace(path, &left),
        }
    }
}

fn remove_empty(folder: &Path, was: &Was) {
    if *was != Was::Absent {
        return;
    }
    // One that is not empty is somebody's: that is as it should be.
    if folder.ends_with(SESSIONS) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let _ = fs::remove_dir(entry.path());
        }
    }
    let _ = fs::remove_dir(folder);
}

/// Removes the empty settings that the client left, and a file that holds nothing else and was not there.
fn restore_settings(path: &Path, was: &Was) -> io::Result<()> {
    let Some(bytes) = data::read_small(path) else {
        return Ok(());
    };
    let keys: Vec<&str> = match was {
        Was::Absent => {
            if serde_json::from_slice(&bytes).is_ok_and(|value| is_void(&value)) {
                return fs::remove_file(path);
            }
            KEYS.to_vec()
        }
        Was::Without(keys) => keys.iter().map(String::as_str).collect(),
    };
    match without(&bytes, &keys) {
        Some(left) => kept::replace(path, &left),
        None => Ok(()),
    }
}

/// Whether nothing is said: `{}`, `{"version": 2, "plugins": {}}`.
fn is_void(value: &Value) -> bool {
    let void = |(key, value): (&String, &Value)| {
        (key == "version" && value.is_number()) || value.as_object().is_some_and(Map::is_empty)
    };
    value.as_object().is_some_and(|it| it.iter().all(void))
}

/// The JSON object `bytes` without those of `keys` whose value is an empty object; all else in its order and form.
/// `None` where there is nothing to leave out.
fn without(bytes: &[u8], keys: &[&str]) -> Option<Vec<u8>> {
    let members: Members<'_> = serde_json::from_slice(bytes).ok()?;
    let void = |raw: &RawValue| {
        raw.get().starts_with('{') && raw.get()[1..].trim_ascii_start().starts_with('}')
    };
    let left: Vec<&(String, &RawValue)> = members
        .0
        .iter()
        .filter(|(key, raw)| !(keys.contains(&key.as_str()) && void(raw)))
        .collect();
    if left.len() == members.0.len() {
        return None;
    }
    let line = |(key, raw): &&(String, &RawValue)| {
        Some(format!(
            "  {}: {}",
            serde_json::to_string(key).ok()?,
            raw.get()
        ))
    };
    let lines: Option<Vec<String>> = left.iter().map(line).collect();
    let mut text = match lines?.join(",\n") {
        none if none.is_empty() => "{}".to_owned(),
        some => format!("{{\n{some}\n}}"),
    };
    if bytes.ends_with(b"\n") {
        text.push('\n');
    }
    Some(text.into_bytes())
}

/// A JSON object in its order.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Vec<(String, &'de RawValue)>;
            fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str("an object")
            }
            fn visit_map<M: serde::de::MapAccess<'de>>(
                self,
                mut map: M,
            ) -> Result<Self::Value, M::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(members)
            }
        }
        from.deserialize_map(Visitor).map(Members)
    }
}

/// git's ignore file of the person, where the client looks for it.
fn git_ignore() -> Option<PathBuf> {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    let config = set("XDG_CONFIG_HOME").map(PathBuf::from);
    let config = config.or_else(|| Some(Path::new(&set("HOME")?).join(".config")))?;
    Some(config.join("git/ignore"))
}

#[cfg(test)]
mod tests {
    use super::without;

    #[test]
    fn empty_settings_go_and_the_rest_stays_in_its_form() {
        let settings = "{\n  \"model\": \"opus\",\n  \"enabledPlugins\": {},\n  \"env\": {\n    \"B\": \"1\",\n    \"A\": \"2\"\n  },\n  \"extraKnownMarketplaces\": {}\n}\n";
        let left = without(
            settings.as_bytes(),
            &["enabledPlugins", "extraKnownMarketplaces"],
        );
        assert_eq!(
            String::from_utf8(left.expect("something is left out")).expect("text"),
            "{\n  \"model\": \"opus\",\n  \"env\": {\n    \"B\": \"1\",\n    \"A\": \"2\"\n  }\n}\n"
        );
        assert_eq!(
            without(
                b"{\"enabledPlugins\": {\"a@b\": true}}",
                &["enabledPlugins"]
            ),
            None
        );
        assert_eq!(without(b"not json", &["enabledPlugins"]), None);
    }
}
