//! Precision, recall and calibration, printed.

use crate::folds::Decided;

/// Counts of prompts at one bound of confidence.
pub(crate) struct Figures {
    fired: usize,
    right: usize,
    found: usize,
    wanted: usize,
    wrong_on_none: usize,
    none: usize,
}

#[allow(clippy::cast_precision_loss, reason = "counts of prompts")]
impl Figures {
    pub(crate) fn from(rows: &[&Decided], least: f32) -> Self {
        let fired: Vec<_> = rows.iter().filter(|row| row.confidence >= least).collect();
        let wanted = rows.iter().filter(|row| row.wants).count();
        Self {
            fired: fired.len(),
            right: fired.iter().filter(|row| row.right).count(),
            found: fired.iter().filter(|row| row.right && row.wants).count(),
            wanted,
            wrong_on_none: fired.iter().filter(|row| !row.right && !row.wants).count(),
            none: rows.len() - wanted,
        }
    }

    pub(crate) fn precision(&self) -> f64 {
        self.right as f64 / self.fired.max(1) as f64
    }

    pub(crate) fn recall(&self) -> f64 {
        self.found as f64 / self.wanted.max(1) as f64
    }

    pub(crate) fn on_none(&self) -> f64 {
        self.wrong_on_none as f64 / self.none.max(1) as f64
    }
}

pub(crate) fn print(set: &str, rows: &[&Decided]) {
    let wanted = rows.iter().filter(|row| row.wants).count();
    println!("{set}: {} prompts, {wanted} want a route", rows.len());
    for least in [0.6, 0.7, 0.8, 0.85, 0.9, 0.95] {
        let figures = Figures::from(rows, least);
        println!(
            "  from {least:.2}: precision {} recall {} hints on none {}",
            share(figures.right, figures.fired),
            share(figures.found, figures.wanted),
            share(figures.wrong_on_none, figures.none)
        );
    }
    println!(
        "  calibration error of what is offered: {:.3}",
        calibration(rows)
    );
}

/// A share with its 95 % interval (Wilson).
#[allow(clippy::cast_precision_loss, reason = "counts of prompts")]
fn share(part: usize, whole: usize) -> String {
    if whole == 0 {
        return "-".to_owned();
    }
    let (part, whole, z) = (part as f64, whole as f64, 1.96_f64);
    let p = part / whole;
    let middle = (p + z * z / (2.0 * whole)) / (1.0 + z * z / whole);
    let half =
        z / (1.0 + z * z / whole) * (p * (1.0 - p) / whole + z * z / (4.0 * whole * whole)).sqrt();
    format!("{p:.3} [{:.3}, {:.3}]", middle - half, middle + half)
}

/// Expected calibration error of what is offered, in bins a twentieth wide.
#[allow(clippy::cast_precision_loss, reason = "counts of prompts")]
fn calibration(rows: &[&Decided]) -> f64 {
    let offered: Vec<_> = rows
        .iter()
        .filter(|row| row.confidence >= promptune::decide::SURE_ENOUGH)
        .collect();
    let mut error = 0.0;
    for bin in 0..20_u8 {
        let from = 0.05 * f32::from(bin);
        let of_bin = || {
            offered
                .iter()
                .filter(|row| row.confidence >= from && row.confidence < from + 0.05)
        };
        let sure: f64 = of_bin().map(|row| f64::from(row.confidence)).sum();
        let right = of_bin().filter(|row| row.right).count() as f64;
        error += (sure - right).abs();
    }
    error / offered.len().max(1) as f64
}
