//! The metrics of a point, from their definitions, on small instances.

use flatbench_problems::Problem;
use flatbench_records::{FactorizationKind, Metrics};

use crate::chain::least_chain;
use crate::dense::{Matrix, norm};
use crate::support::naive::Naive;

/// Radius of the worst-case sharpness, as METRICS.md states it.
const RADIUS: f64 = 0.05;

pub struct Plain {
    factorization: FactorizationKind,
    naive: Naive,
    truth: Matrix,
}

impl Plain {
    pub fn new(family: &str, problem: &dyn Problem) -> Self {
        let truth = problem.truth().expect("a drawn truth");
        let (rows, cols) = truth.dim();
        let truth = Matrix::new(rows, cols, truth.iter().copied().collect());
        Plain { factorization: problem.factorization(), naive: Naive::new(family, problem), truth }
    }

    fn factor(&self, w: &[f64], block: usize) -> Matrix {
        let (rows, cols, offset) = self.naive.blocks[block];
        Matrix::new(rows, cols, w[offset..][..rows * cols].to_vec())
    }

    /// ∇²f(w), a column at a time.
    pub fn hessian(&self, w: &[f64]) -> Matrix {
        let mut unit = vec![0.0; w.len()];
        let mut entries = Vec::new();
        for p in 0..w.len() {
            unit[p] = 1.0;
            entries.extend(self.naive.gradient_and_product(w, &unit).1);
            unit[p] = 0.0;
        }
        Matrix::new(w.len(), w.len(), entries)
    }

    /// Everything but what is held out and what is compared with a reference. The worst case is searched from both ends of
    /// `leading`.
    pub fn metrics(&self, w: &[f64], leading: &[f64]) -> Metrics {
        let x = Matrix::new(self.naive.rows, self.naive.cols, self.naive.matrix(w));
        let spectrum = x.singular_values();
        let nuclear: f64 = spectrum.iter().sum();
        let entropy: f64 = spectrum.iter().filter(|s| **s > 0.0).map(|s| -(s / nuclear) * (s / nuclear).ln()).sum();
        let hessian = self.hessian(w);
        let diagonal = |b: usize| {
            let (rows, cols, offset) = self.naive.blocks[b];
            (offset..offset + rows * cols).map(|p| hessian.at(p, p)).sum::<f64>()
        };
        let blocks = 0..self.naive.blocks.len();
        let floor = self.floor(&x);
        Metrics {
            train_loss: Some(self.naive.value(w)),
            relative_error: Some(x.minus(&self.truth).norm() / self.truth.norm()),
            hessian_trace: Some(hessian.trace()),
            scaled_trace: Some(blocks.clone().map(|b| diagonal(b) / self.naive.blocks[b].0 as f64).sum()),
            lambda_max: hessian.eigen().0.into_iter().reduce(f64::max),
            flatness_floor: Some(floor),
            balance_gap: Some(hessian.trace() / floor),
            nuclear_norm: Some(nuclear),
            effective_rank: Some(entropy.exp()),
            stable_rank: Some(x.norm().powi(2) / spectrum[0].powi(2)),
            balancedness: Some(self.balancedness(w)),
            parameter_norm: Some(norm(w)),
            relative_flatness: Some(blocks.map(|b| self.relative_flatness(w, b, &hessian)).sum()),
            worst_case_sharpness: Some(self.worst_case(w, leading)),
            singular_values: spectrum.into_iter().take(10).collect(),
            root_trace: Some((0..w.len()).map(|p| hessian.at(p, p).max(0.0).sqrt()).sum()),
            hessian_eigenvalues: {
                let mut values = hessian.eigen().0;
                values.sort_by(|a, b| b.total_cmp(a));
                values
            },
            ..Metrics::default()
        }
    }

    /// Σ A_i A_iᵀ and Σ A_iᵀ A_i.
    fn moments(&self) -> (Matrix, Matrix) {
        let (r, c) = (self.naive.rows, self.naive.cols);
        let mut sums = (Matrix::new(r, r, vec![0.0; r * r]), Matrix::new(c, c, vec![0.0; c * c]));
        for a in &self.naive.measurements {
            let a = Matrix::new(r, c, a.clone());
            let squares = (a.times(&a.transposed()), a.transposed().times(&a));
            sums.0.entries.iter_mut().zip(squares.0.entries).for_each(|(sum, s)| *sum += s);
            sums.1.entries.iter_mut().zip(squares.1.entries).for_each(|(sum, s)| *sum += s);
        }
        sums
    }

    fn floor(&self, x: &Matrix) -> f64 {
        let m = self.naive.measurements.len() as f64;
        let layers = self.naive.blocks.len() as f64;
        match &self.factorization {
            // D = S1/m: A_i = x_i x_iᵀ has A_i A_iᵀ = ‖x_i‖² x_i x_iᵀ.
            FactorizationKind::Gram { signs } if signs.len() == 1 => 8.0 / m * self.moments().0.times(x).trace(),
            FactorizationKind::Gram { .. } => {
                let root = self.moments().0.root();
                8.0 / m * root.times(x).times(&root).nuclear_norm()
            }
            FactorizationKind::Chain if layers > 2.0 => {
                let measurements = self.naive.measurements.iter();
                let all = measurements.map(|a| Matrix::new(x.rows, x.cols, a.clone())).collect::<Vec<_>>();
                2.0 / m * least_chain(x, &all, self.naive.blocks.len())
            }
            FactorizationKind::Hadamard => {
                let weight = |j: usize| self.naive.measurements.iter().map(|a| a[j] * a[j]).sum::<f64>() / m;
                let terms = (0..x.rows).map(|j| weight(j) * x.at(j, 0).abs().powf(2.0 - 2.0 / layers));
                2.0 * layers * terms.sum::<f64>()
            }
            FactorizationKind::LeftRight | FactorizationKind::Chain => {
                let (left, right) = self.moments();
                4.0 / m * left.root().times(x).times(&right.root()).nuclear_norm()
            }
        }
    }

