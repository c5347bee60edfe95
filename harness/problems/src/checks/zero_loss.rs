use ndarray::Array2;

use super::{inner, moved};
use crate::problem::{NotSupported, Problem};
use crate::spectral;

/// A zero-loss point near `start`: minimum-norm Gauss-Newton steps, halved where they do not descend, until
/// f ≤ `tolerance`. `None` where they stall. Forms the Jacobian: for small problems.
pub fn zero_loss_point(problem: &dyn Problem, start: &[f64], tolerance: f64) -> Result<Option<Vec<f64>>, NotSupported> {
    let m = problem.dimensions().measurements;
    let mut evaluator = problem.evaluator();
    let mut w = start.to_vec();
    let mut residuals = vec![0.0; m];
    for _ in 0..200 {
        evaluator.residuals(&w, &mut residuals)?;
        let loss = inner(&residuals, &residuals) / m as f64;
        if loss <= tolerance {
            return Ok(Some(w));
        }
        let mut jacobian = Array2::zeros((m, w.len()));
        let mut unit = vec![0.0; m];
        for (i, mut row) in jacobian.outer_iter_mut().enumerate() {
            unit[i] = 1.0;
            let row = row.as_slice_mut().expect("rows of a fresh array are contiguous");
            evaluator.jacobian_transpose_vector(&w, &unit, row)?;
            unit[i] = 0.0;
        }
        let Some(step) = minimum_norm_solution(&jacobian, &residuals) else { return Ok(None) };
        let mut length = 1.0;
        while evaluator.loss(&moved(&w, -length, &step)) >= loss {
            length *= 0.5;
            if length < 1e-6 {
                return Ok(None);
            }
        }
        w = moved(&w, -length, &step);
    }
    Ok(None)
}

/// Jᵀ(JJᵀ)⁺ρ.
fn minimum_norm_solution(jacobian: &Array2<f64>, residuals: &[f64]) -> Option<Vec<f64>> {
    let (values, vectors) = spectral::symmetric_eigen(&jacobian.dot(&jacobian.t()))?;
    let largest = values.last().copied()?;
    let mut multipliers = ndarray::Array1::zeros(residuals.len());
    for (value, vector) in values.iter().zip(vectors.columns()) {
        if *value > 1e-12 * largest {
            let weight = vector.iter().zip(residuals).map(|(v, r)| v * r).sum::<f64>() / value;
            multipliers.scaled_add(weight, &vector);
        }
    }
    Some(jacobian.t().dot(&multipliers).to_vec())
}
