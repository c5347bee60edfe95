//! A feasible primal-dual interior-point method (Nesterov-Todd direction, Mehrotra predictor-corrector) for pairs
//!
//! ```text
//! primal  min ‖Z‖_* + hᵀu   s.t.  B(Z) + G u = t,  u ≥ 0
//! dual    max tᵀy           s.t.  ‖M(y)‖_op ≤ 1,   h − Gᵀy ≥ 0,       M(y) = Σ y_i B_i
//! ```
//!
//! and for the same with tr Z, Z ⪰ 0 and M(y) ⪯ I in the place of the norm and its ball ([`Cone`]). The dual iterate stays
//! strictly feasible, the primal one in its cone; where it starts with B(Z) + G u = t it keeps that too, and then every
//! iterate carries a certificate.

use faer::linalg::solvers::{Llt, Solve};
use faer::{Mat, MatRef, Side};

use super::cone::Cone;
use super::dense::{column, dot};
use super::scaling::Scaling;

/// Refinements of the direction that is taken.
const REFINEMENTS: usize = 2;

/// The data of one pair of programs, as the products the method needs.
pub(super) trait Program {
    /// t, one per dual variable.
    fn targets(&self) -> &[f64];
    /// The cone of the matrix part; `None` where there is none.
    fn cone(&self) -> Option<Cone>;
    /// M(y), called only where there is a matrix part.
    fn matrix(&self, y: &[f64]) -> Mat<f64>;
    /// h.
    fn bounds(&self) -> &[f64];
    /// Gᵀy.
    fn linear(&self, y: &[f64]) -> Vec<f64>;
    /// B(Z) + G u.
    fn forward(&self, z: Option<MatRef<'_, f64>>, u: &[f64]) -> Vec<f64>;
    /// Lower triangle of 2⟨B_i, (W [0 B_j; B_jᵀ 0] W)_12⟩ + G diag(`ratios`) Gᵀ, with ⟨B_i, W B_j W⟩ in the place of the first
    /// term where Z is semidefinite.
    fn schur(&self, w: Option<MatRef<'_, f64>>, ratios: &[f64]) -> Mat<f64>;
}

/// The method can make no more progress in this precision.
#[derive(Debug)]
pub(super) struct Stalled;

pub(super) struct InteriorPoint<'p, P: Program> {
    program: &'p P,
    /// Dual variables.
    pub y: Vec<f64>,
    /// Multiplier of S.
    x: Mat<f64>,
    s: Mat<f64>,
    /// Linear primal variables, and the slacks h − Gᵀy.
    pub u: Vec<f64>,
    slack: Vec<f64>,
}

/// A step in the scaled space (matrix part) and in the original one (linear part).
struct Direction {
    dy: Vec<f64>,
    dx: Mat<f64>,
    ds: Mat<f64>,
    du: Vec<f64>,
    dslack: Vec<f64>,
}

impl<'p, P: Program> InteriorPoint<'p, P> {
    /// Starts from Z inside its cone, u > 0 and a strictly feasible y; with a ball, B(Z) + G u = t as well.
    pub(super) fn new(program: &'p P, z: Option<MatRef<'_, f64>>, u: Vec<f64>, y: Vec<f64>) -> Self {
        let x = program.cone().zip(z).map_or_else(|| Mat::zeros(0, 0), |(cone, z)| cone.multiplier(z));
        let mut state = InteriorPoint { program, y, x, s: Mat::zeros(0, 0), u, slack: Vec::new() };
        state.refresh();
        state
    }

    /// Z, where there is a matrix part.
    pub(super) fn z(&self) -> Option<Mat<f64>> {
        self.program.cone().map(|cone| cone.primal(self.x.as_ref()))
    }

    /// h − Gᵀy.
    pub(super) fn slack(&self) -> &[f64] {
        &self.slack
    }

    /// Duality gap of the current pair of iterates (not scaled to the boundary).
    fn gap(&self) -> f64 {
        let matrix: f64 = (0..self.x.ncols()).map(|j| self.x.col(j).transpose() * self.s.col(j)).sum();
        matrix + dot(&self.u, &self.slack)
    }