    fn balancedness(&self, w: &[f64]) -> f64 {
        let gram = |f: &Matrix| f.transposed().times(f);
        let count = self.naive.blocks.len();
        match &self.factorization {
            FactorizationKind::Gram { signs } if signs.len() == 1 => 0.0,
            FactorizationKind::Gram { .. } => self.factor(w, 0).transposed().times(&self.factor(w, 1)).norm(),
            FactorizationKind::Chain => {
                let gap = |l: usize| gram(&self.factor(w, l + 1)).minus(&gram(&self.factor(w, l).transposed())).norm();
                norm(&(0..count - 1).map(gap).collect::<Vec<_>>())
            }
            FactorizationKind::Hadamard => {
                let squares = |l: usize| {
                    let v = self.factor(w, l);
                    Matrix::from(v.rows, 1, |j, _| v.at(j, 0).powi(2))
                };
                norm(&(0..count - 1).map(|l| squares(l + 1).minus(&squares(l)).norm()).collect::<Vec<_>>())
            }
            FactorizationKind::LeftRight => gram(&self.factor(w, 0)).minus(&gram(&self.factor(w, 1))).norm(),
        }
    }

    /// The layer that a factor is: the neuron and the input that each of its entries joins, in the order of w.
    fn synapses(&self, block: usize) -> Vec<(usize, usize)> {
        let (rows, cols, _) = self.naive.blocks[block];
        let entries = (0..rows).flat_map(|i| (0..cols).map(move |j| (i, j)));
        match self.factorization {
            // A diagonal layer.
            FactorizationKind::Hadamard => entries.map(|(i, _)| (i, i)).collect(),
            FactorizationKind::Chain => entries.collect(),
            // Inputs meet the columns of R, of U, of U1 and U2: the first layer is Rᵀ, Uᵀ, [U1 U2]ᵀ.
            FactorizationKind::Gram { .. } => entries.map(|(i, j)| (j, i)).collect(),
            FactorizationKind::LeftRight if block == 1 => entries.map(|(i, j)| (j, i)).collect(),
            FactorizationKind::LeftRight => entries.collect(),
        }
    }

    /// Σ_{s,s'} ⟨w_s, w_s'⟩ tr H_{s,s'} over the neurons s of a layer with incoming weights w_s, H_{s,s'} the second derivatives in
    /// the weights of s and of s' that come from the same inputs.
    fn relative_flatness(&self, w: &[f64], block: usize, hessian: &Matrix) -> f64 {
        let offset = self.naive.blocks[block].2;
        let synapses = self.synapses(block);
        let size = synapses.iter().map(|&(neuron, input)| neuron.max(input)).max().expect("no factor is empty") + 1;
        let mut layer = Matrix::new(size, size, vec![0.0; size * size]);
        for (p, &(neuron, input)) in synapses.iter().enumerate() {
            layer.entries[neuron * size + input] = w[offset + p];
        }
        let products = layer.times(&layer.transposed());
        let mut total = 0.0;
        for (p, &(neuron, input)) in synapses.iter().enumerate() {
            for (q, &(other, same)) in synapses.iter().enumerate() {
                if input == same {
                    total += products.at(neuron, other) * hessian.at(offset + p, offset + q);
                }
            }
        }
        total
    }

    /// Twenty steps of projected ascent from each end of a direction, as METRICS.md states it, with exact derivatives.
    fn worst_case(&self, w: &[f64], leading: &[f64]) -> f64 {
        let base = self.naive.value(w);
        let zero = vec![0.0; w.len()];
        let mut best = 0.0_f64;
        for sign in [1.0, -1.0] {
            let mut point: Vec<f64> = w.iter().zip(leading).map(|(w, v)| w + sign * RADIUS * v).collect();
            for _ in 0..20 {
                best = best.max(self.naive.value(&point) - base);
                let gradient = self.naive.gradient_and_product(&point, &zero).0;
                let length = norm(&gradient);
                if length == 0.0 {
                    break;
                }
                point = w.iter().zip(&gradient).map(|(w, g)| w + RADIUS * g / length).collect();
            }
            best = best.max(self.naive.value(&point) - base);
        }
        best
    }

    /// The largest rise of the loss found in many random directions: no search may report less.
    pub fn best_of_random(&self, w: &[f64], directions: u64) -> f64 {
        let base = self.naive.value(w);
        let rise = |seed| {
            let v = flatbench_problems::checks::direction(w.len(), seed);
            let length = norm(&v);
            let moved: Vec<f64> = w.iter().zip(&v).map(|(w, v)| w + RADIUS * v / length).collect();
            self.naive.value(&moved) - base
        };
        (0..directions).map(rise).fold(0.0, f64::max)
    }
}
