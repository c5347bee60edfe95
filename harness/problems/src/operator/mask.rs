use super::{FusedOperator, MeasurementOperator, Moment, Structure, scaled, square};
use crate::kernel::{Entries, Rows};

/// Sampled entries of a matrix, each measured once: A = √(rows·cols)·E_ij, so that a random entry of X has the mean square
/// ‖X‖_F², as a Gaussian measurement has.
pub(crate) struct Mask {
    rows: usize,
    cols: usize,
    entry_rows: Vec<u32>,
    entry_cols: Vec<u32>,
    amplitude: f64,
}

impl Mask {
    /// The given positions (row, column), each inside rows × cols.
    pub(crate) fn new(rows: usize, cols: usize, positions: impl IntoIterator<Item = (usize, usize)>) -> Self {
        let (entry_rows, entry_cols) = positions
            .into_iter()
            .map(|(i, j)| {
                assert!(i < rows && j < cols, "entry ({i}, {j}) outside {rows} × {cols}");
                (u32::try_from(i).expect("fewer than 2³² rows"), u32::try_from(j).expect("fewer than 2³² columns"))
            })
            .unzip();
        Mask { rows, cols, entry_rows, entry_cols, amplitude: ((rows * cols) as f64).sqrt() }
    }

    /// Positions, in the form the kernels take.
    pub(crate) fn entries(&self) -> Entries<'_> {
        Entries { rows: &self.entry_rows, cols: &self.entry_cols, amplitude: self.amplitude }
    }

    /// Positions (row, column).
    pub(crate) fn positions(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.entry_rows.iter().zip(&self.entry_cols).map(|(&i, &j)| (i as usize, j as usize))
    }
}

impl MeasurementOperator for Mask {
    fn rows(&self) -> usize {
        self.rows
    }

    fn cols(&self) -> usize {
        self.cols
    }

    fn count(&self) -> usize {
        self.entry_rows.len()
    }

    fn apply(&self, x: &[f64], out: &mut [f64]) {
        for (value, (i, j)) in out.iter_mut().zip(self.positions()) {
            *value = self.amplitude * x[i * self.cols + j];
        }
    }

    fn apply_in_order(&self, x: &[f64], out: &mut [f64]) {
        self.apply(x, out);
    }

    fn adjoint(&self, u: &[f64], g: &mut [f64]) {
        g.fill(0.0);
        for (value, (i, j)) in u.iter().zip(self.positions()) {
            g[i * self.cols + j] += self.amplitude * value;
        }
    }

    fn measurement(&self, i: usize, out: &mut [f64]) {
        out.fill(0.0);
        out[self.entry_rows[i] as usize * self.cols + self.entry_cols[i] as usize] = self.amplitude;
    }

    fn compressed(&self, b: &[f64], c: &[f64]) -> f64 {
        let (p, q) = (b.len() / self.rows, c.len() / self.cols);
        let products = self.positions().map(|(i, j)| square(&b[i * p..][..p]) * square(&c[j * q..][..q]));
        self.amplitude * self.amplitude * products.sum::<f64>()
    }

    fn compressed_gradient(&self, b: &[f64], c: &[f64], d_b: &mut [f64], d_c: &mut [f64]) {
        let (p, q) = (b.len() / self.rows, c.len() / self.cols);
        let squares = |x: &[f64], width: usize| x.chunks(width).map(square).collect::<Vec<_>>();
        let (of_rows, of_cols) = (squares(b, p), squares(c, q));
        let (mut per_row, mut per_col) = (vec![0.0; self.rows], vec![0.0; self.cols]);
        for (i, j) in self.positions() {
            per_row[i] += 2.0 * self.amplitude * self.amplitude * of_cols[j];
            per_col[j] += 2.0 * self.amplitude * self.amplitude * of_rows[i];
        }
        let rows = b.chunks(p).zip(d_b.chunks_mut(p)).zip(per_row);
        rows.chain(c.chunks(q).zip(d_c.chunks_mut(q)).zip(per_col))
            .for_each(|((x, out), factor)| scaled(factor, x, out));
    }

    fn structure(&self) -> Structure<'_> {
        Structure::Entries { positions: self.positions().collect(), amplitude: self.amplitude }
    }

    fn moments(&self) -> (Moment, Moment) {
        let (mut per_row, mut per_col) = (vec![0.0; self.rows], vec![0.0; self.cols]);
        for (i, j) in self.positions() {
            per_row[i] += self.amplitude * self.amplitude;
            per_col[j] += self.amplitude * self.amplitude;
        }
        (Moment::Diagonal(per_row), Moment::Diagonal(per_col))
    }
}

impl FusedOperator for Mask {
    type Scratch = ();

    fn scratch(&self) {}

    /// The amplitude is that of all.
    fn part(&self, batch: &[usize]) -> Self {
        let of = |entries: &[u32]| batch.iter().map(|&i| entries[i]).collect();
        Mask { entry_rows: of(&self.entry_rows), entry_cols: of(&self.entry_cols), ..*self }
    }

    fn residual_adjoint(&self, x: &[f64], rows: Rows<'_>, rho: &mut [f64], g: &mut [f64], _: &mut ()) {
        g.fill(0.0);
        for (position, value) in rho.iter_mut().enumerate() {
            let e = rows.row(position);
            let entry = self.entry_rows[e] as usize * self.cols + self.entry_cols[e] as usize;
            *value = rows.residual(position, self.amplitude * x[entry]);
            g[entry] += self.amplitude * *value;
        }
    }
}
