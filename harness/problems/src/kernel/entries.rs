use super::LANES;
use super::lanes::Lanes;
use super::product::load_end;
use super::sensing::Rows;
use super::strips::by_width;

/// Positions of sampled entries of a matrix.
#[derive(Clone, Copy)]
pub(crate) struct Entries<'a> {
    /// Row of each entry.
    pub(crate) rows: &'a [u32],
    /// Column of each entry.
    pub(crate) cols: &'a [u32],
    /// What an entry is multiplied by when it is measured.
    pub(crate) amplitude: f64,
}

/// Two factors of `width` columns, stored row by row.
#[derive(Clone, Copy)]
pub(crate) struct Pair<'a> {
    pub(crate) left: &'a [f64],
    pub(crate) right: &'a [f64],
    pub(crate) width: usize,
}

/// The inner product of row i of the left and row j of the right factor.
///
/// # Safety
/// The instruction set of `L` is present; both rows exist.
#[inline(always)]
unsafe fn inner<L: Lanes>(pair: Pair<'_>, i: usize, j: usize) -> f64 {
    // SAFETY: both rows have `width` numbers, and p + (8 or what is left) ≤ width.
    unsafe {
        let (l, r) = (pair.left.as_ptr().add(i * pair.width), pair.right.as_ptr().add(j * pair.width));
        let mut sum = L::splat(0.0);
        for p in (0..pair.width).step_by(LANES) {
            let count = (pair.width - p).min(LANES);
            sum = sum.add_product(load_end(l.add(p), count), load_end(r.add(p), count));
        }
        sum.sum()
    }
}

#[inline(always)]
unsafe fn add_scaled<L: Lanes>(weight: L, source: *const f64, target: *mut f64, width: usize) {
    for p in (0..width).step_by(LANES) {
        let count = (width - p).min(LANES);
        // SAFETY: the caller passes rows of `width` numbers.
        unsafe {
            let value: L = load_end::<L>(target.add(p), count).add_product(weight, load_end(source.add(p), count));
            if count == LANES { value.store(target.add(p)) } else { value.store_first(target.add(p), count) }
        }
    }
}

/// Adds scale·ρ_e R_j to row i of `gl` and scale·ρ_e L_i to row j of `gr`.
#[inline(always)]
unsafe fn spread<L: Lanes>(pair: Pair<'_>, i: usize, j: usize, weight: f64, gl: &mut [f64], gr: &mut [f64]) {
    let k = pair.width;
    // SAFETY: i and j are rows of the factors and of the outputs, which have their shapes.
    unsafe {
        let weight = L::splat(weight);
        add_scaled(weight, pair.right.as_ptr().add(j * k), gl.as_mut_ptr().add(i * k), k);
        add_scaled(weight, pair.left.as_ptr().add(i * k), gr.as_mut_ptr().add(j * k), k);
    }
}

/// out_e = c·⟨L_i, R_j⟩, c the amplitude, for each entry e = (i, j); added to what is there with `accumulate`.
///
/// # Safety
/// The instruction set of `L` is present; every entry is inside the factors.
#[inline(always)]
pub(super) unsafe fn predict<L: Lanes>(entries: Entries<'_>, pair: Pair<'_>, out: &mut [f64], accumulate: bool) {
    for (e, value) in out.iter_mut().enumerate() {
        let (i, j) = (entries.rows[e] as usize, entries.cols[e] as usize);
        // SAFETY: passed on from the caller.
        let product = entries.amplitude * unsafe { inner::<L>(pair, i, j) };
        *value = if accumulate { *value + product } else { product };
    }
}

/// out_i += scale·⟨p_i, q_i⟩ over the rows of two arrays of `pair.width` columns.
///
/// # Safety
/// The instruction set of `L` is present; both arrays have `out.len()` rows.
#[inline(always)]
pub(super) unsafe fn add_row_products<L: Lanes>(pair: Pair<'_>, scale: f64, out: &mut [f64]) {
    for (i, value) in out.iter_mut().enumerate() {
        // SAFETY: passed on from the caller.
        *value += scale * unsafe { inner::<L>(pair, i, i) };
    }
}

/// gl += scale·c·Σ u_e E_ij R, gr += scale·c·Σ u_e E_ijᵀ L.
///
/// # Safety
/// As for [`predict`]; `gl` and `gr` have the shapes of the factors.
#[inline(always)]
pub(super) unsafe fn pull<L: Lanes>(
    entries: Entries<'_>,
    pair: Pair<'_>,
    u: &[f64],
    scale: f64,
    gl: &mut [f64],
    gr: &mut [f64],
) {
    for (e, value) in u.iter().enumerate() {
        let (i, j) = (entries.rows[e] as usize, entries.cols[e] as usize);
        // SAFETY: passed on from the caller.
        unsafe { spread::<L>(pair, i, j, scale * entries.amplitude * value, gl, gr) }
    }
}

