use std::ops::Range;

use super::LANES;
use super::lanes::Lanes;
use super::strips::{Strips, by_width};

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

/// Rows of a, and of b, that are worked on together: with rows of a hundred numbers both pieces fit the second-level cache.
const PIECE: usize = 128;

/// What of a product is wanted, where triangles save work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// All of it.
    All,
    /// All of it, with a b that is zero below its diagonal.
    UpperFactor,
    /// What lies on and above the diagonal; what lies below is not determined.
    UpperProduct,
}

/// c = α·a·b, or c += α·a·b; b and c row by row, c with `n` columns.
///
/// For the thin products of factors: no packing, since b is narrow, but a and b are taken in pieces. A tile of c stays in
/// registers while a piece of the inner dimension runs; between pieces c holds the sums. Each entry of c is one sum in the
/// order of that dimension, whatever the tile and the piece.
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
    part: Part,
) {
    let mut out = Out { c: c.as_mut_ptr(), n, alpha, accumulate, begun: false, done: false };
    // What is added to has no room for sums between pieces.
    let depth = if accumulate { a.cols.max(1) } else { PIECE };
    for i in (0..a.rows).step_by(PIECE) {
        for p in (0..a.cols.max(1)).step_by(depth) {
            let mut j = 0;
            while j < n {
                let left = n - j;
                let narrow = left <= LANES / 2 && size_of::<L::Narrow>() < size_of::<L>();
                let vectors = if HEIGHT == 6 { 1 } else { left.div_ceil(LANES).min(3) };
                let end = (j + vectors * LANES).min(n);
                let inner = if part == Part::UpperFactor { end.min(a.cols) } else { a.cols };
                let bottom = if part == Part::UpperProduct { end.min(a.rows) } else { a.rows };
                let (rows, piece) = (i..(i + PIECE).min(bottom), p..(p + depth).min(inner));
                (out.begun, out.done) = (p > 0, piece.end == inner);
                if !rows.is_empty() && (p == 0 || !piece.is_empty()) {
                    // SAFETY: passed on from the caller; the strip is at most `left` columns wide.
                    unsafe {
                        match vectors {
                            _ if narrow => strip::<L::Narrow, 10, 1>(a, b, rows, piece, j, out),
                            1 => strip::<L, HEIGHT, 1>(a, b, rows, piece, j, out),
                            2 if HEIGHT != 6 => strip::<L, HEIGHT, 2>(a, b, rows, piece, j, out),
                            _ if HEIGHT != 6 => strip::<L, HEIGHT, 3>(a, b, rows, piece, j, out),
                            _ => unreachable!("strips of one vector"),
                        }
                    }
                }
                j = end;
            }
        }
    }
}

/// Where sums go, and what becomes of them there.
#[derive(Clone, Copy)]
struct Out {
    c: *mut f64,
    n: usize,
    alpha: f64,
    accumulate: bool,
    /// Whether c holds the sums of earlier pieces.
    begun: bool,
    /// Whether no piece comes after this one.
    done: bool,
}

#[inline(always)]
unsafe fn strip<L: Lanes, const HEIGHT: usize, const WIDTH: usize>(
    a: Matrix<'_>,
    b: &[f64],
    rows: Range<usize>,
    inner: Range<usize>,
    j: usize,
    out: Out,
) {
    let strips = Strips::new(rows.len(), HEIGHT);
    for index in 0..strips.count() {
        let (i, height) = strips.strip(index);
        let i = rows.start + i;
        // SAFETY: passed on from the caller; rows i.. of the tile exist.
        unsafe {
            by_width!(height, HEIGHT, H => tile::<L, H, WIDTH>(a, b, i, inner.clone(), j, out); 10 9 8 7 6 5 4 3 2)
        }
    }
}

/// HEIGHT entries of c by 8·WIDTH, or as many as there are columns.
#[inline(always)]
unsafe fn tile<L: Lanes, const HEIGHT: usize, const WIDTH: usize>(
    a: Matrix<'_>,
    b: &[f64],
    i: usize,
    inner: Range<usize>,
    j: usize,
    out: Out,
) {
    let n = out.n;
    let last = (n - j).min(WIDTH * LANES) - (WIDTH - 1) * LANES;
    // SAFETY: i + HEIGHT ≤ a.rows and j + 8·(WIDTH − 1) + last ≤ n, so every address lies inside its slice.
    unsafe {
        let mut sums = [[L::splat(0.0); WIDTH]; HEIGHT];
        if out.begun {
            for (r, row) in sums.iter_mut().enumerate() {
                for (q, sum) in row.iter_mut().enumerate() {
                    let width = if q + 1 == WIDTH { last } else { LANES };
                    *sum = L::load_first(out.c.add((i + r) * n + j + q * LANES), width);
                }
            }
        }
        let a_start = a.data.as_ptr().add(i * a.row_stride);
        for p in inner {
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
        if !out.done {
            for (r, row) in sums.iter().enumerate() {
                for (q, sum) in row.iter().enumerate() {
                    let width = if q + 1 == WIDTH { last } else { LANES };
                    sum.store_first(out.c.add((i + r) * n + j + q * LANES), width);
                }
            }
            return;
        }
        let alpha = L::splat(out.alpha);
        for (r, row) in sums.iter().enumerate() {
            for (q, sum) in row.iter().enumerate() {
                let target = out.c.add((i + r) * n + j + q * LANES);
                let width = if q + 1 == WIDTH { last } else { LANES };
                let base = if out.accumulate { load_end(target, width) } else { L::splat(0.0) };
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
