//! Before the C library: to answer a prompt takes neither a C library nor Rust's runtime, whose start is most of what a
//! small process costs.
//!
//! In the static x86_64 Linux build the process begins at `promptune_entry` here instead of the C library's `_start`.
//! For `promptune hook` it reads stdin and decides ([`promptune::hook::begin`], which only computes); silence ends the
//! process right there, and a hint is given through a handful of system calls ([`system`]). Everything else, and
//! whatever goes wrong, goes on to `_start` as if nothing had been, with what was read kept for [`main`].
//!
//! Until then nothing may be used that the C library sets up: no files, no environment, no threads, no unwinding, no
//! texts of the system's errors. `core`, `alloc` and pure functions are all there is.

#![allow(
    unsafe_code,
    reason = "nothing below the C library is safe: each block says why it holds"
)]

mod bytes;
mod kernel;
mod memory;
mod system;

use std::arch::{asm, global_asm};
use std::io::Write as _;
use std::panic::{self, AssertUnwindSafe};
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use promptune::hook::{self, Begun};

// The stack is kept as the kernel left it: `_start` reads the arguments from there.
global_asm!(
    ".globl promptune_entry",
    ".type promptune_entry,@function",
    "promptune_entry:",
    "xor ebp, ebp",
    "mov [rip + {stack}], rsp",
    "mov rdi, rsp",
    "and rsp, -16",
    "call {early}",
    "jmp {later}",
    ".size promptune_entry, . - promptune_entry",
    stack = sym STACK,
    early = sym early,
    later = sym later,
);

/// Where the kernel put the arguments.
static mut STACK: *const usize = ptr::null();

/// What was read from stdin before the C library started. One thread, and it writes before it reads.
static mut EVENT: Option<Result<&'static [u8], &'static [u8]>> = None;

/// Where something went wrong before the C library started.
static mut PANIC: Option<(String, u32)> = None;

/// Whether the C library has not started yet.
static EARLY: AtomicBool = AtomicBool::new(false);

/// Goes on to the C library's start, which calls `main`.
extern "C" fn later() -> ! {
    EARLY.store(false, Relaxed);
    // SAFETY: `_start` wants the stack as the kernel left it and in rdx a function to call at exit, or none. Nothing
    // below that stack is used any more.
    unsafe {
        asm!("mov rsp, {}", "xor edx, edx", "xor ebp, ebp", "jmp _start", in(reg) STACK, options(noreturn))
    }
}

extern "C" fn early(stack: *const usize) {
    // SAFETY: the kernel's layout: the count of arguments, the arguments, null, the environment, null.
    let plain = unsafe { runs_the_hook(stack) };
    if !plain || !memory::reserve() {
        return;
    }
    EARLY.store(true, Relaxed);
    kernel::give_panics_a_thread();
    panic::set_hook(Box::new(|panic| {
        if !EARLY.load(Relaxed) {
            hook::note_panic(panic);
            return;
        }
        // Nothing can be unwound yet. The C library starts, and `main` notes the fault and stays silent.
        let place = panic.location().map(|at| (at.file().to_owned(), at.line()));
        // SAFETY: one thread; `main` reads it later.
        unsafe { PANIC = place.or_else(|| Some((String::new(), 0))) };
        later();
    }));
    let event = kernel::read_stdin(memory::room(hook::LONGEST_EVENT + 1));
    // SAFETY: one thread; `main` reads it later.
    unsafe { EVENT = Some(event) };
    #[cfg(feature = "fault-injection")]
    // SAFETY: as above.
    assert!(
        !unsafe { has_variable(stack, b"PROMPTUNE_FAULT=panic\0") },
        "a fault was injected"
    );
    match hook::begin(event) {
        Begun::Silent => kernel::exit(),
        begun @ (Begun::Prompt(_) | Begun::Spawn(_)) => {
            // SAFETY: the caller's promise.
            system::serve(unsafe { stack.add(*stack + 2) });
            hook::finish(begun);
            kernel::exit();
        }
        // Other events are rare, and may do anything.
        _ => {}
    }
}

/// The C library's start calls this. Rust's own `main` would first read the process's memory map.
#[unsafe(no_mangle)]
extern "C" fn main(_count: i32, _arguments: *const *const u8) -> i32 {
    kernel::ignore_broken_pipes();
    promptune::system::served_by(&promptune::system::Library);
    // SAFETY: the start is over, and the process has one thread.
    let (event, panic) = unsafe { ((*(&raw mut EVENT)).take(), (*(&raw mut PANIC)).take()) };
    let code = panic::catch_unwind(AssertUnwindSafe(|| match (event, panic) {
        (_, Some((file, line))) => {
            hook::note_panic_at(&file, line);
            0
        }
        (Some(event), None) => {
            hook::finish(hook::begin(event));
            0
        }
        (None, None) => crate::run(),
    }));
    let _ = std::io::stdout().flush();
    code.map_or(101, i32::from)
}

/// Whether the arguments are `promptune hook` and nothing else, and nothing switches it off.
unsafe fn runs_the_hook(stack: *const usize) -> bool {
    // SAFETY: the caller's promise.
    unsafe {
        *stack == 2
            && starts_with(*stack.add(2) as *const u8, b"hook\0")
            && !has_variable(stack, b"PROMPTUNE=")
    }
}

unsafe fn has_variable(stack: *const usize, start: &[u8]) -> bool {
    // SAFETY: the environment begins after the arguments' null and ends with one.
    unsafe {
        let mut variable = stack.add(*stack + 2);
        while *variable != 0 {
            if starts_with(*variable as *const u8, start) {
                return true;
            }
            variable = variable.add(1);
        }
        false
    }
}

/// Whether the C string `text` begins with `start`.
unsafe fn starts_with(text: *const u8, start: &[u8]) -> bool {
    // SAFETY: stops at the string's zero at the latest, as a byte of `start` that is not zero differs from it.
    start
        .iter()
        .enumerate()
        .all(|(index, byte)| unsafe { *text.add(index) } == *byte)
}
