//! What the model plays in the story of `workflow.rs`: a conversation, three executors, one who merges and one who
//! tidies up. Each decides by what it was told so far, and does what its instructions ask.

use serde_json::{Value, json};

use crate::api::{Request, Turn};
use crate::definitions::agents;
use crate::request::between;

/// The pieces of work. The first two change the same line.
pub(crate) const TASKS: [&str; 3] = ["auth", "dashboard", "analytics"];

/// What the third executor leaves uncommitted.
pub(crate) const DRAFT: &str = "draft.txt";
pub(crate) const DRAFTED: &str = "Ideas for the next chart.\n";

/// The agent that a request is for, by its system prompt; empty for the conversation itself.
pub(crate) fn role(request: &Request) -> String {
    let system = request.system();
    let agent = agents().into_iter().find(|it| system.contains(&it.body));
    agent.map_or_else(String::new, |agent| agent.name)
}

fn bash(command: impl Into<String>) -> Turn {
    let command: String = command.into();
    Turn::Calls(
        "Bash",
        json!({"command": command, "description": "the work"}),
    )
}

/// An agent in the background, as the client starts them by itself.
fn agent(kind: &str, title: &str, brief: &str) -> (&'static str, Value) {
    let kind = format!("promptune:{kind}");
    (
        "Agent",
        json!({"description": title, "prompt": brief, "subagent_type": kind}),
    )
}

/// The conversation with the person.
pub(crate) fn leads(request: &Request, wish: &str) -> Turn {
    if request.asks(wish) {
        return follows_hint(request);
    }
    if request.asks("yes, do it") {
        return bash(
            "echo /.claude/worktrees/ >>\"$(git rev-parse --git-common-dir)/info/exclude\" && git rev-parse HEAD",
        );
    }
    let started = request
        .calls()
        .iter()
        .filter(|(tool, _)| *tool == "Agent")
        .count();
    let ended = request.notifications();
    match (started, ended.len()) {
        (0, _) => starts(request),
        (3, 3) => Turn::CallsAll(vec![agent("merge-coordinator", "merge", MERGE)]),
        (4, 4) => Turn::CallsAll(vec![agent("worktree-manager", "tidy", &tidy(&ended))]),
        (5, 5) => Turn::Tells(sums_up(&ended)),
        _ => Turn::Says("They are at work."),
    }
}

fn follows_hint(request: &Request) -> Turn {
    let hints = request.hints().concat();
    match between(&hints, "Skill with skill: ", ".") {
        Some(skill) => Turn::Calls("Skill", json!({"skill": skill})),
        None => Turn::Says("An answer."),
    }
}

/// First the question, and after the person's yes three agents in one message.
fn starts(request: &Request) -> Turn {
    let Some(base) = request.outcomes().pop().filter(|it| it.tool == "Bash") else {
        return Turn::Says("auth, dashboard and analytics are separate pieces. Shall I start?");
    };
    let call = |task: &&str| {
        agent(
            "parallel-task-executor",
            task,
            &brief(task, base.text.trim()),
        )
    };
    Turn::CallsAll(TASKS.iter().map(call).collect())
}

fn brief(task: &str, base: &str) -> String {
    format!(
        "Task: {task}\nWhy: the application needs a page for it.\nBase: {base}   Branch: feature/{task} (new)\n\
        Own files: {task}.sh, tests/{task}.test; in app.sh the line of pages\nLeave alone: the other pages\n\
        Do: a page that says its name, with a test\nDone when: sh tests/run.sh says 0 failed\nIssue: none   Push: no\n"
    )
}

const MERGE: &str = "Merge feature/analytics, feature/auth and feature/dashboard, in this order, into main. Each \
    adds one page. Check: sh tests/run.sh. README.md has uncommitted changes of the person, which may stay.";

/// The worktrees by path, as the client named them when the executors ended.
fn tidy(ended: &[String]) -> String {
    let paths = ended
        .iter()
        .filter_map(|note| between(note, "<worktreePath>", "<"));
    let paths: Vec<_> = paths.collect();
    format!("Remove these worktrees:\n{}\n", paths.join("\n"))
}

fn sums_up(ended: &[String]) -> String {
    let mut lines = vec!["All three are in main.".to_owned()];
    for (name, tokens, time) in ended.iter().filter_map(|note| used(note)) {
        lines.push(format!("{name}: {tokens} tokens, {time} ms"));
    }
    let reports = ended.iter().flat_map(|note| note.lines());
    lines.extend(
        reports
            .filter(|line| line.starts_with("KEPT: "))
            .map(str::to_owned),
    );
    lines.join("\n")
}

/// An agent's name, tokens and milliseconds, from the client's notification of its end.
pub(crate) fn used(note: &str) -> Option<(&str, u64, u64)> {
    let name = between(note, "<summary>Agent \"", "\"")?;
    let tokens = between(note, "<subagent_tokens>", "<")?.parse().ok()?;
    let time = between(note, "<duration_ms>", "<")?.parse().ok()?;
    Some((name, tokens, time))
}

/// The step whose turn it is; past the last one, the report.
fn step(request: &Request, steps: Vec<Turn>, report: impl Into<String>) -> Turn {
    let next = steps.into_iter().nth(request.turns());
    next.unwrap_or_else(|| Turn::Tells(report.into()))
}

/// What an agent was told to do, which begins with `words`.
fn brief_of(request: &Request, words: &str) -> String {
    let mut texts = request.texts().into_iter().map(|(_, text)| text);
    texts.find(|text| text.starts_with(words)).expect("a brief")
}

