//! A stand-in for the Messages API on loopback. It records every request and plays the model.

use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};

use serde_json::{Value, json};
use tiny_http::{Header, Method, Response, Server};

use crate::run::PATIENCE;

/// How the client introduces a hook's `additionalContext`.
pub(crate) const CONTEXT: &str = "UserPromptSubmit hook additional context: ";

/// Requests of one client come a few at a time.
const THREADS: usize = 4;

/// What the model does next.
pub(crate) enum Turn {
    /// It answers, and its turn ends.
    Says(&'static str),
    /// It calls a tool.
    Calls(&'static str, Value),
}

/// Decides the model's next turn from the request.
pub(crate) type Play = fn(&Request) -> Turn;

/// One request the client made.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    body: Value,
}

/// The service. It stops when dropped.
pub(crate) struct Api {
    server: Arc<Server>,
    record: Arc<Record>,
    threads: Vec<JoinHandle<()>>,
}

#[derive(Default)]
struct Record {
    requests: Mutex<Vec<Request>>,
    arrived: Condvar,
}

impl Api {
    /// Starts the service on a free port.
    pub(crate) fn start(play: Play) -> Self {
        let server = Arc::new(Server::http("127.0.0.1:0").expect("a free port on loopback"));
        let record = Arc::new(Record::default());
        let threads = (0..THREADS)
            .map(|_| {
                let (server, record) = (Arc::clone(&server), Arc::clone(&record));
                thread::spawn(move || serve(&server, &record, play))
            })
            .collect();
        Self {
            server,
            record,
            threads,
        }
    }

    /// What `ANTHROPIC_BASE_URL` takes.
    pub(crate) fn url(&self) -> String {
        let address: SocketAddr = self
            .server
            .server_addr()
            .to_ip()
            .expect("it listens on an address");
        format!("http://{address}")
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

impl Drop for Api {
    fn drop(&mut self) {
        for _ in &self.threads {
            self.server.unblock();
        }
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

impl Request {
    /// The model that is asked.
    pub(crate) fn model(&self) -> &str {
        self.body["model"].as_str().unwrap_or_default()
    }

    /// Whether the model may call `tool`.
    pub(crate) fn offers(&self, tool: &str) -> bool {
        self.body["tools"]
            .as_array()
            .is_some_and(|tools| tools.iter().any(|it| it["name"] == tool))
    }

    /// Every text of the conversation, in order: (role, text).
    pub(crate) fn texts(&self) -> Vec<(String, String)> {
        texts(self.messages())
    }

    /// The texts since the model last spoke.
    pub(crate) fn newest(&self) -> Vec<(String, String)> {
        let messages = self.messages();
        let spoke = messages
            .iter()
            .rposition(|message| message["role"] == "assistant");
        texts(&messages[spoke.map_or(0, |at| at + 1)..])
    }

    /// Whether the newest turn is `prompt`, exactly as typed.
    pub(crate) fn asks(&self, prompt: &str) -> bool {
        self.newest()
            .iter()
            .any(|(role, text)| role == "user" && text == prompt)
    }

    /// The contexts that hooks gave since the model last spoke.
    pub(crate) fn hints(&self) -> Vec<String> {
        hints(&self.newest())
    }

    /// The contexts that hooks gave in all the conversation.
    pub(crate) fn all_hints(&self) -> Vec<String> {
        hints(&self.texts())
    }

    fn messages(&self) -> &[Value] {
        self.body["messages"].as_array().map_or(&[], Vec::as_slice)
    }

    fn brings_tool_result(&self) -> bool {
        let last = self
            .messages()
            .iter()
            .rev()
            .find(|message| message["role"] == "user");
        last.and_then(|message| message["content"].as_array())
            .is_some_and(|blocks| blocks.iter().any(|block| block["type"] == "tool_result"))
    }
}

fn texts(messages: &[Value]) -> Vec<(String, String)> {
    let mut texts = Vec::new();
    for message in messages {
        let role = message["role"].as_str().unwrap_or_default();
        match &message["content"] {
            Value::String(text) => texts.push((role.to_owned(), text.clone())),
            Value::Array(blocks) => texts.extend(blocks.iter().map(|block| {
                let text = block["text"]
                    .as_str()
                    .map_or_else(|| block.to_string(), str::to_owned);
                (role.to_owned(), text)
            })),
            _ => {}
        }
    }
    texts
}

fn hints(texts: &[(String, String)]) -> Vec<String> {
    let mut hints = Vec::new();
    for (_, text) in texts {
        for hint in text.split(CONTEXT).skip(1) {
            hints.push(hint.split("\n\n").next().unwrap_or_default().to_owned());
        }
    }
    hints
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

fn serve(server: &Server, record: &Record, play: Play) {
    while let Ok(mut request) = server.recv() {
        let mut body = String::new();
        let _ = request.as_reader().read_to_string(&mut body);
        let (kind, answer) = match request.method() {
            Method::Post
                if request.url().contains("/v1/messages")
                    && !request.url().contains("count_tokens") =>
            {
                answer(record, play, &body)
            }
            Method::Post => (
                "application/json",
                json!({"input_tokens": body.len() / 4}).to_string(),
            ),
            _ => ("application/json", "{}".to_owned()),
        };
        let kind = Header::from_bytes("content-type", kind).expect("a valid header");
        let _ = request.respond(Response::from_string(answer).with_header(kind));
    }
}

fn answer(record: &Record, play: Play, body: &str) -> (&'static str, String) {
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    let request = Request { body };
    let number = {
        let mut requests = record.requests.lock().expect("no panic while recording");
        requests.push(request.clone());
        requests.len()
    };
    record.arrived.notify_all();
    let (block, stop) = match play(&request) {
        Turn::Says(text) => (json!({"type": "text", "text": text}), "end_turn"),
        Turn::Calls(tool, input) => (
            json!({"type": "tool_use", "id": format!("toolu_{number}"), "name": tool, "input": input}),
            "tool_use",
        ),
    };
    let mut message = json!({
        "id": format!("msg_{number}"), "type": "message", "role": "assistant", "model": request.model(),
        "content": [block], "stop_reason": stop, "stop_sequence": null,
        "usage": {"input_tokens": 1000, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 20000, "output_tokens": 50},
    });
    if request.body["stream"] != true {
        return ("application/json", message.to_string());
    }
    let block = message["content"][0].take();
    message["content"] = json!([]);
    message["stop_reason"] = Value::Null;
    ("text/event-stream", stream(&message, &block, stop))
}

/// One message as the service streams it.
fn stream(message: &Value, block: &Value, stop: &str) -> String {
    let (start, delta) = if block["type"] == "text" {
        (
            json!({"type": "text", "text": ""}),
            json!({"type": "text_delta", "text": block["text"]}),
        )
    } else {
        let input = block["input"].to_string();
        let mut start = block.clone();
        start["input"] = json!({});
        (
            start,
            json!({"type": "input_json_delta", "partial_json": input}),
        )
    };
    let events = [
        json!({"type": "message_start", "message": message}),
        json!({"type": "content_block_start", "index": 0, "content_block": start}),
        json!({"type": "content_block_delta", "index": 0, "delta": delta}),
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "message_delta", "delta": {"stop_reason": stop, "stop_sequence": null}, "usage": {"output_tokens": 50}}),
        json!({"type": "message_stop"}),
    ];
    let lines = events.map(|event| {
        format!(
            "event: {}\ndata: {event}\n\n",
            event["type"].as_str().unwrap_or_default()
        )
    });
    lines.concat()
}
