//! The plugin's files, which the binary carries.

use std::ffi::OsStr;
use std::path::Path;

use serde_json::{Value, json};

/// Paths within the plugin's folder, with slashes, and contents. `build.rs` lists them; the binary itself is not among
/// them.
pub(in crate::cli) const FILES: &[(&str, &[u8])] =
    include!(concat!(env!("OUT_DIR"), "/carried.rs"));

/// Where the client looks for a marketplace.
pub(in crate::cli) const MARKETPLACE: &str = ".claude-plugin/marketplace.json";

/// The binary's place in the plugin's folder, as `hooks/hooks.json` names it.
pub(in crate::cli) const BINARY: &str = if cfg!(windows) {
    "bin/promptune.exe"
} else {
    "bin/promptune"
};

/// `marketplace.json` of a marketplace whose one plugin lies in the folder `version` beside it.
pub(super) fn marketplace(version: &str) -> Result<Vec<u8>, String> {
    let carried = FILES.iter().find(|(path, _)| *path == MARKETPLACE);
    let (_, bytes) = carried.ok_or("the binary carries no marketplace.json")?;
    let mut listed: Value = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    listed["plugins"][0]["source"] = json!(format!("./{version}"));
    let mut bytes = serde_json::to_vec_pretty(&listed).map_err(|error| error.to_string())?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// The folder's name for the plugin around `binary`: the version, and a hash of all its contents.
pub(super) fn version(binary: &[u8]) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut add = |bytes: &[u8]| {
        for byte in bytes {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    for (path, bytes) in FILES {
        add(path.as_bytes());
        add(bytes);
    }
    add(binary);
    format!("{}-{:08x}", env!("CARGO_PKG_VERSION"), hash >> 32)
}

/// Whether `name` is a folder's name that [`version`] gives.
pub(super) fn is_version(name: &OsStr) -> bool {
    let Some((version, hash)) = name.to_str().and_then(|name| name.rsplit_once('-')) else {
        return false;
    };
    let numbers = version.split('.').collect::<Vec<_>>();
    numbers.len() == 3
        && numbers.iter().all(|number| number.parse::<u32>().is_ok())
        && hash.len() == 8
        && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// What lies in the plugin's folder around `binary`. The marketplace's file lies above it.
pub(super) fn contents(binary: &[u8]) -> impl Iterator<Item = (&Path, &[u8])> {
    let files = FILES.iter().filter(|(path, _)| *path != MARKETPLACE);
    files
        .map(|(path, bytes)| (Path::new(path), *bytes))
        .chain([(Path::new(BINARY), binary)])
}