/// An executor: a branch from the base, code, a test, a commit.
pub(crate) fn executes(request: &Request) -> Turn {
    let brief = brief_of(request, "Task: ");
    let task = between(&brief, "Task: ", "\n").expect("a task");
    let base = between(&brief, "Base: ", " ").expect("a base");
    let file = |name: &str| format!("{}/{name}", request.folder());
    let write = |name: &str, text: &str| {
        Turn::Calls("Write", json!({"file_path": file(name), "content": text}))
    };
    let app = file("app.sh");
    let mut steps = vec![
        bash("git rev-parse --git-dir --git-common-dir && git status --short"),
        bash(format!("git switch -c feature/{task} {base}")),
        Turn::Calls("Read", json!({"file_path": app})),
        write(
            &format!("{task}.sh"),
            &format!("echo \"This is {task}.\"\n"),
        ),
    ];
    let mut listed = String::new();
    if task != "analytics" {
        let input = json!({"file_path": app, "old_string": "\"home\"", "new_string": format!("\"home {task}\"")});
        steps.push(Turn::Calls("Edit", input));
        listed = format!(" && sh app.sh | grep -qw {task}");
    }
    let test = format!("sh {task}.sh | grep -qw {task}{listed}\n");
    steps.push(write(&format!("tests/{task}.test"), &test));
    steps.push(bash("sh tests/run.sh"));
    steps.push(bash(format!(
        "git add {task}.sh tests/{task}.test app.sh && git commit --quiet -m 'Add the {task} page'"
    )));
    if task == "analytics" {
        steps.push(write(DRAFT, DRAFTED));
    }
    step(
        request,
        steps,
        format!("STATUS: done\nTASK: {task}\nBRANCH: feature/{task}"),
    )
}

/// The coordinator: one branch after the other, each checked before it is committed.
pub(crate) fn merges(request: &Request) -> Turn {
    let merge = |branch: &str| {
        format!("git -c merge.conflictStyle=zdiff3 merge --no-ff --no-commit feature/{branch}")
    };
    let commit = |branch: &str| {
        format!(
            "git diff --check HEAD && sh tests/run.sh && git commit --quiet -m 'Merge feature/{branch}'"
        )
    };
    let whole = |branch: &str| bash(format!("{} && {}", merge(branch), commit(branch)));
    let app = format!("{}/app.sh", request.folder());
    let steps = vec![
        bash("git status --short --branch && git rev-parse HEAD && sh tests/run.sh"),
        whole("analytics"),
        whole("auth"),
        bash(merge("dashboard")),
        Turn::Calls("Read", json!({"file_path": app})),
        Turn::Calls(
            "Edit",
            json!({"file_path": app, "old_string": conflict(request), "new_string": "pages=\"home auth dashboard\"\n"}),
        ),
        bash(format!("git add app.sh && {}", commit("dashboard"))),
    ];
    step(
        request,
        steps,
        "STATUS: done\nINTEGRATED: all three\nDECISIONS: app.sh:3 both pages are listed",
    )
}

/// The conflict in the file that was just read, with its markers.
fn conflict(request: &Request) -> String {
    let read = request.newest_outcome();
    let lines = read.lines().filter_map(|line| line.split_once('\t'));
    let text: String = lines.flat_map(|(_, line)| [line, "\n"]).collect();
    let from = text.find("<<<<<<<").unwrap_or_default();
    let to = text.find(">>>>>>> feature/dashboard\n");
    let to = to.map_or(from, |at| at + ">>>>>>> feature/dashboard\n".len());
    text[from..to].to_owned()
}

/// The manager: looks into each worktree, removes the clean ones without force, and says what it kept.
pub(crate) fn tidies(request: &Request) -> Turn {
    let brief = brief_of(request, "Remove these worktrees:");
    let paths: Vec<_> = brief
        .lines()
        .skip(1)
        .filter(|line| !line.is_empty())
        .collect();
    let quoted: Vec<_> = paths.iter().map(|path| format!("'{path}'")).collect();
    let quoted = quoted.join(" ");
    let look = format!(
        "for it in {quoted}; do echo \"== $it\"; git -C \"$it\" status --porcelain --ignored; done"
    );
    let seen = request
        .outcomes()
        .into_iter()
        .nth(1)
        .map_or_else(String::new, |it| it.text);
    let (clean, kept): (Vec<_>, Vec<_>) = seen
        .split("== ")
        .skip(1)
        .map(|part| part.trim().split_once('\n').unwrap_or((part.trim(), "")))
        .partition(|(_, changes)| changes.is_empty());
    let remove: Vec<_> = clean.iter().map(|(path, _)| remove(path)).collect();
    let kept: Vec<_> = kept
        .iter()
        .map(|(path, changes)| format!("KEPT: {path}: {changes}"))
        .collect();
    let steps = vec![
        bash("git worktree list --porcelain"),
        bash(look),
        bash(remove.join(" && ")),
        bash("git worktree list --porcelain"),
    ];
    step(
        request,
        steps,
        format!(
            "STATUS: partial\n{}\nNEXT: keep or discard?",
            kept.join("\n")
        ),
    )
}

/// Removes a worktree whose commits are on a branch, and the empty branch that the client made for it.
fn remove(path: &str) -> String {
    let own = path.rsplit('/').next().unwrap_or_default();
    format!(
        "test -n \"$(git branch --list 'feature/*' --contains \"$(git -C '{path}' rev-parse HEAD)\")\" && \
        git worktree remove '{path}' && git branch -d 'worktree-{own}'"
    )
}
