//! Cost over time by model: stacked bars, a legend that shows and hides models, and the table behind.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::gathered::Gathered;
use super::parts::{self, Row, Table, usd};
use super::slots::{Axis, Slot, axes};
use crate::cli::cost::group::Finished;
use crate::prices::Dollars;
use crate::receipt::money;

/// So many models have a colour of their own; the others share one.
const COLOURS: usize = 6;

/// Bars of one colour.
struct Series {
    name: String,
    /// The models' IDs.
    ids: Vec<String>,
    cost: Dollars,
    /// Its colour in the style sheet.
    class: String,
}

/// The section. Empty without a cost.
pub(super) fn section(gathered: &Gathered<'_>) -> Markup {
    let series = series(&gathered.models);
    let (axes, first) = axes(&gathered.days, &gathered.weeks, &gathered.months);
    if series.is_empty() {
        return html! {};
    }
    html! {
        section aria-labelledby="time" {
            div.head {
                h2 #time { "Cost over time" }
                @if axes.len() > 1 {
                    fieldset.segments {
                        legend { "A bar is a" }
                        @for (place, axis) in axes.iter().enumerate() {
                            label {
                                input type="radio" name="unit" id={ "unit-" (place) } checked[place == first];
                                span { (capital(axis.unit())) }
                            }
                        }
                    }
                }
            }
            fieldset.legend {
                legend { "Models shown" }
                @for (place, series) in series.iter().enumerate() {
                    label.(series.class) {
                        input type="checkbox" checked data-series=(place);
                        span.name { (series.name) }
                        span.sum { (usd(series.cost)) }
                    }
                }
            }
            @for (place, axis) in axes.iter().enumerate() {
                (figure(axis, &series, place))
            }
        }
    }
}

/// The dearest models by name, then all others as one.
fn series(models: &Finished<'_>) -> Vec<Series> {
    let mut all: Vec<Series> = Vec::new();
    for row in models.rows.iter().filter(|row| row.sum.cost.0 > 0.0) {
        let name = models.prices.name(&row.key);
        let at = all.iter().position(|series| series.name == name);
        let at = at.unwrap_or(all.len());
        if at == all.len() {
            all.push(Series {
                name: crate::plain::one_line(name, 40),
                ids: Vec::new(),
                cost: Dollars::default(),
                class: String::new(),
            });
        }
        if let Some(series) = all.get_mut(at) {
            series.ids.push(row.key.clone());
            series.cost += row.sum.cost;
        }
    }
    if all.len() > COLOURS + 1 {
        let others = all.split_off(COLOURS);
        all.push(Series {
            name: format!("{} other models", others.len()),
            cost: others.iter().map(|series| series.cost).sum(),
            ids: others.into_iter().flat_map(|series| series.ids).collect(),
            class: String::new(),
        });
    }
    for (place, series) in all.iter_mut().enumerate() {
        series.class = format!("s{place}");
    }
    all
}

/// What a bar's series cost, in their order.
fn costs(slot: &Slot<'_>, series: &[Series]) -> Vec<Dollars> {
    let models = slot.row.map(|row| &row.models);
    let none = BTreeMap::new();
    let models = models.unwrap_or(&none);
    let cost = |series: &Series| {
        let sums = series.ids.iter().filter_map(|id| models.get(id));
        sums.map(|sum| sum.cost).sum()
    };
    series.iter().map(cost).collect()
}

