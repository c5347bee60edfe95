use super::LANES;
use super::cache;
use super::lanes::Lanes;
use super::sensing::Rows;

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

/// Where the pass is cut. It changes speed, not bits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Blocking {
    /// Rows of A that go forward and back together.
    rows: usize,
    /// Numbers of a row that go forward together, a multiple of eight.
    width: usize,
}

/// Most rows in a block: beyond it nothing is gained.
const MOST_ROWS: usize = 96;
/// Fewest rows in a block that are worth a pass over X and G.
const FEWEST_ROWS: usize = 24;
/// Bytes of the nearest cache given to the columns of X in the forward pass.
const NEAR: usize = 28 << 10;

impl Blocking {
    /// For `columns` columns against rows of `length` numbers.
    pub(crate) fn new(length: usize, columns: usize) -> Self {
        let near = (NEAR / (8 * columns.max(1))).max(8 * LANES);
        let pieces = length.div_ceil(near).max(1);
        let width = length.div_ceil(pieces).next_multiple_of(LANES);
        // X and G stay in the second-level cache next to the block, if that leaves room for a block worth the name;
        // where they do not fit, A comes twice from farther away, which costs less than G once per few rows.
        let row = 8 * length.max(1);
        let free = (cache::second_level() / 4 * 3).saturating_sub(2 * columns * row);
        let fitting = free / row;
        let rows = if fitting < FEWEST_ROWS { MOST_ROWS } else { fitting.min(MOST_ROWS) };
        Blocking { rows: rows / 6 * 6, width }
    }

    /// Numbers that [`residuals`] needs for partial sums.
    pub(crate) fn partial_sums(columns: usize) -> usize {
        MOST_ROWS * columns * LANES
    }
}

/// ρ_c = A x_c − b_c and g_c = Aᵀρ_c for all columns c, ρ_c at c·m.
///
/// Loop order: a block of rows small enough for the second-level cache is multiplied with all columns, then its
/// contribution is added to all g_c while it is still there; so A comes from memory once for all columns. Forward, a tile of
/// R rows × C columns of partial sums (eight each) stays in registers along a piece of the rows, pieces narrow enough for
/// all columns of X to stay in the nearest cache. Back, a tile of R·8 numbers × C columns of G stays in registers while the
/// rows of the block go by. Each column's sums are taken in the order of the kernel for one column: along a row in eight
/// partial sums, then row after row.
///
/// # Safety
/// The instruction set of `L` is present; `a` holds m rows of `length` numbers, a multiple of eight; x, `g` and `rho` hold
/// all columns; `partial` has [`Blocking::partial_sums`] numbers for them.
#[inline(always)]
pub(super) unsafe fn residuals<L: Lanes, const HEIGHT: usize>(
    a: &[f64],
    length: usize,
    columns: Columns<'_>,
    rho: &mut [f64],
    g: &mut [f64],
    partial: &mut [f64],
) {
    let m = a.len() / length;
    let blocking = Blocking::new(length, columns.rows.len());
    let mut pass = Pass { a: a.as_ptr(), length, m, columns, rho, g, partial };
    pass.g.fill(0.0);
    let mut start = 0;
    while start < m {
        let count = blocking.rows.min(m - start);
        // SAFETY: rows start..start + count exist; the rest is passed on from the caller.
        unsafe {
            if HEIGHT == 8 {
                pass.forward::<L, 6, 4>(start, count, blocking.width);
                pass.back::<L, 6, 4>(start, count);
            } else {
                pass.forward::<L, 2, 2>(start, count, blocking.width);
                pass.back::<L, 2, 2>(start, count);
            }
        }
        start += count;
    }
}

struct Pass<'a> {
    a: *const f64,
    length: usize,
    m: usize,
    columns: Columns<'a>,
    rho: &'a mut [f64],
    g: &'a mut [f64],
    partial: &'a mut [f64],
}

/// Calls `$body` with `$c` a constant for the run-time width 1..=4 of a strip of columns.
macro_rules! by_width {
    ($width:expr, $most:ident, $c:ident => $body:expr) => {
        match $width {
            4 if $most >= 4 => {
                const $c: usize = 4;
                $body
            }
            3 if $most >= 3 => {
                const $c: usize = 3;
                $body
            }
            2 => {
                const $c: usize = 2;
                $body
            }
            _ => {
                const $c: usize = 1;
                $body
            }
        }
    };
}

/// Width of the strip of columns that begins at `start`: as many as `most`, or a nearly equal share of what is left.
#[inline(always)]
fn strip_width(total: usize, start: usize, most: usize) -> usize {
    let left = total - start;
    left.div_ceil(left.div_ceil(most))
}

