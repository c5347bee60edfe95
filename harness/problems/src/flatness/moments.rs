use faer::MatRef;

use crate::kernel::{Matrix, Rows, kernel, padded, transpose};
use crate::operator::{Dense, MeasurementOperator};

/// The form (K, N) ↦ Σ_i tr(A_iᵀ K A_i N) for symmetric K (rows × rows) and N (cols × cols), with its derivatives
/// Σ_i A_i N A_iᵀ and Σ_i A_iᵀ K A_i.
///
/// Held as fourth moments of the measurements where that is less to read than the measurements themselves, otherwise
/// taken from them one by one.
pub(crate) enum FourthMoments {
    /// M[(a ≤ c), (b ≤ d)] = Σ_i A_i[a,b]A_i[c,d] + A_i[a,d]A_i[c,b] (halved for b = d), rows padded to eight.
    Table {
        /// The numbers.
        table: Vec<f64>,
        /// Rows of A_i.
        rows: usize,
        /// Columns of A_i.
        cols: usize,
    },
    /// The measurements.
    Products {
        /// A_i, row by row, without padding.
        measurements: Vec<f64>,
        /// Rows of A_i.
        rows: usize,
        /// Columns of A_i.
        cols: usize,
    },
}

/// Space for one evaluation.
pub(crate) struct MomentScratch {
    packed: Vec<f64>,
    out_left: Vec<f64>,
    out_right: Vec<f64>,
    product: Vec<f64>,
    transposed: Vec<f64>,
}

fn pairs(n: usize) -> usize {
    n * (n + 1) / 2
}

impl FourthMoments {
    /// Whichever form reads fewer numbers per evaluation.
    pub(crate) fn new(operator: &Dense) -> Self {
        let (rows, cols) = (operator.rows(), operator.cols());
        let from_table = pairs(rows) * padded(pairs(cols));
        let from_products = operator.count() * rows * cols;
        if from_table <= from_products { Self::table(operator) } else { Self::products(operator) }
    }

    /// From the measurements one by one.
    pub(crate) fn products(operator: &Dense) -> Self {
        let measurements = (0..operator.count()).flat_map(|i| operator.matrix(i).iter().copied()).collect();
        FourthMoments::Products { measurements, rows: operator.rows(), cols: operator.cols() }
    }

    /// As a table.
    pub(crate) fn table(operator: &Dense) -> Self {
        let (rows, cols, count) = (operator.rows(), operator.cols(), operator.count());
        let stride = padded(pairs(cols));
        let mut table = vec![0.0; pairs(rows) * stride];
        // Row a of every measurement: count × cols.
        let slice = |a: usize| -> Vec<f64> {
            (0..count).flat_map(|i| operator.matrix(i)[a * cols..][..cols].iter().copied()).collect()
        };
        let mut product = vec![0.0; cols * cols];
        let mut row = 0;
        for a in 0..rows {
            let left = slice(a);
            for c in a..rows {
                let right = slice(c);
                kernel().product(Matrix::new(&left, count, cols).t(), &right, 1.0, &mut product, false);
                let target = &mut table[row * stride..][..pairs(cols)];
                let mut column = 0;
                for b in 0..cols {
                    for d in b..cols {
                        let mirrored = if b == d { 0.0 } else { product[d * cols + b] };
                        target[column] = product[b * cols + d] + mirrored;
                        column += 1;
                    }
                }
                row += 1;
            }
        }
        FourthMoments::Table { table, rows, cols }
    }

    /// Space for one evaluation.
    pub(crate) fn scratch(&self) -> MomentScratch {
        let (rows, cols, tabled) = match *self {
            FourthMoments::Table { rows, cols, .. } => (rows, cols, true),
            FourthMoments::Products { rows, cols, .. } => (rows, cols, false),
        };
        let sized = |table: usize, products: usize| vec![0.0; if tabled { table } else { products }];
        MomentScratch {
            packed: sized(padded(pairs(cols)), 0),
            out_left: sized(pairs(rows), 0),
            out_right: sized(padded(pairs(cols)), 0),
            product: sized(pairs(rows), rows * cols),
            transposed: sized(0, rows * cols),
        }
    }

