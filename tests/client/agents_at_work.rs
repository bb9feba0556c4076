//! Each agent does its work in a repository, with its own tools.

use std::fs;

use serde_json::{Value, json};

use crate::agents::{asked, assert_as_declared, call, full_name};
use crate::api::{Request, Turn};
use crate::conversation::Heard;
use crate::definitions::agents;
use crate::repo::{APP, Repo, with_program};
use crate::run::Desk;

/// One tool call, and what its result must show.
type Step = (&'static str, Value, &'static str);

fn bash(command: &str, shows: &'static str) -> Step {
    (
        "Bash",
        json!({"command": command, "description": "the work"}),
        shows,
    )
}

/// `file` is in the folder that the agent works in.
fn read(file: &str, shows: &'static str) -> Step {
    (
        "Read",
        json!({"file_path": format!("{{here}}/{file}")}),
        shows,
    )
}

fn edit(file: &str, old: &str, new: &str) -> Step {
    let input =
        json!({"file_path": format!("{{here}}/{file}"), "old_string": old, "new_string": new});
    ("Edit", input, "has been updated")
}

fn write(file: &str, text: &str) -> Step {
    let input = json!({"file_path": format!("{{here}}/{file}"), "content": text});
    ("Write", input, "created")
}

/// A desk whose model calls `agent`, which takes `steps`; and a repository there.
fn stage(agent: &'static str, steps: &[Step]) -> Option<(Desk, Repo)> {
    let steps = steps.to_owned();
    let plays = move |request: &Request| match (request.offers("Agent"), request.turns()) {
        (true, 0) => Turn::CallsAll(vec![call(agent, "do your work")]),
        (true, _) => Turn::Says("The agent is done."),
        (false, turn) => match steps.get(turn) {
            None => Turn::Says("STATUS: done"),
            Some((tool, input, _)) => {
                let input = input.to_string().replace("{here}", &request.folder());
                Turn::Calls(tool, serde_json::from_str(&input).expect("a plain path"))
            }
        },
    };
    let desk = Desk::with_model(plays)?;
    let repo = Repo::new(&desk);
    Some((desk, repo))
}

/// Every step was taken with the agent's own tools and showed what it must.
fn assert_performed(desk: &Desk, name: &str, steps: &[Step]) -> Heard {
    let heard = desk.types("hello");
    let agents = agents();
    let agent = agents.iter().find(|it| full_name(it) == name).expect(name);
    assert_as_declared(&heard, agent);
    let outcomes = asked(&heard, agent).pop().expect("at least one").outcomes();
    assert_eq!(outcomes.len(), steps.len(), "{outcomes:#?}");
    for (outcome, (tool, _, shows)) in outcomes.iter().zip(steps) {
        assert_eq!(outcome.tool, *tool);
        assert!(
            !outcome.failed && outcome.text.contains(shows),
            "{shows}: {outcome:#?}"
        );
    }
    let tools = agent.tools();
    let unused = tools
        .iter()
        .find(|tool| !steps.iter().any(|(it, ..)| it == *tool));
    assert_eq!(unused, None, "each tool it has is used");
    heard
}

#[test]
fn test_runner_runs_the_tests_and_reads_the_one_that_fails() {
    let steps = [
        bash(
            "log=$(mktemp); sh tests/run.sh >\"$log\" 2>&1; echo \"exit $?\"; cat \"$log\"",
            "exit 1\nnot ok tests/about.test\nok tests/home.test",
        ),
        read("tests/about.test", "grep -qw about"),
        bash("git status --short", "?? tests/about.test"),
    ];
    let agent = "promptune:test-runner";
    let Some((desk, repo)) = stage(agent, &steps) else {
        return;
    };
    repo.write("tests/about.test", "sh app.sh | grep -qw about\n");
    assert_performed(&desk, agent, &steps);
    assert_eq!(
        repo.git(&["status", "--short"]),
        "?? tests/about.test",
        "it changed nothing"
    );
}

