use faer::linalg::solvers::Solve;
use faer::{Mat, Side};

use crate::evaluator::Evaluator;
use crate::question::Question;

/// Whether the residuals are those of single measurements, with the derivative J of the predictions.
pub(super) fn has_jacobian(evaluator: &dyn Evaluator) -> bool {
    evaluator.supports(Question::MinibatchGradient { batch: &[0], noise: None }).is_ok()
}

/// Residuals and their derivative at a point, written down: what a step of implicit Euler along the flow needs, of any length.
pub(super) struct Linearisation {
    /// Jᵀ, parameters × measurements.
    transpose: Mat<f64>,
    /// JJᵀ.
    gram: Mat<f64>,
    /// ρ, one column.
    residuals: Mat<f64>,
}

impl Linearisation {
    /// At w. Costs a product with Jᵀ for each measurement.
    pub(super) fn at(evaluator: &mut dyn Evaluator, w: &[f64], measurements: usize) -> Self {
        let mut transpose = Mat::zeros(w.len(), measurements);
        let mut unit = vec![0.0; measurements];
        for (i, mut column) in transpose.col_iter_mut().enumerate() {
            unit[i] = 1.0;
            let column = column.as_mut().try_as_col_major_mut().expect("columns are contiguous").as_slice_mut();
            evaluator.jacobian_transpose_vector(w, &unit, column);
            unit[i] = 0.0;
        }
        let mut residuals = vec![0.0; measurements];
        evaluator.residuals(w, &mut residuals);
        let residuals = Mat::from_fn(measurements, 1, |i, _| residuals[i]);
        Linearisation { gram: transpose.transpose() * &transpose, transpose, residuals }
    }

    /// Jᵀ(JJᵀ + μ)⁻¹ρ, to be subtracted from w; μ is `damping` times the mean eigenvalue of JJᵀ. A step of implicit Euler over
    /// the time m/(2μ), and of Gauss and Newton where μ → 0; `None` where something is not finite.
    pub(super) fn step(&self, damping: f64) -> Option<Vec<f64>> {
        let measurements = self.gram.nrows();
        let mean = self.gram.diagonal().column_vector().sum() / measurements as f64;
        let mut matrix = self.gram.clone();
        (0..measurements).for_each(|i| matrix[(i, i)] += damping * mean);
        let step = &self.transpose * matrix.llt(Side::Lower).ok()?.solve(&self.residuals);
        step.col(0).iter().all(|x| x.is_finite()).then(|| step.col(0).iter().copied().collect())
    }
}

/// Damping of JJᵀ where it is inverted, relative to its mean eigenvalue: below what rounding makes of it.
const TINY: f64 = 1e-14;

impl Linearisation {
    /// ‖ρ‖.
    pub(super) fn residual_norm(&self) -> f64 {
        self.residuals.norm_l2()
    }

    /// The nearest point to `start` with ρ + J(v − w) = 0, and the norm of the multipliers of its residuals.
    pub(super) fn nearest(&self, w: &[f64], start: &[f64]) -> Option<(Vec<f64>, f64)> {
        let multipliers = self.inverse(&(self.transpose.transpose() * column(w, start) - &self.residuals))?;
        let step = &self.transpose * &multipliers;
        Some((start.iter().enumerate().map(|(i, s)| s + step[(i, 0)]).collect(), multipliers.norm_l2()))
    }

    /// Length of the part of w − start that J does not see.
    pub(super) fn tangential(&self, w: &[f64], start: &[f64]) -> Option<f64> {
        let away = column(w, start);
        let seen = &self.transpose * self.inverse(&(self.transpose.transpose() * &away))?;
        Some((away - seen).norm_l2())
    }

    /// Jᵀ(JJᵀ)⁻¹ r: the shortest change that changes residuals by r.
    pub(super) fn least_change(&self, residuals: &[f64]) -> Option<Vec<f64>> {
        let step = &self.transpose * self.inverse(&Mat::from_fn(residuals.len(), 1, |i, _| residuals[i]))?;
        Some(step.col(0).iter().copied().collect())
    }

    /// (JJᵀ)⁻¹ of one column.
    fn inverse(&self, column: &Mat<f64>) -> Option<Mat<f64>> {
        let measurements = self.gram.nrows();
        let mean = self.gram.diagonal().column_vector().sum() / measurements as f64;
        let mut matrix = self.gram.clone();
        (0..measurements).for_each(|i| matrix[(i, i)] += TINY * mean);
        let solution = matrix.llt(Side::Lower).ok()?.solve(column);
        let finite = solution.col(0).iter().all(|x| x.is_finite());
        finite.then_some(solution)
    }
}

/// w − start.
fn column(w: &[f64], start: &[f64]) -> Mat<f64> {
    Mat::from_fn(w.len(), 1, |i, _| w[i] - start[i])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use flatbench_records::{Case, Init, Value};

    use super::*;

    #[test]
    fn a_step_is_that_of_implicit_euler() {
        let sizes = [("rows", 5), ("cols", 4), ("rank", 1), ("factor_rank", 3), ("measurements", 12)];
        let parameters: BTreeMap<_, _> = sizes.map(|(name, n)| (name.to_owned(), Value::Integer(n))).into();
        let family = "matrix-sensing".to_owned();
        let case = Case { name: family.clone(), family, parameters, init: Init::Large, budget: 1.0, ..Case::default() };
        let problem = crate::draw(&case, 3, None).expect("a sound case");
        let (w, m) = (problem.initial_point(Init::Large, 3), problem.dimensions().measurements);
        let mut evaluator = problem.evaluator();
        assert!(has_jacobian(&*evaluator));
        let linear = Linearisation::at(&mut *evaluator, &w, m);
        let mut gradient = vec![0.0; w.len()];
        evaluator.gradient(&w, &mut gradient);
        let largest = gradient.iter().fold(0.0_f64, |largest, g| largest.max(g.abs()));
        for damping in [1e-12, 1e-2, 10.0] {
            let step = linear.step(damping).expect("finite");
            // (B + (2μ/m)) s = ∇f.
            let mut product = vec![0.0; w.len()];
            evaluator.gauss_newton_vector(&w, &step, &mut product);
            let mu = damping * (0..m).map(|i| linear.gram[(i, i)]).sum::<f64>() / m as f64;
            for ((product, step), gradient) in product.iter().zip(&step).zip(&gradient) {
                let difference = product + 2.0 * mu / m as f64 * step - gradient;
                assert!(difference.abs() <= 1e-9 * largest, "damping {damping}: {difference:e}");
            }
        }
    }
}
