//! The system's services before the C library has started.

use std::ffi::{CString, OsString};
use std::io::{self, ErrorKind};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::Path;
use std::sync::atomic::{AtomicPtr, Ordering::Relaxed};

use promptune::patterns::own::Stamp;
use promptune::system::{System, served_by};

use super::kernel::{
    CLOCK_GETTIME, CLOSE, FSTAT, GETDENTS64, MKDIR, NANOSLEEP, OPEN, PREAD, STAT, WRITE, call,
    ignore_broken_pipes, map,
};

const MISSING: isize = -2;
const INTERRUPTED: isize = -4;
const EXISTS: isize = -17;

/// The kernel's `struct stat` has 144 bytes on x86-64: from byte 24 on the mode, from 48 the length, from 88 the seconds
/// and from 96 the nanoseconds of the last change.
const STAT_WORDS: usize = 18;
/// The kind of file, within the mode.
const KIND: u64 = 0o170_000;

/// The environment: C strings `NAME=VALUE`, then null.
static ENVIRONMENT: AtomicPtr<*const u8> = AtomicPtr::new(std::ptr::null_mut());

/// Lets the kernel answer, with the variables at `environment`.
pub(super) fn serve(environment: *const usize) {
    ENVIRONMENT.store(environment as *mut *const u8, Relaxed);
    ignore_broken_pipes();
    served_by(&Kernel);
}

struct Kernel;

/// The value in the C string `variable`, `NAME=VALUE`, if it is that of `name`.
///
/// # Safety
/// `variable` is a C string.
unsafe fn value_of(variable: *const u8, name: &str) -> Option<Vec<u8>> {
    let mut at = variable;
    for byte in name.bytes().chain(*b"=") {
        // SAFETY: all bytes before this one are those of the name, and none of them is the zero at the end.
        if unsafe { *at } != byte {
            return None;
        }
        // SAFETY: that byte was not the last one.
        at = unsafe { at.add(1) };
    }
    // SAFETY: a zero ends the rest, and `bytes` with it.
    let bytes = (0..).map(|index| unsafe { *at.add(index) });
    Some(bytes.take_while(|byte| *byte != 0).collect())
}

/// An open plain file.
struct Plain {
    descriptor: usize,
    length: u64,
}

impl Drop for Plain {
    fn drop(&mut self) {
        // SAFETY: takes no memory.
        unsafe { call(CLOSE, [self.descriptor, 0, 0, 0, 0, 0]) };
    }
}

impl Plain {
    /// Opens `path`, without waiting for whatever else may be in its place.
    fn open(path: &Path, flags: usize) -> io::Result<Self> {
        const CLOSE_ON_EXEC: usize = 0o2_000_000;
        const DO_NOT_WAIT: usize = 0o4_000;
        const NO_TERMINAL: usize = 0o400;
        const OWNER_ONLY: usize = 0o600;
        let path = c_string(path)?;
        let flags = flags | CLOSE_ON_EXEC | DO_NOT_WAIT | NO_TERMINAL;
        // SAFETY: a C string.
        let descriptor =
            unsafe { call(OPEN, [path.as_ptr() as usize, flags, OWNER_ONLY, 0, 0, 0]) };
        let mut file = Self {
            descriptor: positive(descriptor)?,
            length: 0,
        };
        file.length = file.plain_length().ok_or(ErrorKind::InvalidInput)?;
        Ok(file)
    }

    /// At most `most` bytes from `start` on.
    fn read(&self, start: u64, most: u64) -> Option<Vec<u8>> {
        let length = (self.length - start.min(self.length)).min(most);
        let mut bytes = vec![0; usize::try_from(length).ok()?];
        let mut read = 0;
        while read < bytes.len() {
            let rest = &mut bytes[read..];
            let from = [
                self.descriptor,
                rest.as_mut_ptr() as usize,
                rest.len(),
                start as usize + read,
                0,
                0,
            ];
            // SAFETY: the kernel writes at most `rest.len()` bytes there.
            match unsafe { call(PREAD, from) } {
                0 => break,
                INTERRUPTED => {}
                count => read += positive(count).ok()?,
            }
        }
        bytes.truncate(read);
        Some(bytes)
    }

