use super::LANES;
use super::lanes::Lanes;

/// Numbers that will be needed next, brought into the second-level cache evenly while other work goes on: a core has few
/// places for lines on their way, and a burst of fetches would leave none to the work.
pub(super) struct Ahead {
    next: *const f64,
    end: *const f64,
    /// Numbers to go on by in each step of the work, which need not be whole lines.
    pace: usize,
}

/// The lines that one piece of work fetches.
#[derive(Clone, Copy)]
pub(super) struct Lines {
    next: *const f64,
    pace: usize,
}

impl Ahead {
    /// All of `numbers` within about `steps` steps, or what a line a step makes of them.
    pub(super) fn of(numbers: &[f64], steps: usize) -> Self {
        let std::ops::Range { start, end } = numbers.as_ptr_range();
        // More than a line per step would leave lines out.
        let pace = numbers.len().div_ceil(steps.max(1)).clamp(1, LANES);
        Ahead { next: start, end, pace }
    }

    /// Lines for one piece of work; when none is left, `near` again and again, which is near already.
    #[inline(always)]
    pub(super) fn lines(&self, near: *const f64) -> Lines {
        if self.next < self.end { Lines { next: self.next, pace: self.pace } } else { Lines { next: near, pace: 0 } }
    }

    /// Goes on behind `lines`.
    #[inline(always)]
    pub(super) fn advance(&mut self, lines: Lines) {
        if lines.pace > 0 {
            self.next = lines.next;
        }
    }
}

impl Lines {
    /// Asks for the next line. It may lie behind the end: a fetch never faults.
    #[inline(always)]
    pub(super) unsafe fn fetch<L: Lanes>(&mut self) {
        // SAFETY: the instruction set of `L` is present, by the contract of the caller.
        unsafe { L::prefetch(self.next) }
        self.next = self.next.wrapping_add(self.pace);
    }
}
