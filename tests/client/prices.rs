//! Our prices are the client's: it is asked what known usage costs on every model we price.

use std::sync::Mutex;
use std::thread;

use promptune::prices::{Dollars, Prices, Terms};
use promptune::usage::Tokens;
use serde_json::{Value, json};

use crate::api;
use crate::run::Desk;
use crate::server::{Answer, Asked, Server};

/// Counts that no wrong price can make up for.
const SHORT: Tokens = Tokens {
    input: 1009,
    output: 2003,
    cache_write_5m: 20_011,
    cache_write_1h: 30_010,
    cache_read: 4001,
};
const LONG: Tokens = Tokens {
    cache_read: 200_003,
    ..SHORT
};
const FAST: Terms = Terms {
    fast: true,
    us: false,
    web_searches: 0,
};
const US_WITH_SEARCHES: Terms = Terms {
    fast: false,
    us: true,
    web_searches: 3,
};

/// A question to the client: what does this cost on that model?
type Question = (String, Tokens, Terms);

fn usage(tokens: &Tokens, terms: Terms) -> Value {
    json!({
        "input_tokens": tokens.input, "output_tokens": tokens.output,
        "cache_creation_input_tokens": tokens.cache_write(), "cache_read_input_tokens": tokens.cache_read,
        "cache_creation": {"ephemeral_5m_input_tokens": tokens.cache_write_5m, "ephemeral_1h_input_tokens": tokens.cache_write_1h},
        "server_tool_use": {"web_search_requests": terms.web_searches},
        "speed": if terms.fast { "fast" } else { "standard" }, "inference_geo": if terms.us { "us" } else { "" },
    })
}

/// A service that answers every request with the same usage.
fn service(usage: Value) -> Server {
    Server::start(move |asked| answer(asked, &usage))
}

fn answer(asked: &Asked, usage: &Value) -> Answer {
    if asked.method != "POST" || !asked.path.contains("/v1/messages") {
        return ("application/json", "{}".to_owned());
    }
    let request: Value = serde_json::from_str(&asked.body).unwrap_or_default();
    let message = json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": request["model"], "content": [],
        "stop_reason": null, "stop_sequence": null, "usage": usage,
    });
    let events = [
        json!({"type": "message_start", "message": message}),
        json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
        json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Yes."}}),
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": null}, "usage": usage}),
        json!({"type": "message_stop"}),
    ];
    let line = |event: &Value| {
        let kind = event["type"].as_str().unwrap_or_default();
        format!("event: {kind}\ndata: {event}\n\n")
    };
    ("text/event-stream", events.iter().map(line).collect())
}

/// What the client says: the model it charged for, and the cost in dollars.
fn client_says((model, tokens, terms): &Question) -> Option<(String, f64)> {
    let service = service(usage(tokens, *terms));
    let desk = Desk::with_model(api::only_answers)?
        .with("ANTHROPIC_BASE_URL", format!("http://{}", service.address))
        // A retired model answers for itself, and not through its successor.
        .with("CLAUDE_CODE_DISABLE_LEGACY_MODEL_REMAP", "1");
    let said = desk.claude(&["-p", "hi", "--output-format", "json", "--model", model]);
    let said: Value = serde_json::from_str(&said).expect("a result in JSON");
    let charged = said["modelUsage"].as_object().expect("usage by model");
    assert_eq!(charged.len(), 1, "{model}: {charged:?}");
    let (name, told) = charged.iter().next().expect("one");
    Some((name.clone(), told["costUSD"].as_f64().expect("a cost")))
}

#[test]
fn every_price_is_the_clients_own() {
    let prices = Prices::load(None).expect("the built-in prices");
    let plain = Terms::default();
    let mut questions: Vec<Question> = Vec::new();
    for id in prices.ids() {
        questions.push((id.to_owned(), SHORT, plain));
        questions.push((id.to_owned(), LONG, plain));
        if prices.charge(id, &SHORT, FAST) != prices.cost(id, &SHORT) {
            questions.push((id.to_owned(), SHORT, FAST));
        }
    }
    for name in [
        "haiku",
        "sonnet",
        "opus",
        "fable",
        "claude-haiku-4-5-20251001",
        "claude-sonnet-4-5-20250929[1m]",
    ] {
        questions.push((name.to_owned(), SHORT, US_WITH_SEARCHES));
    }
    let next = Mutex::new(questions.iter());
    let ask = || {
        let mut wrong = Vec::new();
        while let Some(question) = { next.lock().expect("no panic while asking").next() } {
            let (asked, tokens, terms) = question;
            let Some((charged, theirs)) = client_says(question) else {
                return wrong;
            };
            let ours = prices.charge(&charged, tokens, *terms);
            let same_model = prices.name(&charged) == prices.name(asked);
            let close = |ours: Dollars| (ours.0 - theirs).abs() < 1e-9;
            if !same_model || !ours.is_some_and(close) {
                wrong.push(format!(
                    "{asked} ({terms:?}, prompt of {}): the client charges {theirs} for {charged}, we {ours:?}",
                    tokens.prompt()
                ));
            }
        }
        wrong
    };
    let wrong: Vec<String> = thread::scope(|scope| {
        let asking: Vec<_> = (0..4).map(|_| scope.spawn(ask)).collect();
        asking
            .into_iter()
            .flat_map(|thread| thread.join().expect("no panic while asking"))
            .collect()
    });
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn an_unknown_model_is_never_guessed() {
    let prices = Prices::load(None).expect("the built-in prices");
    // A name nobody has: the client guesses its cost, we name it and leave it out.
    let question = ("claude-nobody-1".to_owned(), SHORT, Terms::default());
    let Some((charged, theirs)) = client_says(&question) else {
        return;
    };
    assert!(theirs > 0.0);
    assert_eq!(prices.cost(&charged, &SHORT), None);
}
