//! What the price list says, and what mistakes in one say.

use std::fs;

use super::{FILE, Prices, Terms};
use crate::usage::Tokens;

fn built_in() -> Prices {
    Prices::load(None).unwrap()
}

fn tokens(input: u64, cache_read: u64, output: u64) -> Tokens {
    Tokens {
        input,
        output,
        cache_read,
        ..Tokens::default()
    }
}

fn close(left: f64, right: f64) {
    assert!((left - right).abs() < 1e-12, "{left} is not {right}");
}

#[test]
fn a_model_goes_by_many_names_but_never_by_a_near_one() {
    let prices = built_in();
    for id in [
        "claude-haiku-4-5",
        "claude-haiku-4-5-20251001",
        "claude-haiku-4-5[1m]",
        "claude-haiku-4-5-20251001[1m]",
        "us.anthropic.claude-haiku-4-5-20251001-v1:0",
        "claude-haiku-4-5@20251001",
    ] {
        assert_eq!(prices.name(id), "Haiku 4.5", "{id}");
    }
    assert_eq!(prices.name("claude-3-5-haiku-latest"), "Haiku 3.5");
    assert_eq!(prices.short("opus"), "opus");
    for id in [
        "claude-opus-5-6",
        "claude-opus",
        "gpt-5",
        "",
        "claude-haiku-4-5-2025100",
        "claude",
    ] {
        assert_eq!(prices.cost(id, &tokens(1, 1, 1)), None, "{id}");
        assert_eq!(prices.short(id), id);
    }
}

#[test]
fn a_message_costs_what_the_client_says() {
    let prices = built_in();
    let usage = tokens(2000, 40_000, 100);
    close(prices.cost("claude-haiku-5-5", &usage).unwrap().0, 0.00065);
    close(prices.cost("claude-opus-5-5", &usage).unwrap().0, 0.018);
    let long = tokens(2000, 98_001, 100);
    close(
        prices.cost("claude-haiku-5-5", &long).unwrap().0,
        0.001 + 0.004_900_05 + 0.00025,
    );
    let terms = Terms {
        fast: true,
        us: true,
        web_searches: 2,
    };
    let fast = prices.charge("claude-opus-5-5", &usage, terms).unwrap();
    close(fast.0, (0.016 + 0.016 + 0.004) * 1.1 + 0.02);
}

#[test]
fn a_persons_own_prices_come_first() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(Prices::load(Some(folder.path())).unwrap().origin().2, 0);
    let own = r#"{"models":[
        {"id":"house-model","aliases":["claude-opus-5-5"],"input":1,"output":0,"cacheWrite5m":0,"cacheWrite1h":0,"cacheRead":0}]}"#;
    fs::write(folder.path().join(FILE), own).unwrap();
    let prices = Prices::load(Some(folder.path())).unwrap();
    let usage = tokens(1_000_000, 0, 7);
    close(prices.cost("house-model", &usage).unwrap().0, 1.0);
    close(prices.cost("claude-opus-5-5", &usage).unwrap().0, 1.0);
    close(
        prices
            .cost("claude-haiku-4-5", &tokens(1_000_000, 0, 0))
            .unwrap()
            .0,
        1.0,
    );
    assert_eq!(prices.origin().2, 1);
}

#[test]
fn a_mistake_in_the_prices_is_told_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let model = |fields: &str| format!("{{\"models\":[\n{{{fields}}}]}}");
    for (text, line) in [
        ("{".to_owned(), ":1:"),
        (model(r#""id":"x","input":1"#), ":2:"),
        (
            model(
                r#""id":"x","input":-1,"output":1,"cacheWrite5m":1,"cacheWrite1h":1,"cacheRead":1"#,
            ),
            ":2:",
        ),
        (
            model(
                r#""id":" ","input":1,"output":1,"cacheWrite5m":1,"cacheWrite1h":1,"cacheRead":1"#,
            ),
            ":2:",
        ),
        (
            model(
                r#""id":"x","inptu":1,"output":1,"cacheWrite5m":1,"cacheWrite1h":1,"cacheRead":1"#,
            ),
            ":2:",
        ),
    ] {
        fs::write(folder.path().join(FILE), &text).unwrap();
        let error = Prices::load(Some(folder.path())).unwrap_err();
        assert!(
            error.contains(FILE) && error.contains(line) && error.contains("mend:"),
            "{text}: {error}"
        );
    }
}

#[test]
fn the_list_is_of_its_schemas_form() {
    let parse = |text| serde_json::from_str::<serde_json::Value>(text).unwrap();
    let schema = parse(include_str!("../../prices/schema.json"));
    let list = parse(super::BUILT_IN);
    let validator = jsonschema::validator_for(&schema).unwrap();
    let faults: Vec<String> = validator
        .iter_errors(&list)
        .map(|fault| fault.to_string())
        .collect();
    assert!(faults.is_empty(), "{faults:?}");
    let mut bad = list.clone();
    bad["models"][0]["inptu"] = 1.into();
    assert!(!validator.is_valid(&bad));
}
