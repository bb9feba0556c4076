//! `promptune new`: starts a file that a person goes on with.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use serde::Serialize;

use super::exit::Exit;
use super::output::{self, NAME, styled};
use super::{Run, project};
use crate::data;
use crate::layers::{self, Owner, index};
use crate::{router, table};

/// Starts a file of your own
#[derive(clap::Args)]
pub(super) struct New {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    Route(Route),
}

/// Starts a route to a skill or agent of yours, with a first pattern and an example that takes it
#[derive(clap::Args)]
struct Route {
    /// The route's ID, which is also its file's name: lower-case letters, digits and hyphens
    name: String,
    /// Put it into this project's .claude/promptune instead of your own
    #[arg(long)]
    project: bool,
    /// It leads to an agent, not to a skill
    #[arg(long)]
    agent: bool,
    /// What the skill or agent is called, if not like the route: `deployer`, `my-plugin:deployer`
    #[arg(long, value_name = "NAME")]
    target: Option<String>,
}

impl Run for New {
    fn run(self) -> Result<Exit, String> {
        let What::Route(route) = self.what;
        route.start()
    }
}

impl Route {
    fn start(self) -> Result<Exit, String> {
        let id = self.name.as_str();
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let letters = id.bytes().any(|byte| byte.is_ascii_alphanumeric());
        if id.len() > 64 || !id.bytes().all(plain) || !letters || id == "schema" {
            return Err(format!(
                "{id:?} is no ID for a route\n  mend: use lower-case letters, digits and hyphens, at most 64: promptune new route deploy-staging"
            ));
        }
        if table::builtin()
            .routes
            .iter()
            .any(|known| known.id.as_str() == id)
        {
            return Err(format!(
                "{id} is built in\n  mend: take another name; or write a file {id}.json that says only what is to be different, see docs/own-routes.md"
            ));
        }
        let project = project::folder();
        let owner = if self.project {
            Owner::Project
        } else {
            Owner::User
        };
        let place = layers::places(project.as_deref())
            .into_iter()
            .find(|place| place.owner == owner)
            .ok_or("there is no folder for it\n  mend: set HOME or CLAUDE_CONFIG_DIR; a project's folder is another than your home")?;
        let file = place.folder().join(format!("{id}.json"));
        let spoken = id.split('-').filter(|word| !word.is_empty());
        let spoken = spoken.collect::<Vec<_>>().join(" ");
        let example = format!("please {spoken} now");
        write(&file, &self.text(&spoken, &example)?)?;
        let checked = check(&file, id, &example, project.as_deref());
        if checked.is_err() {
            let _ = fs::remove_file(&file);
        }
        checked?;
        output::print(&format!(
            "{}\n  “{example}” takes it. Now write what it does, and the words people use for it;\n  then: promptune lint\n",
            styled(NAME, &file.display().to_string())
        ))?;
        Ok(Exit::Fine)
    }

    fn text(&self, spoken: &str, example: &str) -> Result<String, String> {
        let kind = if self.agent { "agent" } else { "skill" };
        let target = self.target.as_deref().unwrap_or(&self.name);
        let route = Started {
            route: &self.name,
            purpose: format!("The person wants to {spoken}."),
            target: Target { kind, name: target },
            does: format!("is made for requests to {spoken}"),
            stay: "the request only mentions it",
            patterns: [Pattern {
                regex: spoken,
                weight: 0.8,
            }],
            examples: [example],
            counter_examples: [format!("what does {spoken} mean?")],
        };
        let mut text = serde_json::to_string_pretty(&route).map_err(|error| error.to_string())?;
        text.push('\n');
        Ok(text)
    }
}

/// The file as it is started, its fields in the order in which a person thinks of them.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Started<'a> {
    route: &'a str,
    purpose: String,
    target: Target<'a>,
    does: String,
    stay: &'a str,
    patterns: [Pattern<'a>; 1],
    examples: [&'a str; 1],
    counter_examples: [String; 1],
}

#[derive(Serialize)]
struct Target<'a> {
    kind: &'a str,
    name: &'a str,
}

#[derive(Serialize)]
struct Pattern<'a> {
    regex: &'a str,
    weight: f64,
}

fn write(file: &Path, text: &str) -> Result<(), String> {
    let failed = |error: std::io::Error| {
        let mend = if error.kind() == ErrorKind::AlreadyExists {
            "edit it, or take another name"
        } else {
            "check the folder's permissions"
        };
        format!("{}: {error}\n  mend: {mend}", file.display())
    };
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    let mut file = options.open(file).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)
}

/// Compiles the layers and sees that the example takes the route.
fn check(file: &Path, id: &str, example: &str, project: Option<&Path>) -> Result<(), String> {
    let data = data::folder();
    let (layers, reports) = index::all(project, data.as_deref());
    let mut faults = reports.iter().flat_map(|report| &report.faults);
    if let Some(fault) = faults.find(|fault| fault.file == file) {
        return Err(fault.to_string());
    }
    let routed = router::route(example, table::builtin())
        .map(|routed| layers::decide::over(routed, &layers));
    let taken = routed.is_ok_and(|routed| {
        let offers = routed.decision.offers();
        offers
            .iter()
            .any(|offer| layers.routes().id(offer.route) == id)
    });
    if taken {
        Ok(())
    } else {
        Err(format!(
            "“{example}” would not take the route {id}\n  mend: take a name that says what is asked for, such as deploy-staging"
        ))
    }
}
