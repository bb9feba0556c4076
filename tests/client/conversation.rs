//! A conversation with the real client, and what the model heard of it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;

use serde_json::{Value, json};

use crate::api::{Api, CONTEXT, Request};
use crate::run::{Desk, PATIENCE};

/// A conversation in progress. The client is killed if it still runs when this is dropped.
pub(crate) struct Conversation<'a> {
    api: &'a Api,
    child: Child,
    stdin: Option<ChildStdin>,
    events: Receiver<Value>,
    seen: Vec<Value>,
}

/// What came of one prompt.
#[derive(Debug)]
pub(crate) struct Heard {
    /// The requests it led to, agents' included.
    pub(crate) requests: Vec<Request>,
    /// What the client reported.
    pub(crate) events: Vec<Value>,
    prompt: String,
}

impl<'a> Conversation<'a> {
    /// Starts the client by `command`, which makes it speak JSON lines.
    pub(crate) fn open(mut command: Command, api: &'a Api) -> Self {
        command.stdin(Stdio::piped());
        let mut child = command.spawn().expect("the client starts");
        let (tell, events) = mpsc::channel();
        let stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                let event = serde_json::from_str(&line).unwrap_or(Value::String(line));
                if tell.send(event).is_err() {
                    return;
                }
            }
        });
        let stdin = child.stdin.take();
        Self {
            api,
            child,
            stdin,
            events,
            seen: Vec::new(),
        }
    }

    /// Types a prompt and waits until the client is done with it.
    pub(crate) fn types(&mut self, prompt: &str) -> Heard {
        self.sends(prompt, &json!(prompt).to_string())
    }

    /// Sends a prompt given as raw JSON, which reaches the model as `prompt`.
    pub(crate) fn sends(&mut self, prompt: &str, raw: &str) -> Heard {
        let (requests, events) = (self.api.count(), self.seen.len());
        let line =
            format!("{{\"type\":\"user\",\"message\":{{\"role\":\"user\",\"content\":{raw}}}}}\n");
        let stdin = self.stdin.as_mut().expect("the conversation is open");
        stdin
            .write_all(line.as_bytes())
            .expect("the client listens");
        self.reads_until(|event| event["type"] == "result", prompt);
        Heard {
            requests: self.api.requests_since(requests),
            events: self.seen[events..].to_vec(),
            prompt: prompt.to_owned(),
        }
    }

    /// Waits until a turn that nobody typed ends with an answer that holds `words`, and returns that answer.
    pub(crate) fn hears(&mut self, words: &str) -> String {
        let holds = |event: &Value| {
            let result = event["result"].as_str();
            event["type"] == "result" && result.is_some_and(|text| text.contains(words))
        };
        let event = self.reads_until(holds, words);
        event["result"].as_str().unwrap_or_default().to_owned()
    }

    fn reads_until(&mut self, wanted: impl Fn(&Value) -> bool, what: &str) -> Value {
        loop {
            let Ok(event) = self.events.recv_timeout(PATIENCE) else {
                self.give_up(&format!("the client gave no result for {what:.100?}"));
            };
            self.seen.push(event.clone());
            if wanted(&event) {
                return event;
            }
        }
    }

    /// The conversation's ID, once something was typed.
    pub(crate) fn session(&self) -> String {
        let named = self
            .seen
            .iter()
            .rev()
            .find_map(|event| event["session_id"].as_str());
        named.expect("the client names the session").to_owned()
    }

    /// Closes the conversation, lets the client finish, and returns all it reported.
    pub(crate) fn leaves(mut self) -> Vec<Value> {
        self.stdin = None;
        loop {
            match self.events.recv_timeout(PATIENCE) {
                Ok(event) => self.seen.push(event),
                Err(RecvTimeoutError::Disconnected) => return std::mem::take(&mut self.seen),
                Err(RecvTimeoutError::Timeout) => self.give_up("the client does not end"),
            }
        }
    }

    fn give_up(&mut self, what: &str) -> ! {
        let _ = self.child.kill();
        let mut complaint = String::new();
        if let Some(mut stderr) = self.child.stderr.take() {
            let _ = stderr.read_to_string(&mut complaint);
        }
        panic!("{what}: {:#?}\n{complaint}", self.seen);
    }
}

impl Drop for Conversation<'_> {
    fn drop(&mut self) {
        self.stdin = None;
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Heard {
    /// The request that brought the prompt to the model, as it was typed.
    pub(crate) fn request(&self) -> &Request {
        let found = self
            .requests
            .iter()
            .find(|request| request.asks(&self.prompt));
        found.unwrap_or_else(|| {
            panic!(
                "the prompt {:.100?} never reached the model: {:#?}",
                self.prompt, self.events
            )
        })
    }

    /// The hint that came with the prompt. At most one does.
    pub(crate) fn hint(&self) -> Option<String> {
        let mut hints = self.request().hints();
        assert!(hints.len() < 2, "one prompt, several hints: {hints:#?}");
        hints.pop()
    }

    /// Everything the model heard with the prompt but its hint, with what differs from run to run made equal.
    pub(crate) fn surroundings(&self, desk: &Desk) -> String {
        let session = self
            .events
            .iter()
            .find_map(|event| event["session_id"].as_str())
            .unwrap_or("no session");
        let texts = self
            .request()
            .texts()
            .into_iter()
            .map(|(role, text)| role + ": " + &text);
        let mut all = texts.collect::<Vec<_>>().join("\n");
        if let Some(hint) = self.hint() {
            all = all.replace(&format!("{CONTEXT}{hint}"), "");
        }
        let folder = desk.home.beside("");
        let all = all
            .replace(session, "SESSION")
            .replace(folder.to_str().expect("a plain path"), "/FOLDER/");
        all.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// How the hooks of an event ended: what they printed, and their exit codes.
    pub(crate) fn hooks(&self, event: &str) -> Vec<(String, i64)> {
        let ended = |it: &&Value| it["subtype"] == "hook_response" && it["hook_event"] == event;
        let told = |it: &Value| {
            (
                it["stdout"].as_str().unwrap_or_default().to_owned(),
                it["exit_code"].as_i64().unwrap_or(-1),
            )
        };
        self.events.iter().filter(ended).map(told).collect()
    }
}
