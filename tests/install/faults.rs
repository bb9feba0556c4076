//! Clients that are not there, too old or unwilling, and folders that cannot be written: clear words, and nothing left.

use std::fs;
use std::os::unix::fs::symlink;

use crate::desk::{Desk, Said, empty};

/// Exit code 1 and one problem with its mend.
fn assert_told(said: &Said, words: &str) {
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(
        said.err.contains(words) && said.err.contains("mend: "),
        "{said:?}"
    );
    assert_eq!(said.out, "");
}

#[test]
fn no_client() {
    let desk = Desk::new();
    fs::remove_file(desk.path("client/claude")).expect("removed");
    assert_told(&desk.runs(&["install"]), "there is no `claude` on PATH");
    assert!(empty(&desk.path("home")));
    // Named, it is found anywhere.
    let said = desk.runs(&["install", "--client", "/bin/echo"]);
    assert_told(&said, "does not say that it is Claude Code");
}

#[test]
fn an_old_client() {
    let desk = Desk::new();
    desk.client_says("2.1.138 (Claude Code)");
    let said = desk.runs(&["install"]);
    assert_told(&said, "2.1.139 or newer is needed");
    assert!(said.err.contains("claude update"), "{}", said.err);
    assert!(empty(&desk.path("home")));
    desk.client_says("2.1.139 (Claude Code)");
    assert_eq!(desk.runs(&["install"]).code, Some(0));
}

#[test]
fn an_unwilling_client() {
    let desk = Desk::new();
    desk.client_fails("your organisation allows no plugins");
    assert_told(
        &desk.runs(&["install"]),
        "your organisation allows no plugins",
    );
    assert!(empty(&desk.path("home")), "what was laid out is gone again");
}

#[test]
fn a_home_that_cannot_be_written() {
    let desk = Desk::new();
    let file = desk.path("file");
    fs::write(&file, "a file").expect("written");
    let desk = desk.with("HOME", file.join("home"));
    assert_told(&desk.runs(&["install"]), "PROMPTUNE_DATA");
    assert_eq!(desk.asked(), [] as [&str; 0], "the client is not bothered");
    assert_eq!(fs::read_to_string(file).expect("still there"), "a file");
    assert_told(&Desk::new().with("HOME", "").runs(&["install"]), "set HOME");
}

#[test]
fn links_planted_in_the_place_of_our_folders() {
    for planted in ["plugin", "bin", "plugin/.claude-plugin"] {
        let desk = Desk::new();
        let theirs = desk.path("theirs");
        fs::create_dir(&theirs).expect("a folder");
        fs::write(theirs.join("precious"), "x").expect("written");
        let place = desk.data().join(planted);
        fs::create_dir_all(place.parent().expect("a folder")).expect("a folder");
        symlink(&theirs, &place).expect("a link");
        assert_told(&desk.runs(&["install"]), "symbolic link");
        let said = desk.runs(&["uninstall"]);
        assert_eq!(said.code, Some(0), "{planted}: {said:?}");
        assert!(!place.is_symlink(), "the link goes");
        let left: Vec<_> = fs::read_dir(&theirs).expect("still there").collect();
        assert_eq!(left.len(), 1, "{planted}: what it led to stays as it was");
    }
}

#[test]
fn links_planted_in_the_place_of_our_files() {
    let desk = Desk::new();
    desk.runs(&["install"]);
    let precious = desk.path("precious");
    fs::write(&precious, "x").expect("written");
    for planted in [
        desk.data().join("plugin/.claude-plugin/marketplace.json"),
        desk.data().join("plugin/before.json"),
        desk.data().join("bin/promptune"),
        desk.version().join("hooks/hooks.json"),
    ] {
        fs::remove_file(&planted).expect("there");
        symlink(&precious, &planted).expect("a link");
        assert_eq!(
            desk.runs(&["install"]).code,
            Some(0),
            "{}",
            planted.display()
        );
        assert!(!planted.is_symlink(), "{}", planted.display());
        assert_eq!(fs::read_to_string(&precious).expect("there"), "x");
    }
}

#[test]
fn a_memory_file_that_is_a_link_is_followed_and_one_that_leads_nowhere_is_told() {
    let desk = Desk::new();
    let theirs = desk.path("dotfiles.md");
    fs::write(&theirs, "# Mine\n").expect("written");
    let memory = desk.path("home/.claude/CLAUDE.md");
    fs::create_dir(desk.path("home/.claude")).expect("a folder");
    symlink(&theirs, &memory).expect("a link");
    assert_eq!(desk.runs(&["install", "--standing-request"]).code, Some(0));
    assert!(memory.is_symlink());
    assert!(
        fs::read_to_string(&theirs)
            .expect("there")
            .contains("I installed promptune")
    );
    assert_eq!(
        desk.runs(&["install", "--no-standing-request"]).code,
        Some(0)
    );
    assert_eq!(fs::read_to_string(&theirs).expect("there"), "# Mine\n");
    fs::remove_file(&theirs).expect("removed");
    let said = desk.runs(&["install", "--standing-request"]);
    assert_eq!(said.code, Some(1));
    assert!(
        said.err.contains("CLAUDE.md") && said.err.contains("mend: "),
        "{said:?}"
    );
}

#[test]
fn nothing_to_uninstall() {
    let desk = Desk::new();
    let said = desk.runs(&["uninstall"]);
    assert_eq!(said.code, Some(0));
    assert!(said.out.contains("not installed"), "{}", said.out);
    assert_eq!(desk.asked(), [] as [&str; 0]);
}
