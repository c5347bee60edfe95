use super::LANES;
use super::ahead::Lines;
use super::blocking::{Blocking, TILE_ROWS};
use super::lanes::Lanes;
use super::sensing::Rows;
use super::strips::{Strips, by_width};
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
/// Loop order: a block of rows is multiplied with all columns, then its contribution is added to all g_c while it is still
/// near; so A comes from memory once for all columns. Forward, a block is cut into pieces of its rows, a piece meets C columns
/// at a time, which stay in the nearest cache, and a tile of R rows × C columns of partial sums (eight each) stays in
/// registers along the piece. Back, a tile of 8·V numbers × D columns of G stays in registers while the rows of the block
/// go by. What comes next is fetched meanwhile, a line or two in each step. Each column's sums are taken in the order of the
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
    // Sums that fill the registers, next to what is added: 24 of 32; 12 of 16, forward of halves of eight.
    // SAFETY: passed on from the caller.
    unsafe {
        let pass = Pass { a, length, columns, blocking, rho, g, partial };
        match HEIGHT {
            8 => pass.run::<L, 6, 4, 6, 4>(),
            6 => match columns.rows.len() {
                1 | 2 => pass.run::<L, 6, 2, 2, 2>(),
                3 => pass.run::<L, 4, 3, 1, 3>(),
                4 => pass.run::<L, 3, 4, 1, 4>(),
                _ => pass.run::<L, 2, 6, 1, 6>(),
            },
            _ => pass.run::<L, 2, 2, 2, 2>(),
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
    /// Blocks in order; tiles of R rows and C columns forward, of 8·V numbers and D columns back.
    #[inline(always)]
    unsafe fn run<L: Lanes, const R: usize, const C: usize, const V: usize, const D: usize>(mut self) {
        let m = self.a.len() / self.length;
        if m == 0 {
            self.g.fill(0.0);
        }
        let blocks = m.div_ceil(self.blocking.rows).max(1);
        let rows = m.div_ceil(blocks).next_multiple_of(TILE_ROWS);
        let mut start = 0;
        while start < m {
            let count = rows.min(m - start);
            // SAFETY: rows start..start + count exist; the rest is passed on from the caller.
            unsafe {
                self.forward::<L, R, C>(start, count);
                self.back::<L, V, D>(start, count);
            }
            start += count;
        }
    }

    /// Residuals of `count` rows from `start`, a piece of each row at a time; meanwhile the next piece is fetched, of A and then
    /// of X.
    #[inline(always)]
    unsafe fn forward<L: Lanes, const R: usize, const C: usize>(&mut self, start: usize, count: usize) {
        let strips = Strips::new(self.columns.rows.len(), C);
        let together = L::FETCHES.min(R.div_ceil(strips.count()));
        let mut from = 0;
        while from < self.length {
            let to = (from + self.blocking.width).min(self.length);
            let next = self.a.as_ptr().wrapping_add(start * self.length + to);
            let mut fetched = if to < self.length { 0 } else { usize::MAX };
            for index in 0..strips.count() {
                let (c, strip) = strips.strip(index);
                let mut r = 0;
                while r < count {
                    let height = if r + R <= count { R } else { 1 };
                    let near = Lines::none(self.columns.x.as_ptr());
                    let lines = if height < R {
                        near
                    } else if fetched < count {
                        let first = next.wrapping_add(fetched * self.length);
                        fetched += together;
                        Lines::new(first, LANES, if together > 1 { self.length } else { 0 })
                    } else if fetched < count + self.columns.rows.len() {
                        let first = self.columns.x.as_ptr().wrapping_add((fetched - count) * self.columns.stride + to);
                        fetched += 1;
                        Lines::new(first, LANES, 0)
                    } else {
                        near
                    };
                    // SAFETY: rows start + r.. and columns c.. of the tile exist.
                    unsafe {
                        by_width!(strip, C, W => if height == R {
                            self.products::<L, R, W>(start, r, c, from..to, lines)
                        } else {
                            self.products::<L, 1, W>(start, r, c, from..to, lines)
                        }; 6 5 4 3 2)
                    }
                    r += height;
                }
            }
            from = to;
        }
        let m = self.a.len() / self.length;
        for (rows, rho) in self.columns.rows.iter().zip(self.rho.chunks_exact_mut(m)) {
            rows.subtract(start, &mut rho[start..start + count]);
        }
    }

    /// Continues the sums of R rows with C columns over `span`; at the end of the rows they are products.
    #[inline(always)]
    unsafe fn products<L: Lanes, const R: usize, const C: usize>(
        &mut self,
        start: usize,
        r0: usize,
        c0: usize,
        span: std::ops::Range<usize>,
        lines: Lines,
    ) {
        let m = self.a.len() / self.length;
        // SAFETY: the tile's rows, columns and numbers exist, and its partial sums are a tile's worth in their block's.
        unsafe {
            let a = self.a.as_ptr().add((start + r0) * self.length);
            let x = self.columns.x.as_ptr().add(c0 * self.columns.stride);
            let place = self.partial.as_mut_ptr().add((r0 * self.columns.rows.len() + R * c0) * LANES);
            let sums = &mut *place.cast::<[[L; C]; R]>();
            let (fresh, last) = (span.start == 0, span.end == self.length);
            tiles::products::<L, R, C>((a, self.length), (x, self.columns.stride), span, sums, fresh, lines);
            if !last {
                return;
            }
            let totals = tiles::totals(sums);
            for c in 0..C {
                for (r, total) in totals.iter().enumerate() {
                    *self.rho.as_mut_ptr().add((c0 + c) * m + start + r0 + r) = total[c];
                }
            }
        }
    }

    /// Adds what `count` rows from `start` contribute to all columns of G. Meanwhile their next numbers are fetched, which the
    /// way forward may have left too far away, and the first piece of the block that comes next.
    #[inline(always)]
    unsafe fn back<L: Lanes, const V: usize, const D: usize>(&mut self, start: usize, count: usize) {
        let m = self.a.len() / self.length;
        let (vectors, total, stride) = (self.length / LANES, self.columns.rows.len(), self.columns.stride);
        let (pieces, strips) = (Strips::new(vectors, V), Strips::new(total, D));
        let together = L::FETCHES.min(V.div_ceil(strips.count()));
        let after = self.a.as_ptr().wrapping_add((start + count) * self.length);
        let mut fetched = if start + count < m { 0 } else { count };
        for index in 0..pieces.count() {
            let (v, broad) = pieces.strip(index);
            for index in 0..strips.count() {
                let (c, strip) = strips.strip(index);
                let a = self.a.as_ptr().wrapping_add(start * self.length + v * LANES);
                let lines = if index * together < broad {
                    let first = a.wrapping_add((broad + index * together) * LANES);
                    Lines::new(first, self.length, if together > 1 { LANES } else { 0 })
                } else if fetched < count {
                    fetched += 1;
                    Lines::new(after.wrapping_add((fetched - 1) * self.length), LANES, 0)
                } else {
                    Lines::none(a)
                };
                // SAFETY: the rows, the columns c.. of the tile and its numbers from 8·v exist.
                unsafe {
                    let weights = (self.rho.as_ptr().add(c * m + start), m);
                    let g = (self.g.as_mut_ptr().add(c * stride + v * LANES), stride);
                    by_width!(strip, D, W => by_width!(broad, V, B => {
                        tiles::add_rows::<L, W, B>((a, self.length), count, weights, g, start == 0, lines)
                    }; 6 5 4 3 2); 6 5 4 3 2)
                }
            }
        }
    }
}
