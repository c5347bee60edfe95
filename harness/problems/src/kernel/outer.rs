use super::LANES;
use super::lanes::Lanes;
use super::product::load_end;
use super::strips::{Strips, by_width};

/// c += Σ_b weight_b·(v_b t_bᵀ) over the rows v_b of one array and t_b of another, c as wide as t_b; without `begun`, c is
/// that sum.
///
/// For mini-batches: a tile of c stays in registers while the batch goes by. An entry is rounded as if each b were added by a
/// product of its own: v·t first, then weight times that.
///
/// # Safety
/// The instruction set of `L` is present; `v` has weights.len() × height numbers, `t` weights.len() × n, `c` height × n.
#[inline(always)]
pub(super) unsafe fn outer_products<L: Lanes, const HEIGHT: usize>(
    v: &[f64],
    t: &[f64],
    weights: &[f64],
    n: usize,
    c: &mut [f64],
    begun: bool,
) {
    let height = c.len() / n;
    let strips = Strips::new(height, HEIGHT);
    for index in 0..strips.count() {
        let (i, high) = strips.strip(index);
        for j in (0..n).step_by(LANES) {
            let width = (n - j).min(LANES);
            // SAFETY: `high` rows from i and `width` columns from j exist.
            unsafe {
                by_width!(high, HEIGHT, H => {
                    let place = c.as_mut_ptr().add(i * n + j);
                    tile::<L, H>((v.as_ptr().add(i), height), (t.as_ptr().add(j), n), weights, width, place, begun)
                }; 8 7 6 5 4 3 2)
            }
        }
    }
}

/// H rows by `width` columns of c; v and t by pointer and distance of rows.
#[inline(always)]
unsafe fn tile<L: Lanes, const H: usize>(
    (v, height): (*const f64, usize),
    (t, n): (*const f64, usize),
    weights: &[f64],
    width: usize,
    c: *mut f64,
    begun: bool,
) {
    // SAFETY: passed on from the caller.
    unsafe {
        let mut sums = [L::splat(0.0); H];
        if begun {
            for (r, sum) in sums.iter_mut().enumerate() {
                *sum = L::load_first(c.add(r * n), width);
            }
        }
        for (b, weight) in weights.iter().enumerate() {
            let (weight, tb) = (L::splat(*weight), load_end::<L>(t.add(b * n), width));
            for (r, sum) in sums.iter_mut().enumerate() {
                let product = L::splat(0.0).add_product(L::splat(*v.add(b * height + r)), tb);
                *sum = sum.add_product(weight, product);
            }
        }
        for (r, sum) in sums.iter().enumerate() {
            sum.store_first(c.add(r * n), width);
        }
    }
}
