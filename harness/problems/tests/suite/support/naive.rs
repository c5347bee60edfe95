use flatbench_problems::Problem;

use super::hyperdual::Hyperdual;

const ZERO: Hyperdual = Hyperdual { value: 0.0, first: 0.0, second: 0.0, mixed: 0.0 };

/// A factor inside w.
#[derive(Clone, Copy)]
struct Factor<'a> {
    entries: &'a [Hyperdual],
    cols: usize,
}

impl Factor<'_> {
    fn at(self, i: usize, j: usize) -> Hyperdual {
        self.entries[i * self.cols + j]
    }
}

/// An entry of X, by row and column, from the factors in w.
type Entry = fn(&[Factor], usize, usize) -> Hyperdual;

/// X(w)_ij of every family.
const X_OF: &[(&str, Entry)] = &[
    ("matrix-sensing", |f, i, j| product(f[0], f[1], i, j)),
    ("bilinear-sensing", |f, i, j| product(f[0], f[1], i, j)),
    ("matrix-completion", |f, i, j| product(f[0], f[1], i, j)),
    ("robust-pca", |f, i, j| product(f[0], f[1], i, j)),
    ("robust-sensing", |f, i, j| product(f[0], f[1], i, j)),
    ("covariance-estimation", |f, i, j| product(f[0], f[0], i, j)),
    ("phase-retrieval", |f, i, j| product(f[0], f[0], i, j)),
    ("quadratic-network", |f, i, j| product(f[0], f[0], i, j) - product(f[1], f[1], i, j)),
    ("deep-matrix-factorization", |f, i, j| {
        // Row i of W_L, carried through the layers below.
        let last = f[f.len() - 1];
        let mut row: Vec<Hyperdual> = (0..last.cols).map(|c| last.at(i, c)).collect();
        for layer in f[..f.len() - 1].iter().rev() {
            row = (0..layer.cols).map(|c| (0..row.len()).fold(ZERO, |sum, p| sum + row[p] * layer.at(p, c))).collect();
        }
        row[j]
    }),
    ("deep-sparse-recovery", |f, i, _| f.iter().fold(Hyperdual::constant(1.0), |product, v| product * v.at(i, 0))),
];

/// Families whose loss is written here.
pub fn families() -> impl Iterator<Item = &'static str> {
    X_OF.iter().map(|(family, _)| *family)
}

/// (A Bᵀ)_ij.
fn product(a: Factor, b: Factor, i: usize, j: usize) -> Hyperdual {
    (0..a.cols).fold(ZERO, |sum, c| sum + a.at(i, c) * b.at(j, c))
}

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
    /// What the mean absolute residual is lessened by, where that is the loss.
    least: Option<f64>,
    /// Of the ball that the outliers lie in, where the targets are those of X + S.
    radius: Option<f64>,
}

impl Naive {
    pub fn new(family: &str, problem: &dyn Problem) -> Self {
        let array = problem.operator().to_array();
        Naive {
            family: family.to_owned(),
            blocks: problem.blocks().iter().map(|b| (b.rows, b.cols, b.offset)).collect(),
            rows: problem.dimensions().rows,
            cols: problem.dimensions().cols,
            measurements: array.outer_iter().map(|row| row.to_vec()).collect(),
            targets: problem.targets().to_vec(),
            radius: problem.outlier_radius(),
            least: problem.least_absolute(),
        }
    }

    /// X(w), entry by entry.
    fn end_to_end(&self, w: &[Hyperdual]) -> Vec<Hyperdual> {
        let of = *X_OF.iter().find(|(family, _)| *family == self.family).map(|(_, x)| x).unwrap_or_else(|| {
            panic!("{}: add X(w) of the family to X_OF in harness/problems/tests/suite/support/naive.rs", self.family)
        });
        let factors: Vec<Factor> =
            self.blocks.iter().map(|&(_, cols, at)| Factor { entries: &w[at..], cols }).collect();
        (0..self.rows).flat_map(|i| (0..self.cols).map(move |j| (i, j))).map(|(i, j)| of(&factors, i, j)).collect()
    }

    /// X(w), row by row.
    pub fn matrix(&self, w: &[f64]) -> Vec<f64> {
        let w: Vec<_> = w.iter().map(|&w| Hyperdual::constant(w)).collect();
        self.end_to_end(&w).iter().map(|x| x.value).collect()
    }

