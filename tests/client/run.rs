//! A person at the real client.

use std::ffi::{OsStr, OsString};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Once;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::api::{Api, CONTEXT, Play, Request, follows_hints};
use crate::home::{self, Home};

/// How long anything may take before a test gives up. A run of the client takes about a second.
pub(crate) const PATIENCE: Duration = Duration::from_mins(2);

/// Says what was left out. Not by a macro, whose text would not be seen when the test passes.
pub(crate) fn skipped(what: &str) {
    let _ = std::io::stderr().write_all(format!("skipped: {what}\n").as_bytes());
}

/// Everything a person needs: the client, a home, the plugin, and a model to talk to.
pub(crate) struct Desk {
    client: PathBuf,
    pub(crate) api: Api,
    pub(crate) home: Home,
    /// Loaded with `--plugin-dir`; `None` where the plugin is installed instead.
    plugin: Option<PathBuf>,
    variables: Vec<(OsString, OsString)>,
    flags: Vec<String>,
    /// A shell script that runs before the client, in its own mount namespace.
    mounts: Option<String>,
}

impl Desk {
    /// A desk with an obedient model, or `None`, with a word about it, where the client is not at hand.
    pub(crate) fn ready() -> Option<Self> {
        Self::with_model(follows_hints)
    }

    /// A desk with a model that plays as it likes.
    pub(crate) fn with_model(play: Play) -> Option<Self> {
        let Some(client) = std::env::var_os("PROMPTUNE_CLIENT").filter(|path| !path.is_empty())
        else {
            static SAID: Once = Once::new();
            SAID.call_once(|| skipped("the tests in the client, as PROMPTUNE_CLIENT does not name its binary (scripts/client installs one)"));
            return None;
        };
        Some(Self {
            client: std::fs::canonicalize(client).expect("PROMPTUNE_CLIENT names a file"),
            api: Api::start(play),
            home: Home::new(),
            plugin: Some(home::staged().to_owned()),
            variables: Vec::new(),
            flags: Vec::new(),
            mounts: None,
        })
    }

    /// Sets a variable of the client's environment, which the hook inherits.
    pub(crate) fn with(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.variables
            .push((name.into(), value.as_ref().to_owned()));
        self
    }

    /// Gives the client a flag.
    pub(crate) fn flag(mut self, name: &str, value: &str) -> Self {
        self.flags.extend([name.to_owned(), value.to_owned()]);
        self
    }

    /// Puts a shell script in the hook's place.
    pub(crate) fn with_hook(mut self, script: &str) -> Self {
        self.plugin = Some(self.home.plugin_with_hook(script));
        self
    }

    /// Loads the plugin from another folder; `None` loads none.
    pub(crate) fn with_plugin(mut self, plugin: Option<PathBuf>) -> Self {
        self.plugin = plugin;
        self
    }

    /// Runs `script`, which mounts, before the client.
    pub(crate) fn with_mounts(mut self, script: String) -> Self {
        self.mounts = Some(script);
        self
    }

    /// Runs one of the client's own commands: `claude plugin …`.
    pub(crate) fn claude(&self, arguments: &[&str]) -> String {
        let mut command = self.command();
        let child = command
            .args(arguments)
            .stdin(Stdio::null())
            .spawn()
            .expect("the client starts");
        let output = child.wait_with_output().expect("the client ends");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            output.status.success(),
            "claude {arguments:?}: {text}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        text
    }

    /// One prompt in a conversation of its own.
    pub(crate) fn types(&self, prompt: &str) -> Heard {
        let mut conversation = self.conversation();
        let heard = conversation.types(prompt);
        conversation.leaves();
        heard
    }

    /// Opens a conversation.
    pub(crate) fn conversation(&self) -> Conversation<'_> {
        self.conversation_with(&[])
    }

    /// Takes up the conversation `session` again.
    pub(crate) fn resumed(&self, session: &str) -> Conversation<'_> {
        self.conversation_with(&["--resume", session])
    }

    fn conversation_with(&self, flags: &[&str]) -> Conversation<'_> {
        let mut command = self.command();
        command.args([
            "-p",
            "--verbose",
            "--input-format",
            "stream-json",
            "--output-format",
            "stream-json",
        ]);
        command
            .arg("--include-hook-events")
            .args(flags)
            .args(&self.flags);
        if !self.flags.iter().any(|flag| flag == "--permission-mode") {
            command.args(["--permission-mode", "default"]);
        }
        if let Some(plugin) = &self.plugin {
            command.arg("--plugin-dir").arg(plugin);
        }
        let mut child = command
            .stdin(Stdio::piped())
            .spawn()
            .expect("the client starts");
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
        Conversation {
            api: &self.api,
            child,
            stdin,
            events,
            seen: Vec::new(),
        }
    }

    fn command(&self) -> Command {
        let mut command = match &self.mounts {
            None => Command::new(&self.client),
            Some(script) => {
                let mut command = in_own_mounts();
                command
                    .args(["sh", "-ec", &format!("{script}\nexec \"$@\""), "sh"])
                    .arg(&self.client);
                command
            }
        };
        let home = &self.home;
        command
            .env_clear()
            .current_dir(home.project())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command
            .env("HOME", home.path())
            .env("TMPDIR", home.scratch())
            .env("CLAUDE_CODE_TMPDIR", home.scratch());
        command
            .env("ANTHROPIC_BASE_URL", self.api.url())
            .env("ANTHROPIC_API_KEY", "sk-ant-nobody-0123456789abcdef");
        for switch in [
            "DISABLE_AUTOUPDATER",
            "DISABLE_TELEMETRY",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC",
            "IS_SANDBOX",
        ] {
            command.env(switch, "1");
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }
}

/// `unshare`, as root or with a user namespace.
fn in_own_mounts() -> Command {
    let mut command = Command::new("unshare");
    command.arg(if root_can_mount() { "-m" } else { "-rm" });
    command
}

/// Whether this machine lets the tests mount at all.
pub(crate) fn can_mount() -> bool {
    let tried = in_own_mounts()
        .args(["mount", "-t", "tmpfs", "none", "/mnt"])
        .output();
    tried.is_ok_and(|output| output.status.success())
}

fn root_can_mount() -> bool {
    let tried = Command::new("unshare").args(["-m", "true"]).output();
    tried.is_ok_and(|output| output.status.success())
}

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

impl Conversation<'_> {
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
        loop {
            let Ok(event) = self.events.recv_timeout(PATIENCE) else {
                self.give_up(&format!("the client gave no result for {prompt:.100?}"));
            };
            let done = event["type"] == "result";
            self.seen.push(event);
            if done {
                break;
            }
        }
        Heard {
            requests: self.api.requests_since(requests),
            events: self.seen[events..].to_vec(),
            prompt: prompt.to_owned(),
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
