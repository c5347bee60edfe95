use std::ops::Range;

use super::LANES;
use super::ahead::Lines;

/// R rows of A and C columns of X, by where they begin.
#[derive(Clone, Copy)]
pub(super) struct Tile<const R: usize, const C: usize> {
    pub(super) rows: [*const f64; R],
    pub(super) columns: [*const f64; C],
    /// Numbers from a row to the one at its place in the next tile.
    pub(super) onward: usize,
}

/// Eight numbers side by side.
///
/// # Safety
/// Every method may use instructions of its instruction set: call them only where it was detected. Pointers must be
/// valid for eight numbers, or for `count` ≤ 8 of them in the `_first` methods.
pub(super) trait Lanes: Copy {
    /// The same for at most four numbers, where that is less work: numbers beyond them are not kept.
    type Narrow: Lanes;
    /// Lines that a step of a tile has time to fetch.
    const FETCHES: usize;
    unsafe fn splat(value: f64) -> Self;
    unsafe fn load(source: *const f64) -> Self;
    /// The first `count` numbers, zero beyond.
    unsafe fn load_first(source: *const f64, count: usize) -> Self;
    unsafe fn store(self, target: *mut f64);
    unsafe fn store_first(self, target: *mut f64, count: usize);
    /// self + a·b.
    unsafe fn add_product(self, a: Self, b: Self) -> Self;
    /// Sum of the eight, in a fixed order.
    unsafe fn sum(self) -> f64;
    /// [`Lanes::sum`] of each of eight, with its bits.
    #[inline(always)]
    unsafe fn sum_each(all: &[Self; 8], target: *mut f64) {
        for (i, lanes) in all.iter().enumerate() {
            // SAFETY: passed on from the caller.
            unsafe { *target.add(i) = lanes.sum() }
        }
    }
    /// Adds the products of a tile's rows and columns over `span`, each into eight partial sums, which begin at zero if they
    /// are `fresh`; `lines` are fetched meanwhile.
    #[inline(always)]
    #[expect(clippy::needless_range_loop, reason = "an iterator's closure would not have the instruction set")]
    unsafe fn add_products<const R: usize, const C: usize>(
        tile: Tile<R, C>,
        span: Range<usize>,
        sums: &mut [[Self; C]; R],
        fresh: bool,
        mut lines: Lines,
    ) {
        // SAFETY: passed on from the caller: the numbers of the span exist in all rows and columns.
        unsafe {
            let mut held = if fresh { [[Self::splat(0.0); C]; R] } else { *sums };
            let mut j = span.start;
            while j < span.end {
                lines.fetch::<Self>();
                let mut xj = [Self::splat(0.0); C];
                for c in 0..C {
                    xj[c] = Self::load(tile.columns[c].add(j));
                }
                for r in 0..R {
                    let aj = Self::load(tile.rows[r].add(j));
                    for c in 0..C {
                        held[r][c] = held[r][c].add_product(aj, xj[c]);
                    }
                }
                j += LANES;
            }
            *sums = held;
        }
    }
    /// Asks for the line of `address` to be brought into the second-level cache. Any address will do.
    #[inline(always)]
    unsafe fn prefetch(_address: *const f64) {}
    /// The transpose of `source` (rows × cols, row by row), in `target`; both have rows·cols numbers.
    unsafe fn transpose(source: &[f64], rows: usize, cols: usize, target: &mut [f64]);
}

/// [`Lanes::transpose`] in squares of N, where `turn` takes a square from one place to another, rows by distance; what is left
/// at the edges goes number by number.
#[inline(always)]
pub(super) unsafe fn transpose_squares<const N: usize>(
    source: &[f64],
    (rows, cols): (usize, usize),
    target: &mut [f64],
    turn: unsafe fn((*const f64, usize), (*mut f64, usize)),
) {
    let (height, width) = (rows / N * N, cols / N * N);
    for i in (0..height).step_by(N) {
        for j in (0..width).step_by(N) {
            // SAFETY: passed on from the caller; the square lies inside both.
            unsafe {
                let place = target.as_mut_ptr().add(j * rows + i);
                turn((source.as_ptr().add(i * cols + j), cols), (place, rows));
            }
        }
    }
    for i in 0..rows {
        for j in if i < height { width } else { 0 }..cols {
            target[j * rows + i] = source[i * cols + j];
        }
    }
}
