//! A person's desk: the real client, and everything around it.

use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Once;
use std::time::Duration;

use crate::api::{Api, Play, follows_hints};
use crate::conversation::{Conversation, Heard};
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
    pub(crate) fn with_model(play: impl Play) -> Option<Self> {
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

    /// Moves the person to another home.
    pub(crate) fn at(mut self, home: Home) -> Self {
        self.home = home;
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
        Conversation::open(command, &self.api)
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
        self.surround(&mut command);
        command
    }

    /// Runs one of promptune's own commands: `promptune install …`. The client is `claude` on its PATH.
    pub(crate) fn promptune(&self, arguments: &[&str]) -> Output {
        self.promptune_from(&home::staged().join("bin/promptune"), arguments)
    }

    /// The same with another build of it.
    pub(crate) fn promptune_from(&self, program: &Path, arguments: &[&str]) -> Output {
        let folder = self.home.beside("path");
        if !folder.exists() {
            std::fs::create_dir(&folder).expect("a folder");
            std::os::unix::fs::symlink(&self.client, folder.join("claude")).expect("a link");
        }
        let mut command = Command::new(program);
        self.surround(&mut command);
        let paths = std::env::var_os("PATH").unwrap_or_default();
        let paths = [folder].into_iter().chain(std::env::split_paths(&paths));
        command.env("PATH", std::env::join_paths(paths).expect("a PATH"));
        let output = command.args(arguments).stdin(Stdio::null()).output();
        output.expect("promptune starts")
    }

    /// The environment of a person at this desk.
    fn surround(&self, command: &mut Command) {
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
