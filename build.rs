//! Compiles `patterns/` into the table the binary carries.

#![allow(dead_code, unreachable_pub, missing_docs)]

#[path = "src/patterns/mod.rs"]
mod patterns;

use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=patterns");
    println!("cargo::rerun-if-changed=src/patterns");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let table = patterns::source::Sources::read(Path::new("patterns"))
        .map_err(|fault| vec![fault])
        .and_then(|sources| patterns::compile::compile(&sources));
    match table {
        Ok(table) => {
            let bytes = rkyv::to_bytes::<rkyv::rancor::Error>(&table).unwrap_or_default();
            if let Err(error) = fs::write(out.join("builtin.rkyv"), &bytes) {
                println!("cargo::error=the compiled patterns cannot be written: {error}");
            }
        }
        Err(faults) => {
            for fault in faults {
                for line in fault.to_string().lines() {
                    println!("cargo::error={line}");
                }
            }
        }
    }
}
