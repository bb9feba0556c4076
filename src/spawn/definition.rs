//! Whether an agent's definition names a model.
//!
//! The client reads definitions from Markdown files with a head between lines of `---`. Only `name` and `model` are
//! read here, and only from the file's beginning.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::data;
use crate::system::system;

/// So much of a file is read, in bytes.
const HEAD: u64 = 16 * 1024;

/// So many entries of all folders are looked at.
const MOST: usize = 512;

/// Folders in folders are looked into so deep.
const DEEPEST: usize = 3;

/// So many folders above the conversation's are looked into.
const MOST_ABOVE: usize = 16;

/// Agents that the client brings and that inherit the conversation's model. `Plan` does too, and plans: it stays.
const BUILT_IN: [&str; 2] = ["general-purpose", "Explore"];

/// What is known of an agent's model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Model {
    /// It runs on the conversation's.
    Inherits,
    /// Its definition names one.
    Pinned,
    /// No definition was found, or too many files.
    Unknown,
}

/// What the definition of `agent` says. `project` is the conversation's folder.
#[must_use]
pub fn model(agent: &str, project: Option<&Path>) -> Model {
    let mut left = MOST;
    let mut found = Vec::new();
    match agent.split_once(':') {
        Some((plugin, name)) => {
            let name = name.rsplit(':').next().unwrap_or(name);
            for folder in plugin_folders(plugin) {
                look(&folder.join("agents"), name, DEEPEST, &mut left, &mut found);
            }
        }
        None => {
            for folder in folders(project) {
                look(&folder, agent, DEEPEST, &mut left, &mut found);
            }
        }
    }
    // Which of several definitions the client takes is its business: one that names a model is enough to keep away.
    if found.contains(&Model::Pinned) {
        Model::Pinned
    } else if left == 0 {
        Model::Unknown
    } else if !found.is_empty() || BUILT_IN.contains(&agent) {
        Model::Inherits
    } else {
        Model::Unknown
    }
}

/// The folders of definitions: the organisation's, the person's, the project's and those above it.
fn folders(project: Option<&Path>) -> Vec<PathBuf> {
    let mut folders = vec![crate::permissions::managed_folder().join(".claude/agents")];
    folders.extend(data::client_folder().map(|folder| folder.join("agents")));
    let above = project.into_iter().flat_map(Path::ancestors);
    folders.extend(
        above
            .take(MOST_ABOVE)
            .map(|folder| folder.join(".claude/agents")),
    );
    folders
}

/// Where the plugins of that name are installed, by the client's list.
fn plugin_folders(plugin: &str) -> Vec<PathBuf> {
    let list = data::client_folder().map(|folder| folder.join("plugins/installed_plugins.json"));
    let list = list.and_then(|list| data::read_small(&list));
    let list: Option<Value> = list.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let Some(plugins) = list
        .as_ref()
        .and_then(|list| list.get("plugins")?.as_object())
    else {
        return Vec::new();
    };
    let of_that_name = plugins
        .iter()
        .filter(|(id, _)| id.split('@').next() == Some(plugin));
    let installs = of_that_name.flat_map(|(_, installs)| match installs {
        Value::Array(all) => all.iter().collect(),
        one => vec![one],
    });
    installs
        .filter_map(|install| Some(PathBuf::from(install.get("installPath")?.as_str()?)))
        .collect()
}

fn look(folder: &Path, agent: &str, depth: usize, left: &mut usize, found: &mut Vec<Model>) {
    for name in system().names(folder, *left).unwrap_or_default() {
        *left = left.saturating_sub(1);
        if *left == 0 {
            return;
        }
        let path = folder.join(&name);
        if path.extension().is_some_and(|ending| ending == "md") {
            let head = system().read_start(&path, HEAD).unwrap_or_default();
            let head = String::from_utf8_lossy(&head);
            let stem = path.file_stem().unwrap_or_default().to_string_lossy();
            let (named, model) = fields(&head);
            if named.unwrap_or(&stem) == agent {
                found.push(model);
            }
        } else if depth > 0 && path.extension().is_none() {
            look(&path, agent, depth - 1, left, found);
        }
    }
}

/// The name and the model that a definition's head tells. A head without an end, which may have been cut, and a model
/// in a form not known here count as pinned.
fn fields(text: &str) -> (Option<&str>, Model) {
    let text = text.trim_start_matches('\u{feff}');
    let mut lines = text.lines();
    if lines.next().map(str::trim_end) != Some("---") {
        return (None, Model::Inherits);
    }
    let mut name = None;
    let mut model = Model::Inherits;
    for line in lines {
        if line.trim_end() == "---" {
            return (name, model);
        }
        let Some((key, value)) = line.split_once(':') else {
            continue;
        };
        let value = value.split(" #").next().unwrap_or_default().trim();
        let value = value.trim_matches(['"', '\'']);
        match key.trim_end() {
            "name" => name = Some(value),
            "model" => {
                model = if value == "inherit" {
                    Model::Inherits
                } else {
                    Model::Pinned
                };
            }
            _ => {}
        }
    }
    (name, Model::Pinned)
}

#[cfg(test)]
mod tests {
    use super::{Model, fields, model};

    #[test]
    fn a_head_is_read_leniently() {
        for (head, name, model) in [
            (
                "---\nname: a\n---\nmodel: haiku\n",
                Some("a"),
                Model::Inherits,
            ),
            (
                "---\nname: \"a\"\nmodel: haiku # fast\n---\n",
                Some("a"),
                Model::Pinned,
            ),
            (
                "---\r\nname: a\r\nmodel: 'inherit'\r\n---\r\n",
                Some("a"),
                Model::Inherits,
            ),
            ("---\nmodel: claude-opus-5-5\n---\n", None, Model::Pinned),
            ("---\nmodel:\n  haiku\n---\n", None, Model::Pinned),
            (
                "---\ndescription: x\n  model: haiku\n---\n",
                None,
                Model::Inherits,
            ),
            ("no head\nmodel: haiku\n", None, Model::Inherits),
            ("---\nname: cut", Some("cut"), Model::Pinned),
            ("", None, Model::Inherits),
        ] {
            assert_eq!(fields(head), (name, model), "{head:?}");
        }
    }

    #[test]
    fn files_are_found_by_the_name_they_tell() {
        let project = tempfile::tempdir().expect("a folder");
        let folder = project.path().join(".claude/agents/team");
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join("x.md"), "---\nname: linter\nmodel: opus\n---\n")
            .expect("written");
        std::fs::write(folder.join("runner.md"), "---\ndescription: d\n---\n").expect("written");
        let inside = project.path().join("src");
        assert_eq!(model("linter-of-a-test", Some(&inside)), Model::Unknown);
        assert_eq!(model("linter", Some(&inside)), Model::Pinned);
        assert_eq!(model("runner", Some(&inside)), Model::Inherits);
        assert_eq!(model("nobody:knows-it", Some(&inside)), Model::Unknown);
    }
}
