//! The patterns of a person and of a project, over the built-in ones.
//!
//! Each layer is compiled once into one file in the data folder (`promptune index`, the start of a conversation). A
//! prompt only reads it: nothing is parsed or compiled there, and what is stale or damaged is passed over.

pub mod compile;
pub mod decide;
pub(crate) mod file;
pub mod index;
mod javascript;
mod own;
pub(crate) mod route_file;
pub mod routes;
mod skill_rules;
pub mod sources;
mod wording;

use std::fmt;
use std::path::{Path, PathBuf};

use crate::data;
use crate::patterns::own::ArchivedOwn;
use crate::table;

pub use file::Unfit;

/// Whose patterns they are, from the lowest layer to the highest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    /// The program's.
    Builtin,
    /// The person's.
    User,
    /// The project's.
    Project,
}

impl Owner {
    /// `builtin`, `user` or `project`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Builtin => "builtin",
            Self::User => "user",
            Self::Project => "project",
        }
    }

    /// The number of the layer, as in [`crate::matching::Evidence::layer`].
    #[must_use]
    pub fn layer(self) -> u8 {
        self as u8
    }
}

/// Where a layer is written by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Whose it is.
    pub owner: Owner,
    /// The client's folder, or the project's `.claude`.
    pub root: PathBuf,
}

impl Place {
    /// The folder of route files.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        self.root.join("promptune")
    }

    /// The file of the popular activation hooks.
    #[must_use]
    pub fn skill_rules(&self) -> PathBuf {
        self.root.join("skills/skill-rules.json")
    }

    /// Its compiled form in the data folder `data`.
    #[must_use]
    pub fn compiled(&self, data: &Path) -> PathBuf {
        let root = self.root.as_os_str().as_encoded_bytes();
        let hash = root.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
        data.join(format!("index/{}-{hash:016x}.bin", self.owner.name()))
    }
}

/// The places of a conversation in the folder `project`, the person's first.
#[must_use]
pub fn places(project: Option<&Path>) -> Vec<Place> {
    let user = data::client_folder();
    let project = project
        .map(|project| project.join(".claude"))
        .filter(|root| Some(root) != user.as_ref());
    let place = |owner, root| Place { owner, root };
    user.map(|root| place(Owner::User, root))
        .into_iter()
        .chain(project.map(|root| place(Owner::Project, root)))
        .collect()
}

/// One layer, compiled.
#[derive(Clone, Copy)]
pub struct Layer {
    /// Whose it is.
    pub owner: Owner,
    /// What it says.
    pub own: &'static ArchivedOwn,
}

impl fmt::Debug for Layer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:?} {}", self.owner, self.own.root)
    }
}

/// The layers over the built-in patterns, the lowest first.
#[derive(Debug, Default)]
pub struct Layers {
    /// Those that are sound and fresh.
    pub sound: Vec<Layer>,
    /// Those that are passed over, and why.
    pub unfit: Vec<(Place, Unfit)>,
}

impl Layers {
    /// The layers of a conversation in the folder `project`, as they were last compiled: one read and at most
    /// [`sources::MOST_STATS`] stats a layer, and nothing is written.
    #[must_use]
    pub fn of(project: Option<&Path>) -> Self {
        let Some(data) = data::folder() else {
            return Self::default();
        };
        Self::read(places(project), &data, sources::MOST_STATS)
    }

    /// The same for `places`, with at most `stats` stats a layer.
    pub(crate) fn read(places: Vec<Place>, data: &Path, stats: usize) -> Self {
        let mut layers = Self::default();
        for place in places {
            match file::open(&place, data, stats) {
                Ok(Some(own)) => layers.sound.push(Layer {
                    owner: place.owner,
                    own,
                }),
                Ok(None) => {}
                Err(unfit) => layers.unfit.push((place, unfit)),
            }
        }
        layers
    }

    /// All routes, with what the layers change.
    #[must_use]
    pub fn routes(&self) -> routes::Routes<'_> {
        routes::Routes::new(table::builtin(), &self.sound)
    }
}
