use flatbench_plugin::Stream;
use flatbench_plugin::host::{Block, Question};
use flatbench_records::CallKind;

use super::measurement::{Measurement, dot};

/// f(w) = (1/m) Σ ρ_i(w)², ρ_i = p_i(w) − b_i, with a known zero-loss point.
pub(crate) struct Problem {
    /// What it is, for messages.
    pub(crate) label: &'static str,
    pub(crate) blocks: Vec<Block>,
    /// Where runs begin.
    pub(crate) start: Vec<f64>,
    /// A point of zero loss, and of a gradient that is exactly 0.
    pub(crate) solution: Vec<f64>,
    pub(super) measurements: Vec<Measurement>,
    targets: Vec<f64>,
}

impl Problem {
    /// Least squares with `measurements` linear measurements of parameters cut into `blocks`: convex.
    pub(crate) fn convex(label: &'static str, blocks: Vec<Block>, measurements: usize) -> Self {
        let mut stream = Stream::new(11);
        let dimension = blocks.iter().map(Block::len).sum();
        let measurements = (0..measurements).map(|_| Measurement::Linear(normal(&mut stream, dimension))).collect();
        let solution = normal(&mut stream, dimension);
        // A distance of order one in every entry, so that methods that move by fixed amounts are not favoured.
        let start = solution.iter().map(|x| x + if stream.uniform() < 0.5 { 1.0 } else { -1.0 }).collect();
        Problem::new(label, blocks, start, solution, measurements)
    }

    /// Recovery of a rows × cols matrix L Rᵀ from `measurements` products with Gaussian matrices.
    pub(crate) fn factorization(label: &'static str, rows: usize, cols: usize, factor_rank: usize, m: usize) -> Self {
        let mut stream = Stream::new(12);
        let measurements = (0..m)
            .map(|_| Measurement::Bilinear { matrix: normal(&mut stream, rows * cols), rows, cols, factor_rank })
            .collect();
        let blocks = vec![Block::new("L", rows, factor_rank), Block::new("R", cols, factor_rank)];
        let dimension = (rows + cols) * factor_rank;
        let solution = normal(&mut stream, dimension);
        let start = normal(&mut stream, dimension);
        Problem::new(label, blocks, start, solution, measurements)
    }

    fn new(
        label: &'static str,
        blocks: Vec<Block>,
        start: Vec<f64>,
        solution: Vec<f64>,
        measurements: Vec<Measurement>,
    ) -> Self {
        let targets = measurements.iter().map(|p| p.prediction(&solution)).collect();
        Problem { label, blocks, start, solution, measurements, targets }
    }

    /// Number of measurements m.
    pub(crate) fn measurements(&self) -> usize {
        self.measurements.len()
    }

    /// Writes a vector into `out` or returns a number.
    pub(crate) fn answer(&self, w: &[f64], question: Question<'_>, out: &mut [f64]) -> f64 {
        let all = 0..self.measurements();
        match question {
            Question::Loss => return self.loss(w),
            Question::Trace => return self.hessian_trace(w),
            Question::Gradient => {
                self.gradient(w, all, None, out);
                return self.loss(w);
            }
            Question::PerturbedGradient(noise) => self.gradient(w, all, Some(noise), out),
            Question::MinibatchGradient { batch, noise } => self.gradient(w, batch.iter().copied(), noise, out),
            Question::HessianVector(v) => self.hessian_vector(w, v, out),
            Question::TraceGradient => self.hessian_trace_gradient(w, out),
            Question::LossesAlong { direction, steps } => {
                let at = |t: &f64| self.loss(&w.iter().zip(direction).map(|(w, v)| w + t * v).collect::<Vec<_>>());
                fill(out, steps.iter().map(at));
            }
            Question::Residuals => fill(out, all.map(|i| self.residual(i, w))),
            Question::JacobianVector(v) => fill(out, self.measurements.iter().map(|p| dot(&p.slope(w), v))),
            Question::JacobianTransposeVector(u) => self.pull(w, u, 1.0, out),
            Question::GaussNewtonVector(v) => {
                let forward: Vec<f64> = self.measurements.iter().map(|p| dot(&p.slope(w), v)).collect();
                self.pull(w, &forward, 2.0 / self.measurements() as f64, out);
            }
            Question::TraceByBlock => {
                let diagonal = self.hessian_diagonal(w);
                let mut entries = diagonal.iter();
                fill(out, self.blocks.iter().map(|block| entries.by_ref().take(block.len()).sum()));
            }
            Question::WeightedTraceGradient(weights) => self.weighted_trace_gradient(w, weights, out),
            Question::MinibatchLoss(batch) => {
                return batch.iter().map(|&i| self.residual(i, w).powi(2)).sum::<f64>() / batch.len() as f64;
            }
            Question::MinibatchHessianVector { batch, v } => {
                self.minibatch_hessian_vector(w, v, batch.iter().copied(), out);
            }
            Question::MinibatchResiduals(batch) => fill(out, batch.iter().map(|&i| self.residual(i, w))),
            Question::CurvatureGradient(v) => self.curvature_gradient(w, v, out),
            Question::RelativeFlatness => return self.relative_flatness(w),
            Question::RelativeFlatnessGradient => self.relative_flatness_gradient(w, out),
            Question::LambdaMax => return self.leading_eigenpair(w, out),
        }
        f64::NAN
    }

