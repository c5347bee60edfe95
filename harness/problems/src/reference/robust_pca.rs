use faer::{Mat, MatRef};
use ndarray::{Array2, ArrayView2};

use super::dense::{nuclear_norm, operator_norm, require_finite, to_faer, to_ndarray};
use super::error::ReferenceError;
use super::interior_point::{InteriorPoint, Program};
use super::operator::Operator;
use super::solution::{Settings, Solution, relative_gap};

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
    while best.iterations < settings.max_iterations && relative_gap(best.upper, best.lower) > settings.target_gap {
        if method.step().is_err() {
            break;
        }
        best.iterations += 1;
        if let Some(z) = method.z() {
            let x = inside(y, &z, radius);
            let upper = nuclear_norm(x.as_ref())?;
            if upper < best.upper {
                (best.x, best.upper) = (x, upper);
            }
        }
        best.lower = best.lower.max(dual_value(y, radius, &program.matrix(&method.y))?);
    }
    Ok(best)
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

/// Dual variables: Λ column by column, then a bound s of its entries. Linear slacks: s − Λ, then s + Λ.
struct Observed {
    shape: (usize, usize),
    targets: Vec<f64>,
    bounds: Vec<f64>,
    entries: Operator,
}

impl Observed {
    fn new(y: &Mat<f64>, radius: f64) -> Self {
        let shape = y.shape();
        let entries: Vec<_> = (0..shape.1).flat_map(|j| (0..shape.0).map(move |i| (i, j, 1.0))).collect();
        let mut targets: Vec<f64> = entries.iter().map(|&(i, j, _)| y[(i, j)]).collect();
        targets.push(-radius);
        Observed { shape, targets, bounds: vec![0.0; 2 * entries.len()], entries: Operator::Entries { shape, entries } }
    }

    fn entry_count(&self) -> usize {
        self.shape.0 * self.shape.1
    }
}

impl Program for Observed {
    fn targets(&self) -> &[f64] {
        &self.targets
    }

    fn shape(&self) -> Option<(usize, usize)> {
        Some(self.shape)
    }

    fn matrix(&self, y: &[f64]) -> Mat<f64> {
        let (d1, d2) = self.shape;
        Mat::from_fn(d1, d2, |i, j| y[i + j * d1])
    }

    fn bounds(&self) -> &[f64] {
        &self.bounds
    }

    fn linear(&self, y: &[f64]) -> Vec<f64> {
        let (multiplier, s) = y.split_at(self.entry_count());
        multiplier.iter().map(|l| l - s[0]).chain(multiplier.iter().map(|l| -l - s[0])).collect()
    }

    fn forward(&self, z: Option<MatRef<'_, f64>>, u: &[f64]) -> Vec<f64> {
        let (plus, minus) = u.split_at(self.entry_count());
        let mut out: Vec<f64> = plus.iter().zip(minus).map(|(p, m)| p - m).collect();
        if let Some(z) = z {
            out.iter_mut().zip(self.entries.apply(z)).for_each(|(o, v)| *o += v);
        }
        out.push(-u.iter().sum::<f64>());
        out
    }

    fn schur(&self, w: Option<MatRef<'_, f64>>, ratios: &[f64]) -> Mat<f64> {
        let n = self.entry_count();
        let (plus, minus) = ratios.split_at(n);
        let mut out = Mat::zeros(n + 1, n + 1);
        if let Some(w) = w {
            let matrix = self.entries.schur(w);
            for j in 0..n {
                for (target, value) in out.col_as_slice_mut(j)[j..].iter_mut().zip(&matrix.col_as_slice(j)[j..]) {
                    *target = 2.0 * value;
                }
            }
        }
        for j in 0..n {
            out[(j, j)] += plus[j] + minus[j];
            out[(n, j)] = minus[j] - plus[j];
        }
        out[(n, n)] = ratios.iter().sum();
        out
    }
}
