//! What happens inside registers while a group goes through its block of rows.

use super::LANES;
use super::ahead::Ahead;
use super::lanes::Lanes;

/// R × C sums from memory, one after another.
#[inline(always)]
pub(super) unsafe fn load<L: Lanes, const R: usize, const C: usize>(source: *const f64) -> [[L; C]; R] {
    // SAFETY: the caller passes the place of R·C groups of eight.
    unsafe {
        let mut sums = [[L::splat(0.0); C]; R];
        for (i, sum) in sums.as_flattened_mut().iter_mut().enumerate() {
            *sum = L::load(source.add(i * LANES));
        }
        sums
    }
}

/// The reverse of [`load`].
#[inline(always)]
pub(super) unsafe fn store<L: Lanes, const R: usize, const C: usize>(sums: &[[L; C]; R], target: *mut f64) {
    for (i, sum) in sums.as_flattened().iter().enumerate() {
        // SAFETY: the caller passes the place of R·C groups of eight.
        unsafe { sum.store(target.add(i * LANES)) }
    }
}

/// Adds the products of R rows and C columns over `span`, eight sums each; rows and columns by pointer and distance.
///
/// # Safety
/// The instruction set of `L` is present, and the numbers of `span` exist in all rows and columns.
#[inline(always)]
pub(super) unsafe fn products<L: Lanes, const R: usize, const C: usize>(
    (a, length): (*const f64, usize),
    (x, stride): (*const f64, usize),
    span: std::ops::Range<usize>,
    sums: &mut [[L; C]; R],
    ahead: &mut Ahead,
) {
    // SAFETY: passed on from the caller.
    unsafe {
        let row: [*const f64; R] = std::array::from_fn(|r| a.wrapping_add(r * length));
        let column: [*const f64; C] = std::array::from_fn(|c| x.wrapping_add(c * stride));
        let mut lines = ahead.lines(row[0].add(span.start));
        let mut j = span.start;
        while j < span.end {
            lines.fetch::<L>();
            let mut xj = [L::splat(0.0); C];
            for c in 0..C {
                xj[c] = L::load(column[c].add(j));
            }
            for r in 0..R {
                let aj = L::load(row[r].add(j));
                for c in 0..C {
                    sums[r][c] = sums[r][c].add_product(aj, xj[c]);
                }
            }
            j += LANES;
        }
        ahead.advance(lines);
    }
}

/// Each group of eight summed in the fixed order of [`Lanes::sum`].
#[inline(always)]
pub(super) unsafe fn totals<L: Lanes, const R: usize, const C: usize>(sums: &[[L; C]; R]) -> [[f64; C]; R] {
    let mut totals = [[0.0; C]; R];
    let (flat, out) = (sums.as_flattened(), totals.as_flattened_mut());
    let mut done = 0;
    while done + LANES <= flat.len() {
        // SAFETY: the instruction set is present, by the contract of the caller; eight sums and places are left.
        unsafe { L::sum_each(&*flat.as_ptr().add(done).cast(), out.as_mut_ptr().add(done)) }
        done += LANES;
    }
    for (out, sum) in out[done..].iter_mut().zip(&flat[done..]) {
        // SAFETY: as above.
        *out = unsafe { sum.sum() };
    }
    totals
}

/// g_c += Σ_r ρ_rc · row_r on 8·V numbers of C columns, row after row, or g_c = that sum where g_c is `fresh`; rows, weights
/// and columns by pointer and distance.
///
/// # Safety
/// The instruction set of `L` is present, and all rows, weights and columns exist.
#[inline(always)]
#[expect(clippy::needless_range_loop, reason = "an iterator's closure would not have the instruction set")]
pub(super) unsafe fn add_rows<L: Lanes, const C: usize, const V: usize>(
    (a, length): (*const f64, usize),
    count: usize,
    (weights, m): (*const f64, usize),
    (g, stride): (*mut f64, usize),
    fresh: bool,
    ahead: &mut Ahead,
) {
    // SAFETY: passed on from the caller.
    unsafe {
        let mut sums = [[L::splat(0.0); V]; C];
        if !fresh {
            for c in 0..C {
                for v in 0..V {
                    sums[c][v] = L::load(g.add(c * stride + v * LANES));
                }
            }
        }
        let mut lines = ahead.lines(a);
        let (mut row, mut weight) = (a, weights);
        for _ in 0..count {
            lines.fetch::<L>();
            let mut ar = [L::splat(0.0); V];
            for v in 0..V {
                ar[v] = L::load(row.add(v * LANES));
            }
            for c in 0..C {
                let rho = L::splat(*weight.add(c * m));
                for v in 0..V {
                    sums[c][v] = sums[c][v].add_product(rho, ar[v]);
                }
            }
            row = row.wrapping_add(length);
            weight = weight.wrapping_add(1);
        }
        ahead.advance(lines);
        for c in 0..C {
            for v in 0..V {
                sums[c][v].store(g.add(c * stride + v * LANES));
            }
        }
    }
}
