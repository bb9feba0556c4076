//! Are the person's own routes and the project's valid, and compiled?

use super::desk::Desk;
use super::finding::Finding;
use crate::layers::index::{self, Report};
use crate::layers::{Layers, places, sources};

pub(super) fn check(desk: &Desk) -> Vec<Finding> {
    let (_, reports) = index::all(Some(&desk.project), None);
    let mut findings: Vec<Finding> = reports.iter().filter_map(valid).collect();
    if findings.is_empty() {
        findings.push(Finding::fine("routes", "only those that are built in"));
        return findings;
    }
    let layers = Layers::read(places(Some(&desk.project)), &desk.data, sources::MOST_STATS);
    let unfit = layers.unfit.iter();
    let unfit = unfit.map(|(place, unfit)| index::passed_over(place, *unfit));
    // What was never compiled is silently no layer.
    let missing = reports
        .iter()
        .filter(|it| it.compiled && !it.place.compiled(&desk.data).exists())
        .map(|it| format!("the {} is not compiled yet", index::described(&it.place)));
    let stale: Vec<String> = unfit.chain(missing).collect();
    if stale.is_empty() {
        findings.push(Finding::fine("index", "up to date"));
    }
    findings.extend(stale.into_iter().map(|said| {
        let mend = "promptune index; the next conversation does the same";
        Finding::warning("index", said, mend)
    }));
    findings
}

fn valid(report: &Report) -> Option<Finding> {
    if report.files == 0 && report.faults.is_empty() {
        return None;
    }
    let name = index::described(&report.place);
    let said = format!(
        "{} routes, {} regexes, {} phrases in the {name}",
        report.routes, report.regexes, report.phrases
    );
    Some(match report.faults.first() {
        None => Finding::fine("routes", said),
        // The parts with a fault are left out; the rest holds.
        Some(first) => Finding::warning(
            "routes",
            format!(
                "{said}; {} left out, the first at {}:{}:{}: {}",
                report.faults.len(),
                first.file.display(),
                first.line,
                first.column,
                first.problem
            ),
            "promptune lint shows each, with its mend",
        )
        .private(),
    })
}
