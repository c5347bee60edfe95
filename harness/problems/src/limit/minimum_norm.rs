use crate::evaluator::Evaluator;
use faer::linalg::solvers::Solve;
use faer::{Mat, Side};

/// Relative residual at which conjugate gradients stop: an inexact step costs the outer iteration little.
const TOLERANCE: f64 = 1e-4;
/// Largest number of measurements for which J is formed where conjugate gradients fail.
const MOST_DENSE: usize = 1000;
/// Smallest damping of the dense solve, relative to the largest diagonal entry of J Jᵀ: its rounding errors.
const ROUNDING: f64 = 1e-15;

/// Solves for damped minimum-norm Gauss-Newton steps, δ = −Jᵀ (J Jᵀ + μ I)⁻¹ ρ.
///
/// Conjugate gradients need J only in products. Next to a point of lower rank J is nearly singular and they stall; from
/// then on J is formed, row by row, and J Jᵀ factored, if it is small enough.
pub(crate) struct MinimumNorm {
    dense: bool,
    u: Vec<f64>,
    remainder: Vec<f64>,
    direction: Vec<f64>,
    product: Vec<f64>,
    pulled: Vec<f64>,
    step: Vec<f64>,
}

impl MinimumNorm {
    pub(crate) fn new(parameters: usize, measurements: usize) -> Self {
        let short = || vec![0.0; measurements];
        let long = || vec![0.0; parameters];
        MinimumNorm {
            dense: false,
            u: short(),
            remainder: short(),
            direction: short(),
            product: short(),
            pulled: long(),
            step: long(),
        }
    }

    /// The step at w, where the residual is `rho`; μ is `damping` times the curvature of J Jᵀ along ρ.
    pub(crate) fn step(&mut self, evaluator: &mut dyn Evaluator, w: &[f64], rho: &[f64], damping: f64) -> &[f64] {
        if !self.dense {
            let solved = self.by_conjugate_gradients(evaluator, w, rho, damping);
            self.dense = !solved && rho.len() <= MOST_DENSE;
        }
        if self.dense {
            self.by_factorization(evaluator, w, rho, damping);
        }
        evaluator.jacobian_transpose_vector(w, &self.u, &mut self.step);
        &self.step
    }

    fn by_conjugate_gradients(&mut self, evaluator: &mut dyn Evaluator, w: &[f64], rho: &[f64], damping: f64) -> bool {
        self.u.fill(0.0);
        self.remainder.iter_mut().zip(rho).for_each(|(r, rho)| *r = -rho);
        self.direction.copy_from_slice(&self.remainder);
        let mut squared = dot(&self.remainder, &self.remainder);
        let enough = TOLERANCE * TOLERANCE * squared;
        let mut shift = None;
        for _ in 0..rho.len().clamp(50, 500) {
            evaluator.jacobian_transpose_vector(w, &self.direction, &mut self.pulled);
            let length = dot(&self.direction, &self.direction);
            let stretch = dot(&self.pulled, &self.pulled);
            let shift = *shift.get_or_insert(damping * stretch / length);
            let curvature = stretch + shift * length;
            if curvature <= f64::MIN_POSITIVE {
                return false;
            }
            evaluator.jacobian_vector(w, &self.pulled, &mut self.product);
            let along = squared / curvature;
            for i in 0..self.u.len() {
                self.u[i] += along * self.direction[i];
                self.remainder[i] -= along * (self.product[i] + shift * self.direction[i]);
            }
            let before = squared;
            squared = dot(&self.remainder, &self.remainder);
            if squared <= enough {
                return true;
            }
            let ratio = squared / before;
            self.direction.iter_mut().zip(&self.remainder).for_each(|(d, r)| *d = r + ratio * *d);
        }
        false
    }

