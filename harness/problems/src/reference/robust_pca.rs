use faer::Mat;
use ndarray::{Array2, ArrayView2};

use super::dense::{nuclear_norm, operator_norm, require_finite, singular_values, to_faer, to_ndarray};
use super::error::ReferenceError;
use super::interior_point::{InteriorPoint, Program};
use super::observed::Observed;
use super::polish::revealed_rank;
use super::separation::{Support, separate};
use super::solution::{Settings, Solution, relative_gap};

/// Gap below which rank and support may be trusted enough to try them.
const POLISH_FROM: f64 = 0.02;

/// Solves min ‖X‖_* subject to ‖Y − X‖₁ ≤ τ (entrywise ℓ1), the flattest and at once the norm-minimal point of
/// robust PCA (Ding et al. 2024), whose dual is max ⟨Y, Λ⟩ − τ‖Λ‖_∞ subject to ‖Λ‖_op ≤ 1.
///
/// # Errors
/// A negative or infinite `radius` τ, and values of `observed` Y that are not finite.
pub fn robust_pca(observed: ArrayView2<'_, f64>, radius: f64, settings: &Settings) -> Result<Solution, ReferenceError> {
    require_finite("the observed matrix", observed.iter())?;
    if !(radius >= 0.0 && radius.is_finite()) {
        return Err(ReferenceError::Parameter { name: "radius", value: radius, rule: "finite and at least 0" });
    }
    if observed.iter().map(|v| v.abs()).sum::<f64>() <= radius {
        return Ok(Solution::new(Array2::zeros(observed.dim()), 0.0, 0.0, 0.0, 0.0, 0));
    }
    let y = to_faer(observed);
    let scale = y.norm_l2();
    let y = Mat::from_fn(y.nrows(), y.ncols(), |i, j| y[(i, j)] / scale);
    let best = solve(&y, radius / scale, settings)?;

    let x = Mat::from_fn(y.nrows(), y.ncols(), |i, j| scale * best.x[(i, j)]);
    let x = to_ndarray(x.as_ref());
    let value = nuclear_norm(to_faer(x.view()).as_ref())?;
    let excess = (observed.iter().zip(&x).map(|(a, b)| (a - b).abs()).sum::<f64>() - radius).max(0.0);
    let feasibility = excess / radius.max(scale);
    // Moving X towards Y in one entry restores feasibility and costs at most the excess.
    Ok(Solution::new(x, value, excess, scale * best.lower, feasibility, best.iterations))
}

struct Best {
    x: Mat<f64>,
    upper: f64,
    lower: f64,
    iterations: usize,
}

fn solve(y: &Mat<f64>, radius: f64, settings: &Settings) -> Result<Best, ReferenceError> {
    let mut best = Best { x: y.clone(), upper: nuclear_norm(y.as_ref())?, lower: 0.0, iterations: 0 };
    if radius == 0.0 {
        best.lower = best.upper;
        return Ok(best);
    }
    let (d1, d2) = y.shape();
    let n = d1 * d2;
    let program = Observed::new(y, radius);
    // X = Y with the whole radius spread over cancelling slacks, and Λ = 0, are strictly feasible; the bound s of Λ
    // makes all complementary products equal.
    let spread = radius / (2 * n) as f64;
    let mut dual = vec![0.0; n + 1];
    dual[n] = y.norm_l2() / spread;
    let mut method = InteriorPoint::new(&program, Some(y.as_ref()), vec![spread; 2 * n], dual);
    let mut tried = None;
    while best.iterations < settings.max_iterations && best.gap() > settings.target_gap {
        if method.step().is_err() {
            break;
        }
        best.iterations += 1;
        let Some(z) = method.z() else { break };
        best.offer(y, radius, &z, &program.matrix(&method.y))?;
        if best.gap() > POLISH_FROM {
            continue;
        }
        // Λ is bounded by 1 in the iterates themselves.
        let dual_values = singular_values(program.matrix(&method.y).as_ref())?;
        let rank = revealed_rank(&singular_values(z.as_ref())?, &dual_values);
        let support = Support::revealed(&method.u, method.slack(), method.y[n]);
        let revealed = Some((rank, support));
        if revealed == tried {
            continue;
        }
        if let Some((rank, support)) = &revealed
            && let Some(exact) = separate(&program, z.as_ref(), &method.y, *rank, support)?
        {
            best.offer(y, radius, &exact.z, &program.matrix(&exact.y))?;
        }
        tried = revealed;
    }
    Ok(best)
}

impl Best {
    fn gap(&self) -> f64 {
        relative_gap(self.upper, self.lower)
    }

    /// Takes the bounds of a primal and a dual point, each made feasible first, where they are better.
    fn offer(&mut self, y: &Mat<f64>, radius: f64, z: &Mat<f64>, multiplier: &Mat<f64>) -> Result<(), ReferenceError> {
        let x = inside(y, z, radius);
        let upper = nuclear_norm(x.as_ref())?;
        if upper < self.upper {
            (self.x, self.upper) = (x, upper);
        }
        self.lower = self.lower.max(dual_value(y, radius, multiplier)?);
        Ok(())
    }
}

/// The point on the way from Y to Z that is within the radius of Y.
fn inside(y: &Mat<f64>, z: &Mat<f64>, radius: f64) -> Mat<f64> {
    let distance: f64 = (0..y.ncols())
        .map(|j| y.col_as_slice(j).iter().zip(z.col_as_slice(j)).map(|(a, b)| (a - b).abs()).sum::<f64>())
        .sum();
    let shrink = if distance > radius { radius / distance } else { 1.0 };
    Mat::from_fn(y.nrows(), y.ncols(), |i, j| y[(i, j)] + shrink * (z[(i, j)] - y[(i, j)]))
}

/// Dual value at Λ scaled into the unit ball of the operator norm.
fn dual_value(y: &Mat<f64>, radius: f64, multiplier: &Mat<f64>) -> Result<f64, ReferenceError> {
    let bound = operator_norm(multiplier.as_ref())?;
    let mut product = 0.0;
    let mut largest = 0.0_f64;
    for j in 0..y.ncols() {
        for (a, l) in y.col_as_slice(j).iter().zip(multiplier.col_as_slice(j)) {
            product += a * l;
            largest = largest.max(l.abs());
        }
    }
    let value = product - radius * largest;
    Ok(if bound > 0.0 && value > 0.0 { value / bound } else { 0.0 })
}
