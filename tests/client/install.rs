//! Installing, upgrading and uninstalling, with the real client in an empty home.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::{Value, json};

use crate::api::only_answers;
use crate::home::{Home, staged};
use crate::run::Desk;

const TESTS: &str = "run the tests";

/// A desk without the plugin.
fn bare() -> Option<Desk> {
    Some(Desk::with_model(only_answers)?.with_plugin(None))
}

/// What a command said, which ended well.
fn fine(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    said
}

/// All files and folders in `folder`, with their contents.
fn all(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).expect("readable") {
            let path = entry.expect("an entry").path();
            let inside = path.strip_prefix(folder).expect("inside").to_owned();
            if path.is_dir() {
                open.push(path);
                found.insert(inside, Vec::new());
            } else {
                found.insert(inside, fs::read(&path).expect("readable"));
            }
        }
    }
    found
}

/// `name` with the client's IDs, times and process numbers made equal.
fn without_ids(name: &Path) -> String {
    let text = name.display().to_string();
    let parts = text.split(['/', '.']).map(|part| {
        let number = part.bytes().filter(u8::is_ascii_digit).count();
        let id = part.len() >= 8
            && number > 3
            && part
                .bytes()
                .all(|it| it.is_ascii_hexdigit() || it == b'-' || it == b'_');
        if id { "ID" } else { part }
    });
    let name = parts.collect::<Vec<_>>().join("/");
    // The project's folder, by its path.
    match name.split_once("projects/") {
        Some((before, rest)) => {
            let rest = rest.split_once('/').map_or("", |(_, rest)| rest);
            format!("{before}projects/PROJECT/{rest}")
        }
        None => name,
    }
}

/// The names of all settings in a JSON file of the client, however deep.
fn settings(json: &Value, above: &str, names: &mut Vec<String>) {
    for (name, value) in json.as_object().into_iter().flatten() {
        let whole = format!("{above}/{}", without_ids(Path::new(name)));
        settings(value, &whole, names);
        names.push(whole);
    }
}

