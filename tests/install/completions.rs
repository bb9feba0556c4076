//! Completions that shells take, and pages that `man` takes.

use std::fs;
use std::process::Command;

use crate::desk::Desk;

/// Shells and how each checks a file without running it.
const CHECKS: [(&str, &[&str]); 3] = [
    ("bash", &["-n"]),
    ("zsh", &["-n"]),
    ("fish", &["--no-execute"]),
];

#[test]
fn shells_take_their_completions() {
    let desk = Desk::new();
    for (shell, flags) in CHECKS {
        let said = desk.runs(&["completions", shell]);
        assert_eq!(said.code, Some(0));
        for word in ["uninstall", "standing-request", "doctor"] {
            assert!(said.out.contains(word), "{shell} knows {word}");
        }
        let file = desk.path(shell);
        fs::write(&file, &said.out).expect("written");
        match Command::new(shell).args(flags).arg(&file).output() {
            Ok(checked) => assert!(
                checked.status.success() && checked.stderr.is_empty(),
                "{shell}: {checked:?}"
            ),
            Err(_) => println!("skipped: {shell} is not here to check its completions"),
        }
    }
    assert_eq!(desk.runs(&["completions", "csh"]).code, Some(64));
}

#[test]
fn every_command_has_a_page() {
    let desk = Desk::new();
    let folder = desk.path("man");
    fs::create_dir(&folder).expect("a folder");
    let name = folder.to_str().expect("a plain path");
    assert_eq!(desk.runs(&["man", name]).code, Some(0));
    let help = desk.runs(&["--help"]).out;
    let listed = help.split("Commands:").nth(1).expect("a list");
    let listed = listed.split("\n\n").next().expect("its end");
    let commands: Vec<&str> = listed
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|command| *command != "help")
        .collect();
    assert!(commands.len() > 10, "{commands:?}");
    for command in commands {
        let page = folder.join(format!("promptune-{command}.1"));
        let text = fs::read_to_string(&page).unwrap_or_else(|_| panic!("{command} has no page"));
        assert!(text.contains(".SH SYNOPSIS"), "{command}");
        if let Ok(checked) = Command::new("groff")
            .args(["-man", "-ww", "-z"])
            .arg(&page)
            .output()
        {
            assert!(checked.status.success(), "{command}: {checked:?}");
        }
    }
    assert_eq!(desk.runs(&["man", "/nowhere"]).code, Some(1));
}
