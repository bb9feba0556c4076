//! A layer's compiled file: a header, then the bytes of [`Own`], read in place.
//!
//! A file is used only if it is whole, of this very build of the program, and of the sources as they are now.

use std::fmt;
use std::fs;
use std::io;
use std::path::Path;

use rkyv::rancor;

use super::Place;
use super::sources;
use crate::data;
use crate::patterns::own::{ArchivedOwn, Own};
use crate::system::system;

/// The header: this, the format's version and the header's length (4 bytes each), the build, the length of what
/// follows and its checksum (8 bytes each). Numbers are little-endian.
const MAGIC: [u8; 8] = *b"PTUNEIDX";

const VERSION: u32 = 1;

const HEADER: usize = 40;

/// Compiled layers are smaller, see `compile::LARGEST`; in bytes.
const LARGEST: u64 = 24 << 20;

/// Tells this build's files from those of others.
fn build() -> u64 {
    env!("PROMPTUNE_BUILD").parse().unwrap_or(0)
}

/// Why a compiled file is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// It has not been compiled since the sources appeared.
    Missing,
    /// The sources were changed since.
    Stale,
    /// Another build of the program wrote it.
    Foreign,
    /// It is cut off, or damaged.
    Damaged,
}

impl fmt::Display for Unfit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Missing => "it is not compiled yet",
            Self::Stale => "its files were changed since it was compiled",
            Self::Foreign => "another build of promptune compiled it",
            Self::Damaged => "its compiled file is cut off or damaged",
        })
    }
}

/// The compiled layer of `place`, if it can be trusted; `None` where there is no compiled file. At most `stats` of its
/// sources are looked at.
pub(super) fn open(
    place: &Place,
    data: &Path,
    stats: usize,
) -> Result<Option<&'static ArchivedOwn>, Unfit> {
    // It lives as long as the process, which answers one event.
    let Some(bytes) = system().whole(&place.compiled(data), LARGEST) else {
        return Ok(None);
    };
    let own = read(bytes)?;
    // Two roots may share a file's name.
    let here = own.root.as_bytes() == place.root.as_os_str().as_encoded_bytes();
    if here && sources::unchanged(own, stats) {
        Ok(Some(own))
    } else {
        Err(Unfit::Stale)
    }
}

pub(crate) fn read(bytes: &[u8]) -> Result<&ArchivedOwn, Unfit> {
    let (head, body) = bytes.split_at_checked(HEADER).ok_or(Unfit::Damaged)?;
    if head[..8] != MAGIC {
        return Err(Unfit::Damaged);
    }
    let wanted = header(body);
    if head[8..24] != wanted[8..24] {
        return Err(Unfit::Foreign);
    }
    if head != wanted {
        return Err(Unfit::Damaged);
    }
    rkyv::access::<ArchivedOwn, rancor::Failure>(body).map_err(|_| Unfit::Damaged)
}

pub(crate) fn header(body: &[u8]) -> [u8; HEADER] {
    let mut header = [0; HEADER];
    header[..8].copy_from_slice(&MAGIC);
    header[8..12].copy_from_slice(&VERSION.to_le_bytes());
    header[12..16].copy_from_slice(&(HEADER as u32).to_le_bytes());
    header[16..24].copy_from_slice(&build().to_le_bytes());
    header[24..32].copy_from_slice(&(body.len() as u64).to_le_bytes());
    header[32..].copy_from_slice(&checksum(body).to_le_bytes());
    header
}

/// Four sums side by side, so that a processor reads many bytes at a time: every prompt pays for this.
fn checksum(bytes: &[u8]) -> u64 {
    const PRIME: u64 = 0x9e37_79b9_7f4a_7c15;
    let mix = |sum: u64, word: u64| (sum ^ word).wrapping_mul(PRIME).rotate_left(29);
    let mut sums = [1_u64, 2, 3, 4];
    let (blocks, rest) = bytes.as_chunks::<32>();
    for block in blocks {
        let (words, _) = block.as_chunks::<8>();
        for (sum, word) in sums.iter_mut().zip(words) {
            *sum = mix(*sum, u64::from_le_bytes(*word));
        }
    }
    let sum = sums.into_iter().fold(bytes.len() as u64, mix);
    rest.iter()
        .fold(sum, |sum, byte| mix(sum, u64::from(*byte)))
}

/// The bytes of a compiled file.
pub(crate) fn bytes(own: &Own) -> io::Result<Vec<u8>> {
    let body = rkyv::to_bytes::<rancor::Error>(own).map_err(io::Error::other)?;
    let mut bytes = Vec::with_capacity(HEADER + body.len());
    bytes.extend(header(&body));
    bytes.extend(&body[..]);
    Ok(bytes)
}

/// What `bytes` says, without a file.
pub(crate) fn in_memory(bytes: Vec<u8>) -> Result<&'static ArchivedOwn, Unfit> {
    read(bytes.leak())
}

/// Puts `bytes` in the place of the compiled file, whole or not at all, readable by the owner only.
pub(super) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        data::unlink_planted(folder);
        system().make_folder(folder)?;
    }
    data::replace(path, bytes)
}

/// Removes the compiled file, if there is one.
pub(super) fn remove(path: &Path) {
    if let Some(folder) = path.parent() {
        data::unlink_planted(folder);
    }
    let _ = fs::remove_file(path);
}

#[cfg(test)]
mod tests {
    use super::{HEADER, checksum, header};

    #[test]
    fn every_bit_counts() {
        let body: Vec<u8> = (0..200).collect();
        let sum = checksum(&body);
        for at in 0..body.len() {
            let mut other = body.clone();
            other[at] ^= 0x10;
            assert_ne!(checksum(&other), sum, "{at}");
            assert_ne!(checksum(&body[..at]), sum, "{at}");
        }
        assert_eq!(header(&body).len(), HEADER);
    }
}
