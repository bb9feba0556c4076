//! The audit for people, and as JSON.

use std::fmt::Write as _;

use comfy_table::{CellAlignment, Table};
use serde::Serialize;

use super::audit::Audit;
use super::suggest::Suggestion;
use crate::catalog::{Entry, Kind, Scope};
use crate::cli::output::{self, FAINT, NAME, styled};
use crate::plain::one_line;
use crate::receipt::short_count;

/// Names are cut here, in characters.
const LONGEST_NAME: usize = 36;

/// So many of each finding are shown, unless all are asked for.
const MOST: usize = 8;

/// The audit as a page.
pub(super) fn text(audit: &Audit<'_>, all: bool) -> String {
    let entries = &audit.catalogue.entries;
    let mut out = String::new();
    if entries.is_empty() && audit.catalogue.withheld.is_empty() {
        out.push_str("Nothing is installed here: no skill, agent or command of yours, the project\u{2019}s or a plugin\u{2019}s.\n");
    } else {
        let _ = writeln!(out, "{}\n", scopes(audit));
    }
    if all {
        let _ = writeln!(out, "{}\n", list(audit, &audit.those(|_| true)));
    }
    let most = if all { usize::MAX } else { MOST };
    findings(&mut out, audit, most);
    withheld(&mut out, audit, most);
    faults(&mut out, audit, most);
    out
}

/// How many there are of each scope, and what they take.
fn scopes(audit: &Audit<'_>) -> String {
    let mut table = output::table();
    table.set_header([
        "scope",
        "skills",
        "agents",
        "commands",
        "never used",
        "tokens a session",
    ]);
    let entries = &audit.catalogue.entries;
    for (scope, name) in [
        (Scope::User, "user"),
        (Scope::Project, "project"),
        (Scope::Plugin, "plugins"),
    ] {
        let of = audit.those(|at| entries[at].scope == scope);
        if !of.is_empty() {
            table.add_row(sums(audit, name, &of));
        }
    }
    let all = audit.those(|_| true);
    table.add_row(sums(audit, "all", &all));
    right(&mut table, 1);
    output::trimmed(&table)
}

fn sums(audit: &Audit<'_>, name: &str, of: &[usize]) -> [String; 6] {
    let entries = &audit.catalogue.entries;
    let count = |kind| {
        of.iter()
            .filter(|at| entries[**at].kind == kind)
            .count()
            .to_string()
    };
    let unused = of.iter().filter(|at| audit.used[**at] == 0).count();
    let tokens: usize = of.iter().map(|at| audit.tokens(*at)).sum();
    [
        name.to_owned(),
        count(Kind::Skill),
        count(Kind::Agent),
        count(Kind::Command),
        if audit.knows_use() {
            unused.to_string()
        } else {
            "–".to_owned()
        },
        format!("~{}", short_count(tokens as u64)),
    ]
}

fn right(table: &mut Table, from: usize) {
    for column in table.column_iter_mut().skip(from) {
        column.set_cell_alignment(CellAlignment::Right);
    }
}

/// Some entries, one a line.
fn list(audit: &Audit<'_>, of: &[usize]) -> String {
    let mut table = output::table();
    table.set_header(["what", "name", "scope", "used", "tokens"]);
    for at in of {
        let entry = &audit.catalogue.entries[*at];
        table.add_row([
            kind(entry.kind).to_owned(),
            one_line(&entry.id, LONGEST_NAME),
            scope(entry.scope).to_owned(),
            audit.used[*at].to_string(),
            format!("~{}", audit.tokens(*at)),
        ]);
    }
    right(&mut table, 3);
    output::trimmed(&table)
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Skill => "skill",
        Kind::Agent => "agent",
        Kind::Command => "command",
    }
}

fn scope(scope: Scope) -> &'static str {
    match scope {
        Scope::Project => "project",
        Scope::User => "user",
        Scope::Plugin => "plugin",
    }
}

