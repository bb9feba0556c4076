//! Goes through the places and takes what the client would take.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::entry::{self, Entry, Kind, Scope};
use super::files::{Files, Identity, MOST_FILES};
use super::places::Home;
use super::plugins::Plugin;
use super::said::Said;
use super::settings::Settings;
use super::{Why, Withheld};
use crate::patterns::diagnostic::Diagnostic;
use crate::permissions::Denied;

/// Folders within folders are followed so deep.
const DEEPEST: usize = 8;

/// So many entries of one folder are looked at.
const MOST_ENTRIES: usize = 20_000;

/// What is gathered. The stronger must come before the weaker: of two that the client takes under the same ID, or
/// that are the same file, the first counts.
pub(super) struct Gather<'g> {
    pub(super) files: &'g mut Files,
    pub(super) settings: &'g Settings,
    pub(super) denied: &'g Denied,
    pub(super) entries: Vec<Entry>,
    pub(super) withheld: Vec<Withheld>,
    pub(super) faults: Vec<Diagnostic>,
    /// Whether an agent or not, and what the client takes.
    taken: HashSet<(bool, String)>,
    seen: HashSet<Identity>,
}

/// Whose parts are looked at.
#[derive(Clone, Copy)]
struct From<'f> {
    scope: Scope,
    plugin: Option<&'f Plugin>,
}

impl From<'_> {
    fn id(self, name: &str) -> String {
        match self.plugin {
            Some(plugin) => format!("{}:{name}", plugin.prefix),
            None => name.to_owned(),
        }
    }
}

/// A file that may be an entry.
struct Candidate<'c> {
    kind: Kind,
    file: &'c Path,
    /// The name of its folder or file, with those of the folders above it where they count.
    name: &'c str,
    identity: Identity,
    said: Said,
}

impl<'g> Gather<'g> {
    pub(super) fn new(files: &'g mut Files, settings: &'g Settings, denied: &'g Denied) -> Self {
        Self {
            files,
            settings,
            denied,
            entries: Vec::new(),
            withheld: Vec::new(),
            faults: Vec::new(),
            taken: HashSet::new(),
            seen: HashSet::new(),
        }
    }

    /// Takes everything of the person, the project and the plugins. `homes` has the project's first.
    pub(super) fn all(&mut self, homes: &[Home], plugins: &[Plugin]) {
        let of = |home: &Home| From {
            scope: home.scope,
            plugin: None,
        };
        for home in homes {
            self.agents(of(home), &home.root.join("agents"));
        }
        // The person's skills stand over the project's, unlike agents.
        let (user, project): (Vec<&Home>, Vec<&Home>) =
            homes.iter().partition(|home| home.scope == Scope::User);
        let homes: Vec<&Home> = user.into_iter().chain(project).collect();
        for home in &homes {
            self.skills(of(home), &home.root.join("skills"));
        }
        for home in &homes {
            self.commands(of(home), &home.root.join("commands"), "", DEEPEST);
        }
        for plugin in plugins {
            let from = From {
                scope: Scope::Plugin,
                plugin: Some(plugin),
            };
            for path in &plugin.agents {
                self.agents(from, path);
            }
            // In a plugin a command stands over a skill.
            for path in &plugin.commands {
                self.commands(from, path, "", DEEPEST);
            }
            for path in &plugin.skills {
                self.skills(from, path);
            }
        }
        if self.files.looked == MOST_FILES {
            self.faults.push(Diagnostic::at(
                Path::new("."),
                "",
                0,
                format!("more than {MOST_FILES} skills, agents and commands are installed; the rest is left out"),
                "remove the plugins you do not use",
            ));
        }
    }

    /// A folder of skills, or a folder that is one.
    fn skills(&mut self, from: From<'_>, folder: &Path) {
        let own = folder.join("SKILL.md");
        if from.plugin.is_some() && own.is_file() {
            self.skill(from, folder, &own);
            return;
        }
        for (path, name) in list(folder) {
            let file = path.join("SKILL.md");
            if let Some((identity, said)) = self.files.get(&file) {
                self.offer_described(
                    from,
                    Candidate {
                        kind: Kind::Skill,
                        file: &file,
                        name: &name,
                        identity,
                        said,
                    },
                );
            }
        }
    }