    fn residual(&self, i: usize, w: &[f64]) -> f64 {
        self.measurements[i].prediction(w) - self.targets[i]
    }

    pub(crate) fn loss(&self, w: &[f64]) -> f64 {
        (0..self.measurements()).map(|i| self.residual(i, w).powi(2)).sum::<f64>() / self.measurements() as f64
    }

    /// Gradient of the mean over `batch`, with `noise` added to the targets.
    pub(crate) fn gradient(
        &self,
        w: &[f64],
        batch: impl ExactSizeIterator<Item = usize>,
        noise: Option<&[f64]>,
        out: &mut [f64],
    ) {
        out.fill(0.0);
        let weight = 2.0 / batch.len() as f64;
        for (place, i) in batch.enumerate() {
            let residual = self.residual(i, w) - noise.map_or(0.0, |noise| noise[place]);
            add(out, weight * residual, &self.measurements[i].slope(w));
        }
    }

    pub(crate) fn full_gradient(&self, w: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; w.len()];
        self.gradient(w, 0..self.measurements(), None, &mut out);
        out
    }

    pub(crate) fn hessian_vector(&self, w: &[f64], v: &[f64], out: &mut [f64]) {
        self.minibatch_hessian_vector(w, v, 0..self.measurements(), out);
    }

    /// The Hessian of the mean over `batch` times v.
    fn minibatch_hessian_vector(
        &self,
        w: &[f64],
        v: &[f64],
        batch: impl ExactSizeIterator<Item = usize>,
        out: &mut [f64],
    ) {
        out.fill(0.0);
        let weight = 2.0 / batch.len() as f64;
        for i in batch {
            let p = &self.measurements[i];
            let slope = p.slope(w);
            add(out, weight * dot(&slope, v), &slope);
            add(out, weight * self.residual(i, w), &p.curvature(v));
        }
    }

    /// scale·Jᵀ u.
    fn pull(&self, w: &[f64], u: &[f64], scale: f64, out: &mut [f64]) {
        out.fill(0.0);
        self.measurements.iter().zip(u).for_each(|(p, u)| add(out, scale * u, &p.slope(w)));
    }

    fn hessian_trace(&self, w: &[f64]) -> f64 {
        let squares: f64 = self.measurements.iter().map(|p| p.slope(w)).map(|slope| dot(&slope, &slope)).sum();
        2.0 * squares / self.measurements() as f64
    }

    /// Largest absolute eigenvalue of the Hessian at the start, by power iteration.
    pub(crate) fn lambda_max(&self) -> f64 {
        let (mut v, mut image) = (vec![1.0; self.start.len()], vec![0.0; self.start.len()]);
        let mut length = 1.0;
        for _ in 0..200 {
            self.hessian_vector(&self.start, &v, &mut image);
            length = dot(&image, &image).sqrt();
            v.iter_mut().zip(&image).for_each(|(v, y)| *v = y / length);
        }
        length
    }
}

/// The kind of a question about a w of so many entries, over how many single measurements it is, and how often it is counted.
pub(super) fn counted_as(question: Question<'_>, dimension: usize) -> (CallKind, usize, usize) {
    match question {
        Question::Loss => (CallKind::Loss, 0, 1),
        Question::Gradient | Question::PerturbedGradient(_) => (CallKind::Gradient, 0, 1),
        Question::MinibatchGradient { batch, .. } => (CallKind::MinibatchGradient, batch.len(), 1),
        Question::HessianVector(_) => (CallKind::HessianVector, 0, 1),
        Question::Trace | Question::TraceByBlock => (CallKind::Trace, 0, 1),
        Question::TraceGradient => (CallKind::TraceGradient, 0, 1),
        Question::LossesAlong { steps, .. } => (CallKind::Loss, 0, steps.len()),
        Question::WeightedTraceGradient(_) => (CallKind::TraceGradient, 0, 1),
        Question::MinibatchLoss(batch) => (CallKind::MinibatchLoss, batch.len(), 1),
        Question::MinibatchHessianVector { batch, .. } => (CallKind::MinibatchHessianVector, batch.len(), 1),
        Question::MinibatchResiduals(batch) => (CallKind::MinibatchResiduals, batch.len(), 1),
        Question::CurvatureGradient(_) => (CallKind::CurvatureGradient, 0, 1),
        Question::RelativeFlatness => (CallKind::RelativeFlatness, 0, 1),
        Question::RelativeFlatnessGradient => (CallKind::RelativeFlatnessGradient, 0, 1),
        Question::Residuals => (CallKind::Residuals, 0, 1),
        Question::JacobianVector(_) => (CallKind::JacobianVector, 0, 1),
        Question::JacobianTransposeVector(_) => (CallKind::JacobianTransposeVector, 0, 1),
        Question::GaussNewtonVector(_) => (CallKind::GaussNewtonVector, 0, 1),
        // The most that it can take.
        Question::LambdaMax => (CallKind::HessianVector, 0, dimension),
    }
}

