//! Is the hook wired to a program that answers, and how long does that take?

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use super::desk::{Desk, Settings, json};
use super::finding::Finding;
use crate::cli::client::{is_program, shell};

/// How often the hook is run to time it.
const RUNS: usize = 20;

/// A person notices a pause that is longer, and it is many times what the hook takes.
const SLOW: Duration = Duration::from_millis(50);

/// The client ends the hook after so long: the `timeout` in `hooks.json`.
const LIMIT: Duration = Duration::from_secs(5);

/// Every build routes this.
const SAMPLE: &str = "run the tests";

pub(super) fn check(desk: &Desk) -> Vec<Finding> {
    let mut findings = vec![wired(desk)];
    let Some(program) = desk.program().filter(|it| is_program(it)) else {
        return findings;
    };
    match times(&program) {
        Ok(mut times) => {
            times.sort_unstable();
            findings.push(timed(times[RUNS / 2]));
        }
        Err(problem) => findings.push(Finding::fault(
            "answer",
            problem,
            "promptune install lays the program out anew",
        )),
    }
    findings.extend(same_build(&program));
    findings
}

fn wired(desk: &Desk) -> Finding {
    let keeps_out = |file: &&Settings| {
        let set = |key: &str| file.json.as_ref().is_some_and(|it| it[key] == true);
        set("disableAllHooks") || (file.scope == "managed" && set("allowManagedHooksOnly"))
    };
    if let Some(file) = desk.settings.iter().find(keeps_out) {
        return Finding::fault(
            "hook",
            format!("the {} settings keep hooks from running", file.scope),
            format!("look at {}", shell(&file.path)),
        );
    }
    let Some(plugin) = &desk.plugin else {
        return Finding::fault(
            "hook",
            "the plugin's files are not there",
            "promptune install",
        );
    };
    let Some(command) = command(plugin) else {
        return Finding::fault(
            "hook",
            format!(
                "{}/hooks/hooks.json names no program for prompts",
                shell(plugin)
            ),
            "promptune install",
        );
    };
    if is_program(&command) {
        Finding::fine("hook", format!("prompts go to {}", shell(&command)))
    } else {
        Finding::fault(
            "hook",
            format!("{} is not a program that can be run", shell(&command)),
            "promptune install",
        )
    }
}

/// What the plugin's hook runs at a prompt.
fn command(plugin: &Path) -> Option<PathBuf> {
    let wired = json(&plugin.join("hooks/hooks.json"))?;
    let hook = &wired["hooks"]["UserPromptSubmit"][0]["hooks"][0];
    let (command, argument) = (hook["command"].as_str()?, hook["args"][0].as_str()?);
    let rest = command.strip_prefix("${CLAUDE_PLUGIN_ROOT}/")?;
    (argument == "hook").then(|| plugin.join(rest))
}

fn timed(median: Duration) -> Finding {
    let said = format!(
        "a hint takes {:.1} ms (median of {RUNS} runs)",
        median.as_secs_f64() * 1e3
    );
    if median > LIMIT {
        Finding::fault(
            "answer",
            said,
            "the client gives a hook five seconds: see what slows programs down here",
        )
    } else if median > SLOW {
        Finding::warning(
            "answer",
            said,
            "something slows programs down here; a scanner of new processes, perhaps",
        )
    } else {
        Finding::fine("answer", said)
    }
}

/// Runs the hook on a sample prompt, with folders of its own. Returns how long each run took.
fn times(program: &Path) -> Result<Vec<Duration>, String> {
    let fault = |error: std::io::Error| format!("the hook cannot be tried: {error}");
    let scratch = TempDir::new().map_err(fault)?;
    let event = serde_json::json!({
        "hook_event_name": "UserPromptSubmit",
        "prompt": SAMPLE,
        "cwd": scratch.path(),
    })
    .to_string();
    (0..RUNS)
        .map(|_| {
            let begun = Instant::now();
            let answer = answer(program, &event, scratch.path()).map_err(fault)?;
            let took = begun.elapsed();
            let answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
            match answer["hookSpecificOutput"]["additionalContext"].as_str() {
                Some(_) => Ok(took),
                None => Err(format!("{} has no hint for “{SAMPLE}”", shell(program))),
            }
        })
        .collect()
}

fn answer(program: &Path, event: &str, scratch: &Path) -> std::io::Result<Vec<u8>> {
    let mut child = Command::new(program)
        .arg("hook")
        .env_remove("PROMPTUNE")
        .env("PROMPTUNE_DATA", scratch.join("data"))
        .env("CLAUDE_CONFIG_DIR", scratch.join("client"))
        .env("CLAUDE_PROJECT_DIR", scratch)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(event.as_bytes())?;
    }
    Ok(child.wait_with_output()?.stdout)
}

/// Where another build answers prompts, what this one says of routes may not hold there.
fn same_build(program: &Path) -> Option<Finding> {
    let own = std::env::current_exe().and_then(fs::read).ok()?;
    let same = fs::read(program).is_ok_and(|bytes| bytes == own);
    (!same).then(|| {
        Finding::warning(
            "build",
            "prompts are answered by another build than this one",
            "promptune install puts this one in its place",
        )
    })
}
