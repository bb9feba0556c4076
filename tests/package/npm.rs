//! The npm packages, installed with npm into an empty prefix.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use serde_json::Value;
use tempfile::TempDir;

use crate::registry::{Registry, described, tarballs};
use crate::{ROOT, assert_works, at_hand, binary, done, ran, script, skipped};

/// The folder with the packages, made once; `None`, with a word about it, where npm is not at hand.
fn packages() -> Option<&'static Path> {
    static MADE: OnceLock<Option<PathBuf>> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        if !at_hand("npm") || !at_hand("node") {
            skipped("npm packages, as there is no npm");
            return None;
        }
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("npm");
        let _ = fs::remove_dir_all(&folder);
        done(script("npm").arg(&folder).arg(binary()));
        Some(folder)
    });
    made.as_deref()
}

/// The package of that name, and its `package.json`.
fn package(name: &str) -> (PathBuf, Value) {
    let folder = packages().unwrap();
    let described = tarballs(folder).into_iter().map(|path| {
        let json = described(&path);
        (path, json)
    });
    let mut found = described.filter(|(_, json)| json["name"] == name);
    found.next().unwrap_or_else(|| panic!("no package {name}"))
}

/// npm's name of this machine.
fn platform() -> String {
    let asked = "process.stdout.write(process.platform + '-' + process.arch)";
    done(Command::new("node").args(["-e", asked]))
}

/// An empty place, and npm that installs into it and knows nothing of this machine's settings and caches.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn npm(&self, arguments: &[&str]) -> Output {
        let mut npm = Command::new("npm");
        npm.args(["install", "--global", "--prefix"])
            .arg(self.0.path().join("prefix"))
            .arg("--cache")
            .arg(self.0.path().join("cache"))
            .args(arguments)
            .current_dir(self.0.path())
            .env("HOME", self.0.path())
            .env("npm_config_update_notifier", "false");
        npm.output().unwrap()
    }

    fn program(&self) -> PathBuf {
        self.0.path().join("prefix/bin/promptune")
    }

    fn ran(&self, arguments: &[&str]) -> Output {
        ran(&self.program(), arguments, self.0.path())
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn two_files_are_enough_without_a_network() {
    if packages().is_none() {
        return;
    }
    let (starter, _) = package("promptune");
    let (program, _) = package(&format!("@promptune/{}", platform()));
    let place = Place::new();
    let output = place.npm(&["--offline", text(&starter), text(&program)]);
    assert!(output.status.success(), "{output:?}");
    assert_works(&place.program(), place.0.path());
    // What the program says goes through, its exit code too.
    let output = place.ran(&["lint", "/nowhere"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("/nowhere"),
        "{output:?}"
    );
}

#[test]
fn npm_picks_the_package_of_this_platform() {
    let Some(folder) = packages() else { return };
    let registry = Registry::start(folder);
    let place = Place::new();
    let output = place.npm(&["--registry", &registry.url, "promptune"]);
    assert!(output.status.success(), "{output:?}");
    assert_works(&place.program(), place.0.path());
    let version = env!("CARGO_PKG_VERSION");
    let wanted = [
        format!("promptune-{version}.tgz"),
        format!("promptune-{}-{version}.tgz", platform()),
    ];
    assert_eq!(registry.fetched(), wanted);
}

#[test]
fn without_the_platforms_package_the_mend_is_told() {
    if packages().is_none() {
        return;
    }
    let (starter, described) = package("promptune");
    let place = Place::new();
    let output = place.npm(&["--offline", "--omit=optional", text(&starter)]);
    assert!(output.status.success(), "{output:?}");
    let output = place.ran(&["route", "run the tests"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(
        output.stdout.is_empty(),
        "a hook's stdout is for hints: {output:?}"
    );
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains(&format!("@promptune/{} is missing", platform())),
        "{said}"
    );
    assert!(said.contains("mend: npm install -g promptune@"), "{said}");

    // A package of another version is not run.
    let other = place
        .0
        .path()
        .join("prefix/lib/node_modules/@promptune")
        .join(platform());
    fs::create_dir_all(other.join("bin")).unwrap();
    fs::write(other.join("package.json"), r#"{"version": "0.0.9"}"#).unwrap();
    fs::write(other.join("bin/promptune"), "").unwrap();
    let output = place.ran(&["route", "run the tests"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("is of version 0.0.9"),
        "{output:?}"
    );

    // Every platform that is built for is among the optional packages, and none else.
    let platforms = fs::read_to_string(Path::new(ROOT).join("npm/platforms.json")).unwrap();
    let platforms: Vec<Value> = serde_json::from_str(&platforms).unwrap();
    let mut names: Vec<String> = platforms
        .iter()
        .map(|it| {
            format!(
                "@promptune/{}-{}",
                it["os"].as_str().unwrap(),
                it["cpu"].as_str().unwrap()
            )
        })
        .collect();
    let optional = described["optionalDependencies"].as_object().unwrap();
    let mut listed: Vec<&String> = optional.keys().collect();
    names.sort();
    listed.sort();
    assert_eq!(listed, names.iter().collect::<Vec<_>>());
}

/// npm runs no script of theirs, and the plugin needs nothing beside itself.
#[test]
fn no_package_has_scripts_and_the_plugins_has_no_dependencies() {
    let Some(folder) = packages() else { return };
    let mut names = Vec::new();
    for path in tarballs(folder) {
        let json = described(&path);
        let name = json["name"].as_str().unwrap().to_owned();
        for field in [
            "scripts",
            "dependencies",
            "devDependencies",
            "peerDependencies",
            "bundleDependencies",
        ] {
            assert_eq!(json[field], Value::Null, "{name}: {field}");
        }
        assert_eq!(json["version"], env!("CARGO_PKG_VERSION"), "{name}");
        if name != "promptune" {
            assert_eq!(json["optionalDependencies"], Value::Null, "{name}");
            assert_eq!(json["os"].as_array().map(Vec::len), Some(1), "{name}");
        }
        names.push(name);
    }
    names.sort();
    let platform = platform();
    assert_eq!(
        names,
        [
            format!("@promptune/{platform}"),
            format!("@promptune/plugin-{platform}"),
            "promptune".to_owned()
        ]
    );
}
