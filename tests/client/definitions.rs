//! What the staged plugin says of its agents and skills.

use std::fs;
use std::path::Path;

use crate::home;

/// A Markdown file with its front matter: an agent or a skill of the staged plugin.
pub(crate) struct Definition {
    pub(crate) name: String,
    front: String,
    pub(crate) body: String,
}

impl Definition {
    pub(crate) fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).expect("a definition");
        let rest = text.strip_prefix("---\n").expect("front matter");
        let (front, body) = rest.split_once("\n---\n").expect("its end");
        let mut definition = Self {
            name: String::new(),
            front: front.to_owned(),
            body: body.trim().to_owned(),
        };
        definition.name = definition.field("name").expect("a name").to_owned();
        definition
    }

    /// A field of the front matter that fits on its line.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let mut lines = self.front.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    /// The tools it declares, sorted.
    pub(crate) fn tools(&self) -> Vec<&str> {
        let declared = self.field("tools").expect("a list of tools");
        let mut tools: Vec<_> = declared.split(", ").collect();
        tools.sort_unstable();
        tools
    }
}

/// Every agent of the staged plugin.
pub(crate) fn agents() -> Vec<Definition> {
    definitions("agents", "")
}

/// Every skill of the staged plugin.
pub(crate) fn skills() -> Vec<Definition> {
    definitions("skills", "SKILL.md")
}

fn definitions(folder: &str, file: &str) -> Vec<Definition> {
    let folder = home::staged().join(folder);
    let entries = fs::read_dir(&folder).expect("a folder of the plugin");
    let mut found: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .map(|path| {
            if file.is_empty() {
                path
            } else {
                path.join(file)
            }
        })
        .map(|path| Definition::read(&path))
        .collect();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(!found.is_empty(), "{} is empty", folder.display());
    found
}
