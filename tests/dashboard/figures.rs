//! The page's figures are those of `cost --json` and `stats --json`.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::desk::Desk;
use crate::parsed::{Element, Page};

/// Exact figures inside `outer`, in order.
fn figures(page: &Page, outer: &Element) -> Vec<f64> {
    let data = page.inside(outer, "data").into_iter();
    data.map(|it| it.get("value").unwrap().parse().unwrap())
        .collect()
}

fn tokens(row: &Value) -> f64 {
    let kinds = [
        "inputTokens",
        "outputTokens",
        "cacheCreationTokens",
        "cacheReadTokens",
    ];
    kinds.iter().map(|kind| row[kind].as_f64().unwrap()).sum()
}

const NARROWED: [&[&str]; 4] = [
    &[],
    &["--since", "2026-11-05", "--until", "2026-11-19"],
    &["--project", "/home/ann/shop"],
    &["--project", "site"],
];

fn json(desk: &Desk, command: &[&str], narrowed: &[&str]) -> Value {
    desk.json(&[command, &["--json"], narrowed].concat())
}

#[test]
fn totals() {
    let desk = Desk::busy();
    for narrowed in NARROWED {
        let page = Page::new(&desk.page(narrowed));
        let cost = json(&desk, &["cost"], narrowed);
        let told = figures(&page, page.section("totals"));
        let totals = &cost["totals"];
        assert_eq!(told[0], totals["totalCost"].as_f64().unwrap());
        assert_eq!(told[1], tokens(totals));
        assert_eq!(told[2], totals["inputTokens"].as_f64().unwrap());
        assert_eq!(told[3], totals["outputTokens"].as_f64().unwrap());
        assert_eq!(told[4], totals["cacheCreationTokens"].as_f64().unwrap());
        assert_eq!(told[5], totals["cacheReadTokens"].as_f64().unwrap());
        assert!(told[0] > 0.0);
    }
}

#[test]
fn every_list() {
    let desk = Desk::busy();
    for narrowed in NARROWED {
        let page = Page::new(&desk.page(narrowed));
        let tables = page.inside(page.section("where"), "table");
        let mut seen = 0;
        for (title, by) in [
            ("Models", "model"),
            ("Agents", "agent"),
            ("Skills", "skill"),
            ("Projects", "project"),
        ] {
            let cost = json(&desk, &["cost", "--by", by], narrowed);
            let captioned = |table: &&&Element| {
                page.inside(table, "caption")[0].text == format!("{title} by cost")
            };
            let Some(table) = tables.iter().find(captioned) else {
                // All of it belongs to none.
                assert_eq!(cost["rows"].as_array().unwrap().len(), 1);
                continue;
            };
            let rows = page.rows(table);
            let wanted = cost["rows"].as_array().unwrap();
            assert_eq!(rows.len(), wanted.len());
            for ((name, told), wanted) in rows.iter().zip(wanted) {
                assert_eq!(told["tokens"], tokens(wanted), "{name}");
                let priced = wanted["totalCost"].as_f64().filter(|cost| *cost > 0.0);
                assert_eq!(told.get("cost").copied(), priced, "{name}");
                seen += 1;
            }
        }
        assert!(seen >= 2, "{narrowed:?}");
    }
}

#[test]
fn every_bar() {
    let desk = Desk::busy();
    for narrowed in NARROWED {
        let page = Page::new(&desk.page(narrowed));
        for (figure, by) in page.all("figure").into_iter().zip(["day", "week"]) {
            let cost = json(&desk, &["cost", "--by", by], narrowed);
            let wanted: Vec<f64> = cost["rows"]
                .as_array()
                .unwrap()
                .iter()
                .map(|row| row["totalCost"].as_f64().unwrap())
                .collect();
            let rows = page.rows(page.inside(figure, "table")[0]);
            let told: Vec<f64> = rows.iter().map(|row| row.1["all"]).collect();
            assert_eq!(told, wanted, "{by}");
            // What is drawn is what the table says.
            let drawn: f64 = bars(&page, figure).values().sum();
            let all: f64 = wanted.iter().sum();
            assert!((drawn - all).abs() < 1e-9, "{by}");
            let models = json(&desk, &["cost", "--by", "model"], narrowed);
            for (series, sum) in bars(&page, figure) {
                let model = models["rows"][series]["totalCost"].as_f64().unwrap();
                assert!((sum - model).abs() < 1e-9, "{by} {series}");
            }
        }
    }
}

/// What the bars of each series stand for, in all.
fn bars(page: &Page, figure: &Element) -> BTreeMap<usize, f64> {
    let mut sums = BTreeMap::new();
    let rects = page.inside(figure, "rect").into_iter();
    for rect in rects.filter(|it| it.get("data-cost").is_some()) {
        let series: usize = rect.get("data-series").unwrap().parse().unwrap();
        let cost: f64 = rect.get("data-cost").unwrap().parse().unwrap();
        *sums.entry(series).or_insert(0.0) += cost;
    }
    sums
}