    fn plain_length(&self) -> Option<u64> {
        const PLAIN: u64 = 0o100_000;
        let mut stat = [0_u64; STAT_WORDS];
        // SAFETY: room for the kernel's `struct stat`.
        let done = unsafe {
            call(
                FSTAT,
                [self.descriptor, stat.as_mut_ptr() as usize, 0, 0, 0, 0],
            )
        };
        (done == 0 && stat[3] & KIND == PLAIN).then_some(stat[6])
    }
}

impl System for Kernel {
    fn variable(&self, name: &str) -> Option<OsString> {
        let mut at = ENVIRONMENT.load(Relaxed);
        loop {
            // SAFETY: `serve` was given the environment, which the kernel wrote; a null ends it.
            let variable = unsafe { *at };
            if variable.is_null() {
                return None;
            }
            // SAFETY: a C string, of which nothing behind the zero is read.
            if let Some(value) = unsafe { value_of(variable, name) } {
                return Some(OsString::from_vec(value));
            }
            // SAFETY: not past the null yet.
            at = unsafe { at.add(1) };
        }
    }

    fn now(&self) -> u64 {
        const REAL_TIME: usize = 0;
        let mut time = [0_u64; 2];
        // SAFETY: the kernel writes seconds and nanoseconds there.
        unsafe {
            call(
                CLOCK_GETTIME,
                [REAL_TIME, time.as_mut_ptr() as usize, 0, 0, 0, 0],
            )
        };
        time[0]
    }

    fn pause(&self, milliseconds: u32) {
        let milliseconds = milliseconds as usize;
        let time = [milliseconds / 1000, milliseconds % 1000 * 1_000_000];
        // SAFETY: the kernel reads seconds and nanoseconds there.
        unsafe { call(NANOSLEEP, [time.as_ptr() as usize, 0, 0, 0, 0, 0]) };
    }

    fn length(&self, path: &Path) -> Option<u64> {
        Plain::open(path, 0).ok().map(|file| file.length)
    }

    fn stamp(&self, path: &Path) -> Stamp {
        let Ok(path) = c_string(path) else {
            return Stamp::default();
        };
        let mut stat = [0_u64; STAT_WORDS];
        let into = stat.as_mut_ptr() as usize;
        // SAFETY: a C string, and room for the kernel's `struct stat`.
        if unsafe { call(STAT, [path.as_ptr() as usize, into, 0, 0, 0, 0]) } != 0 {
            return Stamp::default();
        }
        const FOLDER: u64 = 0o040_000;
        Stamp {
            size: if stat[3] & KIND == FOLDER { 1 } else { stat[6] },
            seconds: stat[11].cast_signed(),
            nanos: stat[12].cast_signed(),
        }
    }

    fn read_end(&self, path: &Path, most: u64) -> Option<Vec<u8>> {
        let file = Plain::open(path, 0).ok()?;
        let start = file.length - file.length.min(most);
        file.read(start, most)
    }

    fn read_start(&self, path: &Path, most: u64) -> Option<Vec<u8>> {
        Plain::open(path, 0).ok()?.read(0, most)
    }

    fn names(&self, folder: &Path, most: usize) -> Option<Vec<OsString>> {
        const FOLDER_CLOSED_ON_EXEC: usize = 0o2_200_000;
        let path = c_string(folder).ok()?;
        // SAFETY: a C string.
        let descriptor = unsafe {
            call(
                OPEN,
                [path.as_ptr() as usize, FOLDER_CLOSED_ON_EXEC, 0, 0, 0, 0],
            )
        };
        let folder = Plain {
            descriptor: positive(descriptor).ok()?,
            length: 0,
        };
        let mut names = Vec::new();
        let mut room = vec![0_u8; 32 * 1024];
        while names.len() < most {
            let into = [
                folder.descriptor,
                room.as_mut_ptr() as usize,
                room.len(),
                0,
                0,
                0,
            ];
            // SAFETY: the kernel writes at most `room.len()` bytes there.
            let length = match unsafe { call(GETDENTS64, into) } {
                0 => break,
                INTERRUPTED => continue,
                length => positive(length).ok()?,
            };
            entries(room.get(..length)?, &mut names);
        }
        Some(names)
    }

