//! A stand-in for npm's registry on loopback, with the packages that `scripts/npm` makes; and for the place from which
//! a release's marketplace files are fetched.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, OnceLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha512};

use crate::server::{Asked, Server};

/// The registry. It is gone when dropped.
pub(crate) struct Registry {
    /// What `--registry` takes.
    pub(crate) url: String,
    _server: Server,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Registry {
    /// Starts with the packages in `folder`.
    pub(crate) fn start(folder: &Path) -> Self {
        let packages: Vec<Package> = tarballs(folder)
            .iter()
            .map(|it| Package::read(it))
            .collect();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let url = Arc::new(OnceLock::new());
        let (record, folder, at) = (Arc::clone(&asked), folder.to_owned(), Arc::clone(&url));
        let server = Server::start(move |asked: &Asked| {
            let path = asked.path.trim_start_matches('/').replace("%2f", "/");
            let at: &String = at
                .get()
                .expect("nobody knows the registry before it has started");
            let answer = answer(&folder, &packages, at, &path);
            if let Ok(mut record) = record.lock() {
                record.push(path);
            }
            answer
        });
        let url = url.get_or_init(|| format!("http://{}/", server.address));
        Self {
            url: url.clone(),
            _server: server,
            asked,
        }
    }

    /// The names of the files that were fetched so far, once each, sorted.
    pub(crate) fn fetched(&self) -> Vec<String> {
        let asked = self.asked.lock().expect("no panic while recording");
        let files = asked.iter().filter_map(|path| path.strip_prefix("-/"));
        let mut files: Vec<String> = files.map(str::to_owned).collect();
        files.sort();
        files.dedup();
        files
    }
}

struct Package {
    file: String,
    described: Value,
    integrity: String,
}

impl Package {
    fn read(path: &Path) -> Self {
        let content = fs::read(path).expect("a package");
        let hash = STANDARD.encode(Sha512::digest(&content));
        Self {
            file: path.file_name().expect("a name").to_string_lossy().into(),
            described: described(path),
            integrity: format!("sha512-{hash}"),
        }
    }
}

/// The paths of the packages in a folder.
pub(crate) fn tarballs(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder of packages");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths
        .filter(|path| path.extension().is_some_and(|it| it == "tgz"))
        .collect()
}

/// The `package.json` of a package.
pub(crate) fn described(path: &Path) -> Value {
    let mut tar = Command::new("tar");
    tar.arg("-xzOf").arg(path).arg("package/package.json");
    let done = tar.output().expect("tar starts");
    assert!(done.status.success(), "{done:?}");
    serde_json::from_slice(&done.stdout).expect("package.json is JSON")
}

fn answer(folder: &Path, packages: &[Package], url: &str, path: &str) -> (&'static str, Vec<u8>) {
    if let Some(file) = path.strip_prefix("-/") {
        let content = fs::read(folder.join(file)).unwrap_or_default();
        return ("application/octet-stream", content);
    }
    if Path::new(path).extension().is_some_and(|it| it == "json") {
        let content = fs::read(folder.join(path)).unwrap_or_default();
        return ("application/json", content);
    }
    let Some(package) = packages.iter().find(|it| it.described["name"] == path) else {
        return ("application/json", Vec::new());
    };
    let version = package.described["version"].as_str().expect("a version");
    let mut described = package.described.clone();
    let tarball = format!("{url}-/{}", package.file);
    described["dist"] = json!({"tarball": tarball, "integrity": package.integrity});
    let listed = json!({
        "name": path, "dist-tags": {"latest": version}, "versions": {version: described},
    });
    ("application/json", listed.to_string().into_bytes())
}