fn findings(out: &mut String, audit: &Audit<'_>, most: usize) {
    let entries = &audit.catalogue.entries;
    let room = &audit.room;
    let hidden = audit.those(|at| room.hidden[at]);
    let note = format!(
        "skills want {} characters and get {}; those used least are dropped first",
        short_count(room.wanted as u64),
        short_count(room.budget as u64)
    );
    section(
        out,
        &count(hidden.len(), "description hidden", "descriptions hidden"),
        &note,
        &names(audit, &hidden),
        most,
    );
    let cut = audit.those(|at| room.cut[at] && !room.hidden[at]);
    section(
        out,
        &count(cut.len(), "description cut", "descriptions cut"),
        "longer than the client shows of one",
        &names(audit, &cut),
        most,
    );
    never_used(out, audit, most);
    let what = audit.those(|at| !audit.says_when[at]);
    let title = count(
        what.len(),
        "says what it does, but not when it is wanted",
        "say what they do, but not when they are wanted",
    );
    section(
        out,
        &title,
        "promptune catalog --suggest NAME words a description anew",
        &names(audit, &what),
        most,
    );
    let lines: Vec<String> = audit
        .groups()
        .iter()
        .map(|group| {
            let names: Vec<String> = group
                .iter()
                .map(|at| one_line(&entries[*at].id, 70))
                .collect();
            names.join("\n      ")
        })
        .collect();
    let title = count(
        lines.len(),
        "group says nearly the same",
        "groups say nearly the same",
    );
    section(
        out,
        &title,
        "the model can hardly choose between them: keep one of each",
        &lines,
        most,
    );
}

/// What was never used, where anything tells.
fn never_used(out: &mut String, audit: &Audit<'_>, most: usize) {
    if !audit.knows_use() {
        let note = "No transcript tells what is used.\n";
        let _ = writeln!(out, "{}", styled(FAINT, note));
        return;
    }
    let mut unused = audit.those(|at| audit.used[at] == 0);
    unused.sort_by_key(|at| std::cmp::Reverse(audit.tokens(*at)));
    let tokens: usize = unused.iter().map(|at| audit.tokens(*at)).sum();
    let title = format!(
        "{} never used: ~{} tokens in every session",
        unused.len(),
        short_count(tokens as u64)
    );
    let by = format!(
        "by {} and the client\u{2019}s own count; the dearest first",
        count(audit.transcripts, "transcript", "transcripts")
    );
    let lines: Vec<String> = unused
        .iter()
        .map(|at| {
            let id = one_line(&audit.catalogue.entries[*at].id, LONGEST_NAME);
            format!("{id:LONGEST_NAME$}  ~{} tokens", audit.tokens(*at))
        })
        .collect();
    section(out, &title, &by, &lines, most);
}

