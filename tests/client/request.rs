//! One request of the client, and what it tells: who is asked, with which tools, and what came before.

use serde_json::{Value, json};

/// How the client introduces a hook's `additionalContext`.
pub(crate) const CONTEXT: &str = "UserPromptSubmit hook additional context: ";

/// One request the client made.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) body: Value,
}

/// A tool the model called, and what came of it.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    pub(crate) tool: String,
    pub(crate) text: String,
    pub(crate) failed: bool,
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

    /// Whether it brings what a tool gave.
    pub(crate) fn brings_tool_result(&self) -> bool {
        let last = self
            .messages()
            .iter()
            .rev()
            .find(|message| message["role"] == "user");
        last.and_then(|message| message["content"].as_array())
            .is_some_and(|blocks| blocks.iter().any(|block| block["type"] == "tool_result"))
    }

    /// The names of the tools the model may call, sorted.
    pub(crate) fn tools(&self) -> Vec<&str> {
        let tools = self.body["tools"].as_array().map_or(&[][..], Vec::as_slice);
        let mut names: Vec<_> = tools.iter().filter_map(|it| it["name"].as_str()).collect();
        names.sort_unstable();
        names
    }

    /// The system prompt.
    pub(crate) fn system(&self) -> String {
        let prompt = texts(&[json!({"role": "system", "content": self.body["system"]})]);
        let prompt: Vec<_> = prompt.into_iter().map(|(_, text)| text).collect();
        prompt.join("\n")
    }

    /// How often the model spoke so far.
    pub(crate) fn turns(&self) -> usize {
        let spoke = |message: &&Value| message["role"] == "assistant";
        self.messages().iter().filter(spoke).count()
    }

    /// Everything the model called so far: (tool, input).
    pub(crate) fn calls(&self) -> Vec<(&str, &Value)> {
        let calls = self.blocks("tool_use");
        calls
            .map(|it| (it["name"].as_str().unwrap_or_default(), &it["input"]))
            .collect()
    }

    /// What the tools gave so far, in the order of the calls.
    pub(crate) fn outcomes(&self) -> Vec<Outcome> {
        let outcome = |call: &Value| {
            let given = self
                .blocks("tool_result")
                .find(|it| it["tool_use_id"] == call["id"])?;
            let text = texts(&[json!({"content": given["content"]})]);
            let text: Vec<_> = text.into_iter().map(|(_, text)| text).collect();
            Some(Outcome {
                tool: call["name"].as_str()?.to_owned(),
                text: text.join("\n"),
                failed: given["is_error"] == true,
            })
        };
        self.blocks("tool_use").filter_map(outcome).collect()
    }

    /// What the newest tool gave.
    pub(crate) fn newest_outcome(&self) -> String {
        self.outcomes()
            .pop()
            .map_or_else(String::new, |outcome| outcome.text)
    }

    /// The folder that the model is told it works in.
    pub(crate) fn folder(&self) -> String {
        let mut told = self.texts();
        told.push((String::new(), self.system()));
        let folder = told
            .iter()
            .find_map(|(_, text)| between(text, "working directory: ", "\n"));
        folder.unwrap_or_default().to_owned()
    }

    /// How background agents ended, as the client tells it.
    pub(crate) fn notifications(&self) -> Vec<String> {
        let opening = "<task-notification>";
        let all = self.texts();
        let notes = all.iter().flat_map(|(_, text)| text.split(opening).skip(1));
        notes
            .filter_map(|note| note.split("</task-notification>").next())
            .map(str::to_owned)
            .collect()
    }

    fn blocks<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Value> {
        let all = self
            .messages()
            .iter()
            .filter_map(|message| message["content"].as_array());
        all.flatten().filter(move |block| block["type"] == kind)
    }
}

/// What stands in `text` between `start` and `end`.
pub(crate) fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    let rest = &text[text.find(start)? + start.len()..];
    Some(&rest[..rest.find(end)?])
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
