//! `promptune catalog` lists what the client lists: the same names, the same descriptions.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::api::{Request, only_answers};
use crate::run::Desk;

/// Names and descriptions, skills with commands and agents apart.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Listed {
    pub(crate) skills: BTreeMap<String, String>,
    pub(crate) agents: BTreeMap<String, String>,
}

pub(crate) fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, text).expect("written");
}

/// A file with this frontmatter.
pub(crate) fn file(frontmatter: &str) -> String {
    format!("---\n{frontmatter}\n---\n\nBody of it.\n\nMore.\n")
}

pub(crate) fn skill(root: &Path, folder: &str, text: &str) {
    write(&root.join("skills").join(folder).join("SKILL.md"), text);
}

pub(crate) fn described(root: &Path, folder: &str) {
    let text = format!("name: {folder}\ndescription: {folder} in {}", last(root));
    skill(root, folder, &file(&text));
}

pub(crate) fn agent(root: &Path, path: &str, frontmatter: &str) {
    write(&root.join("agents").join(path), &file(frontmatter));
}

pub(crate) fn command(root: &Path, path: &str, text: &str) {
    write(&root.join("commands").join(path), text);
}

fn last(path: &Path) -> String {
    let parts: Vec<_> = path
        .iter()
        .rev()
        .take(2)
        .map(|it| it.to_string_lossy())
        .collect();
    parts.join(" of ").replace('.', "")
}

/// What the client lists to its model.
pub(crate) fn by_client(desk: &Desk) -> Listed {
    let heard = desk.types("hello there");
    listing(heard.request())
}

fn listing(request: &Request) -> Listed {
    let texts: Vec<String> = request.texts().into_iter().map(|(_, text)| text).collect();
    let all = texts.join("\n");
    let part = |from: &str| {
        let after = all.split_once(from).map_or("", |(_, after)| after);
        let lines = after.lines().skip_while(|line| !line.starts_with("- "));
        let lines = lines.take_while(|line| !line.is_empty());
        let entries = lines.filter_map(|line| line.strip_prefix("- "));
        let entry = |line: &str| {
            let (id, text) = line.split_once(": ").unwrap_or((line, ""));
            // A skill's name follows where it is another.
            let id = id.split_once(" (").map_or(id, |(id, _)| id);
            let text = text.split_once(" (Tools: ").map_or(text, |(text, _)| text);
            (id.to_owned(), text.to_owned())
        };
        entries.map(entry).collect::<BTreeMap<_, _>>()
    };
    Listed {
        skills: part("The following skills are available"),
        agents: part("Available agent types for the Agent tool:"),
    }
}

/// What promptune lists, in the same words.
fn by_promptune(desk: &Desk) -> Listed {
    let output = Command::new(env!("CARGO_BIN_EXE_promptune"))
        .args(["catalog", "--json"])
        .env_clear()
        .env("HOME", desk.home.path())
        .env("CLAUDE_PROJECT_DIR", desk.home.project())
        .output()
        .expect("it runs");
    assert!(output.status.success(), "{output:?}");
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let mut listed = Listed::default();
    for entry in report["entries"].as_array().expect("entries") {
        let text = |key: &str| entry[key].as_str().unwrap_or_default().to_owned();
        let said = match entry["whenToUse"].as_str() {
            Some(when) => format!("{} - {when}", text("description")),
            None => text("description"),
        };
        let list = if entry["kind"] == "agent" {
            &mut listed.agents
        } else {
            &mut listed.skills
        };
        list.insert(text("id"), said);
    }
    listed
}

/// Both lists, without what the client brings itself.
pub(crate) fn assert_same(desk: &Desk, own: &Listed) {
    let mut client = by_client(desk);
    let ours = by_promptune(desk);
    client
        .skills
        .retain(|id, text| own.skills.get(id) != Some(text));
    client
        .agents
        .retain(|id, text| own.agents.get(id) != Some(text));
    assert!(
        client.skills.len() > 5 && client.agents.len() > 2,
        "{client:#?}"
    );
    assert_eq!(ours.skills, client.skills);
    assert_eq!(ours.agents, client.agents);
}

