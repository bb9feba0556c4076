//! A stand-in for the Messages API on loopback. It records every request and plays the model.

use std::sync::{Arc, Condvar, Mutex};

use serde_json::{Value, json};

use crate::run::PATIENCE;
use crate::server::{Answer, Asked, Server};

pub(crate) use crate::request::{CONTEXT, Request};

/// What the model does next.
pub(crate) enum Turn {
    /// It answers, and its turn ends.
    Says(&'static str),
    /// The same, in words that come from what it was told.
    Tells(String),
    /// It calls a tool.
    Calls(&'static str, Value),
    /// It calls several tools in one message.
    CallsAll(Vec<(&'static str, Value)>),
}

/// Decides the model's next turn from the request.
pub(crate) trait Play: Fn(&Request) -> Turn + Send + Sync + 'static {}

impl<T: Fn(&Request) -> Turn + Send + Sync + 'static> Play for T {}

/// The service. It stops when dropped.
pub(crate) struct Api {
    server: Server,
    record: Arc<Record>,
}

#[derive(Default)]
struct Record {
    requests: Mutex<Vec<Request>>,
    arrived: Condvar,
}

impl Api {
    /// Starts the service on a free port.
    pub(crate) fn start(play: impl Play) -> Self {
        let record = Arc::new(Record::default());
        let recorded = Arc::clone(&record);
        let server = Server::start(move |asked| serve(asked, &recorded, &play));
        Self { server, record }
    }

    /// What `ANTHROPIC_BASE_URL` takes.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.server.address)
    }

    /// The requests so far, from the `from`th on.
    pub(crate) fn requests_since(&self, from: usize) -> Vec<Request> {
        self.record
            .requests
            .lock()
            .expect("no panic while recording")[from..]
            .to_vec()
    }

    /// How many requests came so far.
    pub(crate) fn count(&self) -> usize {
        self.record
            .requests
            .lock()
            .expect("no panic while recording")
            .len()
    }

    /// Waits for a request that satisfies `wanted`, and returns the first.
    pub(crate) fn wait_for(&self, wanted: impl Fn(&Request) -> bool) -> Option<Request> {
        let requests = self
            .record
            .requests
            .lock()
            .expect("no panic while recording");
        let (requests, _) = self
            .record
            .arrived
            .wait_timeout_while(requests, PATIENCE, |requests| !requests.iter().any(&wanted))
            .expect("no panic while recording");
        requests.iter().find(|request| wanted(request)).cloned()
    }
}

/// The obedient model: it calls the agent that a hint names and waits for it; an agent runs one command.
pub(crate) fn follows_hints(request: &Request) -> Turn {
    delegates(request, false)
}

/// The same, but the agent works in the background.
pub(crate) fn follows_hints_in_background(request: &Request) -> Turn {
    delegates(request, true)
}

/// A model that only ever answers.
pub(crate) fn only_answers(_: &Request) -> Turn {
    Turn::Says("An answer.")
}

/// What an agent reports: words that would be routed, had a person typed them.
pub(crate) const REPORT: &str = "All green. Run the tests again, then commit and push.";

fn delegates(request: &Request, background: bool) -> Turn {
    let hints = request.hints().join("\n");
    let agent = hints
        .split("subagent_type: ")
        .nth(1)
        .and_then(|rest| rest.split(['.', ' ', '\n']).next());
    match agent {
        Some(agent) if request.offers("Agent") => Turn::Calls(
            "Agent",
            json!({"description": "run the tests", "prompt": "run the tests", "subagent_type": agent, "run_in_background": background}),
        ),
        _ if request.offers("Agent") => Turn::Says("An answer."),
        _ if request.brings_tool_result() || !request.offers("Bash") => Turn::Says(REPORT),
        _ => Turn::Calls(
            "Bash",
            json!({"command": "echo the agent ran", "description": "run"}),
        ),
    }
}

fn serve(asked: &Asked, record: &Record, play: &dyn Play) -> Answer {
    let counts = asked.path.contains("count_tokens");
    if asked.method != "POST" {
        return ("application/json", "{}".to_owned());
    }
    if asked.path.contains("/v1/messages") && !counts {
        return answer(record, play, &asked.body);
    }
    let tokens = asked.body.len() / 4;
    (
        "application/json",
        json!({"input_tokens": tokens}).to_string(),
    )
}

fn answer(record: &Record, play: &dyn Play, body: &str) -> Answer {
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    let request = Request { body };
    let number = {
        let mut requests = record.requests.lock().expect("no panic while recording");
        requests.push(request.clone());
        requests.len()
    };
    record.arrived.notify_all();
    let (blocks, stop) = blocks(play(&request), number);
    let mut message = json!({
        "id": format!("msg_{number}"), "type": "message", "role": "assistant", "model": request.model(),
        "content": blocks, "stop_reason": stop, "stop_sequence": null,
        "usage": {"input_tokens": 1000, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 20000, "output_tokens": 50},
    });
    if request.body["stream"] != true {
        return ("application/json", message.to_string());
    }
    message["content"] = json!([]);
    message["stop_reason"] = Value::Null;
    ("text/event-stream", stream(&message, &blocks, stop))
}

/// A turn as blocks of a message, and why the message ends.
fn blocks(turn: Turn, number: usize) -> (Vec<Value>, &'static str) {
    let calls = match turn {
        Turn::Says(text) => return blocks(Turn::Tells(text.to_owned()), number),
        Turn::Tells(text) => return (vec![json!({"type": "text", "text": text})], "end_turn"),
        Turn::Calls(tool, input) => vec![(tool, input)],
        Turn::CallsAll(calls) => calls,
    };
    let call = |(at, (tool, input))| json!({"type": "tool_use", "id": format!("toolu_{number}_{at}"), "name": tool, "input": input});
    (
        calls.into_iter().enumerate().map(call).collect(),
        "tool_use",
    )
}

/// One message as the service streams it.
fn stream(message: &Value, blocks: &[Value], stop: &str) -> String {
    let mut events = vec![json!({"type": "message_start", "message": message})];
    for (index, block) in blocks.iter().enumerate() {
        let (start, delta) = in_parts(block);
        events.extend([
            json!({"type": "content_block_start", "index": index, "content_block": start}),
            json!({"type": "content_block_delta", "index": index, "delta": delta}),
            json!({"type": "content_block_stop", "index": index}),
        ]);
    }
    events.extend([
        json!({"type": "message_delta", "delta": {"stop_reason": stop, "stop_sequence": null}, "usage": {"output_tokens": 50}}),
        json!({"type": "message_stop"}),
    ]);
    let line = |event: &Value| {
        let kind = event["type"].as_str().unwrap_or_default();
        format!("event: {kind}\ndata: {event}\n\n")
    };
    events.iter().map(line).collect()
}

/// A block's empty start, and all of it as one delta.
fn in_parts(block: &Value) -> (Value, Value) {
    if block["type"] == "text" {
        return (
            json!({"type": "text", "text": ""}),
            json!({"type": "text_delta", "text": block["text"]}),
        );
    }
    let mut start = block.clone();
    start["input"] = json!({});
    let input = block["input"].to_string();
    (
        start,
        json!({"type": "input_json_delta", "partial_json": input}),
    )
}
