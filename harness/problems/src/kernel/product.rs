use super::LANES;
use super::lanes::Lanes;

/// A matrix given by its numbers and the distance between rows and between columns.
#[derive(Clone, Copy)]
pub(crate) struct Matrix<'a> {
    pub(super) data: &'a [f64],
    pub(super) rows: usize,
    pub(super) cols: usize,
    pub(super) row_stride: usize,
    pub(super) col_stride: usize,
}

impl<'a> Matrix<'a> {
    /// rows × cols, stored row by row.
    pub(crate) fn new(data: &'a [f64], rows: usize, cols: usize) -> Self {
        assert_eq!(data.len(), rows * cols, "a matrix of {rows} × {cols}");
        Matrix { data, rows, cols, row_stride: cols, col_stride: 1 }
    }

    /// The transposed matrix, without moving anything.
    pub(crate) fn t(self) -> Self {
        Matrix { rows: self.cols, cols: self.rows, row_stride: self.col_stride, col_stride: self.row_stride, ..self }
    }
}

/// Writes the transpose of `source` (rows × cols, row by row) into `target`.
pub(crate) fn transpose(source: &[f64], rows: usize, cols: usize, target: &mut [f64]) {
    assert!(source.len() == rows * cols && target.len() == rows * cols, "sizes of a transpose");
    const TILE: usize = 16;
    for i0 in (0..rows).step_by(TILE) {
        for j0 in (0..cols).step_by(TILE) {
            for i in i0..(i0 + TILE).min(rows) {
                for j in j0..(j0 + TILE).min(cols) {
                    target[j * rows + i] = source[i * cols + j];
                }
            }
        }
    }
}

/// c = α·a·b, or c += α·a·b; b and c row by row, c with `n` columns.
///
/// For the thin products of factors, whose b fits in a near cache: no packing. A tile of c stays in registers while the inner
/// dimension runs; each entry of c is one sum in the order of that dimension, whatever the tile.
///
/// # Safety
/// The instruction set of `L` is present; `b` has a.cols × n numbers and `c` a.rows × n.
#[inline(always)]
pub(super) unsafe fn product<L: Lanes, const HEIGHT: usize>(
    a: Matrix<'_>,
    b: &[f64],
    n: usize,
    alpha: f64,
    c: &mut [f64],
    accumulate: bool,
) {
    let mut j = 0;
    while j < n {
        let left = n - j;
        // SAFETY: passed on from the caller; the strip is at most `left` columns wide.
        unsafe {
            if left > 2 * LANES {
                strip::<L, HEIGHT, 3>(a, b, n, j, alpha, c, accumulate);
                j += 3 * LANES;
            } else if left > LANES {
                strip::<L, HEIGHT, 2>(a, b, n, j, alpha, c, accumulate);
                j += 2 * LANES;
            } else {
                strip::<L, HEIGHT, 1>(a, b, n, j, alpha, c, accumulate);
                j += LANES;
            }
        }
    }
}

#[inline(always)]
unsafe fn strip<L: Lanes, const HEIGHT: usize, const WIDTH: usize>(
    a: Matrix<'_>,
    b: &[f64],
    n: usize,
    j: usize,
    alpha: f64,
    c: &mut [f64],
    accumulate: bool,
) {
    let last = (n - j).min(WIDTH * LANES) - (WIDTH - 1) * LANES;
    let mut i = 0;
    while i < a.rows {
        // SAFETY: passed on from the caller; the tile is at most a.rows − i high.
        unsafe {
            if i + HEIGHT <= a.rows {
                tile::<L, HEIGHT, WIDTH>(a, b, n, i, j, last, alpha, c, accumulate);
                i += HEIGHT;
            } else if i + 2 <= a.rows {
                tile::<L, 2, WIDTH>(a, b, n, i, j, last, alpha, c, accumulate);
                i += 2;
            } else {
                tile::<L, 1, WIDTH>(a, b, n, i, j, last, alpha, c, accumulate);
                i += 1;
            }
        }
    }
}

/// HEIGHT × (8·(WIDTH − 1) + last) entries of c.
#[inline(always)]
#[expect(clippy::too_many_arguments, reason = "a register tile is described by its place in three matrices")]
unsafe fn tile<L: Lanes, const HEIGHT: usize, const WIDTH: usize>(
    a: Matrix<'_>,
    b: &[f64],
    n: usize,
    i: usize,
    j: usize,
    last: usize,
    alpha: f64,
    c: &mut [f64],
    accumulate: bool,
) {
    // SAFETY: i + HEIGHT ≤ a.rows and j + 8·(WIDTH − 1) + last ≤ n, so every address lies inside its slice.
    unsafe {
        let mut sums = [[L::splat(0.0); WIDTH]; HEIGHT];
        let a_start = a.data.as_ptr().add(i * a.row_stride);
        for p in 0..a.cols {
            let b_row = b.as_ptr().add(p * n + j);
            let mut bp = [L::splat(0.0); WIDTH];
            for (q, lanes) in bp.iter_mut().enumerate() {
                let width = if q + 1 == WIDTH { last } else { LANES };
                *lanes = load_end(b_row.add(q * LANES), width);
            }
            for (r, row) in sums.iter_mut().enumerate() {
                let value = L::splat(*a_start.add(r * a.row_stride + p * a.col_stride));
                for (sum, lanes) in row.iter_mut().zip(&bp) {
                    *sum = sum.add_product(value, *lanes);
                }
            }
        }
        let alpha = L::splat(alpha);
        for (r, row) in sums.iter().enumerate() {
            let c_row = c.as_mut_ptr().add((i + r) * n + j);
            for (q, sum) in row.iter().enumerate() {
                let target = c_row.add(q * LANES);
                let width = if q + 1 == WIDTH { last } else { LANES };
                let base = if accumulate { load_end(target, width) } else { L::splat(0.0) };
                let value = base.add_product(alpha, *sum);
                if width == LANES { value.store(target) } else { value.store_first(target, width) }
            }
        }
    }
}

#[inline(always)]
pub(super) unsafe fn load_end<L: Lanes>(source: *const f64, width: usize) -> L {
    // SAFETY: the caller passes a pointer valid for `width` numbers.
    unsafe { if width == LANES { L::load(source) } else { L::load_first(source, width) } }
}