#[allow(clippy::cast_precision_loss, reason = "some hundred bars")]
fn figure(axis: &Axis<'_>, series: &[Series], place: usize) -> Markup {
    let bars: Vec<Vec<Dollars>> = axis.slots.iter().map(|slot| costs(slot, series)).collect();
    let sums: Vec<f64> = bars
        .iter()
        .map(|bar| bar.iter().map(|cost| cost.0).sum())
        .collect();
    let highest = (0..sums.len()).max_by(|a, b| sums[*a].total_cmp(&sums[*b]));
    let highest = highest.unwrap_or_default();
    let (steps, step) = scale(sums.get(highest).copied().unwrap_or_default());
    let top = f64::from(steps) * step;
    let width = 100.0 / bars.len() as f64;
    let told = axis.slots.get(highest).map(|slot| slot.label(axis.unit));
    let told = format!(
        "Stacked bars of the cost by {}, {} in all. The highest is {}, {}. The table below has every figure.",
        axis.unit(),
        bars.len(),
        told.unwrap_or_default(),
        money(Dollars(sums.get(highest).copied().unwrap_or_default())),
    );
    html! {
        figure.time data-unit=(place) {
            p.readout aria-live="polite" { span.hint { "Point at a bar, or press the arrow keys in the chart, to read it." } }
            div.plot tabindex="0" role="group" aria-label={ "Chart of the cost by " (axis.unit()) ". Left and right arrow keys read the bars." } {
                div.ticks aria-hidden="true" {
                    @for at in (0..=steps).map(f64::from) {
                        span style={ "bottom:" (format!("{:.3}", at * step / top * 100.0)) "%" } { b { (tick(at * step, step)) } }
                    }
                }
                svg.bars.thin[bars.len() > 62] width="100%" height="100%" role="img" aria-label=(told) {
                    @for ((at, slot), bar) in axis.slots.iter().enumerate().zip(&bars) {
                        g.slot data-label=(slot.label(axis.unit)) {
                            rect.hit x={ (format!("{:.4}", width * at as f64)) "%" } y="0" width={ (format!("{width:.4}")) "%" } height="100%" {}
                            (stack(bar, width, at as f64 * width, top, series))
                        }
                    }
                }
            }
            div.dates aria-hidden="true" {
                @for (at, label) in axis.labels() {
                    span style={ "left:" (format!("{:.3}", width * (at as f64 + 0.5))) "%" } { (label) }
                }
            }
            @if axis.left_out > 0 {
                p.note { (parts::counted(axis.left_out, axis.unit())) " before these have no bar." }
            }
            details {
                summary { "Every figure as a table, by " (axis.unit()) }
                (table(axis, series, &bars))
            }
        }
    }
}

fn stack(bar: &[Dollars], width: f64, x: f64, top: f64, series: &[Series]) -> Markup {
    let gap = width * 0.12;
    let mut below = 0.0;
    html! {
        @for ((place, cost), series) in bar.iter().enumerate().zip(series) {
            @if cost.0 > 0.0 {
                @let height = cost.0 / top * 100.0;
                @let y = { below += height; 100.0 - below };
                rect.(series.class) data-series=(place) data-cost=(cost.0)
                    x={ (format!("{:.4}", x + gap)) "%" } width={ (format!("{:.4}", width - 2.0 * gap)) "%" }
                    y={ (format!("{y:.4}")) "%" } height={ (format!("{height:.4}")) "%" } {}
            }
        }
    }
}

/// How many steps the axis has, at most five, and how long one is, for bars up to `most`.
fn scale(most: f64) -> (u8, f64) {
    if most <= 0.0 {
        return (1, 1.0);
    }
    let rough = most / 4.0;
    let power = libm::pow(10.0, libm::floor(libm::log10(rough)));
    let fine = [1.0, 2.0, 2.5, 5.0, 10.0];
    let step = fine.into_iter().find(|it| it * power >= rough);
    let step = step.unwrap_or(10.0) * power;
    let steps = (1..5).find(|steps| f64::from(*steps) * step >= most);
    (steps.unwrap_or(5), step)
}

fn tick(amount: f64, step: f64) -> String {
    let decimals = if step >= 1.0 && step.fract() == 0.0 {
        0
    } else {
        2
    };
    if step < 0.01 {
        money(Dollars(amount))
    } else {
        format!("{:.decimals$}", Dollars(amount))
    }
}

fn table(axis: &Axis<'_>, series: &[Series], bars: &[Vec<Dollars>]) -> Markup {
    let mut columns = vec![axis.unit()];
    columns.extend(series.iter().map(|series| series.name.as_str()));
    columns.push("all");
    let rows = axis.slots.iter().zip(bars).filter_map(|(slot, bar)| {
        let row = slot.row?;
        let mut cells: Vec<Markup> = bar
            .iter()
            .map(|cost| {
                if cost.0 > 0.0 {
                    usd(*cost)
                } else {
                    html! { "\u{2013}" }
                }
            })
            .collect();
        cells.push(usd(row.sum.cost));
        Some(Row {
            head: html! { time datetime=(row.key) { (slot.label(axis.unit)) } },
            cells,
        })
    });
    let all = Dollars::default();
    let mut sums: Vec<Markup> = series.iter().map(|series| usd(series.cost)).collect();
    sums.push(usd(series
        .iter()
        .fold(all, |sum, series| sum + series.cost)));
    Table {
        caption: &format!("Cost by {} and model", axis.unit()),
        columns: &columns,
        rows: rows.collect(),
        feet: vec![Row {
            head: html! { "All" },
            cells: sums,
        }],
        narrow: false,
    }
    .markup()
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
