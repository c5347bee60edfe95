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

/// Width of the strip that begins at `start`: as many as `most`, or a nearly equal share of what is left.
#[inline(always)]
pub(super) fn strip_width(total: usize, start: usize, most: usize) -> usize {
    let left = total - start;
    left.div_ceil(left.div_ceil(most))
}
