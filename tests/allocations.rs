//! How often a hook asks for memory. The hook's whole decision runs here in the test's own process, on the events that
//! `scripts/budget` counts instructions of.

#![allow(
    unsafe_code,
    reason = "a global allocator is unsafe by its trait; this one only counts and hands on to the system's"
)]
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may fail, and says what it found"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::fs;

use promptune::hook::{self, Begun};

thread_local! {
    /// Of this thread: the test's harness has threads of its own.
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

#[global_allocator]
static COUNTING: Counting = Counting;

struct Counting;

fn one_more() {
    COUNT.with(|count| count.set(count.get() + 1));
}

// SAFETY: every call goes to `System` as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        one_more();
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, length: usize) -> *mut u8 {
        one_more();
        // SAFETY: the caller's promise.
        unsafe { System.realloc(at, layout, length) }
    }
}

/// Allocations, growing ones included, of the hook's decision about `benches/events/{name}.json`.
fn allocations(name: &str) -> usize {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/events");
    let event = fs::read(format!("{folder}/{name}.json")).unwrap();
    let before = COUNT.get();
    let begun = hook::begin(Ok(&event));
    let count = COUNT.get() - before;
    assert!(!matches!(begun, Begun::Malformed(_) | Begun::Unreadable));
    println!("{name}: {count} allocations");
    count
}

#[test]
fn the_counter_counts() {
    let before = COUNT.get();
    drop(std::hint::black_box(Vec::<u8>::with_capacity(100)));
    assert_eq!(COUNT.get() - before, 1);
}

#[test]
fn what_nobody_typed_takes_hardly_any() {
    for name in ["machine", "other"] {
        assert!(allocations(name) <= 4, "{name}");
    }
}

/// 40 on every miss, however long; for the others what they take today.
const MOST: [(&str, usize); 8] = [
    ("miss", 40),
    ("fenced-20k", 40),
    ("code-20k", 40),
    ("log-20k", 40),
    ("prose-20k", 40),
    ("prose-32k", 40),
    ("hostile-64k", 85),
    ("hint", 58),
];

#[test]
fn prompts_take_few() {
    for (name, most) in MOST {
        let count = allocations(name);
        assert!(count <= most, "{name}: {count} allocations");
    }
}
