//! Measures the memory that a thread holds on the heap.

#![allow(unsafe_code)] // An allocator requires it.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

thread_local! {
    /// Bytes allocated and not yet freed by this thread.
    static HELD: Cell<isize> = const { Cell::new(0) };
    /// The peak of [`HELD`].
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

/// Counts bytes allocated or freed. A thread that is ending no longer has its counters, nor needs
/// them.
fn count(bytes: usize, sign: isize) {
    let _ = HELD.try_with(|held| {
        held.set(held.get() + sign * isize::try_from(bytes).unwrap_or(isize::MAX));
        PEAK.try_with(|peak| peak.set(peak.get().max(held.get())))
    });
}

// SAFETY: the system's allocator does all the work, with unchanged arguments.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 1);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(layout.size(), -1);
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(layout.size(), -1);
        count(size, 1);
        unsafe { System.realloc(pointer, layout, size) }
    }
}

/// Returns the peak number of bytes that this thread held while `work` ran, beyond those held
/// before.
pub(crate) fn peak(work: impl FnOnce()) -> usize {
    let before = HELD.get();
    PEAK.set(before);
    work();
    usize::try_from(PEAK.get() - before).unwrap_or(0)
}