    fn refresh(&mut self) {
        if let Some(cone) = self.program.cone() {
            self.s = cone.slack(self.program.matrix(&self.y).as_ref());
        }
        self.slack = self.program.bounds().iter().zip(self.program.linear(&self.y)).map(|(h, g)| h - g).collect();
    }

    /// One predictor-corrector step.
    pub(super) fn step(&mut self) -> Result<(), Stalled> {
        let order = (self.x.nrows() + self.u.len()) as f64;
        let gap = self.gap();
        let mu = gap / order;
        let scaling = match self.program.cone() {
            Some(_) => Some(Scaling::new(self.x.as_ref(), self.s.as_ref()).ok_or(Stalled)?),
            None => None,
        };
        let point = scaling.as_ref().map(Scaling::point);
        let ratios: Vec<f64> = self.u.iter().zip(&self.slack).map(|(u, s)| u / s).collect();
        let factor = factorize(self.program.schur(point.as_ref().map(Mat::as_ref), &ratios)).ok_or(Stalled)?;
        let current = self.program.forward(self.z().as_ref().map(Mat::as_ref), &self.u);
        let residual: Vec<f64> = self.program.targets().iter().zip(current).map(|(t, p)| t - p).collect();
        let lambda: &[f64] = scaling.as_ref().map_or(&[], |s| &s.lambda);
        let n = lambda.len();

        let diagonal = Mat::from_fn(n, n, |i, j| if i == j { -lambda[i] } else { 0.0 });
        let products: Vec<f64> = self.u.iter().zip(&self.slack).map(|(u, s)| -u * s).collect();
        let predictor = self.direction(&factor, scaling.as_ref(), &ratios, &residual, diagonal, &products, 0);
        let (primal, dual) = self.step_lengths(scaling.as_ref(), &predictor, 1.0)?;
        let reached = self.gap_after(lambda, &predictor, primal, dual);
        let exponent = (3.0 * primal.min(dual).powi(2)).max(1.0);
        let centred = (reached / gap).clamp(0.0, 1.0).powf(exponent) * mu;

        let second = &predictor.dx * &predictor.ds;
        let right = Mat::from_fn(n, n, |i, j| {
            let base = if i == j { centred - lambda[i] * lambda[i] } else { 0.0 };
            (2.0 * base - second[(i, j)] - second[(j, i)]) / (lambda[i] + lambda[j])
        });
        let products: Vec<f64> = (0..self.u.len())
            .map(|i| centred - self.u[i] * self.slack[i] - predictor.du[i] * predictor.dslack[i])
            .collect();
        let corrector = self.direction(&factor, scaling.as_ref(), &ratios, &residual, right, &products, REFINEMENTS);
        let (primal, dual) = self.step_lengths(scaling.as_ref(), &corrector, 0.9 + 0.08 * primal.min(dual))?;
        if primal.max(dual) < 1e-6 || corrector.dy.iter().any(|d| !d.is_finite()) {
            return Err(Stalled);
        }
        if let Some(scaling) = &scaling {
            let dx = scaling.unscale(corrector.dx.as_ref());
            self.x = Mat::from_fn(n, n, |i, j| self.x[(i, j)] + 0.5 * primal * (dx[(i, j)] + dx[(j, i)]));
        }
        self.u.iter_mut().zip(&corrector.du).for_each(|(u, d)| *u += primal * d);
        self.y.iter_mut().zip(&corrector.dy).for_each(|(y, d)| *y += dual * d);
        self.refresh();
        Ok(())
    }

    /// Duality gap after steps of the given lengths.
    fn gap_after(&self, lambda: &[f64], d: &Direction, primal: f64, dual: f64) -> f64 {
        let diagonal = |i: usize, j: usize| if i == j { lambda[i] } else { 0.0 };
        let n = lambda.len();
        let matrix: f64 = (0..n * n)
            .map(|e| (e % n, e / n))
            .map(|(i, j)| (diagonal(i, j) + primal * d.dx[(i, j)]) * (diagonal(i, j) + dual * d.ds[(i, j)]))
            .sum();
        let linear: f64 =
            (0..self.u.len()).map(|i| (self.u[i] + primal * d.du[i]) * (self.slack[i] + dual * d.dslack[i])).sum();
        matrix + linear
    }