#[test]
fn bars_are_as_high_as_their_cost_and_stand_on_each_other() {
    let page = Page::new(&Desk::busy().page(&[]));
    for figure in page.all("figure") {
        let mut scale = None;
        for slot in page.inside(figure, "g") {
            let mut below = 0.0;
            for rect in page.inside(slot, "rect") {
                let Some(cost) = rect.get("data-cost") else {
                    continue;
                };
                let percent = |name: &str| -> f64 {
                    rect.get(name)
                        .unwrap()
                        .trim_end_matches('%')
                        .parse()
                        .unwrap()
                };
                let (cost, height): (f64, f64) = (cost.parse().unwrap(), percent("height"));
                below += height;
                assert!((percent("y") + below - 100.0).abs() < 0.01);
                assert!(
                    percent("y") >= 0.0
                        && percent("x") >= 0.0
                        && percent("x") + percent("width") <= 100.001
                );
                if height > 1.0 {
                    let of = height / cost;
                    assert!((of / *scale.get_or_insert(of) - 1.0).abs() < 0.001);
                }
            }
        }
        assert!(scale.is_some());
    }
}

#[test]
fn agents_as_in_stats() {
    let desk = Desk::busy();
    for narrowed in &NARROWED[..3] {
        let page = Page::new(&desk.page(narrowed));
        let stats = json(&desk, &["stats"], narrowed);
        let section = page.section("agents");
        if stats["agents"].as_object().unwrap().is_empty() {
            assert_eq!(*narrowed, NARROWED[1]);
            assert!(page.inside(section, "data").is_empty());
            continue;
        }
        let rows = page.rows(page.inside(section, "table")[0]);
        assert_eq!(rows.len(), stats["agents"].as_object().unwrap().len());
        let mut lost = 0;
        for (name, told) in rows {
            let agents = stats["agents"].as_object().unwrap();
            let one = agents.iter().find(|(it, _)| {
                **it == name || it.starts_with("</script>") && name.starts_with("/script")
            });
            let wanted = one.unwrap().1;
            assert_eq!(told["runs"], wanted["runs"].as_f64().unwrap());
            assert_eq!(told["tokens"], wanted["tokens"].as_f64().unwrap());
            if wanted["measured"]["unpricedRuns"] == wanted["runs"] {
                assert!(!told.contains_key("cost, measured"));
                continue;
            }
            assert_eq!(
                told["cost, measured"],
                wanted["measured"]["cost"].as_f64().unwrap()
            );
            assert_eq!(
                told["same tokens on opus"],
                wanted["sameTokens"]["onConversationsModel"]
                    .as_f64()
                    .unwrap()
            );
            let saved = wanted["modelled"]["saved"].as_f64().unwrap();
            assert_eq!(told["saved or lost, modelled"], saved);
            lost += usize::from(saved < 0.0);
        }
        assert_eq!(lost, 1);
        // A loss is as plain as a gain, and the second figure never beside the first in one sum.
        let panels = page.inside(section, "article");
        for (panel, group) in panels.iter().zip(["afterHint", "withoutHint"]) {
            let wanted = &stats[group];
            let saved = wanted["modelled"]["saved"].as_f64().unwrap();
            let word = if saved < 0.0 { "lost" } else { "saved" };
            let result = page
                .inside(panel, "p")
                .into_iter()
                .find(|it| it.get("class") == Some("result"))
                .unwrap();
            assert!(result.text.ends_with(word), "{}", result.text);
            let told = figures(&page, panel);
            assert_eq!(told[0], wanted["tokens"].as_f64().unwrap());
            assert_eq!(told[1], wanted["measured"]["cost"].as_f64().unwrap());
            assert_eq!(
                told[2],
                wanted["sameTokens"]["onConversationsModel"]
                    .as_f64()
                    .unwrap()
            );
            assert_eq!(*told.last().unwrap(), saved);
            let share = wanted["modelled"]["usageShare"].as_f64().unwrap();
            let more = if share < 0.0 {
                "more usage"
            } else {
                "less usage"
            };
            assert!(
                panel
                    .text
                    .contains(&format!("{:.0} % {more}", share.abs() * 100.0)),
                "{}",
                panel.text
            );
        }
    }
}

#[test]
fn routes_as_in_stats() {
    let desk = Desk::busy();
    let page = Page::new(&desk.page(&[]));
    let stats = json(&desk, &["stats"], &[]);
    let section = page.section("routes");
    let rows = page.rows(page.inside(section, "table")[0]);
    assert_eq!(rows.len(), 3);
    for (name, told) in rows {
        let wanted = &stats["routes"][&name];
        for (column, key) in [
            ("hints", "hints"),
            ("taken up", "takenUp"),
            ("ignored", "ignored"),
            ("not known", "notKnown"),
        ] {
            assert_eq!(
                told[column],
                wanted[key].as_f64().unwrap(),
                "{name} {column}"
            );
        }
    }
    let quieter =
        "performance-analyzer was ignored 6 times in a row. It needs a confidence of 0.90 now.";
    assert!(section.text.contains(quieter), "{}", section.text);
    desk.writes("data/config.json", r#"{"adaptive": false}"#);
    let page = Page::new(&desk.page(&[]));
    assert!(
        page.section("routes")
            .text
            .contains("that is switched off in config.json")
    );
}
