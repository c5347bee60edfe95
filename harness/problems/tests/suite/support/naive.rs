use flatbench_problems::{FlattestProgram, Problem};

use super::hyperdual::Hyperdual;

/// The loss of a family, from its definition: entries of X(w) by loops, measurements as full matrices.
pub struct Naive {
    family: String,
    /// (rows, cols, offset) of each factor.
    pub blocks: Vec<(usize, usize, usize)>,
    pub rows: usize,
    pub cols: usize,
    /// Each as a full matrix, row by row.
    pub measurements: Vec<Vec<f64>>,
    targets: Vec<f64>,
    /// Robust PCA: Y and the radius of the ball.
    ball: Option<(Vec<f64>, f64)>,
}

impl Naive {
    pub fn new(family: &str, problem: &dyn Problem) -> Self {
        let array = problem.operator().to_array();
        let ball = match problem.flattest_program() {
            Ok(FlattestProgram::NuclearL1Ball { observed, radius, .. }) => {
                Some((observed.iter().copied().collect(), radius))
            }
            _ => None,
        };
        Naive {
            family: family.to_owned(),
            blocks: problem.blocks().iter().map(|b| (b.rows, b.cols, b.offset)).collect(),
            rows: problem.dimensions().rows,
            cols: problem.dimensions().cols,
            measurements: array.outer_iter().map(|row| row.to_vec()).collect(),
            targets: problem.targets().to_vec(),
            ball,
        }
    }

    /// X(w), entry by entry.
    fn end_to_end(&self, w: &[Hyperdual]) -> Vec<Hyperdual> {
        let zero = Hyperdual::constant(0.0);
        let at = |b: usize, i: usize, j: usize| w[self.blocks[b].2 + i * self.blocks[b].1 + j];
        let width = |b: usize| self.blocks[b].1;
        let mut x = Vec::new();
        for i in 0..self.rows {
            for j in 0..self.cols {
                x.push(match self.family.as_str() {
                    "covariance-estimation" | "phase-retrieval" => {
                        (0..width(0)).fold(zero, |sum, c| sum + at(0, i, c) * at(0, j, c))
                    }
                    "quadratic-network" => {
                        let plus = (0..width(0)).fold(zero, |sum, c| sum + at(0, i, c) * at(0, j, c));
                        (0..width(1)).fold(plus, |sum, c| sum - at(1, i, c) * at(1, j, c))
                    }
                    "deep-sparse-recovery" => {
                        (0..self.blocks.len()).fold(Hyperdual::constant(1.0), |product, b| product * at(b, i, 0))
                    }
                    "deep-matrix-factorization" => {
                        // Row i of W_L, carried through the layers below.
                        let last = self.blocks.len() - 1;
                        let mut row: Vec<Hyperdual> = (0..width(last)).map(|c| at(last, i, c)).collect();
                        for b in (0..last).rev() {
                            row = (0..width(b))
                                .map(|c| (0..row.len()).fold(zero, |sum, p| sum + row[p] * at(b, p, c)))
                                .collect();
                        }
                        row[j]
                    }
                    _ => (0..width(0)).fold(zero, |sum, c| sum + at(0, i, c) * at(1, j, c)),
                });
            }
        }
        x
    }

    /// X(w), row by row.
    pub fn matrix(&self, w: &[f64]) -> Vec<f64> {
        let w: Vec<_> = w.iter().map(|&w| Hyperdual::constant(w)).collect();
        self.end_to_end(&w).iter().map(|x| x.value).collect()
    }

    /// Y − S for robust PCA at w, S the projection of Y − X(w) onto the ball, by sorting; otherwise the targets.
    pub fn targets_at(&self, w: &[f64]) -> Vec<f64> {
        let Some((observed, radius)) = &self.ball else { return self.targets.clone() };
        let z: Vec<f64> = observed.iter().zip(self.matrix(w)).map(|(y, x)| y - x).collect();
        let mut magnitudes: Vec<f64> = z.iter().map(|z| z.abs()).collect();
        magnitudes.sort_by(|a, b| b.total_cmp(a));
        let mut threshold = 0.0;
        let mut sum = 0.0;
        for (count, magnitude) in magnitudes.iter().enumerate() {
            sum += magnitude;
            let trial = (sum - radius) / (count + 1) as f64;
            if trial < *magnitude {
                threshold = f64::max(trial, 0.0);
            }
        }
        let sparse = z.iter().map(|z| z.signum() * (z.abs() - threshold).max(0.0));
        observed.iter().zip(sparse).map(|(y, s)| y - s).collect()
    }

    /// Mean squared residual against fixed targets.
    pub fn loss(&self, w: &[Hyperdual], targets: &[f64]) -> Hyperdual {
        let x = self.end_to_end(w);
        let scale = Hyperdual::constant(1.0 / targets.len() as f64);
        let mut total = Hyperdual::constant(0.0);
        for (a, b) in self.measurements.iter().zip(targets) {
            let mut residual = Hyperdual::constant(-b);
            for (a, x) in a.iter().zip(&x) {
                if *a != 0.0 {
                    residual = residual + Hyperdual::constant(*a) * *x;
                }
            }
            total = total + residual * residual;
        }
        scale * total
    }

    /// f(w), targets at w.
    pub fn value(&self, w: &[f64]) -> f64 {
        let numbers: Vec<_> = w.iter().map(|&w| Hyperdual::constant(w)).collect();
        self.loss(&numbers, &self.targets_at(w)).value
    }

    /// ∇f(w) and ∇²f(w)·v, one entry at a time.
    pub fn gradient_and_product(&self, w: &[f64], v: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let targets = self.targets_at(w);
        let mut numbers: Vec<_> =
            w.iter().zip(v).map(|(&value, &v)| Hyperdual { second: v, ..Hyperdual::constant(value) }).collect();
        (0..w.len())
            .map(|p| {
                numbers[p].first = 1.0;
                let loss = self.loss(&numbers, &targets);
                numbers[p].first = 0.0;
                (loss.first, loss.mixed)
            })
            .unzip()
    }

    /// The diagonal of ∇²f(w), targets fixed.
    pub fn diagonal(&self, w: &[f64], targets: &[f64]) -> Vec<f64> {
        let mut numbers: Vec<_> = w.iter().map(|&w| Hyperdual::constant(w)).collect();
        (0..w.len())
            .map(|p| {
                (numbers[p].first, numbers[p].second) = (1.0, 1.0);
                let loss = self.loss(&numbers, targets);
                (numbers[p].first, numbers[p].second) = (0.0, 0.0);
                loss.mixed
            })
            .collect()
    }

    /// ⟨∇ tr ∇²f(w), v⟩: the trace is a polynomial of degree < 10 along a line, for which ten-point central differences
    /// are exact whatever their step.
    pub fn trace_derivative(&self, w: &[f64], v: &[f64]) -> f64 {
        let targets = self.targets_at(w);
        let h = 0.2;
        let trace = |t: f64| -> f64 {
            let point: Vec<f64> = w.iter().zip(v).map(|(w, v)| w + t * v).collect();
            self.diagonal(&point, &targets).iter().sum()
        };
        let weights = [5.0 / 6.0, -5.0 / 21.0, 5.0 / 84.0, -5.0 / 504.0, 1.0 / 1260.0];
        (1..=5).map(|s| weights[s - 1] * (trace(s as f64 * h) - trace(-(s as f64) * h)) / h).sum()
    }
}
