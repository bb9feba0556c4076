//! Memory before the C library has started: taken from one reservation and never given back. After that, the C library's.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use super::{EARLY, kernel, later};

/// An event is 1 MB at most, and what is made of it a few times that.
const RESERVED: usize = 32 << 20;

static FIRST: AtomicUsize = AtomicUsize::new(0);
static NEXT: AtomicUsize = AtomicUsize::new(0);

#[global_allocator]
static MEMORY: Memory = Memory;

struct Memory;

/// Reserves the memory. False where the kernel has none.
pub(super) fn reserve() -> bool {
    let Some(at) = kernel::reserve(RESERVED) else {
        return false;
    };
    FIRST.store(at as usize, Relaxed);
    NEXT.store(at as usize, Relaxed);
    true
}

/// The first `length` bytes of it.
pub(super) fn room(length: usize) -> &'static mut [u8] {
    let at = take(length, 1);
    // SAFETY: fresh zeroed memory that nobody else is given.
    unsafe { std::slice::from_raw_parts_mut(at, length) }
}

/// Takes memory. Where there is no more, the C library starts and everything begins anew.
fn take(length: usize, align: usize) -> *mut u8 {
    let at = NEXT.load(Relaxed).next_multiple_of(align);
    if at + length > FIRST.load(Relaxed) + RESERVED {
        later();
    }
    NEXT.store(at + length, Relaxed);
    at as *mut u8
}

fn is_reserved(at: *mut u8) -> bool {
    let first = FIRST.load(Relaxed);
    first != 0 && (first..first + RESERVED).contains(&(at as usize))
}

// SAFETY: what `take` hands out is aligned, long enough and nobody else's; everything else is `System`'s. The early
// start has one thread.
unsafe impl GlobalAlloc for Memory {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if EARLY.load(Relaxed) {
            return take(layout.size(), layout.align());
        }
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        if is_reserved(at) {
            // The last one taken can be given back: a list that grows often is.
            if EARLY.load(Relaxed) && at as usize + layout.size() == NEXT.load(Relaxed) {
                NEXT.store(at as usize, Relaxed);
            }
            return;
        }
        // SAFETY: the caller's promise; it came from `System`.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, length: usize) -> *mut u8 {
        if !is_reserved(at) {
            // SAFETY: the caller's promise; it came from `System`.
            return unsafe { System.realloc(at, layout, length) };
        }
        if EARLY.load(Relaxed) && at as usize + layout.size() == NEXT.load(Relaxed) {
            // The last one taken grows in place.
            NEXT.store(at as usize, Relaxed);
            return take(length, layout.align());
        }
        // SAFETY: `alloc`'s promises; both are at least the shorter length long and do not overlap.
        unsafe {
            let to = self.alloc(Layout::from_size_align_unchecked(length, layout.align()));
            if !to.is_null() {
                at.copy_to_nonoverlapping(to, layout.size().min(length));
            }
            to
        }
    }
}
