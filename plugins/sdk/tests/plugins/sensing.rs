use flatbench_plugin::host::{Block, HostOracle, OracleError, Question};
use flatbench_plugin::ndarray::{Array2, ArrayView1, ArrayView2};

/// The matrix-sensing instance of `known/trajectories.py`, without a budget.
pub struct Sensing {
    matrices: Vec<Array2<f64>>,
    targets: Vec<f64>,
}

const ROWS: usize = 3;
const COLS: usize = 2;
const RANK: usize = 2;
pub const MEASUREMENTS: usize = 8;
const ALL: [usize; MEASUREMENTS] = [0, 1, 2, 3, 4, 5, 6, 7];

impl Sensing {
    pub fn new() -> Self {
        let entry = |i: usize, a: usize, b: usize| ((37 * i * i + 11 * a * (i + 1) + 5 * b + 3) % 17) as f64 - 8.0;
        let matrices: Vec<_> =
            (0..MEASUREMENTS).map(|i| Array2::from_shape_fn((ROWS, COLS), |(a, b)| entry(i, a, b) / 8.0)).collect();
        let truth = Array2::from_shape_vec((ROWS, COLS), vec![1.0, 0.5, -0.5, 0.25, 0.0, 0.75]).expect("3 × 2 entries");
        let targets = matrices.iter().map(|matrix| (matrix * &truth).sum()).collect();
        Sensing { matrices, targets }
    }

    pub fn blocks() -> Vec<Block> {
        vec![Block::new("L", ROWS, RANK), Block::new("R", COLS, RANK)]
    }

    pub fn start() -> Vec<f64> {
        (0..(ROWS + COLS) * RANK).map(|j| (((29 * j * j + 7 * j + 3) % 13) as f64 - 6.0) / 8.0).collect()
    }

    fn residuals(&self, w: &[f64]) -> Vec<f64> {
        let (left, right) = factors(w);
        let x = left.dot(&right.t());
        self.matrices.iter().zip(&self.targets).map(|(matrix, target)| (matrix * &x).sum() - target).collect()
    }

    /// The mean over `batch` of ∇(ρ_i − noise_i)².
    fn gradient_over(&self, w: &[f64], batch: &[usize], noise: &[f64], out: &mut [f64]) {
        let (left, right) = factors(w);
        let residuals = self.residuals(w);
        let mut adjoint = Array2::zeros((ROWS, COLS));
        for (&i, noise) in batch.iter().zip(noise) {
            adjoint.scaled_add(2.0 / batch.len() as f64 * (residuals[i] - noise), &self.matrices[i]);
        }
        write(&adjoint.dot(&right), &adjoint.t().dot(&left), out);
    }

    /// The rows ∇ρ_i(w) of the Jacobian.
    fn jacobian(&self, w: &[f64]) -> Array2<f64> {
        let (left, right) = factors(w);
        let mut jacobian = Array2::zeros((MEASUREMENTS, w.len()));
        for (mut row, a) in jacobian.rows_mut().into_iter().zip(&self.matrices) {
            write(&a.dot(&right), &a.t().dot(&left), row.as_slice_mut().expect("rows are contiguous"));
        }
        jacobian
    }

    /// ∇ of (2/m) Σ ‖Lᵀ A_i R‖² + ‖A_iᵀ L Rᵀ‖², by the product rule.
    fn relative_flatness_gradient(&self, w: &[f64], out: &mut [f64]) {
        let (left, right) = factors(w);
        let (mut to_left, mut to_right) = (Array2::zeros(left.dim()), Array2::zeros(right.dim()));
        for a in &self.matrices {
            let (inner, pulled) = (left.t().dot(a).dot(&right), a.t().dot(&left));
            to_left += &(a.dot(&right).dot(&inner.t()) + a.dot(&pulled.dot(&right.t()).dot(&right)));
            to_right += &(pulled.dot(&inner) + right.dot(&pulled.t()).dot(&pulled));
        }
        write(&(to_left * (4.0 / MEASUREMENTS as f64)), &(to_right * (4.0 / MEASUREMENTS as f64)), out);
    }

    /// ∇²f(w)·v.
    fn hessian_vector(&self, w: &[f64], v: &[f64]) -> Vec<f64> {
        let ((left, right), scale) = (factors(v), 2.0 / MEASUREMENTS as f64);
        let (jacobian, residuals) = (self.jacobian(w), self.residuals(w));
        let mut image = (jacobian.t().dot(&jacobian.dot(&ArrayView1::from(v))) * scale).to_vec();
        let mut part = vec![0.0; v.len()];
        for (a, residual) in self.matrices.iter().zip(residuals) {
            write(&a.dot(&right), &a.t().dot(&left), &mut part);
            image.iter_mut().zip(&part).for_each(|(image, part)| *image += scale * residual * part);
        }
        image
    }

    /// The largest eigenvalue of ∇²f(w) and its unit eigenvector, by the power method on a matrix moved to be positive.
    fn leading_eigenpair(&self, w: &[f64], out: &mut [f64]) -> f64 {
        let norm = |v: &[f64]| v.iter().map(|x| x * x).sum::<f64>().sqrt();
        let shift = 1.0;
        let mut v: Vec<f64> = (0..w.len()).map(|i| 1.0 + (i as f64).sin()).collect();
        for _ in 0..20_000 {
            let length = norm(&v);
            v.iter_mut().for_each(|x| *x /= length);
            let image = self.hessian_vector(w, &v);
            v.iter_mut().zip(image).for_each(|(x, y)| *x = y + shift * *x);
        }
        let length = norm(&v);
        copy(v.iter().map(|x| x / length), out);
        length - shift
    }