    fn skill(&mut self, from: From<'_>, folder: &Path, file: &Path) {
        let Some((identity, said)) = self.files.get(file) else {
            return;
        };
        let folder_name = folder.file_name().unwrap_or_default().to_string_lossy();
        // A plugin that is one skill goes by its name.
        let name = match from.plugin {
            Some(plugin) if plugin.root == folder => said.name.clone(),
            _ => None,
        };
        let name = name.unwrap_or_else(|| folder_name.into_owned());
        self.offer_described(
            from,
            Candidate {
                kind: Kind::Skill,
                file,
                name: &name,
                identity,
                said,
            },
        );
    }

    /// A folder of commands, and those in it, or a command's file.
    fn commands(&mut self, from: From<'_>, path: &Path, above: &str, deep: usize) {
        if path.is_file() {
            self.command(from, path, above);
            return;
        }
        let skill = path.join("SKILL.md");
        if !above.is_empty() && skill.is_file() {
            if let Some((identity, said)) = self.files.get(&skill) {
                let name = above.trim_end_matches(':');
                self.offer_described(
                    from,
                    Candidate {
                        kind: Kind::Command,
                        file: &skill,
                        name,
                        identity,
                        said,
                    },
                );
            }
            return;
        }
        for (path, name) in list(path) {
            if path.is_file() {
                self.command(from, &path, above);
            } else if deep > 0 {
                self.commands(from, &path, &format!("{above}{name}:"), deep - 1);
            }
        }
    }

    fn command(&mut self, from: From<'_>, file: &Path, above: &str) {
        let Some(stem) = markdown(file) else { return };
        if let Some((identity, said)) = self.files.get(file) {
            let name = format!("{above}{stem}");
            self.offer_described(
                from,
                Candidate {
                    kind: Kind::Command,
                    file,
                    name: &name,
                    identity,
                    said,
                },
            );
        }
    }

    /// Offers a skill or command, with the description that the client shows.
    fn offer_described(&mut self, from: From<'_>, mut it: Candidate<'_>) {
        let described = it.said.description.is_some() || it.said.when_to_use.is_some();
        // Of a plugin the client takes what describes itself; elsewhere it makes do with the body.
        if from.plugin.is_some() && !described {
            if it.said.any {
                let problem = "there is no description, so the client does not offer it";
                self.fault(
                    it.file,
                    problem,
                    "describe in the frontmatter what it does and when to use it",
                );
            }
            return;
        }
        let said = &mut it.said;
        let description = said
            .description
            .take()
            .or(said.meant.take())
            .or(said.first_line.take());
        let name = said.name.take().unwrap_or_else(|| it.name.to_owned());
        let name = if sound(&name) {
            name
        } else {
            it.name.to_owned()
        };
        let id = from.id(it.name);
        self.offer(from, it, id, name, description.unwrap_or_default());
    }

    /// A folder of agents, and those in it, or an agent's file.
    fn agents(&mut self, from: From<'_>, path: &Path) {
        let mut files = Vec::new();
        if path.is_file() {
            files.push((path.to_owned(), String::new()));
        } else {
            collect(path, "", DEEPEST, &mut files, &mut HashSet::new());
        }
        // Of two agents of the same name the later counts.
        for (file, above) in files.iter().rev() {
            if let Some((identity, said)) = self.files.get(file) {
                self.agent(from, file, above, identity, said);
            }
        }
    }

    fn agent(
        &mut self,
        from: From<'_>,
        file: &Path,
        above: &str,
        identity: Identity,
        mut said: Said,
    ) {
        let stem = markdown(file).unwrap_or_default();
        let text = said.description.take().or(said.meant.take());
        let (name, id) = if from.plugin.is_some() {
            // A plugin's agent is taken whatever it says.
            let name = said.name.take().unwrap_or_else(|| stem.to_owned());
            let id = from.id(&format!("{above}{name}"));
            (name, id)
        } else {
            if let Some((problem, mend)) = refused(&said) {
                if said.any {
                    self.fault(file, problem, mend);
                }
                return;
            }
            let name = said.name.take().unwrap_or_default();
            (name.clone(), name)
        };
        let it = Candidate {
            kind: Kind::Agent,
            file,
            name: &name,
            identity,
            said,
        };
        self.offer(from, it, id, name.clone(), text.unwrap_or_default());
    }

