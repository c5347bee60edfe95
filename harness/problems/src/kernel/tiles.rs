//! What happens inside registers while a group goes through its block of rows.

use super::LANES;
use super::ahead::Lines;
use super::lanes::{Lanes, Tile};

/// The same address, of which the compiler forgets how it was computed: it would otherwise compute it again in each step of
/// a loop rather than hold it in a register.
#[inline(always)]
fn held<T>(mut address: *const T) -> *const T {
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    // SAFETY: no instruction at all.
    unsafe {
        std::arch::asm!("/* {0} */", inout(reg) address, options(pure, readonly, nostack, preserves_flags));
    }
    address
}

/// Adds the products of R rows and C columns over `span`, eight sums each, which begin at zero if they are `fresh`; rows and
/// columns by pointer and distance.
///
/// # Safety
/// The instruction set of `L` is present, and the numbers of `span` exist in all rows and columns.
#[inline(always)]
pub(super) unsafe fn products<L: Lanes, const R: usize, const C: usize>(
    (a, length): (*const f64, usize),
    (x, stride): (*const f64, usize),
    span: std::ops::Range<usize>,
    sums: &mut [[L; C]; R],
    fresh: bool,
    lines: Lines,
) {
    // SAFETY: passed on from the caller.
    unsafe {
        let tile = Tile {
            rows: std::array::from_fn(|r| held(a.wrapping_add(r * length))),
            columns: std::array::from_fn(|c| held(x.wrapping_add(c * stride))),
            onward: R * length,
        };
        L::add_products(tile, span, sums, fresh, lines);
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
    if flat.len() - done > 2 {
        // SAFETY: as above.
        unsafe {
            let (mut rest, mut sums) = ([L::splat(0.0); LANES], [0.0; LANES]);
            rest[..flat.len() - done].copy_from_slice(&flat[done..]);
            L::sum_each(&rest, sums.as_mut_ptr());
            out[done..].copy_from_slice(&sums[..flat.len() - done]);
        }
    } else {
        for (out, sum) in out[done..].iter_mut().zip(&flat[done..]) {
            // SAFETY: as above.
            *out = unsafe { sum.sum() };
        }
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
    lines: Lines,
) {
    // SAFETY: passed on from the caller; a fetch may go anywhere.
    unsafe {
        let mut sums = [[L::splat(0.0); V]; C];
        if !fresh {
            for c in 0..C {
                for v in 0..V {
                    sums[c][v] = L::load(g.add(c * stride + v * LANES));
                }
            }
        }
        // The numbers of G that come next.
        for c in 0..C {
            for v in 0..V {
                L::prefetch(g.wrapping_add(c * stride + (V + v) * LANES));
            }
        }
        let mut lines = lines;
        let mut row = a;
        let weight: [*const f64; C] = std::array::from_fn(|c| held(weights.wrapping_add(c * m)));
        for i in 0..count {
            lines.fetch::<L>();
            let mut ar = [L::splat(0.0); V];
            for v in 0..V {
                ar[v] = L::load(row.add(v * LANES));
            }
            for c in 0..C {
                let rho = L::splat(*weight[c].add(i));
                for v in 0..V {
                    sums[c][v] = sums[c][v].add_product(rho, ar[v]);
                }
            }
            row = row.wrapping_add(length);
        }
        for c in 0..C {
            for v in 0..V {
                sums[c][v].store(g.add(c * stride + v * LANES));
            }
        }
    }
}
