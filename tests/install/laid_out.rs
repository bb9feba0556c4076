//! What an installation lays out, and what is left of it.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::process::Command;

use crate::desk::{BINARY, Desk, empty};

/// Relative paths of all files, and their contents.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let listed = Command::new("find")
        .args([".", "-type", "f"])
        .current_dir(folder)
        .output()
        .expect("find runs");
    let listed = String::from_utf8(listed.stdout).expect("plain names");
    let mut files: Vec<_> = listed
        .lines()
        .map(|name| {
            (
                name.to_owned(),
                fs::read(folder.join(name)).expect("readable"),
            )
        })
        .collect();
    files.sort();
    files
}

#[test]
fn the_plugin_is_what_a_stage_makes() {
    let desk = Desk::new();
    assert_eq!(desk.runs(&["install"]).code, Some(0));
    let staged = desk.path("staged");
    let stage = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/stage"))
        .arg(&staged)
        .arg(BINARY)
        .output()
        .expect("a stage");
    assert!(stage.status.success());
    // The marketplace's file lies above the plugin's folder.
    fs::remove_file(staged.join(".claude-plugin/marketplace.json")).expect("there");
    let (ours, theirs) = (files(&desk.version()), files(&staged));
    let names = |files: &[(String, Vec<u8>)]| {
        files
            .iter()
            .map(|(name, _)| name.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&ours), names(&theirs));
    assert!(ours == theirs, "and the same contents");
    let program = desk.data().join("bin/promptune");
    assert!(fs::read(&program).expect("there") == fs::read(BINARY).expect("there"));
    for (name, _) in files(&desk.data()) {
        let mode = fs::metadata(desk.data().join(&name))
            .expect("there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o077, 0, "{name} is the person's only");
    }
}

#[test]
fn the_client_is_asked_for_both() {
    let desk = Desk::new();
    let said = desk.runs(&["install", "--scope", "project"]);
    assert_eq!((said.code, said.err.as_str()), (Some(0), ""));
    assert_eq!(said.out.lines().count(), 3, "{}", said.out);
    let plugin = desk.data().join("plugin");
    assert_eq!(
        desk.asked(),
        [
            format!("plugin marketplace add {}", plugin.display()),
            "plugin install promptune@promptune --scope project".to_owned(),
        ]
    );
}

#[test]
fn again_changes_nothing_and_damage_is_mended() {
    let desk = Desk::new();
    desk.runs(&["install"]);
    let folder = desk.version();
    let number = |path: &Path| fs::metadata(path).expect("there").ino();
    let before = number(&folder);
    // As the client notes it.
    let entry = serde_json::json!({"plugins": {"promptune@promptune": [{"scope": "user"}]}});
    fs::create_dir_all(desk.path("home/.claude/plugins")).expect("a folder");
    let listed = desk.path("home/.claude/plugins/installed_plugins.json");
    fs::write(listed, entry.to_string()).expect("written");
    let said = desk.runs(&["install"]);
    assert!(said.out.contains("was installed already"), "{}", said.out);
    assert_eq!(number(&folder), before);
    for damage in [
        "hooks/hooks.json",
        "bin/promptune",
        "skills/parallel-plan/SKILL.md",
    ] {
        let whole = fs::read(folder.join(damage)).expect("there");
        fs::write(folder.join(damage), "cut").expect("written");
        let said = desk.runs(&["install"]);
        assert!(
            said.out.contains("in the place of"),
            "{damage}: {}",
            said.out
        );
        assert!(fs::read(folder.join(damage)).expect("there") == whole);
    }
    fs::remove_dir_all(&folder).expect("removed");
    assert_eq!(desk.runs(&["install"]).code, Some(0));
    assert!(folder.join("bin/promptune").exists());
}

#[test]
fn older_versions_stay_for_a_while() {
    let desk = Desk::new();
    let mut folders = Vec::new();
    for build in 0..5_u8 {
        let program = desk.path("build");
        fs::copy(BINARY, &program).expect("copied");
        let mut bytes = fs::read(BINARY).expect("there");
        bytes.push(build);
        fs::write(&program, bytes).expect("written");
        assert_eq!(desk.runs_from(&program, &["install"]).code, Some(0));
        folders.push(desk.version());
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let there: Vec<bool> = folders.iter().map(|it| it.exists()).collect();
    assert_eq!(there, [false, false, true, true, true]);
    let program = fs::read(desk.data().join("bin/promptune")).expect("there");
    assert_eq!(program.last(), Some(&4), "the name for PATH is the newest");
}

#[test]
fn nothing_is_left_but_what_others_put_there() {
    let desk = Desk::new();
    desk.runs(&["install", "--standing-request"]);
    desk.runs(&["uninstall"]);
    assert!(
        empty(&desk.path("home")),
        "folders that were made are gone as well"
    );

    let moved = desk.path("elsewhere");
    let desk = desk.with("PROMPTUNE_DATA", &moved);
    fs::create_dir(&moved).expect("a folder");
    for mine in ["thesis.txt", "ledger.txt"] {
        fs::write(moved.join(mine), "years of work").expect("written");
    }
    desk.runs(&["install"]);
    fs::write(moved.join("ledger.jsonl"), "").expect("written");
    let said = desk.runs(&["uninstall"]);
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("did not write"), "{}", said.err);
    let names: Vec<String> = files(&moved).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["./ledger.txt", "./thesis.txt"]);
}

#[test]
fn a_moved_data_folder_is_not_forgotten() {
    let desk = Desk::new();
    let moved = desk.path("elsewhere");
    let desk = desk.with("PROMPTUNE_DATA", &moved);
    desk.runs(&["install"]);
    // As the client notes it.
    fs::create_dir_all(desk.path("home/.claude/plugins")).expect("a folder");
    let known = serde_json::json!({"promptune": {"installLocation": moved.join("plugin")}});
    fs::write(
        desk.path("home/.claude/plugins/known_marketplaces.json"),
        known.to_string(),
    )
    .expect("written");
    let output = desk
        .command(Path::new(BINARY))
        .env_remove("PROMPTUNE_DATA")
        .arg("uninstall")
        .output();
    let output = output.expect("it runs");
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(told.contains("mend: PROMPTUNE_DATA="), "{told}");
    assert!(moved.join("plugin").exists());
    assert_eq!(desk.runs(&["uninstall"]).code, Some(0));
    assert!(!moved.exists());
}

#[test]
fn notes_stay_if_they_shall() {
    let desk = Desk::new();
    desk.runs(&["install"]);
    fs::write(desk.data().join("ledger.jsonl"), "{}\n").expect("written");
    let said = desk.runs(&["uninstall", "--keep-data"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    let names: Vec<String> = files(&desk.data())
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(names, ["./ledger.jsonl"]);
    let said = desk.runs(&["uninstall", "--keep-data"]);
    assert!(said.out.contains("not installed"), "{}", said.out);
}
