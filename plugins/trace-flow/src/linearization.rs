use faer::Mat;
use flatbench_plugin::ndarray::Array2;
use flatbench_plugin::prelude::*;

/// Pivots below this fraction of the first are rounding: the Jacobian has no more independent rows.
const CUTOFF: f64 = 1e-14;

/// A triangular factor of JJᵀ at an earlier point, by which equations with the present J are solved in a few products.
///
/// Jᵀ Π = Q R with pivoted columns, so R₁ᵀR₁ = J₁J₁ᵀ for the rows J₁ of J that are independent. R knows J's small singular values to
/// full accuracy, where a factorization of JJᵀ would only have their squares.
#[derive(Default)]
pub(crate) struct Linearization {
    /// R₁ᵀ, lower triangular.
    triangle: Array2<f64>,
    /// The measurements with independent rows, in the order of the triangle.
    rows: Vec<usize>,
    /// Whether it was made at the present point.
    pub(crate) fresh: bool,
    /// Products with J or Jᵀ: of the present step, and of all steps since the factor was made, with making it.
    step_products: usize,
    cycle_products: usize,
    cycle_steps: usize,
}

impl Linearization {
    /// Makes the factor at `w`, from m products with Jᵀ.
    ///
    /// # Errors
    /// Those of the oracle.
    pub(crate) fn refresh(&mut self, w: &Parameters, oracle: &mut Oracle) -> Result<()> {
        let measurements = oracle.measurements();
        let mut transposed = Mat::zeros(w.len(), measurements);
        let mut unit = vec![0.0; measurements];
        for i in 0..measurements {
            unit[i] = 1.0;
            let row = oracle.jacobian_transpose_vector(w, &unit)?;
            unit[i] = 0.0;
            transposed.col_mut(i).iter_mut().zip(row.iter()).for_each(|(entry, x)| *entry = *x);
        }
        let qr = transposed.col_piv_qr();
        let (upper, order) = (qr.thin_R(), qr.P().arrays().0);
        let pivot = |i: usize| upper[(i, i)].abs();
        let rank = (0..upper.nrows()).take_while(|i| pivot(*i) > CUTOFF * pivot(0)).count();
        self.rows = order[..rank].to_vec();
        self.triangle = Array2::from_shape_fn((rank, rank), |(i, j)| if j <= i { upper[(j, i)] } else { 0.0 });
        self.fresh = true;
        self.step_products = 0;
        self.cycle_products = measurements;
        self.cycle_steps = 0;
        Ok(())
    }

    /// The v of least norm with J(w) v = `rhs`, by preconditioned conjugate gradients: until J⁺ times the residual is `tolerance` of what
    /// it was, or `limit` products with JJᵀ are done. It is a combination of J's rows.
    ///
    /// # Errors
    /// Those of the oracle.
    pub(crate) fn least_norm(
        &mut self,
        w: &Parameters,
        rhs: &[f64],
        tolerance: f64,
        limit: usize,
        oracle: &mut Oracle,
    ) -> Result<Vector> {
        let (mut v, mut residual) = (w.zeros_like(), rhs.to_vec());
        let mut scaled = self.precondition(&residual);
        let mut direction = scaled.clone();
        let mut square = dot(&residual, &scaled);
        let enough = tolerance * tolerance * square;
        for _ in 0..limit {
            if square <= enough {
                break;
            }
            let image = oracle.jacobian_transpose_vector(w, &direction)?;
            let length = square / image.dot(&image);
            if !length.is_finite() {
                break;
            }
            v.scaled_add(length, &image);
            add(&mut residual, -length, &oracle.jacobian_vector(w, &image)?);
            self.step_products += 2;
            scaled = self.precondition(&residual);
            let next = dot(&residual, &scaled);
            direction.iter_mut().zip(&scaled).for_each(|(d, z)| *d = z + next / square * *d);
            square = next;
        }
        Ok(v)
    }

    /// Ends a step, and says whether a new factor is worth its price: once steps cost more than the average since the last one, that
    /// one included.
    pub(crate) fn end_step(&mut self) -> bool {
        self.fresh = false;
        self.cycle_products += self.step_products;
        self.cycle_steps += 1;
        let due = self.step_products * self.cycle_steps > self.cycle_products;
        self.step_products = 0;
        due
    }

    /// (R₁ᵀR₁)⁻¹ on the independent rows, 0 on the others.
    fn precondition(&self, residual: &[f64]) -> Vec<f64> {
        let mut x: Vec<f64> = self.rows.iter().map(|row| residual[*row]).collect();
        let rows = || self.triangle.rows().into_iter().enumerate();
        for (i, row) in rows() {
            let known: f64 = row.iter().zip(&x[..i]).map(|(r, x)| r * x).sum();
            x[i] = (x[i] - known) / row[i];
        }
        for (i, row) in rows().rev() {
            x[i] /= row[i];
            let solved = x[i];
            row.iter().zip(&mut x[..i]).for_each(|(r, x)| *x -= r * solved);
        }
        let mut out = vec![0.0; residual.len()];
        self.rows.iter().zip(x).for_each(|(row, x)| out[*row] = x);
        out
    }
}

pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

fn add(out: &mut [f64], factor: f64, other: &[f64]) {
    out.iter_mut().zip(other).for_each(|(x, y)| *x += factor * y);
}
