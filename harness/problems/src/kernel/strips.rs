//! Cutting a length into strips whose widths are constants of compiled code.

/// Calls `$body` with `$c` a constant for the run-time width `$width` ≤ `$most` of a strip, one of those listed or 1.
macro_rules! by_width {
    ($width:expr, $most:ident, $c:ident => $body:expr; $($n:literal)*) => {
        match $width {
            $($n if $most >= $n => {
                const $c: usize = $n;
                $body
            })*
            _ => {
                const $c: usize = 1;
                $body
            }
        }
    };
}
pub(super) use by_width;

/// A length cut into the fewest strips of at most a given width, nearly equal ones. Made once for many passes over it: a
/// division takes as long as a dozen products.
#[derive(Clone, Copy)]
pub(super) struct Strips {
    /// Strips that are one wider than the others.
    wide: usize,
    /// Width of the others.
    width: usize,
    count: usize,
}

impl Strips {
    #[inline(always)]
    pub(super) fn new(total: usize, most: usize) -> Self {
        let count = total.div_ceil(most).max(1);
        Strips { wide: total % count, width: total / count, count }
    }

    /// The place where strip `index` begins, and its width.
    #[inline(always)]
    pub(super) fn strip(&self, index: usize) -> (usize, usize) {
        (index * self.width + index.min(self.wide), self.width + usize::from(index < self.wide))
    }

    #[inline(always)]
    pub(super) fn count(&self) -> usize {
        self.count
    }
}
