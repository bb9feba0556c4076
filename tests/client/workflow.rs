//! The whole story: three pieces of work at the same time, integrated, cleaned up, and nothing lost.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex};

use crate::api::{Request, Turn};
use crate::parts::{self, DRAFT, TASKS};
use crate::repo::{APP, Repo};
use crate::run::{Desk, PATIENCE};

const WISH: &str = "Work on auth, dashboard, and analytics in parallel";

/// Where all three executors wait for each other.
#[derive(Default)]
struct Meeting {
    there: Mutex<BTreeSet<String>>,
    arrived: Condvar,
}

impl Meeting {
    /// Waits until everybody is there, and says whether they came.
    fn join(&self, who: String) -> bool {
        let mut there = self.there.lock().expect("no panic while waiting");
        there.insert(who);
        self.arrived.notify_all();
        let alone = |there: &mut BTreeSet<String>| there.len() < TASKS.len();
        let waited = self.arrived.wait_timeout_while(there, PATIENCE, alone);
        !waited.expect("no panic while waiting").1.timed_out()
    }
}

/// What an executor reports when the others do not run at the same time.
const ALONE: &str = "STATUS: blocked, the others do not run";

fn is_for(request: &Request, who: &str) -> bool {
    parts::role(request) == who
}

/// The people of the story.
fn the_model(meeting: &Meeting, request: &Request) -> Turn {
    match parts::role(request).as_str() {
        "parallel-task-executor" if request.turns() == 0 && !meeting.join(request.folder()) => {
            Turn::Says(ALONE)
        }
        "parallel-task-executor" => parts::executes(request),
        "merge-coordinator" => parts::merges(request),
        "worktree-manager" => parts::tidies(request),
        _ => parts::leads(request, WISH),
    }
}

/// A project whose `main` is one commit ahead of the remote, with changes the person has not committed.
fn project(desk: &Desk) -> Repo {
    let repo = Repo::new(desk);
    repo.write("tests/README", "Each test is a shell script.\n");
    repo.commit("Say what a test is");
    repo.write("README.md", "A sample, half rewritten.\n");
    repo.write("notes.txt", "Call Kim.\n");
    repo
}

#[test]
fn three_pieces_at_once_end_in_one_branch() {
    let meeting = Arc::new(Meeting::default());
    let Some(desk) = Desk::with_model(move |request| the_model(&meeting, request)) else {
        return;
    };
    let repo = project(&desk);
    let base = repo.git(&["rev-parse", "HEAD"]);
    let mut conversation = desk.conversation();

    let heard = conversation.types(WISH);
    let hint = heard.hint().expect("a hint");
    assert!(
        hint.contains("skill: promptune:parallel-development-expert"),
        "{hint}"
    );
    let loaded = heard.requests.last().expect("a request").outcomes();
    assert!(
        loaded.len() == 1 && !loaded[0].failed,
        "the skill is loaded: {loaded:#?}"
    );
    assert_eq!(
        repo.worktrees().len(),
        1,
        "nothing starts before the person agrees"
    );

    let agreed = conversation.types("yes, do it");
    assert_eq!(agreed.hint(), None);
    let told = conversation.hears("All three are in main");
    conversation.leaves();

    let requests = desk.api.requests_since(0);
    let alone = requests
        .iter()
        .flat_map(Request::notifications)
        .find(|it| it.contains(ALONE));
    assert_eq!(alone, None, "the executors ran at the same time");
    assert_only_the_merge_failed(&requests);
    assert_models(&requests);
    assert_worktrees_of_their_own(&repo, &requests);
    assert_integrated(&repo, &base);
    let kept = assert_tidied(&repo);
    assert_told(&requests, &told, &kept);
    assert_eq!(repo.read("README.md"), "A sample, half rewritten.\n");
    assert_eq!(repo.read("notes.txt"), "Call Kim.\n");
    assert_eq!(
        repo.git(&["status", "--short"]),
        " M README.md\n?? notes.txt"
    );
}

/// Every tool call of every agent went well, but the merge that met the conflict.
fn assert_only_the_merge_failed(requests: &[Request]) {
    let mut outcomes = Vec::new();
    for request in requests.iter().filter(|it| !is_for(it, "")) {
        // Each request tells the whole past; its newest outcome is the one that is new.
        outcomes.extend(request.outcomes().pop());
    }
    outcomes.retain(|outcome| outcome.failed);
    assert!(
        outcomes.len() == 1 && outcomes[0].text.contains("CONFLICT"),
        "{outcomes:#?}"
    );
}

