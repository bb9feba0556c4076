//! A user layer of 10,000 phrases and 2,000 regexes: found, and in nobody's way.

use std::fs;

use serde_json::{Value, json};

use super::Home;

#[path = "../../examples/own_load.rs"]
mod own_load;

fn prompts() -> String {
    let mut lines = String::new();
    for entry in fs::read_dir("tests/prompts").unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let row: Value = serde_json::from_str(line).unwrap();
            lines.push_str(&json!({"text": row["text"]}).to_string());
            lines.push('\n');
        }
    }
    lines
}

fn decisions(home: &Home, prompts: &str) -> String {
    let output = home
        .command(&["route", "--jsonl"])
        .write_stdin(prompts)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn many_rules_are_found_and_change_nothing_else() {
    let (home, plain) = (Home::new(), Home::new());
    own_load::write(&home.client().join("promptune")).unwrap();
    let report = home.run(&["index", "--json"]);
    assert!(report.status.success(), "{report:?}");
    let report: Value = serde_json::from_slice(&report.stdout).unwrap();
    let user = &report[0];
    assert_eq!(
        (&user["phrases"], &user["regexes"], &user["routes"]),
        (&json!(10_000), &json!(2000), &json!(200))
    );
    println!(
        "10,000 phrases and 2,000 regexes compiled to {} bytes in {} ms by this build",
        user["bytes"], user["milliseconds"]
    );

    let prompts = prompts();
    let (with, without) = (decisions(&home, &prompts), decisions(&plain, &prompts));
    assert!(without.lines().count() > 300);
    for ((with, without), prompt) in with.lines().zip(without.lines()).zip(prompts.lines()) {
        assert_eq!(with, without, "{prompt}");
    }

    let hint = home.hint(&own_load::prompt()).expect("five of them");
    assert!(
        hint.contains("load-0") && hint.contains("load-199"),
        "{hint}"
    );
    let met = home.run(&["route", &own_load::prompt()]);
    let met = String::from_utf8(met.stdout).unwrap();
    assert_eq!(met.matches("speaks for load-").count(), 5, "{met}");
}