/// Residuals of the entries asked for, and their pullback in the same pass.
///
/// Entries that follow each other in one row of the matrix share that row of the left factor and of its gradient: with wide
/// registers both stay there.
///
/// # Safety
/// As for [`pull`]; indices in `rows` are in range.
#[inline(always)]
pub(super) unsafe fn residual_pull<L: Lanes, const HEIGHT: usize>(
    entries: Entries<'_>,
    pair: Pair<'_>,
    rows: Rows<'_>,
    rho: &mut [f64],
    scale: f64,
    gl: &mut [f64],
    gr: &mut [f64],
) {
    const MOST: usize = 13;
    let vectors = pair.width.div_ceil(LANES);
    // SAFETY: passed on from the caller.
    unsafe {
        if HEIGHT == 8 && (1..=MOST).contains(&vectors) {
            return by_width!(vectors, MOST, V => {
                row_by_row::<L, V>(entries, pair, rows, rho, scale, gl, gr)
            }; 13 12 11 10 9 8 7 6 5 4 3 2);
        }
    }
    for (position, value) in rho.iter_mut().enumerate() {
        let e = rows.row(position);
        let (i, j) = (entries.rows[e] as usize, entries.cols[e] as usize);
        // SAFETY: passed on from the caller.
        unsafe {
            *value = rows.residual(position, entries.amplitude * inner::<L>(pair, i, j));
            spread::<L>(pair, i, j, scale * entries.amplitude * *value, gl, gr);
        }
    }
}

/// [`residual_pull`] with rows of V registers, the last of them partly filled; the same sums.
#[inline(always)]
unsafe fn row_by_row<L: Lanes, const V: usize>(
    entries: Entries<'_>,
    pair: Pair<'_>,
    rows: Rows<'_>,
    rho: &mut [f64],
    scale: f64,
    gl: &mut [f64],
    gr: &mut [f64],
) {
    let k = pair.width;
    let last = k - (V - 1) * LANES;
    let mut position = 0;
    while position < rho.len() {
        let i = entries.rows[rows.row(position)] as usize;
        // SAFETY: i and j are rows of the factors and of the outputs, which have their shapes.
        unsafe {
            let left = load_row::<L, V>(pair.left.as_ptr().add(i * k), last);
            let mut left_gradient = load_row::<L, V>(gl.as_ptr().add(i * k), last);
            while position < rho.len() {
                let e = rows.row(position);
                if entries.rows[e] as usize != i {
                    break;
                }
                let j = entries.cols[e] as usize;
                let right = load_row::<L, V>(pair.right.as_ptr().add(j * k), last);
                let mut sum = L::splat(0.0);
                for v in 0..V {
                    sum = sum.add_product(left[v], right[v]);
                }
                let residual = rows.residual(position, entries.amplitude * sum.sum());
                rho[position] = residual;
                let weight = L::splat(scale * entries.amplitude * residual);
                let place = gr.as_mut_ptr().add(j * k);
                let mut right_gradient = load_row::<L, V>(place, last);
                for v in 0..V {
                    left_gradient[v] = left_gradient[v].add_product(weight, right[v]);
                    right_gradient[v] = right_gradient[v].add_product(weight, left[v]);
                }
                store_row(&right_gradient, place, last);
                position += 1;
            }
            store_row(&left_gradient, gl.as_mut_ptr().add(i * k), last);
        }
    }
}

/// A row of 8·(V − 1) + `last` numbers.
#[inline(always)]
unsafe fn load_row<L: Lanes, const V: usize>(source: *const f64, last: usize) -> [L; V] {
    // SAFETY: the caller passes the place of such a row.
    unsafe {
        let mut row = [L::splat(0.0); V];
        for (v, lanes) in row[..V - 1].iter_mut().enumerate() {
            *lanes = L::load(source.add(v * LANES));
        }
        row[V - 1] = L::load_first(source.add((V - 1) * LANES), last);
        row
    }
}

/// The reverse of [`load_row`].
#[inline(always)]
unsafe fn store_row<L: Lanes, const V: usize>(row: &[L; V], target: *mut f64, last: usize) {
    // SAFETY: as there.
    unsafe {
        for (v, lanes) in row[..V - 1].iter().enumerate() {
            lanes.store(target.add(v * LANES));
        }
        row[V - 1].store_first(target.add((V - 1) * LANES), last);
    }
}