    /// Writes Σ A_i N A_iᵀ into `d_left` and Σ A_iᵀ K A_i into `d_right`; returns Σ tr(A_iᵀ K A_i N).
    pub(crate) fn evaluate(
        &self,
        k: &[f64],
        n: &[f64],
        d_left: &mut [f64],
        d_right: &mut [f64],
        s: &mut MomentScratch,
    ) -> f64 {
        self.left(n, d_left, s);
        self.right(k, d_right, s);
        k.iter().zip(d_left.iter()).map(|(k, d)| k * d).sum()
    }

    /// Writes Σ A_i N A_iᵀ into `out`.
    pub(crate) fn left(&self, n: &[f64], out: &mut [f64], s: &mut MomentScratch) {
        match self {
            FourthMoments::Table { table, rows, cols } => {
                pack(n, *cols, 1.0, &mut s.packed);
                kernel().residuals(table, &s.packed, Rows::products(), &mut s.out_left, None);
                unpack(&s.out_left, *rows, 1.0, out);
            }
            FourthMoments::Products { measurements, rows, cols } => {
                out.fill(0.0);
                for a in measurements.chunks(rows * cols) {
                    transpose(a, *rows, *cols, &mut s.transposed);
                    kernel().product(Matrix::new(a, *rows, *cols), n, 1.0, &mut s.product, false);
                    kernel().product(Matrix::new(&s.product, *rows, *cols), &s.transposed, 1.0, out, true);
                }
            }
        }
    }

    /// Writes Σ A_iᵀ K A_i into `out`.
    pub(crate) fn right(&self, k: &[f64], out: &mut [f64], s: &mut MomentScratch) {
        match self {
            FourthMoments::Table { table, rows, cols } => {
                // Off-diagonal pairs of K count twice: (a, c) and (c, a) give the same sum.
                pack(k, *rows, 2.0, &mut s.product);
                kernel().adjoint(table, &s.product, &mut s.out_right);
                unpack(&s.out_right, *cols, 0.5, out);
            }
            FourthMoments::Products { measurements, rows, cols } => {
                out.fill(0.0);
                for a in measurements.chunks(rows * cols) {
                    kernel().product(Matrix::new(k, *rows, *rows), a, 1.0, &mut s.product, false);
                    kernel().product(Matrix::new(a, *rows, *cols).t(), &s.product, 1.0, out, true);
                }
            }
        }
    }

    /// The moments of Bᵀ A_i C, where the measurements are at hand one by one: then few columns of B and C are less work.
    pub(crate) fn reduced(&self, b: MatRef<'_, f64>, c: MatRef<'_, f64>) -> Option<FourthMoments> {
        let FourthMoments::Products { measurements, rows, cols } = self else { return None };
        let (p, q) = (b.ncols(), c.ncols());
        let reduce = |a: &[f64]| {
            let small = b.transpose() * (MatRef::from_row_major_slice(a, *rows, *cols) * c);
            (0..p * q).map(|place| small[(place / q, place % q)]).collect::<Vec<_>>()
        };
        let measurements = measurements.chunks(rows * cols).flat_map(reduce).collect();
        Some(FourthMoments::Products { measurements, rows: p, cols: q })
    }
}

/// The upper triangle, its off-diagonal numbers times `off_diagonal`.
fn pack(matrix: &[f64], n: usize, off_diagonal: f64, out: &mut [f64]) {
    let mut index = 0;
    for i in 0..n {
        for j in i..n {
            out[index] = if i == j { matrix[i * n + j] } else { off_diagonal * matrix[i * n + j] };
            index += 1;
        }
    }
}

/// The symmetric matrix of an upper triangle, off-diagonal numbers times `off_diagonal`.
fn unpack(packed: &[f64], n: usize, off_diagonal: f64, out: &mut [f64]) {
    let mut index = 0;
    for i in 0..n {
        for j in i..n {
            let value = if i == j { packed[index] } else { off_diagonal * packed[index] };
            out[i * n + j] = value;
            out[j * n + i] = value;
            index += 1;
        }
    }
}