#[test]
fn git_operator_commits_what_belongs_together_and_pushes() {
    let steps = [
        bash(
            "git status --short --branch && git log --oneline -15",
            " M app.sh",
        ),
        bash("git diff", "+pages=\"home about\""),
        read("app.sh", "home about"),
        bash(
            "git add app.sh && git commit --quiet -F - <<'END'\nShow the about page\nEND\ngit show --stat HEAD",
            "Show the about page",
        ),
        bash("git push 2>&1", "main -> main"),
    ];
    let agent = "promptune:git-operator";
    let Some((desk, repo)) = stage(agent, &steps) else {
        return;
    };
    repo.write("app.sh", &APP.replace("home", "home about"));
    repo.write(".env", "KEY=1\n");
    assert_performed(&desk, agent, &steps);
    let remote = desk.home.beside("origin.git");
    let remote = remote.to_str().expect("a plain path");
    let log = repo.git(&["--git-dir", remote, "log", "--format=%s", "main"]);
    assert_eq!(log, "Show the about page\nStart");
    assert_eq!(
        repo.git(&["status", "--short"]),
        "?? .env",
        "what does not belong stays out"
    );
}

#[test]
fn worktree_manager_adds_and_removes_a_worktree() {
    let steps = [
        bash("git worktree list --porcelain", "branch refs/heads/main"),
        bash(
            "git check-ignore -q .claude/worktrees/login || echo '/.claude/worktrees/' >>\"$(git rev-parse --git-common-dir)/info/exclude\"",
            "",
        ),
        bash(
            "git worktree add --no-track -b fix/login '{here}/.claude/worktrees/login' origin/main 2>&1",
            "fix/login",
        ),
        read(".claude/worktrees/login/app.sh", "pages"),
        bash(
            "git -C '{here}/.claude/worktrees/login' status --short --branch",
            "## fix/login",
        ),
        bash(
            "git worktree remove '{here}/.claude/worktrees/old' && git worktree list",
            "fix/login",
        ),
    ];
    let agent = "promptune:worktree-manager";
    let Some((desk, repo)) = stage(agent, &steps) else {
        return;
    };
    repo.git(&[
        "worktree",
        "add",
        "--quiet",
        "-b",
        "old",
        ".claude/worktrees/old",
    ]);
    assert_performed(&desk, agent, &steps);
    assert!(repo.path(".claude/worktrees/login/app.sh").exists());
    assert!(!repo.path(".claude/worktrees/old").exists());
    assert_eq!(repo.worktrees().len(), 2);
    assert_eq!(
        repo.git(&["branch", "--list", "old"]),
        "  old",
        "the branch stays"
    );
    assert_eq!(
        repo.git(&["status", "--short"]),
        "",
        "the worktrees are ignored"
    );
}

/// Writes down how it was called, and answers as GitHub's own program would.
const GH: &str = r#"{ printf '%s\n' "gh $*"; case "$*" in *--body-file\ -*) cat ;; esac; } >>"$HOME/gh.log"
case "$1 $2" in
    "repo view") echo '{"hasIssuesEnabled":true,"nameWithOwner":"sam/sample"}' ;;
    "issue create") echo https://github.com/sam/sample/issues/7 ;;
esac"#;

#[test]
fn issue_orchestrator_opens_an_issue_with_gh() {
    let create = "gh issue create --repo sam/sample --title 'The about page is missing' --body-file - <<'END'\nIt prints home only.\nEND";
    let steps = [
        bash(
            "gh auth status && gh repo view --json nameWithOwner,hasIssuesEnabled",
            "sam/sample",
        ),
        bash(
            "gh issue list --repo sam/sample --state all --search 'about page'",
            "",
        ),
        bash(create, "https://github.com/sam/sample/issues/7"),
        read("README.md", "A sample."),
        edit("README.md", "A sample.", "A sample. Known: #7."),
    ];
    let agent = "promptune:issue-orchestrator";
    let Some((desk, repo)) = stage(agent, &steps) else {
        return;
    };
    let desk = with_program(desk, "gh", GH);
    assert_performed(&desk, agent, &steps);
    let calls = fs::read_to_string(desk.home.path().join("gh.log")).expect("gh was called");
    let wanted = "gh auth status\n\
        gh repo view --json nameWithOwner,hasIssuesEnabled\n\
        gh issue list --repo sam/sample --state all --search about page\n\
        gh issue create --repo sam/sample --title The about page is missing --body-file -\n\
        It prints home only.\n";
    assert_eq!(calls, wanted);
    assert_eq!(repo.read("README.md"), "A sample. Known: #7.\n");
}

