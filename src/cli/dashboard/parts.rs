//! What all sections are made of. Whatever is put into the page is escaped by the template.

use maud::{Markup, html};

use crate::plain::one_line;
use crate::prices::{Dollars, thousands};
use crate::receipt::{money, short_count};

/// Names are cut here, in characters.
const LONGEST_NAME: usize = 60;
/// Paths are cut here, in characters.
const LONGEST_PATH: usize = 160;

/// An amount with its exact figure.
pub(super) fn usd(amount: Dollars) -> Markup {
    html! { data value=(amount.0) { (signed(&money(amount))) } }
}

/// A count with its exact figure: `18.2k`.
pub(super) fn tokens(count: u64) -> Markup {
    html! { data value=(count) { (short_count(count)) } }
}

/// A count in full: `1,684`.
pub(super) fn count(count: usize) -> Markup {
    html! { data value=(count) { (thousands(&count.to_string())) } }
}

/// A share of the whole as per cent, `None` where there is no whole.
pub(super) fn share(part: f64, whole: f64) -> Option<String> {
    (whole > 0.0).then(|| percent(part / whole))
}

/// `0.634` as `63 %`; what is little but not nothing is told as such.
pub(super) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent > 0.0 && percent < 0.5 {
        "< 1 %".to_owned()
    } else {
        signed(&format!("{percent:.0} %"))
    }
}

/// With the sign that stands as high as a figure.
fn signed(figure: &str) -> String {
    figure.replacen('-', "\u{2212}", 1)
}

/// "1 run", "1,200 runs".
pub(super) fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {what}{plural}", thousands(&count.to_string()))
}

/// A name that somebody else chose. It has its own direction of writing.
pub(super) fn name(text: &str) -> Markup {
    html! { bdi { (one_line(text, LONGEST_NAME)) } }
}

/// A project's folder: its name, and the path below.
pub(super) fn path(text: &str) -> Markup {
    let whole = one_line(text, LONGEST_PATH);
    let last = whole.rsplit(['/', '\\']).next().unwrap_or_default();
    html! {
        @if last.is_empty() || last == whole {
            bdi { (whole) }
        } @else {
            bdi { (last) }
            span.path { bdi { (whole) } }
        }
    }
}

/// A bar from the left, `share` of the width. `class` gives its colour.
pub(super) fn bar(share: f64, class: &str) -> Markup {
    // What is not nothing can be seen.
    let width = if share > 0.0 {
        (share * 100.0).clamp(0.4, 100.0)
    } else {
        0.0
    };
    html! {
        svg.bar width="100%" height="6" aria-hidden="true" focusable="false" {
            rect.track width="100%" height="6" rx="3" {}
            rect.(class) width=(format!("{width:.2}%")) height="6" rx="3" {}
        }
    }
}

/// A table's row: what it is about, then its figures.
pub(super) struct Row {
    pub(super) head: Markup,
    pub(super) cells: Vec<Markup>,
}

/// A table. On a narrow screen each row becomes a block, unless it is `narrow` enough.
pub(super) struct Table<'a> {
    /// Read out, not shown: the section's heading says it to the eye.
    pub(super) caption: &'a str,
    pub(super) columns: &'a [&'a str],
    pub(super) rows: Vec<Row>,
    /// Sums, set apart.
    pub(super) feet: Vec<Row>,
    pub(super) narrow: bool,
}

impl Table<'_> {
    // The roles are those the elements have, and would lose where their `display` is another.
    pub(super) fn markup(&self) -> Markup {
        html! {
            div.scroll {
                table.narrow[self.narrow] role="table" {
                    caption { (self.caption) }
                    thead role="rowgroup" {
                        tr role="row" {
                            @for column in self.columns {
                                th scope="col" role="columnheader" { (column) }
                            }
                        }
                    }
                    tbody role="rowgroup" {
                        @for row in &self.rows { (self.row(row)) }
                    }
                    @if !self.feet.is_empty() {
                        tfoot role="rowgroup" {
                            @for row in &self.feet { (self.row(row)) }
                        }
                    }
                }
            }
        }
    }

    fn row(&self, row: &Row) -> Markup {
        let labels = self.columns.iter().skip(1);
        html! {
            tr role="row" {
                th scope="row" role="rowheader" { (row.head) }
                @for (label, cell) in labels.zip(&row.cells) {
                    td role="cell" data-label=(label) { (cell) }
                }
            }
        }
    }
}

/// Where there is nothing to show: what is missing, and what to do.
pub(super) fn empty(missing: &str, mend: &Markup) -> Markup {
    html! {
        div.empty {
            p { strong { (missing) } }
            p { (mend) }
        }
    }
}

/// A path of the machine's own, whole.
pub(super) fn plain_path(path: &std::path::Path) -> String {
    one_line(&path.to_string_lossy(), 400)
}
