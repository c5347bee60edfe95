use super::LANES;
use super::ahead::Ahead;
use super::blocking::{Blocking, TILE_ROWS};
use super::lanes::Lanes;
use super::sensing::Rows;
use super::strips::{by_width, strip_width};
use super::tiles;

/// Several vectors that meet the same measurement rows: column c of X starts at c·stride.
#[derive(Clone, Copy)]
pub(crate) struct Columns<'a> {
    /// The vectors, one after another, each `stride` apart and as long as a row of A.
    pub(crate) x: &'a [f64],
    /// Distance between columns of X and of G, at least the length of a row.
    pub(crate) stride: usize,
    /// What each column's products are compared with; all rows, no batches.
    pub(crate) rows: &'a [Rows<'a>],
}

/// ρ_c = A x_c − b_c and g_c = Aᵀρ_c for all columns c, ρ_c at c·m.
///
/// Loop order: a block of rows small enough for the second-level cache is multiplied with all columns, then its
/// contribution is added to all g_c while it is still there; so A comes from memory once for all columns, and the next block
/// is fetched meanwhile. Forward, a tile of R rows × C columns of partial sums (eight each) stays in registers along a piece
/// of the rows, pieces narrow enough for all columns of X to stay in the nearest cache. Back, a tile of R·8 numbers × C
/// columns of G stays in registers while the rows of the block go by. Each column's sums are taken in the order of the
/// kernel for one column: along a row in eight partial sums, then row after row.
///
/// # Safety
/// The instruction set of `L` is present; `a` holds m rows of `length` numbers, a multiple of eight; x, `g` and `rho` hold
/// all columns; `partial` has [`Blocking::partial_sums`] numbers for them.
#[inline(always)]
pub(super) unsafe fn residuals<L: Lanes, const HEIGHT: usize>(
    a: &[f64],
    length: usize,
    columns: Columns<'_>,
    blocking: Blocking,
    rho: &mut [f64],
    g: &mut [f64],
    partial: &mut [f64],
) {
    // SAFETY: passed on from the caller.
    unsafe {
        let pass = Pass { a, length, columns, blocking, rho, g, partial };
        if HEIGHT == 8 {
            pass.run::<L, TILE_ROWS, 4>();
        } else {
            pass.run::<L, 2, 2>();
        }
    }
}

struct Pass<'a> {
    a: &'a [f64],
    length: usize,
    columns: Columns<'a>,
    blocking: Blocking,
    rho: &'a mut [f64],
    g: &'a mut [f64],
    partial: &'a mut [f64],
}

// No closure here does arithmetic on lanes: a closure is compiled without the instruction set of the function around it.
impl Pass<'_> {
    /// Blocks in order, tiles of R rows or R·8 numbers and C columns.
    #[inline(always)]
    unsafe fn run<L: Lanes, const R: usize, const C: usize>(mut self) {
        let m = self.a.len() / self.length;
        if m == 0 {
            self.g.fill(0.0);
        }
        let blocks = m.div_ceil(self.blocking.rows).max(1);
        let rows = m.div_ceil(blocks).next_multiple_of(TILE_ROWS);
        let mut start = 0;
        while start < m {
            let count = rows.min(m - start);
            let end = start + count;
            let next = if self.blocking.ahead { (end + rows).min(m) } else { end };
            // Forward and back, a step of a tile takes R·8 numbers of the block through C columns.
            let steps = 2 * count * self.length / (R * LANES) * self.columns.rows.len().div_ceil(C);
            let mut ahead = Ahead::of(&self.a[end * self.length..next * self.length], steps);
            // SAFETY: rows start..end exist; the rest is passed on from the caller.
            unsafe {
                self.forward::<L, R, C>(start, count, &mut ahead);
                self.back::<L, R, C>(start, count, &mut ahead);
            }
            start = end;
        }
    }

    /// Residuals of `count` rows from `start`, a piece of each row at a time.
    #[inline(always)]
    unsafe fn forward<L: Lanes, const R: usize, const C: usize>(
        &mut self,
        start: usize,
        count: usize,
        ahead: &mut Ahead,
    ) {
        let mut from = 0;
        while from < self.length {
            let to = (from + self.blocking.width).min(self.length);
            let mut r = 0;
            while r < count {
                let height = if r + R <= count { R } else { 1 };
                let mut c = 0;
                while c < self.columns.rows.len() {
                    let strip = strip_width(self.columns.rows.len(), c, C);
                    // SAFETY: rows start + r.. and columns c.. of the tile exist.
                    unsafe {
                        by_width!(strip, C, W => if height == R {
                            self.products::<L, R, W>(start, r, c, from..to, ahead)
                        } else {
                            self.products::<L, 1, W>(start, r, c, from..to, ahead)
                        }; 4 3 2)
                    }
                    c += strip;
                }
                r += height;
            }
            from = to;
        }
    }

    /// Continues the sums of R rows with C columns over `span`; at the end of the rows, their residuals.
    #[inline(always)]
    unsafe fn products<L: Lanes, const R: usize, const C: usize>(
        &mut self,
        start: usize,
        r0: usize,
        c0: usize,
        span: std::ops::Range<usize>,
        ahead: &mut Ahead,
    ) {
        let m = self.a.len() / self.length;
        // SAFETY: the tile's rows, columns and numbers exist, and its partial sums are a tile's worth in their block's.
        unsafe {
            let a = self.a.as_ptr().add((start + r0) * self.length);
            let x = self.columns.x.as_ptr().add(c0 * self.columns.stride);
            let place = self.partial.as_mut_ptr().add((r0 * self.columns.rows.len() + R * c0) * LANES);
            let (fresh, last) = (span.start == 0, span.end == self.length);
            let mut sums = if fresh { [[L::splat(0.0); C]; R] } else { tiles::load::<L, R, C>(place) };
            tiles::products::<L, R, C>((a, self.length), (x, self.columns.stride), span, &mut sums, ahead);
            if !last {
                return tiles::store(&sums, place);
            }
            let totals = tiles::totals(&sums);
            for c in 0..C {
                for (r, total) in totals.iter().enumerate() {
                    let i = start + r0 + r;
                    self.rho[(c0 + c) * m + i] = self.columns.rows[c0 + c].residual(i, total[c]);
                }
            }
        }
    }

    /// Adds what `count` rows from `start` contribute to all columns of G.
    #[inline(always)]
    unsafe fn back<L: Lanes, const V: usize, const C: usize>(&mut self, start: usize, count: usize, ahead: &mut Ahead) {
        let m = self.a.len() / self.length;
        let (vectors, total, stride) = (self.length / LANES, self.columns.rows.len(), self.columns.stride);
        let mut v = 0;
        while v < vectors {
            let broad = strip_width(vectors, v, V);
            let mut c = 0;
            while c < total {
                let strip = strip_width(total, c, C);
                // SAFETY: the rows, the columns c.. of the tile and its numbers from 8·v exist.
                unsafe {
                    let a = (self.a.as_ptr().add(start * self.length + v * LANES), self.length);
                    let weights = (self.rho.as_ptr().add(c * m + start), m);
                    let g = (self.g.as_mut_ptr().add(c * stride + v * LANES), stride);
                    by_width!(strip, C, W => by_width!(broad, V, B => {
                        tiles::add_rows::<L, W, B>(a, count, weights, g, start == 0, ahead)
                    }; 6 5 4 3 2); 4 3 2)
                }
                c += strip;
            }
            v += broad;
        }
    }
}