    /// ∇_w of vᵀ∇²f(w)v, a quadratic function of w: central differences are exact but for rounding.
    fn curvature_gradient(&self, w: &[f64], v: &[f64], out: &mut [f64]) {
        let curvature = |w: &[f64]| self.hessian_vector(w, v).iter().zip(v).map(|(x, y)| x * y).sum::<f64>();
        let moved = |i: usize, h: f64| {
            let mut w = w.to_vec();
            w[i] += h;
            curvature(&w)
        };
        copy((0..w.len()).map(|i| (moved(i, 1.0) - moved(i, -1.0)) / 2.0), out);
    }

    pub fn trace(&self, w: &[f64]) -> f64 {
        let (left, right) = factors(w);
        let square = |matrix: Array2<f64>| matrix.iter().map(|x| x * x).sum::<f64>();
        let squares: f64 = self.matrices.iter().map(|a| square(a.dot(&right)) + square(a.t().dot(&left))).sum();
        2.0 / MEASUREMENTS as f64 * squares
    }

    fn trace_gradient(&self, w: &[f64], out: &mut [f64]) {
        let (left, right) = factors(w);
        let (mut to_left, mut to_right) = (Array2::zeros(left.dim()), Array2::zeros(right.dim()));
        for a in &self.matrices {
            to_left.scaled_add(4.0 / MEASUREMENTS as f64, &a.dot(&a.t().dot(&left)));
            to_right.scaled_add(4.0 / MEASUREMENTS as f64, &a.t().dot(&a.dot(&right)));
        }
        write(&to_left, &to_right, out);
    }
}

fn factors(w: &[f64]) -> (ArrayView2<'_, f64>, ArrayView2<'_, f64>) {
    let (left, right) = w.split_at(ROWS * RANK);
    let view = |data, rows| ArrayView2::from_shape((rows, RANK), data).expect("w has the instance's dimension");
    (view(left, ROWS), view(right, COLS))
}

fn write(left: &Array2<f64>, right: &Array2<f64>, out: &mut [f64]) {
    out.iter_mut().zip(left.iter().chain(right)).for_each(|(out, x)| *out = *x);
}

fn copy(values: impl Iterator<Item = f64>, out: &mut [f64]) {
    out.iter_mut().zip(values).for_each(|(out, x)| *out = x);
}

impl Sensing {
    pub fn loss(&self, w: &[f64]) -> f64 {
        self.residuals(w).iter().map(|r| r * r).sum::<f64>() / MEASUREMENTS as f64
    }
}

impl HostOracle for Sensing {
    fn answer(&mut self, w: &[f64], question: Question<'_>, out: &mut [f64]) -> Result<f64, OracleError> {
        let quiet = [0.0; MEASUREMENTS];
        match question {
            Question::Loss => return Ok(self.loss(w)),
            Question::Gradient => {
                self.gradient_over(w, &ALL, &quiet, out);
                return Ok(self.loss(w));
            }
            Question::MinibatchGradient { batch, noise } => self.gradient_over(w, batch, noise.unwrap_or(&quiet), out),
            Question::PerturbedGradient(noise) => self.gradient_over(w, &ALL, noise, out),
            Question::Trace => return Ok(self.trace(w)),
            Question::TraceGradient => self.trace_gradient(w, out),
            Question::HessianVector(v) => copy(self.hessian_vector(w, v).into_iter(), out),
            Question::LossesAlong { direction, steps } => {
                let point = |t: f64| w.iter().zip(direction).map(|(w, v)| w + t * v).collect::<Vec<_>>();
                copy(steps.iter().map(|t| self.loss(&point(*t))), out);
            }
            Question::Residuals => copy(self.residuals(w).into_iter(), out),
            Question::JacobianVector(v) => copy(self.jacobian(w).dot(&ArrayView1::from(v)).into_iter(), out),
            Question::JacobianTransposeVector(u) => {
                copy(self.jacobian(w).t().dot(&ArrayView1::from(u)).into_iter(), out)
            }
            Question::GaussNewtonVector(v) => {
                let jacobian = self.jacobian(w);
                let image = jacobian.t().dot(&jacobian.dot(&ArrayView1::from(v)));
                copy((image * (2.0 / MEASUREMENTS as f64)).into_iter(), out);
            }
            Question::RelativeFlatnessGradient => self.relative_flatness_gradient(w, out),
            Question::LambdaMax => return Ok(self.leading_eigenpair(w, out)),
            Question::CurvatureGradient(v) => self.curvature_gradient(w, v, out),
            _ => return Err(OracleError::NotSupported("not part of this instance".into())),
        }
        Ok(f64::NAN)
    }

    fn progress(&self) -> f64 {
        0.0
    }

    fn remaining(&self) -> f64 {
        f64::INFINITY
    }

    fn measurements(&self) -> usize {
        MEASUREMENTS
    }
}
