//! The axis of time: days, weeks or months one after another, those without any cost too.

use jiff::{Span, ToSpan as _, civil};

use crate::cli::cost::group::{By, Finished, Row};

/// No chart has more bars.
const MOST: usize = 120;
/// A finer unit is shown first only where it makes no more bars than this.
const FIRST: usize = 62;

/// Bars beside each other.
pub(super) struct Axis<'g> {
    pub(super) unit: By,
    pub(super) slots: Vec<Slot<'g>>,
    /// Older rows that have no bar, where there are too many.
    pub(super) left_out: usize,
}

/// Where a bar stands.
pub(super) struct Slot<'g> {
    /// Its first day.
    day: civil::Date,
    /// `None` where nothing was spent.
    pub(super) row: Option<&'g Row>,
}

/// The axes that can be shown, finest first, and the place of the one to begin with. None without a message.
pub(super) fn axes<'g>(
    days: &'g Finished<'_>,
    weeks: &'g Finished<'_>,
    months: &'g Finished<'_>,
) -> (Vec<Axis<'g>>, usize) {
    let mut axes: Vec<Axis<'g>> = [days, weeks, months]
        .into_iter()
        .filter_map(whole)
        .collect();
    if axes.is_empty() {
        axes.extend(newest(months));
    }
    // Months beside days tell little more than weeks do.
    axes.truncate(2);
    let first = axes.iter().position(|axis| axis.slots.len() <= FIRST);
    let first = first.unwrap_or(axes.len().saturating_sub(1));
    (axes, first)
}

/// All bars without a gap, if they are not too many.
fn whole<'g>(finished: &'g Finished<'_>) -> Option<Axis<'g>> {
    let step: Span = match finished.by {
        By::Week => 1.week(),
        By::Month => 1.month(),
        _ => 1.day(),
    };
    let mut slots: Vec<Slot<'g>> = Vec::new();
    for row in &finished.rows {
        let day = first_day(row)?;
        while let Some(last) = slots.last() {
            let next = last.day.checked_add(step).ok()?;
            if next >= day {
                break;
            }
            if slots.len() == MOST {
                return None;
            }
            slots.push(Slot {
                day: next,
                row: None,
            });
        }
        if slots.len() == MOST {
            return None;
        }
        slots.push(Slot {
            day,
            row: Some(row),
        });
    }
    (!slots.is_empty()).then_some(Axis {
        unit: finished.by,
        slots,
        left_out: 0,
    })
}

/// The newest rows, whatever lies between them: a clock that went astray may have left a century there.
fn newest<'g>(finished: &'g Finished<'_>) -> Option<Axis<'g>> {
    let left_out = finished.rows.len().saturating_sub(MOST);
    let rows = finished.rows.iter().skip(left_out);
    let slots: Vec<Slot<'g>> = rows
        .filter_map(|row| {
            first_day(row).map(|day| Slot {
                day,
                row: Some(row),
            })
        })
        .collect();
    (!slots.is_empty()).then_some(Axis {
        unit: finished.by,
        slots,
        left_out,
    })
}

fn first_day(row: &Row) -> Option<civil::Date> {
    let day = row.key.parse().ok();
    day.or_else(|| format!("{}-01", row.key).parse().ok())
}

impl Axis<'_> {
    /// What a bar stands for, in one word.
    pub(super) fn unit(&self) -> &'static str {
        self.unit.name()
    }

    /// The bars that have a label below: some eight, the first among them.
    pub(super) fn labels(&self) -> impl Iterator<Item = (usize, String)> {
        let step = self.slots.len().div_ceil(8).max(1);
        self.slots
            .iter()
            .enumerate()
            .step_by(step)
            .map(|(place, slot)| (place, slot.short(self.unit)))
    }
}

impl Slot<'_> {
    /// "Sat 21 Feb 2026", "Week of 16 Feb 2026", "Feb 2026".
    pub(super) fn label(&self, unit: By) -> String {
        let form = match unit {
            By::Week => "Week of %-d %b %Y",
            By::Month => "%b %Y",
            _ => "%a %-d %b %Y",
        };
        self.day.strftime(form).to_string()
    }

    fn short(&self, unit: By) -> String {
        let form = if unit == By::Month { "%b %y" } else { "%-d %b" };
        self.day.strftime(form).to_string()
    }
}
