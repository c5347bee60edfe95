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
    /// Eight rows of eight, made the columns.
    #[inline(always)]
    unsafe fn transposed(rows: [Self; 8]) -> [Self; 8] {
        let (mut straight, mut turned) = ([[0.0; 8]; 8], [[0.0; 8]; 8]);
        for (numbers, lanes) in straight.iter_mut().zip(rows) {
            // SAFETY: passed on from the caller.
            unsafe { lanes.store(numbers.as_mut_ptr()) }
        }
        for (i, numbers) in straight.iter().enumerate() {
            for (j, number) in numbers.iter().enumerate() {
                turned[j][i] = *number;
            }
        }
        let mut columns = rows;
        for (lanes, numbers) in columns.iter_mut().zip(&turned) {
            // SAFETY: passed on from the caller.
            *lanes = unsafe { Self::load(numbers.as_ptr()) };
        }
        columns
    }
}
