//! The client's own program, and its commands.

use std::env;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::data;

/// The oldest client that hands a hook its arguments (`args` in `hooks.json`). An older one starts the program without
/// them, so that it never answers.
pub(super) const OLDEST: Version = Version(2, 1, 139);

/// How to get a client, in words.
pub(super) const HOW_TO_GET: &str =
    "`claude update` or `npm install -g @anthropic-ai/claude-code` (https://code.claude.com/docs)";

/// None of the commands used here takes longer than a few seconds.
const PATIENCE: Duration = Duration::from_mins(2);

/// A client's version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version(u32, u32, u32);

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{}.{}", self.0, self.1, self.2)
    }
}

impl Version {
    /// The first three numbers of `2.1.330 (Claude Code)`.
    fn read(text: &str) -> Option<Self> {
        let mut numbers = text.split_whitespace().next()?.split(['.', '-', '+']);
        let mut number = || numbers.next()?.parse().ok();
        Some(Self(number()?, number()?, number()?))
    }
}

/// A client that can be run.
#[derive(Debug, Clone)]
pub(super) struct Client {
    /// Its program.
    pub(super) path: PathBuf,
    /// Which it says it is.
    pub(super) version: Version,
}

impl Client {
    /// The client at `given`, else the `claude` on PATH or where its installers put it.
    ///
    /// # Errors
    /// When there is none, or it does not tell its version.
    pub(super) fn find(given: Option<&Path>) -> Result<Self, String> {
        let path = match given {
            Some(path) => path.to_owned(),
            None => on_path("claude").or_else(usual_place).ok_or_else(|| {
                format!("Claude Code is not here: there is no `claude` on PATH\n  mend: install version {OLDEST} or newer with {HOW_TO_GET}, or name its program with --client")
            })?,
        };
        let said = output(Command::new(&path).arg("--version"), &path)?;
        let version = Version::read(&said.text).ok_or_else(|| {
            format!(
                "{}: this does not say that it is Claude Code\n  mend: name its program with --client",
                path.display()
            )
        })?;
        Ok(Self { path, version })
    }

    /// Fails where the client is too old to run the hook.
    pub(super) fn new_enough(&self) -> Result<(), String> {
        if self.version < OLDEST {
            return Err(format!(
                "Claude Code {} is too old: it starts hooks without their arguments. Version {OLDEST} or newer is needed\n  mend: {HOW_TO_GET}",
                self.version
            ));
        }
        Ok(())
    }

    /// Runs `claude ARGUMENTS` in the folder `inside`.
    ///
    /// # Errors
    /// What the client said when it failed.
    pub(super) fn run(&self, arguments: &[&str], inside: Option<&Path>) -> Result<(), String> {
        let mut command = Command::new(&self.path);
        // It shall not replace itself while it works for us.
        command.args(arguments).env("DISABLE_AUTOUPDATER", "1");
        if let Some(folder) = inside {
            command.current_dir(folder);
        }
        let said = output(&mut command, &self.path)?;
        if said.fine {
            return Ok(());
        }
        let words = crate::plain::one_line(&said.text, 600);
        Err(format!(
            "`{}` failed: {words}\n  mend: what the client says; `{0}` shows it again",
            shown(arguments),
        ))
    }
}

/// The command as a person would type it.
pub(super) fn shown(arguments: &[&str]) -> String {
    let words: Vec<String> = arguments.iter().map(|it| quoted(it)).collect();
    format!("claude {}", words.join(" "))
}

/// The program `name` on PATH.
pub(super) fn on_path(name: &str) -> Option<PathBuf> {
    let names = if cfg!(windows) {
        vec![format!("{name}.exe"), format!("{name}.cmd")]
    } else {
        vec![name.to_owned()]
    };
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .flat_map(|folder| {
            names
                .iter()
                .map(move |name| folder.join(name))
                .collect::<Vec<_>>()
        })
        .find(|program| is_program(program))
}

fn usual_place() -> Option<PathBuf> {
    let home = env::var_os("HOME").filter(|home| !home.is_empty())?;
    let own = data::client_folder().map(|folder| folder.join("local/claude"));
    [Some(Path::new(&home).join(".local/bin/claude")), own]
        .into_iter()
        .flatten()
        .find(|program| is_program(program))
}

#[cfg(unix)]
pub(super) fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata()
        .is_ok_and(|there| there.is_file() && there.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
pub(super) fn is_program(path: &Path) -> bool {
    path.is_file()
}

struct Said {
    fine: bool,
    text: String,
}

/// Runs `command` to its end, or for [`PATIENCE`]. What it says on stdout and stderr comes together.
fn output(command: &mut Command, program: &Path) -> Result<Said, String> {
    let fault = |error: std::io::Error| format!("{}: {error}", program.display());
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(fault)?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    // Read aside, so that a full pipe holds up nobody.
    let (out, err) = (
        thread::spawn(move || all(stdout)),
        thread::spawn(move || all(stderr)),
    );
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().map_err(fault)? {
            break status;
        }
        if begun.elapsed() > PATIENCE {
            let _ = child.kill();
            let _ = child.wait();
            return Err(format!(
                "{} does not end within {} seconds\n  mend: run it by hand and see what it waits for",
                program.display(),
                PATIENCE.as_secs()
            ));
        }
        thread::sleep(Duration::from_millis(5));
    };
    let text = [out, err]
        .into_iter()
        .map(|it| it.join().unwrap_or_default())
        .collect();
    Ok(Said {
        fine: status.success(),
        text,
    })
}

/// `path` as a shell takes it, with `~` for the home folder.
pub(super) fn shell(path: &Path) -> String {
    let text = path.display().to_string();
    let home = env::var_os("HOME").filter(|home| !home.is_empty());
    let under = home.and_then(|home| path.strip_prefix(home).ok().map(Path::to_owned));
    match under.map(|rest| quoted(&rest.display().to_string())) {
        Some(rest) if !rest.starts_with('\'') => format!("~/{rest}"),
        _ => quoted(&text),
    }
}

fn quoted(text: &str) -> String {
    let safe = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-@:=+,".contains(&byte);
    if !text.is_empty() && text.bytes().all(safe) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

fn all(pipe: Option<impl std::io::Read>) -> String {
    let mut bytes = Vec::new();
    if let Some(mut pipe) = pipe {
        let _ = pipe.read_to_end(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{OLDEST, Version, shown};

    #[test]
    fn versions_are_read_and_compared() {
        let version = Version::read("2.1.330 (Claude Code)\n").expect("a version");
        assert!(version > OLDEST);
        assert!(Version::read("2.1.138").expect("a version") < OLDEST);
        assert!(Version::read("1.0.0-beta.3").is_some_and(|version| version < OLDEST));
        assert_eq!(Version::read("GNU bash, version 5.2"), None);
        assert_eq!(Version::read(""), None);
    }

    #[test]
    fn commands_are_shown_as_a_shell_takes_them() {
        assert_eq!(
            shown(&["plugin", "add", "/a b/it's"]),
            r"claude plugin add '/a b/it'\''s'"
        );
    }
}