// No closure here does arithmetic on lanes: a closure is compiled without the instruction set of the function around it.
impl Pass<'_> {
    /// Residuals of `count` rows from `start`, `width` numbers of each row at a time.
    #[inline(always)]
    unsafe fn forward<L: Lanes, const R: usize, const C: usize>(&mut self, start: usize, count: usize, width: usize) {
        let total = self.columns.rows.len();
        let mut from = 0;
        while from < self.length {
            let to = (from + width).min(self.length);
            let mut r = 0;
            while r < count {
                let height = if r + R <= count { R } else { 1 };
                let mut c = 0;
                while c < total {
                    let strip = strip_width(total, c, C);
                    // SAFETY: rows start + r.. and columns c.. of the tile exist.
                    unsafe {
                        by_width!(strip, C, W => if height == R {
                            self.products::<L, R, W>(start, r, c, from, to)
                        } else {
                            self.products::<L, 1, W>(start, r, c, from, to)
                        })
                    }
                    c += strip;
                }
                r += height;
            }
            from = to;
        }
    }

    /// Continues the sums of R rows with C columns over `from..to`; at the end of the rows, their residuals.
    #[inline(always)]
    unsafe fn products<L: Lanes, const R: usize, const C: usize>(
        &mut self,
        start: usize,
        r0: usize,
        c0: usize,
        from: usize,
        to: usize,
    ) {
        let total = self.columns.rows.len();
        // SAFETY: rows, columns and numbers in from..to exist; the block's partial sums fit in `partial`.
        unsafe {
            let row: [*const f64; R] = std::array::from_fn(|r| self.a.add((start + r0 + r) * self.length));
            let x: [*const f64; C] =
                std::array::from_fn(|c| self.columns.x.as_ptr().add((c0 + c) * self.columns.stride));
            let partial = self.partial.as_mut_ptr();
            let place = |r: usize, c: usize| partial.add(((r0 + r) * total + c0 + c) * LANES);
            let mut sums = [[L::splat(0.0); C]; R];
            if from > 0 {
                for (r, sums) in sums.iter_mut().enumerate() {
                    for (c, sum) in sums.iter_mut().enumerate() {
                        *sum = L::load(place(r, c));
                    }
                }
            }
            let mut j = from;
            while j < to {
                let mut xj = [L::splat(0.0); C];
                for c in 0..C {
                    xj[c] = L::load(x[c].add(j));
                }
                for r in 0..R {
                    let a = L::load(row[r].add(j));
                    for c in 0..C {
                        sums[r][c] = sums[r][c].add_product(a, xj[c]);
                    }
                }
                j += LANES;
            }
            for (r, sums) in sums.iter().enumerate() {
                for (c, sum) in sums.iter().enumerate() {
                    if to < self.length {
                        sum.store(place(r, c));
                    } else {
                        let i = start + r0 + r;
                        self.rho[(c0 + c) * self.m + i] = self.columns.rows[c0 + c].residual(i, sum.sum());
                    }
                }
            }
        }
    }

    /// Adds what `count` rows from `start` contribute to all columns of G.
    #[inline(always)]
    unsafe fn back<L: Lanes, const V: usize, const C: usize>(&mut self, start: usize, count: usize) {
        let total = self.columns.rows.len();
        let mut j = 0;
        while j < self.length {
            let vectors = if j + V * LANES <= self.length { V } else { 1 };
            let mut c = 0;
            while c < total {
                let strip = strip_width(total, c, C);
                // SAFETY: the rows, the columns c.. of the tile and its numbers from j exist.
                unsafe {
                    by_width!(strip, C, W => if vectors == V {
                        self.add_rows::<L, V, W>(start, count, j, c)
                    } else {
                        self.add_rows::<L, 1, W>(start, count, j, c)
                    })
                }
                c += strip;
            }
            j += vectors * LANES;
        }
    }

    /// g_c += Σ_r ρ_rc · row_r on 8·V numbers from j, row after row.
    #[inline(always)]
    #[expect(clippy::needless_range_loop, reason = "an iterator's closure would not have the instruction set")]
    unsafe fn add_rows<L: Lanes, const V: usize, const C: usize>(
        &mut self,
        start: usize,
        count: usize,
        j: usize,
        c0: usize,
    ) {
        // SAFETY: the rows, columns and numbers of the tile exist.
        unsafe {
            let stride = self.columns.stride;
            let g: [*mut f64; C] = std::array::from_fn(|c| self.g.as_mut_ptr().add((c0 + c) * stride + j));
            let weights: [*const f64; C] = std::array::from_fn(|c| self.rho.as_ptr().add((c0 + c) * self.m + start));
            let mut sums = [[L::splat(0.0); V]; C];
            for c in 0..C {
                for v in 0..V {
                    sums[c][v] = L::load(g[c].add(v * LANES));
                }
            }
            let mut row = self.a.add(start * self.length + j);
            for r in 0..count {
                let mut a = [L::splat(0.0); V];
                for v in 0..V {
                    a[v] = L::load(row.add(v * LANES));
                }
                for c in 0..C {
                    let weight = L::splat(*weights[c].add(r));
                    for v in 0..V {
                        sums[c][v] = sums[c][v].add_product(weight, a[v]);
                    }
                }
                row = row.wrapping_add(self.length);
            }
            for c in 0..C {
                for v in 0..V {
                    sums[c][v].store(g[c].add(v * LANES));
                }
            }
        }
    }
}
