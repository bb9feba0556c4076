//! Off switches: for everything (`config.json`), for a project (`.claude/promptune/off`), for a conversation ("promptune
//! off", typed). `PROMPTUNE=off` is looked at before anything is read: see [`crate::settings::switched_off`].

use std::path::Path;
use std::{fmt, io};

use serde::Serialize;

use crate::conversation::Conversation;
use crate::data;
use crate::hook::Context;
use crate::patterns::own::Stamp;
use crate::settings::Settings;
use crate::system::system;

/// Where promptune is switched off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Off {
    /// By `{"enabled": false}` in `config.json`.
    Everywhere,
    /// By a file `.claude/promptune/off` in the project.
    Project,
    /// By "promptune off" in the conversation.
    Conversation,
}

impl fmt::Display for Off {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Everywhere => "config.json says \"enabled\": false",
            Self::Project => ".claude/promptune/off is there in this project",
            Self::Conversation => "\"promptune off\" was typed in this conversation",
        })
    }
}

/// Whether promptune is switched off, and by which of the switches that are files. Reads at most one file (that of the
/// conversation), so it is asked only when something is about to be said.
///
/// `settings` are those of the data folder `folder`, `session` is the conversation's ID, `project` its folder.
#[must_use]
pub fn off(
    folder: &Path,
    settings: &Settings,
    session: Option<&str>,
    project: Option<&Path>,
) -> Option<Off> {
    let conversation = || session.and_then(|session| Conversation::open(folder, session));
    off_beside(settings, project)
        .or_else(|| conversation()?.past().off.then_some(Off::Conversation))
}

/// The same without the conversation's switch; reads nothing.
#[must_use]
pub fn off_beside(settings: &Settings, project: Option<&Path>) -> Option<Off> {
    if !settings.enabled {
        return Some(Off::Everywhere);
    }
    let file = project?.join(".claude/promptune/off");
    (system().stamp(&file) != Stamp::default()).then_some(Off::Project)
}

/// What a prompt asks of the conversation's switch: `Some(true)` for "promptune on", `Some(false)` for "promptune
/// off", in any case, with blanks around and marks at the end.
#[must_use]
pub fn asked(prompt: &str) -> Option<bool> {
    const LONGEST: usize = 40;
    if prompt.len() > LONGEST {
        return None;
    }
    let bare = prompt
        .trim()
        .trim_end_matches(['.', '!', '?', ',', ';', '。', '！', '…', ' ']);
    let (name, wish) = bare.split_once([' ', '\t'])?;
    if !name.eq_ignore_ascii_case("promptune") {
        return None;
    }
    match wish.trim_start() {
        on if on.eq_ignore_ascii_case("on") => Some(true),
        off if off.eq_ignore_ascii_case("off") => Some(false),
        _ => None,
    }
}

/// Switches the conversation `session` in the folder `project`. Returns the hook's answer: the prompt goes on to the
/// model, as every prompt does; it is told what the prompt was, and the person what came of it.
#[must_use]
pub fn turn(session: Option<&str>, project: Option<&Path>, on: bool) -> Option<Vec<u8>> {
    let folder = data::folder();
    let conversation = folder
        .as_deref()
        .zip(session)
        .and_then(|(folder, session)| Conversation::open(folder, session));
    let noted = conversation
        .ok_or(io::ErrorKind::NotFound.into())
        .and_then(|conversation| conversation.switch(data::now(), on));
    let elsewhere = folder
        .filter(|_| on)
        .and_then(|folder| off_beside(&Settings::read(&folder), project));
    let told = match (noted, elsewhere) {
        (Err(error), _) => {
            let word = if on { "on" } else { "off" };
            data::log(&format!(
                "the switch of a conversation cannot be noted: {error}"
            ));
            format!(
                "promptune cannot be switched {word} here: its data folder cannot be written ({error})."
            )
        }
        (Ok(()), Some(off)) => format!("promptune is on in this conversation, but silent: {off}."),
        (Ok(()), None) if on => "promptune is on in this conversation.".to_owned(),
        (Ok(()), None) => {
            "promptune is off in this conversation. \"promptune on\" switches it on again."
                .to_owned()
        }
    };
    let context = format!(
        "The user's message is a command to promptune, a hook of theirs, which has handled it and told them: {told} It asks nothing of the assistant; a word of acknowledgement is enough."
    );
    serde_json::to_vec(&Told {
        system_message: &told,
        hook_specific_output: Context {
            hook_event_name: "UserPromptSubmit",
            additional_context: &context,
        },
    })
    .ok()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Told<'a> {
    system_message: &'a str,
    hook_specific_output: Context<'a>,
}

#[cfg(test)]
mod tests {
    use super::asked;

    #[test]
    fn only_the_two_words_switch() {
        for prompt in [
            "promptune off",
            " Promptune  OFF.\n",
            "PROMPTUNE\tOff!!",
            "promptune off .",
        ] {
            assert_eq!(asked(prompt), Some(false), "{prompt}");
        }
        for prompt in ["promptune on", "Promptune On…"] {
            assert_eq!(asked(prompt), Some(true), "{prompt}");
        }
        for prompt in [
            "promptune",
            "off",
            "promptuneoff",
            "turn promptune off",
            "promptune off please",
            "promptune offline",
            "promptune o",
            "`promptune off`",
            "",
        ] {
            assert_eq!(asked(prompt), None, "{prompt}");
        }
    }
}
