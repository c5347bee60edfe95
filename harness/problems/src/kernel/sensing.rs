use super::LANES;
use super::lanes::Lanes;
use super::strips::by_width;

/// Which rows of a measurement array take part, and what their products are compared with.
#[derive(Clone, Copy)]
pub(crate) struct Rows<'a> {
    /// Row indices, repeats allowed; `None`: all rows in order.
    pub(crate) batch: Option<&'a [usize]>,
    /// Subtracted from the product, by row.
    pub(crate) targets: Option<&'a [f64]>,
    /// Added to the target, by position in the batch.
    pub(crate) noise: Option<&'a [f64]>,
}

impl<'a> Rows<'a> {
    /// All rows, compared with `targets`.
    pub(crate) fn all(targets: &'a [f64]) -> Self {
        Rows { batch: None, targets: Some(targets), noise: None }
    }

    /// All rows, compared with nothing.
    pub(crate) fn products() -> Self {
        Rows { batch: None, targets: None, noise: None }
    }

    #[inline(always)]
    pub(crate) fn row(&self, position: usize) -> usize {
        self.batch.map_or(position, |batch| batch[position])
    }

    /// Prediction minus target.
    #[inline(always)]
    pub(crate) fn residual(&self, position: usize, product: f64) -> f64 {
        let target = self.targets.map_or(0.0, |targets| targets[self.row(position)]);
        product - (target + self.noise.map_or(0.0, |noise| noise[position]))
    }

    /// Makes residuals of the `products` of rows from `start`, for all rows in order.
    #[inline(always)]
    pub(crate) fn subtract(&self, start: usize, products: &mut [f64]) {
        let part = |of: &'a [f64]| &of[start..start + products.len()];
        match (self.targets.map(part), self.noise.map(part)) {
            (None, None) => {}
            (Some(targets), None) => products.iter_mut().zip(targets).for_each(|(p, t)| *p -= t + 0.0),
            (None, Some(noise)) => products.iter_mut().zip(noise).for_each(|(p, e)| *p -= 0.0 + e),
            (Some(targets), Some(noise)) => {
                products.iter_mut().zip(targets).zip(noise).for_each(|((p, t), e)| *p -= t + e);
            }
        }
    }

    pub(super) fn check(&self, available: usize, asked: usize) {
        assert!(self.targets.is_none_or(|targets| targets.len() == available), "one target per measurement");
        assert!(self.noise.is_none_or(|noise| noise.len() == asked), "one noise value per row asked for");
        match self.batch {
            Some(batch) => {
                assert_eq!(batch.len(), asked, "one residual per row of the batch");
                assert!(batch.iter().all(|&row| row < available), "batch index out of range");
            }
            None => assert_eq!(available, asked, "one residual per measurement"),
        }
    }
}

/// Bytes of a block of rows that the nearest cache holds next to x and g.
const NEAR: usize = 32 << 10;

/// ρ = A x − b, and with `adjoint` g = Aᵀρ in the same pass.
///
/// Loop order: `BLOCK` rows at a time, first their products with x, then, while those rows are still near, their contribution
/// to g. Each row of A comes from memory once. Rows too long for the nearest cache to hold a block add their contribution
/// while the next block is multiplied with x, so that memory need not wait for the second use.
///
/// # Safety
/// The instruction set of `L` is present; `a` holds rows of `x.len()` numbers, a multiple of eight; indices in `rows` are
/// in range; `adjoint` is as long as `x`.
#[inline(always)]
pub(super) unsafe fn residuals<L: Lanes, const BLOCK: usize>(
    a: &[f64],
    x: &[f64],
    rows: Rows<'_>,
    rho: &mut [f64],
    mut adjoint: Option<&mut [f64]>,
) {
    if let Some(g) = adjoint.as_deref_mut() {
        g.fill(0.0);
    }
    let whole = rho.len() / BLOCK * BLOCK;
    let together = BLOCK * size_of_val(x) > NEAR;
    let mut waiting: Option<Waiting<L, BLOCK>> = None;
    // SAFETY: passed on from the caller; the blocks end inside `rho`.
    unsafe {
        let mut start = 0;
        while start < whole {
            let next = block::<L, BLOCK>(a, x, rows, start, rho, waiting.as_ref(), adjoint.as_deref_mut());
            start += BLOCK;
            if together {
                waiting = Some(next);
            } else if let Some(g) = adjoint.as_deref_mut() {
                add_rows(&next.row, &next.weights, g);
            }
        }
        if let (Some(Waiting { row, weights }), Some(g)) = (&waiting, adjoint.as_deref_mut()) {
            add_rows(row, weights, g);
        }
        if start < rho.len() {
            by_width!(rho.len() - start, BLOCK, H => {
                let Waiting { row, weights } = block::<L, H>(a, x, rows, start, rho, None, None);
                if let Some(g) = adjoint {
                    add_rows(&row, &weights, g);
                }
            }; 7 6 5 4 3 2);
        }
    }
}