    fn whole(&self, path: &Path, most: u64) -> Option<&'static [u8]> {
        let file = Plain::open(path, 0).ok()?;
        if file.length == 0 || file.length > most {
            return Some(&[]);
        }
        map(file.descriptor, usize::try_from(file.length).ok()?)
    }

    fn append(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        const WRITE_ONLY: usize = 1;
        const CREATE: usize = 0o100;
        const APPEND: usize = 0o2_000;
        // Nobody makes us write elsewhere by a link planted in a file's place.
        const NO_LINK: usize = 0o400_000;
        let file = Plain::open(path, WRITE_ONLY | CREATE | APPEND | NO_LINK)?;
        write(file.descriptor, bytes)
    }

    fn make_folder(&self, path: &Path) -> io::Result<()> {
        const OWNER_ONLY: usize = 0o700;
        let name = c_string(path)?;
        // SAFETY: a C string.
        match unsafe { call(MKDIR, [name.as_ptr() as usize, OWNER_ONLY, 0, 0, 0, 0]) } {
            0 | EXISTS => Ok(()),
            MISSING => {
                let above = path.parent().filter(|above| !above.as_os_str().is_empty());
                self.make_folder(above.ok_or(ErrorKind::NotFound)?)?;
                // SAFETY: a C string.
                match unsafe { call(MKDIR, [name.as_ptr() as usize, OWNER_ONLY, 0, 0, 0, 0]) } {
                    0 | EXISTS => Ok(()),
                    error => positive(error).map(|_| ()),
                }
            }
            error => positive(error).map(|_| ()),
        }
    }

    fn answer(&self, bytes: &[u8]) {
        const STDOUT: usize = 1;
        let _ = write(STDOUT, bytes);
    }
}

/// The names in what the kernel tells of a folder: for each entry 16 bytes, its length in two, its kind in one, and its
/// name up to a zero.
fn entries(mut told: &[u8], names: &mut Vec<OsString>) {
    const NAME: usize = 19;
    while let Some(length) = told.get(16..18) {
        let length = usize::from(u16::from_le_bytes([length[0], length[1]]));
        let Some(entry) = told.get(NAME..length) else {
            return;
        };
        let name: Vec<u8> = entry
            .iter()
            .copied()
            .take_while(|byte| *byte != 0)
            .collect();
        if name != b"." && name != b".." {
            names.push(OsString::from_vec(name));
        }
        told = &told[length..];
    }
}

fn write(descriptor: usize, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        // SAFETY: the kernel reads that many bytes there.
        match unsafe {
            call(
                WRITE,
                [descriptor, bytes.as_ptr() as usize, bytes.len(), 0, 0, 0],
            )
        } {
            INTERRUPTED => {}
            count => bytes = &bytes[positive(count)?..],
        }
    }
    Ok(())
}

fn c_string(path: &Path) -> io::Result<CString> {
    CString::new(path.as_os_str().as_bytes()).map_err(|_| ErrorKind::InvalidInput.into())
}

/// A system call's result. An error has no number: its text would come from the C library.
fn positive(result: isize) -> io::Result<usize> {
    usize::try_from(result).map_err(|_| {
        let kind = match result {
            MISSING => ErrorKind::NotFound,
            -13 | -1 => ErrorKind::PermissionDenied,
            -28 => ErrorKind::StorageFull,
            -30 => ErrorKind::ReadOnlyFilesystem,
            _ => ErrorKind::Other,
        };
        kind.into()
    })
}
