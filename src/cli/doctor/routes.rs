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
    for (place, unfit) in &layers.unfit {
        findings.push(Finding::warning(
            "index",
            index::passed_over(place, *unfit),
            "promptune index; the next conversation does the same",
        ));
    }
    if layers.unfit.is_empty() && !layers.sound.is_empty() {
        findings.push(Finding::fine("index", "up to date"));
    }
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