/// Rows whose residuals are known and whose contribution to g is not yet added.
struct Waiting<L, const BLOCK: usize> {
    row: [*const f64; BLOCK],
    weights: [L; BLOCK],
}

/// Residuals of the rows from `start`; meanwhile the rows `before` them are added to `adjoint`.
#[inline(always)]
unsafe fn block<L: Lanes, const BLOCK: usize>(
    a: &[f64],
    x: &[f64],
    rows: Rows<'_>,
    start: usize,
    rho: &mut [f64],
    before: Option<&Waiting<L, BLOCK>>,
    adjoint: Option<&mut [f64]>,
) -> Waiting<L, BLOCK> {
    let stride = x.len();
    // SAFETY: every row index is in range, so each pointer is followed by `stride` numbers; j + 8 ≤ stride.
    unsafe {
        let row: [*const f64; BLOCK] = std::array::from_fn(|r| a.as_ptr().wrapping_add(rows.row(start + r) * stride));
        let mut sums = [L::splat(0.0); BLOCK];
        if let (Some(before), Some(g)) = (before, adjoint) {
            for j in (0..stride).step_by(LANES) {
                let xj = L::load(x.as_ptr().add(j));
                for r in 0..BLOCK {
                    sums[r] = sums[r].add_product(L::load(row[r].add(j)), xj);
                }
                add_rows_at(&before.row, &before.weights, g, j);
            }
        } else {
            for j in (0..stride).step_by(LANES) {
                let xj = L::load(x.as_ptr().add(j));
                for r in 0..BLOCK {
                    sums[r] = sums[r].add_product(L::load(row[r].add(j)), xj);
                }
            }
        }
        let mut weights = [L::splat(0.0); BLOCK];
        for r in 0..BLOCK {
            let residual = rows.residual(start + r, sums[r].sum());
            rho[start + r] = residual;
            weights[r] = L::splat(residual);
        }
        Waiting { row, weights }
    }
}

/// g += Σ_r weight_r · row_r, one row after another, on the eight numbers from j.
#[inline(always)]
unsafe fn add_rows_at<L: Lanes, const BLOCK: usize>(
    row: &[*const f64; BLOCK],
    weights: &[L; BLOCK],
    g: &mut [f64],
    j: usize,
) {
    // SAFETY: each row and g hold at least j + 8 numbers.
    unsafe {
        let target = g.as_mut_ptr().add(j);
        let mut sum = L::load(target);
        for r in 0..BLOCK {
            sum = sum.add_product(weights[r], L::load(row[r].add(j)));
        }
        sum.store(target);
    }
}

/// g += Σ_r weight_r · row_r, one row after another.
#[inline(always)]
unsafe fn add_rows<L: Lanes, const BLOCK: usize>(row: &[*const f64; BLOCK], weights: &[L; BLOCK], g: &mut [f64]) {
    for j in (0..g.len()).step_by(LANES) {
        // SAFETY: each row and g hold at least j + 8 numbers.
        unsafe { add_rows_at(row, weights, g, j) }
    }
}

/// g = Aᵀu.
///
/// # Safety
/// As for [`residuals`]; `a` holds `u.len()` rows.
#[inline(always)]
pub(super) unsafe fn adjoint<L: Lanes, const BLOCK: usize>(a: &[f64], u: &[f64], g: &mut [f64]) {
    let stride = g.len();
    g.fill(0.0);
    for (start, u) in u.chunks(BLOCK).enumerate().map(|(index, u)| (index * BLOCK, u)) {
        // SAFETY: rows start.. exist, one for each weight.
        unsafe {
            by_width!(u.len(), BLOCK, H => {
                let row: [*const f64; H] = std::array::from_fn(|r| a.as_ptr().add((start + r) * stride));
                let mut weights = [L::splat(0.0); H];
                for (weight, u) in weights.iter_mut().zip(u) {
                    *weight = L::splat(*u);
                }
                add_rows(&row, &weights, g);
            }; 8 7 6 5 4 3 2);
        }
    }
}