/// Installs, works, looks, uninstalls; then the home is as that of somebody who only worked.
fn assert_leaves_nothing(desk: &Desk) {
    let said = fine(&desk.promptune(&["install"]));
    assert_eq!(said.lines().count(), 3, "{said}");
    let hint = desk.types(TESTS).hint().expect("a hint");
    assert!(hint.contains("promptune:test-runner"), "{hint}");
    let report = fine(&desk.promptune(&["doctor", "--json"]));
    let report: Value = serde_json::from_str(&report).expect("JSON");
    assert_eq!(report["well"], true);
    let odd: Vec<&Value> = report["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .filter(|it| it["state"] != "fine")
        .collect();
    // What these tests run is not on anybody's PATH.
    assert!(
        odd.iter().all(|it| it["check"] == "PATH"),
        "the rest is green: {odd:#?}"
    );
    let said = fine(&desk.promptune(&["uninstall"]));
    assert!(said.contains("nothing of it is left"), "{said}");

    let other = bare().expect("as before");
    other.claude(&["plugin", "list"]);
    assert_eq!(other.types(TESTS).hint(), None);
    let (here, there) = (all(&desk.home.path()), all(&other.home.path()));
    let names = |files: &BTreeMap<PathBuf, Vec<u8>>| {
        let mut names: Vec<String> = files.keys().map(|name| without_ids(name)).collect();
        names.sort();
        names.dedup();
        names
    };
    assert_eq!(names(&here), names(&there), "no file more, none less");
    for (name, bytes) in &here {
        // What was said in the conversation is the person's.
        let text = String::from_utf8_lossy(bytes);
        let conversation = name.starts_with(".claude/projects");
        assert!(
            conversation || !text.to_lowercase().contains("promptune@"),
            "{}: {text}",
            name.display()
        );
    }
    let known = |files: &BTreeMap<PathBuf, Vec<u8>>| {
        let state = files
            .get(Path::new(".claude.json"))
            .expect("the client's state");
        let mut names = Vec::new();
        settings(
            &serde_json::from_slice(state).expect("JSON"),
            "",
            &mut names,
        );
        names.retain(|name| !name.starts_with("/projects/"));
        names
    };
    assert_eq!(known(&here), known(&there), "nor in the client's state");
    assert!(all(&desk.home.project()).is_empty());
}

#[test]
fn an_empty_home_is_as_if_nothing_had_been() {
    let Some(desk) = bare() else { return };
    assert_leaves_nothing(&desk);
}

#[test]
fn a_home_with_blanks_quotes_and_letters_of_other_scripts() {
    let Some(desk) = bare() else { return };
    let desk = desk.at(Home::named("it's \"my\" Häuschen 家 $HOME "));
    assert_leaves_nothing(&desk);
}

#[test]
fn what_was_there_is_as_it_was() {
    let Some(desk) = bare() else { return };
    let project = desk.home.project();
    let folder = desk.home.path().join(".claude");
    fs::create_dir_all(&folder).expect("a folder");
    let kept: [(PathBuf, &str); 3] = [
        (
            folder.join("settings.json"),
            "{\n\t\"permissions\": { \"deny\": [\"Bash(rm:*)\"] },\n\t\"env\": { \"B\": \"1\", \"A\": \"2\" }\n}",
        ),
        (folder.join("CLAUDE.md"), "# Mine\r\nno end"),
        (desk.home.path().join(".config/git/ignore"), "*.swp\n"),
    ];
    for (path, text) in &kept {
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("written");
    }
    for scope in ["user", "local", "project"] {
        fine(&desk.promptune(&["install", "--scope", scope, "--standing-request"]));
    }
    let memory = fs::read_to_string(folder.join("CLAUDE.md")).expect("readable");
    assert!(
        memory.starts_with("# Mine\r\nno end\r\n<!-- promptune"),
        "{memory}"
    );
    assert!(project.join(".claude/settings.local.json").exists());
    assert!(desk.types(TESTS).hint().is_some());
    fine(&desk.promptune(&["uninstall"]));
    for (path, text) in &kept {
        let now = fs::read_to_string(path).expect("still there");
        assert_eq!(now, *text, "{}", path.display());
    }
    assert_eq!(all(&project), BTreeMap::new());
    let left = all(&folder.join("plugins"));
    assert!(
        left.keys().all(|name| name.starts_with("store")),
        "only what the client has anyway: {:?}",
        left.keys()
    );
}

#[test]
fn another_plugin_stays() {
    let Some(desk) = bare() else { return };
    let other = desk.home.beside("other");
    fs::create_dir_all(other.join(".claude-plugin")).expect("a folder");
    let write = |name: &str, json: Value| {
        fs::write(other.join(".claude-plugin").join(name), json.to_string()).expect("written");
    };
    write(
        "marketplace.json",
        json!({"name": "theirs", "owner": {"name": "They"}, "plugins": [{"name": "tidy", "source": "./"}]}),
    );
    write("plugin.json", json!({"name": "tidy", "version": "1.0.0"}));
    desk.claude(&[
        "plugin",
        "marketplace",
        "add",
        other.to_str().expect("a plain path"),
    ]);
    desk.claude(&["plugin", "install", "tidy@theirs"]);
    let settings = desk.home.path().join(".claude/settings.json");
    let read = || fs::read_to_string(&settings).expect("readable");
    let before = read();
    fine(&desk.promptune(&["install"]));
    fine(&desk.promptune(&["uninstall"]));
    assert_eq!(read(), before);
    let listed = desk.claude(&["plugin", "list"]);
    assert!(
        listed.contains("tidy@theirs") && !listed.contains("promptune@"),
        "{listed}"
    );
}

#[test]
fn a_dry_run_changes_nothing() {
    let Some(desk) = bare() else { return };
    let said = fine(&desk.promptune(&["install", "--dry-run", "--standing-request"]));
    assert!(
        said.contains("claude plugin install promptune@promptune --scope user"),
        "{said}"
    );
    assert_eq!(all(&desk.home.path()), BTreeMap::new());
    fine(&desk.promptune(&["install"]));
    let before = all(&desk.home.path());
    let said = fine(&desk.promptune(&["uninstall", "--dry-run"]));
    assert!(
        said.contains("claude plugin marketplace remove promptune"),
        "{said}"
    );
    assert!(all(&desk.home.path()) == before, "as it was");
}

#[test]
fn a_conversation_goes_on_while_another_version_takes_over() {
    let Some(desk) = bare() else { return };
    let desk = desk.with("PROMPTUNE_COOLDOWN", "0");
    fine(&desk.promptune(&["install"]));
    let mut open = desk.conversation();
    assert!(open.types(TESTS).hint().is_some());
    // The same program, but for a byte behind its end.
    let next = desk.home.beside("next");
    let mut bytes = fs::read(staged().join("bin/promptune")).expect("readable");
    bytes.push(0);
    fs::copy(staged().join("bin/promptune"), &next).expect("copied");
    fs::write(&next, bytes).expect("written");
    let said = fine(&desk.promptune_from(&next, &["install"]));
    assert!(said.contains("in the place of another version"), "{said}");
    assert!(open.types(TESTS).hint().is_some(), "the open one goes on");
    open.leaves();
    let report = desk.promptune_from(&next, &["doctor", "--json"]);
    assert!(
        !fine(&report).contains("\"build\""),
        "the next one answers now"
    );
    assert!(desk.types(TESTS).hint().is_some());
    let again = fine(&desk.promptune_from(&next, &["install"]));
    assert!(again.contains("was installed already"), "{again}");
}

#[test]
fn a_conversation_goes_on_when_the_plugin_is_gone() {
    let Some(desk) = bare() else { return };
    let desk = desk.with("PROMPTUNE_COOLDOWN", "0");
    fine(&desk.promptune(&["install"]));
    let mut open = desk.conversation();
    assert!(open.types(TESTS).hint().is_some());
    fine(&desk.promptune(&["uninstall"]));
    // `types` fails where the prompt does not reach the model.
    let heard = open.types(TESTS);
    assert_eq!(heard.hint(), None);
    open.leaves();
    assert!(!desk.home.data().exists(), "and nothing is made anew");
}

#[test]
fn the_standing_request_reaches_the_model() {
    let Some(desk) = bare() else { return };
    fine(&desk.promptune(&["install", "--standing-request"]));
    let told = |desk: &Desk| {
        let heard = desk.types(TESTS);
        let texts: Vec<String> = heard.request().texts().into_iter().map(|it| it.1).collect();
        texts.concat().contains("I installed promptune so that")
    };
    assert!(told(&desk));
    fine(&desk.promptune(&["install", "--no-standing-request"]));
    assert!(!told(&desk));
    assert!(!desk.home.path().join(".claude/CLAUDE.md").exists());
}

#[test]
fn the_doctor_says_where_the_hook_would_not_run() {
    let Some(desk) = bare() else { return };
    let finds = |check: &str| {
        let output = desk.promptune(&["doctor", "--json"]);
        let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let found = report["findings"].as_array().expect("findings").iter();
        let fault = found
            .clone()
            .any(|it| it["check"] == check && it["state"] == "fault" && it["mend"].is_string());
        (output.status.code(), fault)
    };
    assert_eq!(finds("plugin"), (Some(1), true), "not installed");
    fine(&desk.promptune(&["install"]));
    desk.claude(&["plugin", "disable", "promptune@promptune"]);
    assert_eq!(finds("plugin"), (Some(1), true), "disabled");
    assert_eq!(desk.types(TESTS).hint(), None, "and so it is");
    desk.claude(&["plugin", "enable", "promptune@promptune"]);
    assert_eq!(finds("plugin"), (Some(0), false));
    desk.home
        .project_settings(&json!({"disableAllHooks": true}));
    assert_eq!(finds("hook"), (Some(1), true), "hooks are off");
    assert_eq!(desk.types(TESTS).hint(), None, "and so they are");
    desk.home.project_settings(&json!({}));
    fs::remove_dir_all(desk.home.data().join("plugin")).expect("removed");
    assert_eq!(finds("hook"), (Some(1), true), "the files are gone");
    fine(&desk.promptune(&["install"]));
    assert!(
        desk.types(TESTS).hint().is_some(),
        "and installing mends it"
    );
}