    /// The direction with scaled right-hand side `right` and linear products `products`.
    ///
    /// The Schur complement loses digits as the pair nears the boundary. Each refinement measures how far the direction
    /// is from restoring B(Z) + G u = t and solves again for what is missing.
    #[expect(clippy::too_many_arguments, reason = "the parts of one Newton system, shared by its two right-hand sides")]
    fn direction(
        &self,
        factor: &Llt<f64>,
        scaling: Option<&Scaling>,
        ratios: &[f64],
        residual: &[f64],
        right: Mat<f64>,
        products: &[f64],
        refinements: usize,
    ) -> Direction {
        let matrix = scaling.zip(self.program.cone());
        let m = residual.len();
        let mut du: Vec<f64> = products.iter().zip(&self.slack).map(|(r, s)| r / s).collect();
        let mut dx = right;
        let mut dy = vec![0.0; m];
        let mut ds = Mat::zeros(dx.nrows(), dx.ncols());
        for _ in 0..=refinements {
            let z = matrix.map(|(scaling, cone)| cone.primal(scaling.unscale(dx.as_ref()).as_ref()));
            let forward = self.program.forward(z.as_ref().map(Mat::as_ref), &du);
            let missing: Vec<f64> = residual.iter().zip(forward).map(|(r, f)| r - f).collect();
            let solved = factor.solve(column(&missing));
            let more: Vec<f64> = (0..m).map(|i| solved[(i, 0)]).collect();
            dy.iter_mut().zip(&more).for_each(|(y, d)| *y += d);
            if let Some((scaling, cone)) = matrix {
                let change = scaling.scale_dual(cone.slack_direction(self.program.matrix(&more).as_ref()).as_ref());
                dx -= &change;
                ds += &change;
            }
            du.iter_mut().zip(ratios).zip(self.program.linear(&more)).for_each(|((u, r), g)| *u += r * g);
        }
        let dslack: Vec<f64> = self.program.linear(&dy).iter().map(|g| -g).collect();
        Direction { dy, dx, ds, du, dslack }
    }

    /// Primal and dual steps: at most 1 and at most `fraction` of the way to the boundary.
    fn step_lengths(&self, scaling: Option<&Scaling>, d: &Direction, fraction: f64) -> Result<(f64, f64), Stalled> {
        let limit = 1.0 / fraction;
        let (mut primal, mut dual) = (limit, limit);
        if let Some(scaling) = scaling {
            primal = scaling.longest_step(d.dx.as_ref(), limit).ok_or(Stalled)?;
            dual = scaling.longest_step(d.ds.as_ref(), limit).ok_or(Stalled)?;
        }
        let shrink = |length: f64, values: &[f64], steps: &[f64]| {
            values.iter().zip(steps).fold(length, |a, (v, d)| if *d < 0.0 { a.min(-v / d) } else { a })
        };
        primal = shrink(primal, &self.u, &d.du);
        dual = shrink(dual, &self.slack, &d.dslack);
        if primal.is_finite() && dual.is_finite() { Ok((fraction * primal, fraction * dual)) } else { Err(Stalled) }
    }
}

/// Cholesky factor, with the diagonal raised by as little as it takes where rounding has made H indefinite.
fn factorize(mut h: Mat<f64>) -> Option<Llt<f64>> {
    let m = h.nrows();
    let largest = (0..m).map(|i| h[(i, i)]).fold(0.0, f64::max);
    if !largest.is_finite() {
        return None;
    }
    let mut shift = 0.0;
    for attempt in 0..4 {
        if let Ok(factor) = h.llt(Side::Lower) {
            return Some(factor);
        }
        let raised = 1e-16 * largest * 100.0_f64.powi(attempt);
        (0..m).for_each(|i| h[(i, i)] += raised - shift);
        shift = raised;
    }
    None
}
