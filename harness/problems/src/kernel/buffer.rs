use std::mem::MaybeUninit;
use std::ops::{Deref, DerefMut};

use super::LANES;

/// Numbers that begin at the start of a cache line, so that no load of eight of them touches two lines: a product that takes
/// every other operand from memory loses up to half its speed to such loads. Large buffers ask for large pages, without which
/// looking up addresses takes as long as reading.
#[derive(Clone, Debug, Default)]
pub(crate) struct Buffer {
    lines: Vec<Line>,
    length: usize,
}

#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
struct Line([f64; LANES]);

impl Buffer {
    /// `length` zeros.
    pub(crate) fn zeros(length: usize) -> Self {
        let mut lines = Vec::with_capacity(length.div_ceil(LANES));
        if size_of_val(lines.spare_capacity_mut()) >= LARGE {
            ask_for_large_pages(lines.spare_capacity_mut());
        }
        lines.resize(length.div_ceil(LANES), Line([0.0; LANES]));
        Buffer { lines, length }
    }
}

/// Bytes from which on large pages are worth asking for.
const LARGE: usize = 4 << 20;

/// Before anything is written; where the system has none, nothing happens.
#[cfg(target_os = "linux")]
fn ask_for_large_pages(space: &mut [MaybeUninit<Line>]) {
    const PAGE: usize = 4096;
    let range = space.as_mut_ptr_range();
    let (start, end) = (range.start.addr().next_multiple_of(PAGE), range.end.addr() / PAGE * PAGE);
    let first = range.start.cast::<std::ffi::c_void>().wrapping_byte_add(start - range.start.addr());
    // SAFETY: whole pages of an allocation of our own; the advice changes what backs them, not what they hold.
    let advised = unsafe { rustix::mm::madvise(first, end.saturating_sub(start), rustix::mm::Advice::LinuxHugepage) };
    // It is advice: a system that does not take it is only slower.
    let _ = advised;
}

#[cfg(not(target_os = "linux"))]
fn ask_for_large_pages(_: &mut [MaybeUninit<Line>]) {}

impl Deref for Buffer {
    type Target = [f64];

    fn deref(&self) -> &[f64] {
        // SAFETY: lines are arrays of eight numbers without padding, and `length` is at most what they hold.
        unsafe { std::slice::from_raw_parts(self.lines.as_ptr().cast(), self.length) }
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f64] {
        // SAFETY: as above.
        unsafe { std::slice::from_raw_parts_mut(self.lines.as_mut_ptr().cast(), self.length) }
    }
}
