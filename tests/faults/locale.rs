//! Languages and time zones that a machine may be set to.

use std::process::Command;

use serde_json::json;

use crate::{Home, assert_sound, binaries, hint, run, write};

const ODD: [(&str, &str); 16] = [
    ("LC_ALL", "tr_TR.UTF-8"),
    ("LC_ALL", "tr_TR"),
    ("LC_ALL", "C"),
    ("LC_ALL", "de_DE.ISO-8859-1"),
    ("LC_ALL", "../../../../etc/passwd"),
    ("LC_ALL", ""),
    ("LANG", "ja_JP.SJIS"),
    ("LANG", "%s%n%s%n"),
    ("LC_NUMERIC", "de_DE.UTF-8"),
    ("TZ", "garbage"),
    ("TZ", ":/dev/zero"),
    ("TZ", "../../../../etc/passwd"),
    ("TZ", "XXX-999:99:99"),
    ("TZ", ""),
    ("TZ", "Pacific/Kiritimati"),
    ("LOCPATH", "/dev/zero"),
];

#[test]
fn a_hint_is_the_same_everywhere() {
    for binary in binaries() {
        let home = Home::new(&binary);
        for prompt in [
            "RUN THE TESTS",
            "Commit this and open a PR",
            "führ bitte die Tests aus",
            "LIST THE ISSUES",
        ] {
            let plain = home.types(prompt);
            for (name, value) in ODD {
                let mut command = home.command();
                let output = run(command.env(name, value), home.prompt(prompt).as_bytes());
                assert_eq!(hint(&output), plain, "{name}={value}: {prompt}");
            }
        }
        assert!(home.types("RUN THE TESTS").is_some());
        assert_sound(&home.data(), "after all of them");
    }
}

#[test]
fn turns_end_and_costs_are_told_in_any_time_zone() {
    let home = Home::new(&binaries()[0]);
    let said = json!({
        "type": "assistant", "isSidechain": false, "timestamp": "2026-11-22T23:59:59.999Z", "requestId": "r",
        "message": {"id": "m", "role": "assistant", "model": "claude-opus-5-5", "content": [], "usage": {"input_tokens": 1, "output_tokens": 1}},
    });
    let transcript = home.event("Stop")["transcript_path"]
        .as_str()
        .unwrap()
        .to_owned();
    write(transcript.as_ref(), format!("{said}\n"));
    for (name, value) in ODD {
        let output = run(
            home.command().env(name, value),
            home.event("Stop").to_string().as_bytes(),
        );
        assert_eq!(hint(&output), None, "{name}={value}");
        let mut command = Command::new(&home.binary);
        command.args(["cost", "--since", "9999d", "--json"]);
        home.surround(&mut command);
        let output = command.env(name, value).output().unwrap();
        let code = output.status.code();
        assert!(matches!(code, Some(0 | 1)), "{name}={value}: {output:?}");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(
            code == Some(0) || told.contains("error"),
            "{name}={value}: {told}"
        );
        assert!(!told.contains("panicked"), "{name}={value}: {told}");
    }
}
