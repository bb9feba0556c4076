//! A small project under git, with a remote beside it, as agents find one.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::json;

use crate::home::Home;
use crate::run::Desk;

/// Which pages the program has: one line, which two features may both want to change.
pub(crate) const APP: &str =
    "#!/bin/sh\n# Prints the pages of the application.\npages=\"home\"\necho \"$pages\"\n";

/// Runs every test; the exit code says how many failed.
const RUN_TESTS: &str = r#"#!/bin/sh
failed=0
for test in tests/*.test; do
    if sh "$test"; then echo "ok $test"; else echo "not ok $test"; failed=$((failed + 1)); fi
done
echo "$failed failed"
exit "$failed"
"#;

const HOME_TEST: &str = "sh app.sh | grep -qw home\n";

/// The sample project in the folder where the person works.
pub(crate) struct Repo {
    folder: PathBuf,
    home: PathBuf,
}

impl Repo {
    /// Makes the project: one commit on `main`, pushed to a bare `origin`. Agents may run commands and edit files.
    pub(crate) fn new(desk: &Desk) -> Self {
        desk.home
            .settings(&json!({"permissions": {"allow": ["Bash", "Edit", "Write"]}}));
        let repo = Self::at(&desk.home);
        let origin = desk.home.beside("origin.git");
        let origin = origin.to_str().expect("a plain path");
        repo.git(&["init", "--quiet", "--bare", "--initial-branch=main", origin]);
        repo.git(&["init", "--quiet", "--initial-branch=main"]);
        for (key, value) in [("user.name", "Sam"), ("user.email", "sam@example.com")] {
            repo.git(&["config", key, value]);
        }
        repo.write("app.sh", APP);
        repo.write("tests/run.sh", RUN_TESTS);
        repo.write("tests/home.test", HOME_TEST);
        repo.write("README.md", "A sample.\n");
        repo.git(&["remote", "add", "origin", origin]);
        repo.commit("Start");
        repo.git(&["push", "--quiet", "--set-upstream", "origin", "main"]);
        repo.git(&["remote", "set-head", "origin", "main"]);
        repo
    }

    fn at(home: &Home) -> Self {
        Self {
            folder: home.project(),
            home: home.path(),
        }
    }

    /// Commits everything.
    pub(crate) fn commit(&self, subject: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", subject]);
    }

    /// What git prints; it must succeed.
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let output = self.run("git", arguments);
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "git {arguments:?}: {output:?}");
        text.trim_end().to_owned()
    }

    /// Whether git says yes.
    pub(crate) fn holds(&self, arguments: &[&str]) -> bool {
        self.run("git", arguments).status.success()
    }

    /// Runs a program in the project, with nothing of this machine's own git configuration.
    pub(crate) fn run(&self, program: &str, arguments: &[&str]) -> Output {
        Command::new(program)
            .args(arguments)
            .current_dir(&self.folder)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", &self.home)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .output()
            .expect("a program that starts")
    }

    pub(crate) fn write(&self, file: &str, text: &str) {
        let path = self.path(file);
        fs::create_dir_all(path.parent().expect("a file in a folder")).expect("a folder");
        fs::write(path, text).expect("written");
    }

    pub(crate) fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path(file)).expect("a file in the project")
    }

    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.folder.join(file)
    }

    /// The folders of the worktrees, the main checkout first.
    pub(crate) fn worktrees(&self) -> Vec<PathBuf> {
        let list = self.git(&["worktree", "list", "--porcelain"]);
        let folders = list
            .lines()
            .filter_map(|line| line.strip_prefix("worktree "));
        folders.map(PathBuf::from).collect()
    }
}

/// Puts a program before all others: the shell script `body`.
pub(crate) fn with_program(desk: Desk, name: &str, body: &str) -> Desk {
    let programs = desk.home.beside("programs");
    fs::create_dir_all(&programs).expect("a folder");
    let program = programs.join(name);
    fs::write(&program, format!("#!/bin/sh\n{body}\n")).expect("written");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("made executable");
    let mut path = programs.into_os_string();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    desk.with("PATH", path)
}
