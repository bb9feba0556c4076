//! The compiled catalogue is kept up to date: only what has changed is read, and many may do it at once.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Stdio};

use serde_json::{Value, json};

use crate::desk::{Desk, write};

const START: &str = r#"{"hook_event_name":"SessionStart","session_id":"s","source":"startup"}"#;

fn starts(desk: &Desk) -> Child {
    use std::io::Write as _;
    let mut child = desk
        .command()
        .arg("hook")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(START.as_bytes()).expect("written");
    child
}

/// A conversation starts; the hook says nothing.
fn start(desk: &Desk) {
    let output = starts(desk).wait_with_output().expect("it ends");
    assert!(output.status.success());
    assert_eq!((output.stdout, output.stderr), (vec![], vec![]));
}

fn kept(desk: &Desk) -> Vec<PathBuf> {
    let files = fs::read_dir(desk.data().join("index"))
        .into_iter()
        .flatten();
    let mut files: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
    files.sort();
    files
}

/// The compiled catalogue's bytes.
fn compiled(desk: &Desk) -> Option<Vec<u8>> {
    let files = kept(desk);
    let file = files
        .iter()
        .find(|file| file.to_string_lossy().contains("index/catalog-"))?;
    Some(fs::read(file).expect("read"))
}

/// `promptune index --json`: what it says of the catalogue.
fn index(desk: &Desk) -> Value {
    let report: Value = serde_json::from_str(&desk.prints(&["index", "--json"])).expect("JSON");
    let all = report.as_array().expect("layers");
    all.iter()
        .find(|it| it["layer"] == "catalogue")
        .cloned()
        .expect("a catalogue")
}

fn fill(desk: &Desk, skills: usize) {
    for number in 0..skills {
        desk.skill(
            &format!("skill-{number}"),
            format!("---\ndescription: Handles subject{number}. Use when asked.\n---\n"),
        );
    }
}

#[test]
fn a_conversation_compiles_what_is_new_and_nothing_else() {
    let desk = Desk::new();
    start(&desk);
    assert_eq!(
        kept(&desk),
        Vec::<PathBuf>::new(),
        "nothing is kept of nothing"
    );
    fill(&desk, 20);
    desk.agent("one.md", "---\nname: one\ndescription: one\n---\n");
    start(&desk);
    let files = kept(&desk);
    assert_eq!(files.len(), 2, "{files:?}");
    for file in &files {
        let mode = fs::metadata(file).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let first = compiled(&desk).expect("compiled");
    let written = |desk: &Desk| {
        let times = kept(desk).into_iter().map(|it| {
            fs::metadata(it)
                .expect("a file")
                .modified()
                .expect("a time")
        });
        times.collect::<Vec<_>>()
    };
    let before = written(&desk);
    start(&desk);
    assert_eq!(
        written(&desk),
        before,
        "nothing has changed, nothing is written"
    );
    let report = index(&desk);
    assert_eq!(
        (
            &report["skills"],
            &report["agents"],
            &report["files"],
            &report["read"]
        ),
        (&json!(20), &json!(1), &json!(21), &json!(0))
    );
    assert_eq!(compiled(&desk).as_ref(), Some(&first), "the same again");
    desk.skill("skill-7", "---\ndescription: Now about zeppelins\n---\n");
    start(&desk);
    let second = compiled(&desk).expect("compiled");
    assert_ne!(second, first);
    assert!(String::from_utf8_lossy(&second).contains("zeppelins"));
    desk.skill("skill-8", "---\ndescription: Now about airships\n---\n");
    assert_eq!(index(&desk)["read"], 1);
    fs::remove_dir_all(desk.user().join("skills")).expect("removed");
    fs::remove_dir_all(desk.project().join(".claude/agents")).expect("removed");
    start(&desk);
    assert_eq!(kept(&desk), Vec::<PathBuf>::new());
}

#[test]
fn what_is_switched_off_is_out_at_the_next_start() {
    let desk = Desk::new();
    fill(&desk, 2);
    start(&desk);
    let has = |desk: &Desk, text: &str| {
        String::from_utf8_lossy(&compiled(desk).expect("compiled")).contains(text)
    };
    assert!(has(&desk, "subject0") && has(&desk, "subject1"));
    write(
        &desk.user().join("settings.json"),
        r#"{"skillOverrides": {"skill-1": "off"}}"#,
    );
    start(&desk);
    assert!(has(&desk, "subject0") && !has(&desk, "subject1"));
}

#[test]
fn many_may_start_at_once() {
    let desk = Desk::new();
    fill(&desk, 300);
    let all: Vec<Child> = (0..10).map(|_| starts(&desk)).collect();
    for child in all {
        let output = child.wait_with_output().expect("it ends");
        assert!(
            output.status.success() && output.stderr.is_empty(),
            "{output:?}"
        );
    }
    let files = kept(&desk);
    assert_eq!(files.len(), 2, "nothing is left behind: {files:?}");
    let made = compiled(&desk).expect("compiled");
    let alone = Desk::new();
    fill(&alone, 300);
    start(&alone);
    assert_eq!(
        made.len(),
        compiled(&alone).expect("compiled").len() + len_of_paths(&desk) - len_of_paths(&alone)
    );
    let report = index(&desk);
    assert_eq!(
        (&report["files"], &report["read"]),
        (&json!(300), &json!(0)),
        "what they kept is whole"
    );
    assert_eq!(compiled(&desk), Some(made));
    assert!(!desk.data().join("errors.log").exists());
}

/// The sources' paths are in the file.
fn len_of_paths(desk: &Desk) -> usize {
    let (user, project) = (desk.user(), desk.project().join(".claude"));
    4 * user.as_os_str().len() + 3 * project.as_os_str().len()
}

#[test]
fn damaged_files_are_made_anew() {
    let desk = Desk::new();
    fill(&desk, 3);
    start(&desk);
    let whole = compiled(&desk).expect("compiled");
    let files = kept(&desk);
    for file in &files {
        for damage in [&b""[..], b"PTUNECAT", &[0xff; 3000]] {
            fs::write(file, damage).expect("written");
            start(&desk);
            assert_eq!(compiled(&desk).as_ref(), Some(&whole), "{}", file.display());
        }
        fs::remove_file(file).expect("removed");
        start(&desk);
        assert_eq!(compiled(&desk).as_ref(), Some(&whole), "{}", file.display());
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_told() {
    let desk = Desk::new();
    fill(&desk, 3);
    write(&desk.data(), "a file in the folder's place");
    let output = desk.runs(&["index"]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).expect("text");
    assert!(
        said.contains("cannot be written") && said.contains("mend: "),
        "{said}"
    );
    start(&desk);
}
