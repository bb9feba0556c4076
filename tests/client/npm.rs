//! The npm packages in the real client: the whole plugin by its npm source, and the program by its own `install`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;

use crate::home;
use crate::registry::Registry;
use crate::run::{Desk, skipped};

const TESTS: &str = "run the tests";

/// The packages around the staged binary, or `None`, with a word about it, where npm is not at hand.
fn packages() -> Option<&'static Path> {
    static PACKAGES: OnceLock<Option<PathBuf>> = OnceLock::new();
    let made = PACKAGES.get_or_init(|| {
        if Command::new("npm").arg("--version").output().is_err() {
            skipped("npm packages in the client, as there is no npm");
            return None;
        }
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("client-npm");
        let _ = fs::remove_dir_all(&folder);
        let mut make = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/npm"));
        let done = make.arg(&folder).arg(home::staged().join("bin/promptune"));
        let done = done.output().expect("scripts/npm starts");
        assert!(done.status.success(), "{done:?}");
        Some(folder)
    });
    made.as_deref()
}

#[test]
fn the_clients_npm_source_installs_the_whole_plugin() {
    let (Some(desk), Some(packages)) = (Desk::ready(), packages()) else {
        return;
    };
    let registry = Registry::start(packages);
    let desk = desk
        .with_plugin(None)
        .with("npm_config_registry", &registry.url);
    let entries = fs::read_dir(packages).expect("a folder").flatten();
    let listing = entries
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|it| it == "json"))
        .expect("scripts/npm writes a marketplace");
    let json: Value = serde_json::from_slice(&fs::read(&listing).expect("read")).expect("JSON");
    let named = json["plugins"][0]["source"]["package"]
        .as_str()
        .expect("it names a package");

    // By its address: one given as a file can be added, but client 2.1.330 then loads no plugin from it.
    let name = listing.file_name().expect("a name").to_string_lossy();
    let address = format!("{}{name}", registry.url);
    desk.claude(&["plugin", "marketplace", "add", &address]);
    assert_eq!(desk.types(TESTS).hint(), None, "nothing is installed yet");
    desk.claude(&["plugin", "install", "promptune@promptune"]);
    let hint = desk.types(TESTS).hint().expect("a hint");
    assert!(
        hint.contains("subagent_type: promptune:test-runner"),
        "{hint}"
    );

    let fetched = registry.fetched();
    let short = named.trim_start_matches('@').replace('/', "-");
    assert_eq!(
        fetched.len(),
        1,
        "one package, no dependencies: {fetched:?}"
    );
    assert!(fetched[0].starts_with(&short), "{named}: {fetched:?}");
    desk.claude(&["plugin", "uninstall", "promptune@promptune"]);
    assert_eq!(desk.types(TESTS).hint(), None, "it is uninstalled");
}

#[test]
fn the_program_from_npm_installs_itself() {
    let (Some(desk), Some(packages)) = (Desk::ready(), packages()) else {
        return;
    };
    let registry = Registry::start(packages);
    let prefix = desk.home.beside("npm");
    let mut npm = Command::new("npm");
    npm.args([
        "install",
        "--global",
        "--ignore-scripts",
        "promptune",
        "--prefix",
    ])
    .arg(&prefix)
    .arg("--cache")
    .arg(desk.home.beside("npm-cache"))
    .args(["--registry", &registry.url])
    .env("HOME", desk.home.path());
    let done = npm.output().expect("npm starts");
    assert!(done.status.success(), "{done:?}");
    let done = desk.promptune_from(&prefix.join("bin/promptune"), &["install"]);
    assert!(done.status.success(), "{done:?}");
    let desk = desk.with_plugin(None);
    // What was installed stands on its own feet.
    fs::remove_dir_all(&prefix).expect("the packages are gone");
    let hint = desk.types(TESTS).hint().expect("a hint");
    assert!(
        hint.contains("subagent_type: promptune:test-runner"),
        "{hint}"
    );
}
