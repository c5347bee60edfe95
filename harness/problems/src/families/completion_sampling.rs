use rand::RngExt;
use rand::seq::SliceRandom;

use super::parts::parameters::CaseParameters;
use crate::randomness::stream;

/// Entries of a matrix in three parts.
pub(super) struct Split<E> {
    pub(super) observed: Vec<E>,
    pub(super) validation: Vec<E>,
    pub(super) test: Vec<E>,
}

/// Observed entries: each by itself with a probability of mean `sampling_rate`. The others are shuffled; the fraction
/// `validation_fraction` of them is for validation, the rest for the test.
pub(super) fn sample(p: &CaseParameters, (rows, cols): (usize, usize), seed: u64) -> Split<(usize, usize)> {
    let probabilities = Probabilities::new(p, (rows, cols), seed);
    let mut rng = stream(seed, "measurements");
    let (mut observed, mut others) = (Vec::new(), Vec::new());
    for i in 0..rows {
        for j in 0..cols {
            let part = if rng.random::<f64>() < probabilities.at(i, j) { &mut observed } else { &mut others };
            part.push((i, j));
        }
    }
    others.shuffle(&mut stream(seed, "validation"));
    let test = others.split_off(share(others.len(), p.real("validation_fraction")));
    let mut split = Split { observed, validation: others, test };
    split.validation.sort_unstable();
    split.test.sort_unstable();
    split
}

/// A file's entries, shuffled: first the validation part, then the test part, then those that are observed.
pub(super) fn split_known<E: Clone>(p: &CaseParameters, known: &[E], seed: u64) -> Split<E> {
    let mut order: Vec<usize> = (0..known.len()).collect();
    order.shuffle(&mut stream(seed, "validation"));
    let validation = share(known.len(), p.real("validation_fraction"));
    let test = share(known.len(), p.real("test_fraction"));
    let mut observed = order.split_off((validation + test).min(known.len()));
    let mut tested = order.split_off(validation.min(order.len()));
    let pick = |indices: &mut Vec<usize>| -> Vec<E> {
        indices.sort_unstable();
        indices.iter().map(|&i| known[i].clone()).collect()
    };
    Split { validation: pick(&mut order), test: pick(&mut tested), observed: pick(&mut observed) }
}

fn share(count: usize, fraction: f64) -> usize {
    (count as f64 * fraction).round() as usize
}

/// Probability of each entry to be observed.
struct Probabilities {
    rate: f64,
    /// Row and column weights of mean one, where sampling is not uniform.
    weights: Option<(Vec<f64>, Vec<f64>)>,
}

impl Probabilities {
    fn new(p: &CaseParameters, (rows, cols): (usize, usize), seed: u64) -> Self {
        let rate = p.real("sampling_rate");
        if p.text("sampling") != Some("power-law") {
            return Probabilities { rate, weights: None };
        }
        let exponent = p.real("exponent");
        let side = |size: usize, name: &str| {
            let mut weights: Vec<f64> = (1..=size).map(|rank| (rank as f64).powf(-exponent)).collect();
            let mean = weights.iter().sum::<f64>() / size as f64;
            weights.iter_mut().for_each(|w| *w /= mean);
            weights.shuffle(&mut stream(seed, name));
            weights
        };
        let weights = (side(rows, "row-weights"), side(cols, "column-weights"));
        let mut probabilities = Probabilities { rate, weights: Some(weights) };
        probabilities.rate = probabilities.level_for(rate, rows * cols);
        probabilities
    }

    /// The level c with mean of min(1, c·w_i·v_j) equal to `rate`: clipping at one loses mass that the others take.
    fn level_for(&self, rate: f64, count: usize) -> f64 {
        let Some((row_weights, col_weights)) = &self.weights else { return rate };
        if rate >= 1.0 {
            return f64::INFINITY;
        }
        let mean = |level: f64| {
            let clipped = |w: &f64| col_weights.iter().map(|v| (level * w * v).min(1.0)).sum::<f64>();
            row_weights.iter().map(clipped).sum::<f64>() / count as f64
        };
        let (mut low, mut high) = (0.0, 1.0);
        while mean(high) < rate {
            low = high;
            high *= 2.0;
        }
        // 60 halvings reach the spacing of floating-point numbers.
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            if mean(middle) < rate { low = middle } else { high = middle }
        }
        high
    }

    fn at(&self, i: usize, j: usize) -> f64 {
        match &self.weights {
            None => self.rate,
            Some((row_weights, col_weights)) => self.rate * row_weights[i] * col_weights[j],
        }
    }
}
