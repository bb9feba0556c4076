//! The compiled files: fresh and whole, or not used.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::{Home, deploy, route};

const PROMPT: &str = "ship it to staging";

fn log(home: &Home) -> String {
    let log = home
        .client()
        .join("plugins/data/promptune-promptune/errors.log");
    fs::read_to_string(log).unwrap_or_default()
}

#[test]
fn a_prompt_compiles_nothing_and_the_start_of_a_conversation_does() {
    let home = Home::new();
    home.user("deploy", &deploy());
    assert_eq!(home.hint(PROMPT), None);
    assert!(home.compiled().is_empty());
    home.start();
    let files = home.compiled();
    assert_eq!(
        files.len(),
        1,
        "nothing is kept for a project without files"
    );
    assert_eq!(
        fs::metadata(&files[0]).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert!(home.hint(PROMPT).is_some());
    assert_eq!(log(&home), "");
}

#[test]
fn a_report_says_what_was_compiled_and_what_refused() {
    let home = Home::new();
    home.user("deploy", &deploy());
    home.of_project("broken", &json!({"route": "broken", "does": "a\nb"}));
    let output = home.run(&["index", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (
            &report[0]["layer"],
            &report[0]["routes"],
            &report[0]["regexes"]
        ),
        (&json!("user"), &json!(1), &json!(1))
    );
    assert_eq!(report[0]["refused"], json!([]));
    assert!(fs::exists(report[0]["compiled"].as_str().unwrap()).unwrap());
    let refused = report[1]["refused"].as_array().unwrap();
    assert!(
        refused[0]["file"]
            .as_str()
            .unwrap()
            .ends_with("broken.json")
    );
    assert_eq!(refused[0]["problem"], "'\\n' may not stand in a hint");
    let output = home.run(&["index"]);
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(
        shown.contains("user: 1 route, 1 regex, 0 phrases and no fault from 1 file"),
        "{shown}"
    );
    assert!(
        shown.contains("project: 0 routes, 0 regexes, 0 phrases and 3 faults from 1 file"),
        "{shown}"
    );
}

#[test]
fn what_changed_since_is_not_used_until_it_is_compiled_again() {
    let home = Home::new();
    home.user("deploy", &deploy());
    home.start();
    let changes: [&dyn Fn(); 4] = [
        // An edit in place, a file more, a file less, the folder gone.
        &|| {
            let _: &Home = home.user(
                "deploy",
                &route("deploy", "(?:ship|send) {..3}(?:staging|stage)", PROMPT),
            );
        },
        &|| {
            let _: &Home = home.user(
                "other",
                &route("other", "do the other thing", "do the other thing"),
            );
        },
        &|| fs::remove_file(home.client().join("promptune/other.json")).unwrap(),
        &|| fs::rename(home.client().join("promptune"), home.client().join("gone")).unwrap(),
    ];
    for (number, change) in changes.into_iter().enumerate() {
        assert!(home.hint(PROMPT).is_some(), "{number}");
        change();
        assert_eq!(home.hint(PROMPT), None, "{number}");
        assert!(log(&home).contains("its files were changed since it was compiled"));
        home.start();
    }
    assert_eq!(home.hint(PROMPT), None);
    assert!(home.compiled().is_empty(), "{:?}", home.compiled());
}

/// An edit of a file that the prompt does not look at is seen when a conversation starts.
#[test]
fn edits_in_many_files_are_seen_at_the_start_of_a_conversation() {
    let home = Home::new();
    home.user("deploy", &deploy());
    for number in 0..9 {
        let id = format!("other-{number}");
        home.user(
            &id,
            &route(
                &id,
                &format!("do thing {number} now"),
                &format!("do thing {number} now"),
            ),
        );
    }
    home.start();
    assert!(home.hint(PROMPT).is_some());
    home.user("deploy", &route("deploy", "send it away", "send it away"));
    home.start();
    assert_eq!(home.hint(PROMPT), None);
    assert!(home.hint("send it away").is_some());
}

#[test]
fn a_damaged_file_is_never_used_and_replaced_by_route() {
    let home = Home::new();
    home.user("deploy", &deploy());
    home.start();
    let [file] = &home.compiled()[..] else {
        panic!("one file")
    };
    let sound = fs::read(file).unwrap();
    let mut damaged: Vec<Vec<u8>> = Vec::new();
    for length in [0, 7, 39, 40, 41, 1000, sound.len() / 2, sound.len() - 1] {
        damaged.push(sound[..length].to_vec());
    }
    damaged.push([&sound[..], b"x"].concat());
    for at in (0..sound.len())
        .step_by(sound.len() / 60)
        .chain([0, 8, 12, 16, 24, 32, 40])
    {
        let mut other = sound.clone();
        other[at] ^= 1;
        damaged.push(other);
    }
    damaged.push(b"PTUNEIDX".repeat(9000));
    damaged.push(vec![0; sound.len()]);
    for bytes in damaged {
        fs::write(file, &bytes).unwrap();
        assert_eq!(home.hint(PROMPT), None, "{} bytes", bytes.len());
        assert!(
            home.hint("run the tests").is_some(),
            "what is built in goes on"
        );
    }
    assert!(log(&home).contains("cut off or damaged"));
    assert!(log(&home).contains("another build of promptune compiled it"));
    assert_eq!(home.offered(PROMPT), ["deploy"]);
    assert_eq!(
        fs::read(file).unwrap(),
        sound,
        "compiled anew, and to the same bytes"
    );
}

/// Its name tells by a hash which folder a compiled file is of: another folder's in its place is not used.
#[test]
fn another_folders_file_is_not_used() {
    let (home, other) = (Home::new(), Home::new());
    home.user("deploy", &route("deploy", "send it away", "send it away"));
    other.user("deploy", &deploy());
    home.start();
    other.start();
    fs::copy(&other.compiled()[0], &home.compiled()[0]).unwrap();
    assert_eq!(home.hint(PROMPT), None);
}

#[test]
fn ten_at_once_leave_one_sound_file() {
    let home = Home::new();
    for number in 0..40 {
        let id = format!("other-{number}");
        home.user(
            &id,
            &route(
                &id,
                &format!("do thing {number} now"),
                &format!("do thing {number} now"),
            ),
        );
    }
    home.user("deploy", &deploy());
    let run = |_| {
        Command::new(env!("CARGO_BIN_EXE_promptune"))
            .arg("index")
            .env("HOME", home.folder.path())
            .current_dir(home.project())
            .stdout(Stdio::null())
            .spawn()
            .unwrap()
    };
    let running: Vec<_> = (0..10).map(run).collect();
    // Meanwhile prompts get the hint or none, and nothing else.
    for _ in 0..20 {
        let _ = home.hint(PROMPT);
    }
    for mut process in running {
        assert!(process.wait().unwrap().success());
    }
    assert!(home.hint(PROMPT).is_some());
    assert_eq!(home.compiled().len(), 1, "{:?}", home.compiled());
    assert_eq!(log(&home), "");
}

#[test]
fn a_data_folder_that_cannot_be_written_is_told() {
    let home = Home::new();
    home.user("deploy", &deploy());
    home.write("file", "");
    let output = home
        .command(&["index"])
        .env("PROMPTUNE_DATA", home.folder.path().join("file/data"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(
        told.contains("cannot be written") && told.contains("mend: "),
        "{told}"
    );
}
