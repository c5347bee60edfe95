use super::{FusedOperator, MeasurementOperator, Moment, scaled, square};
use crate::kernel::Rows;

/// Every entry is measured, once.
pub(crate) struct Identity {
    rows: usize,
    cols: usize,
}

impl Identity {
    /// All entries of rows × cols matrices.
    pub(crate) fn new(rows: usize, cols: usize) -> Self {
        Identity { rows, cols }
    }
}

impl MeasurementOperator for Identity {
    fn rows(&self) -> usize {
        self.rows
    }

    fn cols(&self) -> usize {
        self.cols
    }

    fn count(&self) -> usize {
        self.rows * self.cols
    }

    fn apply(&self, x: &[f64], out: &mut [f64]) {
        out.copy_from_slice(x);
    }

    fn apply_in_order(&self, x: &[f64], out: &mut [f64]) {
        self.apply(x, out);
    }

    fn adjoint(&self, u: &[f64], g: &mut [f64]) {
        g.copy_from_slice(u);
    }

    fn measurement(&self, i: usize, out: &mut [f64]) {
        out.fill(0.0);
        out[i] = 1.0;
    }

    fn compressed(&self, b: &[f64], c: &[f64]) -> f64 {
        square(b) * square(c)
    }

    fn compressed_gradient(&self, b: &[f64], c: &[f64], d_b: &mut [f64], d_c: &mut [f64]) {
        scaled(2.0 * square(c), b, d_b);
        scaled(2.0 * square(b), c, d_c);
    }

    fn moments(&self) -> (Moment, Moment) {
        (Moment::Diagonal(vec![self.cols as f64; self.rows]), Moment::Diagonal(vec![self.rows as f64; self.cols]))
    }
}

impl FusedOperator for Identity {
    type Scratch = ();

    fn scratch(&self) {}

    fn part(&self, _: &[usize]) -> Self {
        unreachable!("where every entry is measured, the loss is a distance and no mean over measurements")
    }

    fn residual_adjoint(&self, x: &[f64], rows: Rows<'_>, rho: &mut [f64], g: &mut [f64], _: &mut ()) {
        g.fill(0.0);
        for (position, value) in rho.iter_mut().enumerate() {
            let entry = rows.row(position);
            *value = rows.residual(position, x[entry]);
            g[entry] += *value;
        }
    }
}