/// Executors and manager ran on Haiku, the coordinator on Sonnet, the conversation on neither.
fn assert_models(requests: &[Request]) {
    for (who, model) in [
        ("parallel-task-executor", "haiku"),
        ("worktree-manager", "haiku"),
        ("merge-coordinator", "sonnet"),
        ("", "opus"),
    ] {
        let asked: Vec<_> = requests.iter().filter(|it| is_for(it, who)).collect();
        assert!(!asked.is_empty(), "{who} was asked");
        for request in asked {
            assert!(
                request.model().contains(model),
                "{who} ran on {}",
                request.model()
            );
        }
    }
}

/// Three executors, in three folders, none of which is the person's.
fn assert_worktrees_of_their_own(repo: &Repo, requests: &[Request]) {
    let executors = requests
        .iter()
        .filter(|it| is_for(it, "parallel-task-executor"));
    let folders: BTreeSet<_> = executors.map(Request::folder).collect();
    assert_eq!(folders.len(), TASKS.len(), "{folders:#?}");
    let place = canonical(&repo.path(".claude/worktrees"));
    for folder in &folders {
        let parent = Path::new(folder).parent().expect("a folder in a folder");
        assert_eq!(parent, place, "the client's own place");
    }
}

/// Each piece's commit starts from the person's newest commit and is in `main`, where everything works.
fn assert_integrated(repo: &Repo, base: &str) {
    for task in TASKS {
        let branch = format!("feature/{task}");
        let own = format!("{base}..{branch}");
        assert_eq!(
            repo.git(&["log", "--format=%s", &own]),
            format!("Add the {task} page")
        );
        assert!(repo.holds(&["merge-base", "--is-ancestor", base, &branch]));
        assert!(
            repo.holds(&["merge-base", "--is-ancestor", &branch, "main"]),
            "{branch} is in main"
        );
    }
    let merges = repo.git(&["rev-list", "--count", "--merges", &format!("{base}..main")]);
    assert_eq!(merges, "3");
    assert_eq!(repo.git(&["branch", "--show-current"]), "main");
    assert_eq!(
        repo.read("app.sh"),
        APP.replace("home", "home auth dashboard"),
        "both sides' intent"
    );
    assert!(
        !repo.holds(&["grep", "-E", "^(<<<<<<<|=======|>>>>>>>)", "main"]),
        "no conflict marker"
    );
    let tests = repo.run("sh", &["tests/run.sh"]);
    let printed = String::from_utf8_lossy(&tests.stdout);
    assert!(
        tests.status.success() && printed.matches("\nok ").count() == 3,
        "{printed}"
    );
}

/// Clean worktrees are gone; the one with uncommitted work is there, with that work.
fn assert_tidied(repo: &Repo) -> String {
    let worktrees = repo.worktrees();
    assert_eq!(worktrees.len(), 2, "{worktrees:#?}");
    let kept = &worktrees[1];
    assert_eq!(
        fs::read_to_string(kept.join(DRAFT)).expect("kept"),
        parts::DRAFTED
    );
    let branch = repo.git(&[
        "-C",
        kept.to_str().expect("a plain path"),
        "branch",
        "--show-current",
    ]);
    assert_eq!(branch, "feature/analytics");
    let made = repo.git(&["branch", "--list", "worktree-agent-*"]);
    assert_eq!(
        made.lines().count(),
        1,
        "the client's own branches are gone but its: {made}"
    );
    kept.to_str().expect("a plain path").to_owned()
}

/// The conversation got each agent's report with what it used, and the person hears of it and of what was kept.
fn assert_told(requests: &[Request], told: &str, kept: &str) {
    let last = requests
        .iter()
        .rfind(|it| is_for(it, ""))
        .expect("a request");
    let notes = last.notifications();
    assert_eq!(notes.len(), TASKS.len() + 2, "{notes:#?}");
    assert_eq!(
        last.all_hints().len(),
        1,
        "nothing but the first prompt was hinted"
    );
    for note in &notes {
        let (name, tokens, time) = parts::used(note).expect("what the agent used");
        assert!(tokens > 0 && time > 0, "{note}");
        assert!(
            told.contains(&format!("{name}: {tokens} tokens, {time} ms")),
            "{told}"
        );
    }
    assert!(
        told.contains(&format!("KEPT: {kept}: ?? {DRAFT}")),
        "{told}"
    );
}

fn canonical(path: &Path) -> PathBuf {
    fs::canonicalize(path).expect("it exists")
}
