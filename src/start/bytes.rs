//! Copying and comparing bytes. The compiler calls these by name; the C library's versions pick the processor's best
//! when it starts, and cannot be called before.
//!
//! Source: the names and promises of C's `string.h`.

#![allow(clippy::missing_safety_doc, reason = "C's, word for word")]

use std::arch::asm;
use std::ptr;

/// Copies `n` bytes that do not overlap.
#[unsafe(no_mangle)]
unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, n: usize) -> *mut u8 {
    // SAFETY: C's promise: both are `n` bytes long.
    unsafe { forward(to, from, n) };
    to
}

/// Copies `n` bytes that may overlap.
#[unsafe(no_mangle)]
unsafe extern "C" fn memmove(to: *mut u8, from: *const u8, n: usize) -> *mut u8 {
    // SAFETY: C's promise: both are `n` bytes long. Short runs are read whole before anything is written; backwards
    // from the end nothing is overwritten before it is read.
    unsafe {
        if n <= 32 || (to as usize).wrapping_sub(from as usize) >= n {
            forward(to, from, n);
        } else {
            asm!(
                "std", "rep movsb", "cld",
                inout("rcx") n => _, inout("rdi") to.add(n - 1) => _, inout("rsi") from.add(n - 1) => _,
                options(nostack),
            );
        }
    }
    to
}

/// Copies from the first byte on; up to 32 bytes are read whole before any is written.
#[inline(always)]
unsafe fn forward(to: *mut u8, from: *const u8, n: usize) {
    // SAFETY: the callers' promise.
    unsafe {
        match n {
            0 => {}
            1..4 => {
                let (first, middle, last) = (*from, *from.add(n / 2), *from.add(n - 1));
                *to = first;
                *to.add(n / 2) = middle;
                *to.add(n - 1) = last;
            }
            4..8 => ends::<u32>(to, from, n),
            8..16 => ends::<u64>(to, from, n),
            16..=32 => ends::<u128>(to, from, n),
            _ => {
                asm!("rep movsb", inout("rcx") n => _, inout("rdi") to => _, inout("rsi") from => _, options(nostack))
            }
        }
    }
}

/// Copies between one and two `T` of bytes.
#[inline(always)]
unsafe fn ends<T>(to: *mut u8, from: *const u8, n: usize) {
    // SAFETY: the caller's promise: `n` is at least the size of a `T`.
    unsafe {
        let last = n - size_of::<T>();
        let (head, tail) = (
            ptr::read_unaligned(from.cast::<T>()),
            ptr::read_unaligned(from.add(last).cast::<T>()),
        );
        ptr::write_unaligned(to.cast(), head);
        ptr::write_unaligned(to.add(last).cast(), tail);
    }
}

/// Sets `n` bytes to the lowest byte of `value`.
#[unsafe(no_mangle)]
unsafe extern "C" fn memset(to: *mut u8, value: i32, n: usize) -> *mut u8 {
    // SAFETY: C's promise: `n` bytes are there.
    unsafe {
        asm!("rep stosb", inout("rcx") n => _, inout("rdi") to => _, in("al") value as u8, options(nostack))
    };
    to
}

/// Compares `n` bytes: less than, equal to or greater than zero.
#[unsafe(no_mangle)]
unsafe extern "C" fn memcmp(a: *const u8, b: *const u8, n: usize) -> i32 {
    let mut at = 0;
    // SAFETY: C's promise: both are `n` bytes long.
    unsafe {
        while at + 8 <= n {
            let (left, right) = (
                ptr::read_unaligned(a.add(at).cast::<u64>()),
                ptr::read_unaligned(b.add(at).cast::<u64>()),
            );
            if left != right {
                return if left.swap_bytes() < right.swap_bytes() {
                    -1
                } else {
                    1
                };
            }
            at += 8;
        }
        while at < n {
            let (left, right) = (*a.add(at), *b.add(at));
            if left != right {
                return i32::from(left) - i32::from(right);
            }
            at += 1;
        }
    }
    0
}

/// Whether `n` bytes differ.
#[unsafe(no_mangle)]
unsafe extern "C" fn bcmp(a: *const u8, b: *const u8, n: usize) -> i32 {
    // SAFETY: as `memcmp`.
    unsafe { memcmp(a, b, n) }
}