    /// Y − S at w, S the projection of Y − X(w) onto the ball of outliers, by sorting; without outliers the targets.
    pub fn targets_at(&self, w: &[f64]) -> Vec<f64> {
        let (Some(radius), observed) = (self.radius, &self.targets) else { return self.targets.clone() };
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

    /// Mean squared, or absolute, residual against fixed targets.
    pub fn loss(&self, w: &[Hyperdual], targets: &[f64]) -> Hyperdual {
        let scale = Hyperdual::constant(1.0 / targets.len() as f64);
        if let Some(least) = self.least {
            let absolute = |x: Hyperdual| if x.value < 0.0 { ZERO - x } else { x };
            let sum = self.residuals(w, targets).into_iter().fold(ZERO, |total, residual| total + absolute(residual));
            return scale * sum - Hyperdual::constant(least);
        }
        scale * self.residuals(w, targets).into_iter().fold(ZERO, |total, residual| total + residual * residual)
    }

    /// Residuals against fixed targets.
    pub fn residuals(&self, w: &[Hyperdual], targets: &[f64]) -> Vec<Hyperdual> {
        let x = self.end_to_end(w);
        let residual = |(a, b): (&Vec<f64>, &f64)| {
            let mut residual = Hyperdual::constant(-b);
            for (a, x) in a.iter().zip(&x) {
                if *a != 0.0 {
                    residual = residual + Hyperdual::constant(*a) * *x;
                }
            }
            residual
        };
        self.measurements.iter().zip(targets).map(residual).collect()
    }

    /// ρ(w) and its derivative along v, targets at w.
    pub fn residuals_along(&self, w: &[f64], v: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let numbers: Vec<_> =
            w.iter().zip(v).map(|(&value, &v)| Hyperdual { first: v, ..Hyperdual::constant(value) }).collect();
        self.residuals(&numbers, &self.targets_at(w)).iter().map(|residual| (residual.value, residual.first)).unzip()
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

    /// ⟨∇ tr ∇²f(w), v⟩.
    pub fn trace_derivative(&self, w: &[f64], v: &[f64]) -> f64 {
        self.block_trace_derivative(w, v, &vec![1.0; self.blocks.len()])
    }

    /// ⟨∇ Σ_b c_b tr H_bb, v⟩ with these weights c.
    pub fn block_trace_derivative(&self, w: &[f64], v: &[f64], weights: &[f64]) -> f64 {
        let targets = self.targets_at(w);
        exact_slope(|t| {
            let point: Vec<f64> = w.iter().zip(v).map(|(w, v)| w + t * v).collect();
            let diagonal = self.diagonal(&point, &targets);
            let of = |&(rows, cols, at): &(usize, usize, usize)| diagonal[at..at + rows * cols].iter().sum::<f64>();
            self.blocks.iter().zip(weights).map(|(block, weight)| weight * of(block)).sum()
        })
    }

    /// ⟨∇(vᵀ∇²f(w)v), direction⟩.
    pub fn curvature_derivative(&self, w: &[f64], v: &[f64], direction: &[f64]) -> f64 {
        let targets = self.targets_at(w);
        exact_slope(|t| {
            let entries = w.iter().zip(direction).zip(v);
            let point: Vec<_> = entries
                .map(|((w, d), &v)| Hyperdual { first: v, second: v, ..Hyperdual::constant(w + t * d) })
                .collect();
            self.loss(&point, &targets).mixed
        })
    }

    /// The same loss with other targets.
    pub fn with_targets(&self, targets: Vec<f64>) -> Naive {
        let (family, blocks, measurements) = (self.family.clone(), self.blocks.clone(), self.measurements.clone());
        Naive { family, blocks, measurements, targets, ..*self }
    }

    /// The same loss over the measurements of a batch alone.
    pub fn part(&self, batch: &[usize]) -> Naive {
        Naive {
            family: self.family.clone(),
            blocks: self.blocks.clone(),
            measurements: batch.iter().map(|&i| self.measurements[i].clone()).collect(),
            targets: batch.iter().map(|&i| self.targets[i]).collect(),
            ..*self
        }
    }
}

/// The derivative at 0 of a polynomial of degree ≤ 10, for which ten-point central differences are exact whatever their step.
pub fn exact_slope(value: impl Fn(f64) -> f64) -> f64 {
    let h = 0.2;
    let weights = [5.0 / 6.0, -5.0 / 21.0, 5.0 / 84.0, -5.0 / 504.0, 1.0 / 1260.0];
    (1..=5).map(|s| weights[s - 1] * (value(s as f64 * h) - value(-(s as f64) * h)) / h).sum()
}
