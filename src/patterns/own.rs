//! The compiled form of a layer: the patterns a person or a project has added to the built-in ones.

use rkyv::{Archive, Serialize};

use super::compiled::Compiled;

/// One layer.
#[derive(Debug, Archive, Serialize)]
pub struct Own {
    /// The folder it was read from: the client's, or the project's `.claude`.
    pub root: String,
    /// What was read, whether it exists or not: the folder of route files, `skill-rules.json`, then the route files.
    pub sources: Vec<Source>,
    /// What each route of `compiled` changes.
    pub changes: Vec<Change>,
    /// Its routes, in order of ID, and what speaks for and against them. Without a grammar.
    pub compiled: Compiled,
}

/// A file or folder, as it was when it was read.
#[derive(Debug, Archive, Serialize, PartialEq, Eq)]
pub struct Source {
    /// Its path.
    pub path: String,
    /// How it was.
    pub stamp: Stamp,
}

/// By what a change of a file is seen. All zero where there is no such file.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Archive, Serialize)]
#[rkyv(compare(PartialEq))]
pub struct Stamp {
    /// Length in bytes; 1 for a folder.
    pub size: u64,
    /// When it was changed, in seconds since 1970.
    pub seconds: i64,
    /// And nanoseconds.
    pub nanos: i64,
}

/// What one route of a layer says of the route of that ID.
#[derive(Debug, Archive, Serialize)]
pub struct Change {
    /// The built-in route of that ID.
    pub builtin: Option<u16>,
    /// Index into `sources`: where it stands.
    pub file: u32,
    /// Which fields of the route are set: bits of `SETS_…`. The others are those of the layer below.
    pub sets: u8,
    /// The route is silenced, where `SETS_OFF` is set.
    pub off: bool,
}

/// The target's name.
pub const SETS_NAME: u8 = 1;
/// Agent or skill.
pub const SETS_KIND: u8 = 2;
/// The target's model.
pub const SETS_MODEL: u8 = 4;
/// Whether plan mode allows the target.
pub const SETS_TIER: u8 = 8;
/// What the target does.
pub const SETS_DOES: u8 = 16;
/// When the request is better answered in the conversation.
pub const SETS_STAY: u8 = 32;
/// The threshold.
pub const SETS_THRESHOLD: u8 = 64;
/// Whether the route is silenced.
pub const SETS_OFF: u8 = 128;