pub(crate) fn desk() -> Option<Desk> {
    let desk = Desk::with_model(only_answers)?.with_plugin(None);
    Some(desk.with("SLASH_COMMAND_TOOL_CHAR_BUDGET", "400000"))
}

#[test]
fn files_are_read_as_the_client_reads_them() {
    let Some(desk) = desk() else { return };
    let own = by_client(&desk);
    let user = desk.home.path().join(".claude");
    let frontmatters = [
        (
            "block",
            "name: block\ndescription: |\n  Line one: with colon\n  line two\n\n  para two",
        ),
        (
            "fold",
            "name: fold\ndescription: >-\n  Line one: with colon\n  line two",
        ),
        (
            "colon",
            "name: colon\ndescription: Use: this when: the \"user\" says # foo: bar",
        ),
        ("no-name", "description: No name"),
        ("no-description", "name: no-description"),
        (
            "other-name",
            "name: different-name\ndescription: Other name",
        ),
        (
            "people",
            "description: people\ndisable-model-invocation: true",
        ),
        (
            "people-quoted",
            "description: people\ndisable-model-invocation: \"true\"",
        ),
        (
            "people-yes",
            "description: people\ndisable-model-invocation: yes",
        ),
        (
            "people-one",
            "description: people\ndisable-model-invocation: 1",
        ),
        (
            "people-not",
            "description: for all\ndisable-model-invocation: false",
        ),
        (
            "people-broken",
            "description: broken: yaml: here \"q\ndisable-model-invocation: true",
        ),
        (
            "model-only",
            "description: not for people\nuser-invocable: false",
        ),
        ("list", "description:\n  - a\n  - b"),
        ("map", "description:\n  a: b"),
        ("number", "description: 42"),
        ("null", "description: ~"),
        ("twice", "description: first\ndescription: second"),
        ("lines", "description: first\n  continued\n  more"),
        ("quoted", "description: \"a \\\"quoted\\\" \\u00e9\""),
        ("single", "description: 'it''s single'"),
        ("hash", "description: before # comment"),
        ("at", "description: @at start"),
        ("star", "description: *star start"),
        ("bracket", "description: [bracket] start"),
        ("brace", "description: {curly start"),
        ("bang", "description: !important thing"),
        ("percent", "description: %percent"),
        ("tick", "description: `tick` start"),
        ("half-quoted", "description: \"quoted\" then more: text"),
        (
            "when",
            "description: has when\nwhen_to_use: When the moon is full",
        ),
        ("when-only", "when_to_use: Only when"),
        (
            "conditional",
            "description: of some files\npaths: \"**/*.py\"",
        ),
        ("dashes", "description: text --- with dashes"),
        ("U Space", "description: space and capital"),
        ("with:colon", "description: colon"),
        (".hidden", "description: hidden"),
    ];
    for (folder, frontmatter) in frontmatters {
        skill(&user, folder, &file(frontmatter));
    }
    skill(
        &user,
        "bom",
        &format!("\u{feff}{}", file("description: With a BOM")),
    );
    skill(
        &user,
        "crlf",
        &file("description: With CRLF").replace('\n', "\r\n"),
    );
    skill(&user, "bare", "Just a body line.\n\nMore");
    skill(&user, "heading", "# A heading line\n\nText");
    skill(
        &user,
        "trailing",
        "--- \ndescription: spaces after the fences\n--- \nbody",
    );
    skill(&user, "group/inner", &file("description: too deep"));
    write(
        &user.join("skills/flat.md"),
        &file("description: no folder"),
    );
    write(
        &user.join("skills/lower/skill.md"),
        &file("description: small letters"),
    );
    let elsewhere = desk.home.beside("elsewhere");
    write(
        &elsewhere.join("linked/SKILL.md"),
        &file("description: linked"),
    );
    for link in ["link", "link-again"] {
        std::os::unix::fs::symlink(elsewhere.join("linked"), user.join("skills").join(link))
            .expect("a link");
    }
    agent(
        &user,
        "plain.md",
        "name: plain\ndescription: Plain agent\nmodel: haiku",
    );
    agent(&user, "colon.md", "name: a:colon\ndescription: refused");
    agent(&user, "no-name.md", "description: refused");
    agent(&user, "no-description.md", "name: no-description");
    agent(&user, "number.md", "name: 123\ndescription: refused");
    agent(
        &user,
        "description-number.md",
        "name: description-number\ndescription: 42",
    );
    agent(
        &user,
        "sub/in-folder.md",
        "name: in-folder\ndescription: In a folder",
    );
    agent(
        &user,
        "file-name.md",
        "name: another-name\ndescription: Another name than the file's",
    );
    agent(&user, "twice-1.md", "name: twice\ndescription: the first");
    agent(&user, "twice-2.md", "name: twice\ndescription: the second");
    agent(
        &user,
        "space.md",
        "name: Capital And Space\ndescription: A name of words",
    );
    agent(
        &user,
        "broken.md",
        "name: broken\ndescription: Use when: foo. Examples: user: \"x\"",
    );
    agent(
        &user,
        "lost.md",
        "name: lost\ndescription: Use when: foo.\n\nExamples:\nuser: \"x\"\nno yaml",
    );
    agent(
        &user,
        "quoted.md",
        "name: \"quoted\"\ndescription: A quoted name",
    );
    write(&user.join("agents/README.md"), "# Agents\n");
    write(
        &user.join("agents/other.txt"),
        &file("name: other\ndescription: no Markdown"),
    );
    command(&user, "plain-command.md", &file("description: A command"));
    command(&user, "bare-command.md", "Do the thing\nmore");
    command(
        &user,
        "people-command.md",
        &file("description: x\ndisable-model-invocation: true"),
    );
    command(
        &user,
        "group/inner-command.md",
        &file("description: In a folder"),
    );
    command(&user, "group/deep/command.md", &file("description: Deeper"));
    command(
        &user,
        "folder-command/SKILL.md",
        &file("description: A skill among commands"),
    );
    command(&user, "plain.md", &file("description: a command"));
    skill(
        &user,
        "plain",
        &file("description: A skill stands over a command"),
    );
    assert_same(&desk, &own);
}

