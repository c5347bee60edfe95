use super::lanes::Lanes;

/// Lines that will be needed next, brought into the second-level cache one step of the work after another: a core has few
/// places for lines on their way, and a burst of fetches would leave none to the work.
#[derive(Clone, Copy)]
pub(super) struct Lines {
    next: *const f64,
    pace: usize,
    beside: usize,
}

impl Lines {
    /// In each step a line, from `first` on, `pace` numbers apart; where a step of the instruction set has time for two, also
    /// the one `beside` numbers farther.
    pub(super) fn new(first: *const f64, pace: usize, beside: usize) -> Self {
        Lines { next: first, pace, beside }
    }

    /// `near` again and again, which is near already: nothing to fetch.
    pub(super) fn none(near: *const f64) -> Self {
        Lines { next: near, pace: 0, beside: 0 }
    }

    /// Asks for the lines of this step. They may lie behind the end: a fetch never faults.
    #[inline(always)]
    pub(super) unsafe fn fetch<L: Lanes>(&mut self) {
        // SAFETY: the instruction set of `L` is present, by the contract of the caller.
        unsafe {
            L::prefetch(self.next);
            if L::FETCHES > 1 {
                L::prefetch(self.next.wrapping_add(self.beside));
            }
        }
        self.next = self.next.wrapping_add(self.pace);
    }
}
