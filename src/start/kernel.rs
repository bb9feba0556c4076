//! The few system calls that are made before the C library has started, and none of its wrappers.

use std::arch::asm;

pub(super) const READ: usize = 0;
pub(super) const WRITE: usize = 1;
pub(super) const OPEN: usize = 2;
pub(super) const CLOSE: usize = 3;
pub(super) const STAT: usize = 4;
pub(super) const FSTAT: usize = 5;
const MMAP: usize = 9;
const RT_SIGACTION: usize = 13;
pub(super) const PREAD: usize = 17;
pub(super) const NANOSLEEP: usize = 35;
pub(super) const MKDIR: usize = 83;
pub(super) const GETDENTS64: usize = 217;
const ARCH_PRCTL: usize = 158;
pub(super) const CLOCK_GETTIME: usize = 228;
const EXIT_GROUP: usize = 231;

/// Makes the system call `number`. Returns its result: an address or count, or a negated error number.
pub(super) unsafe fn call(number: usize, arguments: [usize; 6]) -> isize {
    let [a, b, c, d, e, f] = arguments;
    let result: isize;
    // SAFETY: the kernel's calling convention; what the call does is the caller's promise.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") number as isize => result,
            in("rdi") a, in("rsi") b, in("rdx") c, in("r10") d, in("r8") e, in("r9") f,
            lateout("rcx") _, lateout("r11") _,
            options(nostack),
        );
    }
    result
}

/// Ends the process with exit code 0.
pub(super) fn exit() -> ! {
    loop {
        // SAFETY: takes no memory.
        unsafe { call(EXIT_GROUP, [0; 6]) };
    }
}

/// Reserves `length` bytes of memory, which cost nothing until they are touched.
pub(super) fn reserve(length: usize) -> Option<*mut u8> {
    const READ_AND_WRITE: usize = 1 | 2;
    const PRIVATE_ANONYMOUS_NORESERVE: usize = 0x02 | 0x20 | 0x4000;
    // SAFETY: new memory, at an address of the kernel's choice.
    let at = unsafe {
        call(
            MMAP,
            [
                0,
                length,
                READ_AND_WRITE,
                PRIVATE_ANONYMOUS_NORESERVE,
                usize::MAX,
                0,
            ],
        )
    };
    (at > 0).then_some(at as *mut u8)
}

/// The `length` bytes of an open file, in place: no copy, and its pages at once. They are those of the file as it is;
/// where somebody cuts it short meanwhile, the process ends in silence.
pub(super) fn map(descriptor: usize, length: usize) -> Option<&'static [u8]> {
    const READ: usize = 1;
    const PRIVATE_POPULATE: usize = 0x02 | 0x8000;
    end_where_a_file_ends();
    // SAFETY: new memory, at an address of the kernel's choice.
    let at = unsafe { call(MMAP, [0, length, READ, PRIVATE_POPULATE, descriptor, 0]) };
    // SAFETY: the kernel has just put `length` bytes there, to read; nobody unmaps them. Files of ours are replaced,
    // never written into.
    (at > 0).then(|| unsafe { std::slice::from_raw_parts(at as *const u8, length) })
}

/// Reading where a mapped file has ended meanwhile ends the process with exit code 0.
fn end_where_a_file_ends() {
    const SIGBUS: usize = 7;
    const HAS_RESTORER: usize = 0x0400_0000;
    extern "C" fn end() -> ! {
        exit()
    }
    let end = end as extern "C" fn() -> ! as usize;
    // It never returns, but without somewhere to return to the kernel does not call it.
    let action = [end, HAS_RESTORER, end, 0];
    // SAFETY: the kernel reads a handler, flags, a restorer and a mask of 8 bytes.
    unsafe { call(RT_SIGACTION, [SIGBUS, action.as_ptr() as usize, 0, 8, 0, 0]) };
}

/// Reads stdin to its end, or until `room` is full. `Err` holds what was read before a fault.
pub(super) fn read_stdin(room: &'static mut [u8]) -> Result<&'static [u8], &'static [u8]> {
    const INTERRUPTED: isize = -4;
    let mut length = 0;
    loop {
        let rest = &mut room[length..];
        if rest.is_empty() {
            return Ok(room);
        }
        // SAFETY: the kernel writes at most `rest.len()` bytes there.
        match unsafe { call(READ, [0, rest.as_mut_ptr() as usize, rest.len(), 0, 0, 0]) } {
            0 => return Ok(&room[..length]),
            INTERRUPTED => {}
            count if count > 0 => length += count.cast_unsigned(),
            _ => return Err(&room[..length]),
        }
    }
}

/// Gives the thread local storage, all zero: a panic counts itself there before its hook is called.
pub(super) fn give_panics_a_thread() {
    const SET_FS: usize = 0x1002;
    const WORDS: usize = 1024;
    static mut STORAGE: [usize; WORDS] = [0; WORDS];
    let storage = &raw mut STORAGE;
    // Variables lie below the thread's pointer, which points at itself.
    // SAFETY: nobody else uses `STORAGE`; the C library's start gives the thread another one.
    unsafe {
        let pointer = storage.cast::<usize>().add(WORDS / 2);
        *pointer = pointer as usize;
        call(ARCH_PRCTL, [SET_FS, pointer as usize, 0, 0, 0, 0]);
    }
}

/// Lets a write to a closed pipe fail instead of ending the process, as Rust's own start does.
pub(super) fn ignore_broken_pipes() {
    const SIGPIPE: usize = 13;
    const IGNORE: usize = 1;
    let action = [IGNORE, 0, 0, 0];
    // SAFETY: the kernel reads a handler, flags, a restorer and a mask of 8 bytes.
    unsafe {
        call(
            RT_SIGACTION,
            [SIGPIPE, action.as_ptr() as usize, 0, 8, 0, 0],
        )
    };
}