fn count(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn names(audit: &Audit<'_>, of: &[usize]) -> Vec<String> {
    of.iter()
        .map(|at| one_line(&audit.catalogue.entries[*at].id, 70))
        .collect()
}

/// A finding; nothing where there is none.
fn section(out: &mut String, title: &str, note: &str, lines: &[String], most: usize) {
    if lines.is_empty() {
        return;
    }
    let _ = writeln!(out, "{}", styled(NAME, title));
    let _ = writeln!(out, "  {}", styled(FAINT, note));
    for line in lines.iter().take(most) {
        let _ = writeln!(out, "    {}", line.trim_end());
    }
    if lines.len() > most {
        let _ = writeln!(
            out,
            "    {}",
            styled(FAINT, &format!("and {} more (--all)", lines.len() - most))
        );
    }
    out.push('\n');
}

fn withheld(out: &mut String, audit: &Audit<'_>, most: usize) {
    let lines: Vec<String> = audit
        .catalogue
        .withheld
        .iter()
        .map(|it| {
            format!(
                "{:LONGEST_NAME$}  {}",
                one_line(&it.entry.id, LONGEST_NAME),
                it.why.name()
            )
        })
        .collect();
    section(
        out,
        &format!("{} kept from the model", lines.len()),
        "by their frontmatter or your settings",
        &lines,
        most,
    );
}

fn faults(out: &mut String, audit: &Audit<'_>, most: usize) {
    let lines: Vec<String> = audit
        .catalogue
        .faults
        .iter()
        .map(|fault| {
            let file = fault.file.display().to_string();
            format!(
                "{}\n      {}\n      mend: {}",
                one_line(&file, 300),
                fault.problem,
                fault.mend
            )
        })
        .collect();
    section(
        out,
        &format!("{} not offered", lines.len()),
        "files that look like an entry and are none to the client",
        &lines,
        most,
    );
}

/// A suggestion beside what the entry says now.
pub(super) fn suggestion(entry: &Entry, suggestion: &Suggestion) -> String {
    let mut out = String::new();
    let _ = writeln!(
        out,
        "{} {}",
        styled(NAME, &entry.id),
        styled(FAINT, &entry.file.display().to_string())
    );
    let _ = writeln!(out, "\n{}\n  {}", styled(FAINT, "now"), entry.description);
    if let Some(when) = &entry.when_to_use {
        let _ = writeln!(out, "  {when}");
    }
    let own = "suggested, from its own text";
    match &suggestion.text {
        Some(text) => {
            let _ = writeln!(out, "\n{}\n  {text}", styled(FAINT, own));
        }
        None if suggestion.has_when => {
            out.push_str("\nIt says what it does and when it is wanted: nothing to better.\n");
        }
        None => out.push_str("\nIts own text says no more.\n"),
    }
    if !suggestion.has_when {
        out.push_str("\nNowhere does it say when it is wanted: add a sentence that begins with \u{201c}Use when\u{201d}.\n");
    }
    out
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report<'a> {
    entries: Vec<Row<'a>>,
    near_twins: Vec<Twins<'a>>,
    withheld: Vec<Kept<'a>>,
    not_offered: Vec<Fault<'a>>,
    listing: ListingRoom,
    transcripts: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row<'a> {
    #[serde(flatten)]
    entry: &'a Entry,
    used: u64,
    tokens: usize,
    hidden: bool,
    cut: bool,
    says_when: bool,
}

#[derive(Serialize)]
struct Twins<'a> {
    one: &'a str,
    other: &'a str,
    alike: f64,
}

#[derive(Serialize)]
struct Kept<'a> {
    #[serde(flatten)]
    entry: &'a Entry,
    why: &'static str,
}

#[derive(Serialize)]
struct Fault<'a> {
    file: String,
    problem: &'a str,
    mend: &'a str,
}

#[derive(Serialize)]
struct ListingRoom {
    budget: usize,
    wanted: usize,
}

/// The audit as JSON.
///
/// # Errors
/// Never in practice: only when a value has no form in JSON.
pub(super) fn json(audit: &Audit<'_>) -> Result<String, String> {
    let catalogue = audit.catalogue;
    let entries = &catalogue.entries;
    let report = Report {
        entries: entries
            .iter()
            .enumerate()
            .map(|(at, entry)| Row {
                entry,
                used: audit.used[at],
                tokens: audit.tokens(at),
                hidden: audit.room.hidden[at],
                cut: audit.room.cut[at],
                says_when: audit.says_when[at],
            })
            .collect(),
        near_twins: audit
            .twins
            .iter()
            .map(|(one, other, alike)| Twins {
                one: &entries[*one].id,
                other: &entries[*other].id,
                alike: (alike * 100.0).round() / 100.0,
            })
            .collect(),
        withheld: catalogue
            .withheld
            .iter()
            .map(|it| Kept {
                entry: &it.entry,
                why: it.why.name(),
            })
            .collect(),
        not_offered: catalogue
            .faults
            .iter()
            .map(|it| Fault {
                file: it.file.display().to_string(),
                problem: &it.problem,
                mend: &it.mend,
            })
            .collect(),
        listing: ListingRoom {
            budget: audit.room.budget,
            wanted: audit.room.wanted,
        },
        transcripts: audit.transcripts,
    };
    let json = serde_json::to_string_pretty(&report).map_err(|error| error.to_string())?;
    Ok(format!("{json}\n"))
}