    fn by_factorization(&mut self, evaluator: &mut dyn Evaluator, w: &[f64], rho: &[f64], damping: f64) {
        let measurements = rho.len();
        // Column i is the gradient of prediction i.
        let mut transposed = Mat::<f64>::zeros(w.len(), measurements);
        let mut unit = vec![0.0; measurements];
        for i in 0..measurements {
            unit[i] = 1.0;
            evaluator.jacobian_transpose_vector(w, &unit, &mut self.pulled);
            unit[i] = 0.0;
            self.pulled.iter().enumerate().for_each(|(row, &value)| transposed[(row, i)] = value);
        }
        let mut gram = transposed.transpose() * &transposed;
        evaluator.jacobian_transpose_vector(w, rho, &mut self.pulled);
        let stretch = dot(&self.pulled, &self.pulled) / dot(rho, rho);
        let largest = (0..measurements).map(|i| gram[(i, i)]).fold(0.0, f64::max);
        let mut shift = (damping * stretch).max(ROUNDING * largest);
        for i in 0..measurements {
            gram[(i, i)] += shift;
        }
        let right = Mat::from_fn(measurements, 1, |i, _| -rho[i]);
        loop {
            // A shift of the size of the rounding errors may leave the matrix indefinite: then a larger one.
            if let Ok(factor) = gram.llt(Side::Lower) {
                let solution = factor.solve(&right);
                self.u.iter_mut().enumerate().for_each(|(i, u)| *u = solution[(i, 0)]);
                return;
            }
            if !shift.is_finite() || shift > largest {
                self.u.fill(0.0);
                return;
            }
            for i in 0..measurements {
                gram[(i, i)] += 9.0 * shift;
            }
            shift *= 10.0;
        }
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    use flatbench_records::{Case, Init, Value};

    /// A drawn matrix-sensing instance with 35 parameters and 9 measurements, and a point.
    fn instance() -> (Box<dyn crate::Problem>, Vec<f64>) {
        let sizes = [("rows", 4), ("cols", 3), ("rank", 1), ("factor_rank", 5), ("measurements", 9)];
        let parameters: BTreeMap<_, _> = sizes.map(|(name, n)| (name.to_owned(), Value::Integer(n))).into();
        let family = "matrix-sensing".to_owned();
        let case = Case { name: family.clone(), family, parameters, init: Init::Large, budget: 1.0 };
        let problem = crate::draw(&case, 1, None).expect("a sound case");
        let w = problem.initial_point(Init::Large, 1);
        (problem, w)
    }

    #[test]
    fn both_solvers_take_the_shortest_step_to_the_linear_zero() {
        let (problem, w) = instance();
        let mut evaluator = problem.evaluator();
        let m = problem.dimensions().measurements;
        let mut rho = vec![0.0; m];
        evaluator.residuals(&w, &mut rho);
        for dense in [false, true] {
            let mut solver = MinimumNorm { dense, ..MinimumNorm::new(w.len(), m) };
            let step = solver.step(&mut *evaluator, &w, &rho, 1e-14).to_vec();
            let mut moved = vec![0.0; m];
            evaluator.jacobian_vector(&w, &step, &mut moved);
            let left: f64 = moved.iter().zip(&rho).map(|(a, b)| (a + b).powi(2)).sum::<f64>();
            let tolerance = if dense { 1e-9 } else { TOLERANCE };
            assert!(left.sqrt() <= tolerance * dot(&rho, &rho).sqrt(), "dense {dense}: {left}");
            // No part of it lies in the null space of J: against directions of which the row space has been taken out.
            let mut rows: Vec<Vec<f64>> = Vec::new();
            for i in 0..m {
                let (mut unit, mut row) = (vec![0.0; m], vec![0.0; w.len()]);
                unit[i] = 1.0;
                evaluator.jacobian_transpose_vector(&w, &unit, &mut row);
                remove(&mut row, &rows);
                remove(&mut row, &rows);
                let length = dot(&row, &row).sqrt();
                row.iter_mut().for_each(|x| *x /= length);
                rows.push(row);
            }
            let mut rest = step.clone();
            remove(&mut rest, &rows);
            assert!(dot(&rest, &rest) <= 1e-24 * dot(&step, &step), "dense {dense}: outside the row space");
        }
    }

    fn remove(x: &mut [f64], directions: &[Vec<f64>]) {
        for direction in directions {
            let along = dot(x, direction);
            x.iter_mut().zip(direction).for_each(|(x, d)| *x -= along * d);
        }
    }
}