fn fill(out: &mut [f64], values: impl Iterator<Item = f64>) {
    out.iter_mut().zip(values).for_each(|(out, value)| *out = value);
}

fn normal(stream: &mut Stream, length: usize) -> Vec<f64> {
    let mut numbers = vec![0.0; length];
    stream.fill_normal(&mut numbers);
    numbers
}

pub(super) fn add(out: &mut [f64], factor: f64, other: &[f64]) {
    out.iter_mut().zip(other).for_each(|(x, y)| *x += factor * y);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Central differences of `f` at w.
    fn slope_of(f: impl Fn(&[f64]) -> f64, w: &[f64]) -> Vec<f64> {
        let moved = |i: usize, h: f64| {
            let mut w = w.to_vec();
            w[i] += h;
            f(&w)
        };
        (0..w.len()).map(|i| (moved(i, 1e-5) - moved(i, -1e-5)) / 2e-5).collect()
    }

    #[track_caller]
    fn assert_close(found: &[f64], expected: &[f64]) {
        let scale = 1.0 + dot(expected, expected).sqrt();
        assert!(found.iter().zip(expected).all(|(x, y)| (x - y).abs() < 1e-7 * scale), "{found:?} {expected:?}");
    }

    #[test]
    fn derivatives_agree_with_differences() {
        let blocks = vec![Block::new("W1", 2, 3), Block::new("W2", 1, 2)];
        for problem in [Problem::factorization("f", 4, 3, 2, 9), Problem::convex("c", blocks, 10)] {
            let w = &problem.start;
            let mut out = vec![0.0; w.len()];
            assert_close(&problem.full_gradient(w), &slope_of(|w| problem.loss(w), w));
            problem.hessian_trace_gradient(w, &mut out);
            assert_close(&out, &slope_of(|w| problem.hessian_trace(w), w));
            let v: Vec<f64> = (0..w.len()).map(|i| i as f64 - 2.0).collect();
            problem.hessian_vector(w, &v, &mut out);
            assert_close(&out, &slope_of(|w| dot(&problem.full_gradient(w), &v), w));
            let mut trace = 0.0;
            for i in 0..w.len() {
                let mut unit = vec![0.0; w.len()];
                unit[i] = 1.0;
                problem.hessian_vector(w, &unit, &mut out);
                trace += out[i];
            }
            assert_close(&[trace], &[problem.hessian_trace(w)]);
            assert_close(&[problem.hessian_diagonal(w).iter().sum()], &[trace]);
            let weights = [0.5, -2.0];
            let weighted = |w: &[f64]| {
                let (diagonal, split) = (problem.hessian_diagonal(w), problem.blocks[0].len());
                0.5 * diagonal[..split].iter().sum::<f64>() - 2.0 * diagonal[split..].iter().sum::<f64>()
            };
            problem.weighted_trace_gradient(w, &weights, &mut out);
            assert_close(&out, &slope_of(weighted, w));
            let curvature = |w: &[f64]| {
                let mut product = vec![0.0; w.len()];
                problem.hessian_vector(w, &v, &mut product);
                dot(&product, &v)
            };
            problem.curvature_gradient(w, &v, &mut out);
            assert_close(&out, &slope_of(curvature, w));
            problem.relative_flatness_gradient(w, &mut out);
            assert_close(&out, &slope_of(|w| problem.relative_flatness(w), w));
            let largest = problem.leading_eigenpair(w, &mut out);
            let mut product = vec![0.0; w.len()];
            problem.hessian_vector(w, &out, &mut product);
            assert_close(&product, &out.iter().map(|x| largest * x).collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_solution_has_loss_and_gradient_zero() {
        let problem = Problem::factorization("f", 4, 3, 2, 9);
        assert_eq!(problem.loss(&problem.solution), 0.0);
        assert!(problem.full_gradient(&problem.solution).iter().all(|x| *x == 0.0));
        assert!(problem.loss(&problem.start) > 1.0);
    }
}