#[test]
fn performance_analyzer_times_a_command() {
    let timing = "for run in 1 2 3; do time sh app.sh; done 2>&1";
    let steps = [
        read("app.sh", "echo"),
        bash("sh app.sh", "home"),
        bash(timing, "real"),
        bash(
            "scratch=$(mktemp -d) && git worktree add --quiet --detach \"$scratch/base\" HEAD && (cd \"$scratch/base\" && sh app.sh) && git worktree remove \"$scratch/base\"",
            "home",
        ),
    ];
    let agent = "promptune:performance-analyzer";
    let Some((desk, repo)) = stage(agent, &steps) else {
        return;
    };
    assert_performed(&desk, agent, &steps);
    assert_eq!(repo.git(&["status", "--short"]), "", "it changed nothing");
    assert_eq!(repo.worktrees().len(), 1, "its worktree is gone");
}

#[test]
fn parallel_task_executor_commits_in_a_worktree_of_its_own() {
    let steps = [
        bash("git rev-parse --git-dir --git-common-dir", "/worktrees/"),
        bash("git switch -c feature/about", "feature/about"),
        read("app.sh", "home"),
        edit("app.sh", "home", "home about"),
        write("tests/about.test", "sh app.sh | grep -qw about\n"),
        bash("sh tests/run.sh", "0 failed"),
        bash(
            "git add app.sh tests/about.test && git commit --quiet -m 'Show the about page' && git status",
            "working tree clean",
        ),
    ];
    let agent = "promptune:parallel-task-executor";
    let Some((desk, repo)) = stage(agent, &steps) else {
        return;
    };
    let before = repo.git(&["rev-parse", "HEAD"]);
    let heard = assert_performed(&desk, agent, &steps);
    assert_eq!(repo.git(&["rev-parse", "HEAD"]), before);
    assert_eq!(repo.read("app.sh"), APP, "the main checkout is as it was");
    assert!(!repo.path("tests/about.test").exists());
    assert_eq!(
        repo.git(&["log", "--format=%s", "feature/about"]),
        "Show the about page\nStart"
    );
    let worktree = repo.worktrees().pop().expect("its worktree");
    assert!(worktree.join("tests/about.test").exists());
    let report = heard.requests.last().expect("a request").newest_outcome();
    let named = report.contains(worktree.to_str().expect("a plain path"));
    assert!(
        named,
        "the conversation is told where the work is: {report}"
    );
}

#[test]
fn merge_coordinator_edits_a_conflicted_file() {
    let steps = [
        bash(
            "git status --short --branch && git rev-parse HEAD",
            "## main",
        ),
        bash(
            "git -c merge.conflictStyle=zdiff3 merge --no-ff --no-commit topic || git status --short",
            "UU app.sh",
        ),
        read("app.sh", "<<<<<<<"),
        bash(
            "git show :1:app.sh :2:app.sh :3:app.sh | grep pages=",
            "home about",
        ),
        edit(
            "app.sh",
            "<<<<<<< HEAD\npages=\"home help\"\n",
            "pages=\"home help about\"\n",
        ),
        bash(
            "sed -i.bak '/^|||||||/,/^>>>>>>>/d' app.sh && rm app.sh.bak && cat app.sh",
            "home help about",
        ),
        bash(
            "git diff --check HEAD && sh tests/run.sh && git add app.sh && git commit --quiet -m 'Merge topic' && git log -1 --format='%s %p'",
            "Merge topic",
        ),
    ];
    let agent = "promptune:merge-coordinator";
    let Some((desk, repo)) = stage(agent, &steps) else {
        return;
    };
    repo.git(&["switch", "--quiet", "-c", "topic"]);
    repo.write("app.sh", &APP.replace("home", "home about"));
    repo.commit("Show the about page");
    repo.git(&["switch", "--quiet", "main"]);
    repo.write("app.sh", &APP.replace("home", "home help"));
    repo.commit("Show the help page");
    assert_performed(&desk, agent, &steps);
    assert_eq!(repo.read("app.sh"), APP.replace("home", "home help about"));
    assert!(repo.holds(&["merge-base", "--is-ancestor", "topic", "main"]));
    assert_eq!(repo.git(&["status", "--short"]), "");
}