    fn offer(
        &mut self,
        from: From<'_>,
        it: Candidate<'_>,
        id: String,
        name: String,
        description: String,
    ) {
        let is_agent = it.kind == Kind::Agent;
        if self.taken.contains(&(is_agent, id.clone())) || !self.seen.insert(it.identity) {
            return;
        }
        if !sound(&id) {
            let problem = "its name is too long, or has signs that do not belong in a name, so it is never offered";
            self.fault(
                it.file,
                problem,
                "use letters, digits, - and _ in names, at most 64 of them",
            );
            return;
        }
        let name = if sound(&name) { name } else { id.clone() };
        self.taken.insert((is_agent, id.clone()));
        let from_settings = from.plugin.is_none() && !is_agent;
        let why = if from_settings && !self.settings.offers(&id) {
            Some(Why::Override)
        } else if self.denied.denies(is_agent, &id) {
            Some(Why::Denied)
        } else if it.said.for_people && !is_agent {
            Some(Why::ForPeople)
        } else if it.said.conditional && !is_agent {
            Some(Why::Conditional)
        } else {
            None
        };
        let entry = Entry {
            kind: it.kind,
            name,
            id,
            description,
            when_to_use: it.said.when_to_use,
            model: it.said.model,
            scope: from.scope,
            file: it.file.to_owned(),
            plugin: from.plugin.map(|plugin| plugin.id.clone()),
        };
        match why {
            Some(why) => self.withheld.push(Withheld { entry, why }),
            None => self.entries.push(entry),
        }
    }

    fn fault(&mut self, file: &Path, problem: &str, mend: &str) {
        self.faults.push(Diagnostic::at(file, "", 0, problem, mend));
    }
}

/// Why the client refuses an agent of a person or a project, and the mend.
fn refused(said: &Said) -> Option<(&'static str, &'static str)> {
    let colon = said.name.as_deref().is_some_and(|name| name.contains(':'));
    match (said.broken, said.named, said.described) {
        (true, ..) => Some((
            "its frontmatter is no YAML, so the client refuses it",
            "put its description on one line",
        )),
        (_, false, _) => Some((
            "it has no name, so the client refuses it",
            "give it a `name:` of letters and hyphens",
        )),
        (.., false) => Some((
            "it has no description, so the client refuses it",
            "describe what it does and when to use it",
        )),
        _ if colon => Some((
            "its name has a colon, so the client refuses it",
            "use a hyphen",
        )),
        _ => None,
    }
}

/// Whether `id` can be said in a hint: a name, not a sentence.
fn sound(id: &str) -> bool {
    let sign = |letter: char| {
        letter.is_alphanumeric()
            || matches!(letter, '-' | '_' | '.' | ':' | '/' | '+' | '@' | '&' | ' ')
    };
    let words = id.split(' ').count();
    !id.is_empty()
        && id.trim() == id
        && words <= 5
        && id.chars().count() <= if words > 1 { 64 } else { entry::LONGEST_NAME }
        && id.chars().all(sign)
        && !id.split(' ').any(str::is_empty)
}

/// A folder's entries with their names, in order of name.
fn list(folder: &Path) -> Vec<(PathBuf, String)> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut found: Vec<_> = entries
        .take(MOST_ENTRIES)
        .filter_map(|entry| {
            let entry = entry.ok()?;
            Some((
                entry.path(),
                entry.file_name().to_string_lossy().into_owned(),
            ))
        })
        .collect();
    found.sort();
    found
}

/// The name of a Markdown file without its ending.
fn markdown(file: &Path) -> Option<&str> {
    file.file_name()?.to_str()?.strip_suffix(".md")
}

/// The Markdown files under `folder`, with the names of the folders on the way, each followed by a colon.
fn collect(
    folder: &Path,
    above: &str,
    deep: usize,
    files: &mut Vec<(PathBuf, String)>,
    been: &mut HashSet<PathBuf>,
) {
    // A link may lead back.
    if !fs::canonicalize(folder).is_ok_and(|real| been.insert(real)) {
        return;
    }
    for (path, name) in list(folder) {
        if files.len() == MOST_FILES {
            return;
        }
        if markdown(&path).is_some() && !path.is_dir() {
            files.push((path, above.to_owned()));
        } else if deep > 0 && path.is_dir() {
            collect(&path, &format!("{above}{name}:"), deep - 1, files, been);
        }
    }
}