#[test]
fn scopes_and_settings_count_as_for_the_client() {
    let Some(desk) = desk() else { return };
    let own = by_client(&desk);
    let user = desk.home.path().join(".claude");
    let project = desk.home.project().join(".claude");
    let above = desk
        .home
        .project()
        .parent()
        .expect("a folder")
        .join(".claude");
    for root in [&user, &project, &above] {
        described(root, &format!("only-{}", last(root).replace(' ', "-")));
        described(root, "everywhere");
        agent(
            root,
            "everywhere.md",
            &format!("name: everywhere\ndescription: agent in {}", last(root)),
        );
        command(
            root,
            "everywhere-command.md",
            &file(&format!("description: command in {}", last(root))),
        );
    }
    described(&project, "near");
    described(&above, "near");
    command(
        &user,
        "near.md",
        &file("description: a command below a skill"),
    );
    described(&desk.home.project().join("nested/.claude"), "nested");
    for name in ["on", "name-only", "people-only", "off", "project-off"] {
        described(&user, name);
    }
    agent(&user, "denied.md", "name: denied\ndescription: denied");
    agent(
        &user,
        "explore.md",
        "name: Explore\ndescription: In place of the client's",
    );
    desk.home.settings(&json!({
        "skillOverrides": {"on": "on", "name-only": "name-only", "people-only": "user-invocable-only", "off": "off"},
        "permissions": {"deny": ["Agent(denied)"]},
    }));
    desk.home
        .project_settings(&json!({"skillOverrides": {"project-off": "off"}}));
    let mut client = by_client(&desk);
    client
        .skills
        .retain(|id, text| own.skills.get(id) != Some(text));
    client
        .agents
        .retain(|id, text| own.agents.get(id) != Some(text));
    let mut ours = by_promptune(&desk);
    // Its name is listed, its description is not; we go by what it says.
    assert_eq!(client.skills["name-only"], "");
    ours.skills.insert("name-only".to_owned(), String::new());
    assert_eq!(ours, client);
    assert!(
        client.skills.contains_key("only-claude-of-home"),
        "{client:#?}"
    );
    assert_eq!(client.skills["near"], "near in claude of project");
}
