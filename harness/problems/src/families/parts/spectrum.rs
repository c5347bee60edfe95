//! Spectra of drawn truths: how fast the leading singular values fall, and what makes a truth nearly of low rank and no more.
//!
//! A truth is a leading part of rank r, and where the case asks for them a tail in directions orthogonal to it and a Gaussian matrix:
//!
//! X* ∝ (X_r/‖X_r‖_F + τ T)/‖·‖_F + ν N/‖N‖_F, with ‖T‖_F = 1 and singular values of T that fall as 1, 1/2, 1/3, …

use flatbench_records::{Parameter, Value};
use ndarray::{Array2, Axis, concatenate, s};

use super::findings::Findings;
use super::parameters::{CaseParameters, open, real};
use super::truth::normalised;

/// Names of the parameters.
const CONDITION: &str = "truth_condition";
const TAIL: &str = "truth_tail";
const NOISE: &str = "truth_noise";

/// Largest condition number: beyond it the last of the leading singular values is near what counts as zero (1e-10 of the largest).
const LARGEST_CONDITION: f64 = 1e8;

/// Parameters of truths that have singular values.
pub(crate) fn parameters() -> [Parameter; 3] {
    let noise = "Norm of a Gaussian matrix that is added to the ground truth, as a multiple of the norm of the rest; the truth then has \
                 full rank. 0, as without the key: none.";
    let [condition, tail] = definite_parameters();
    [condition, tail, open(real(NOISE, noise, 0.0, None, false))]
}

/// The same for positive semidefinite truths, which a Gaussian matrix would make indefinite.
pub(crate) fn definite_parameters() -> [Parameter; 2] {
    let condition = "Condition number κ of the leading part of the ground truth: its singular values (magnitudes of eigenvalues, for a \
                     symmetric truth; signs take turns) fall geometrically from 1 to 1/κ before the norm is set to 1, in directions \
                     that are uniformly random. Without the key they are those of a product of Gaussian factors.";
    let tail = "Norm τ of a tail of the ground truth, as a multiple of the norm of its leading part of rank r: singular values beyond \
                the r-th that fall as 1, 1/2, 1/3, …, in directions orthogonal to the leading ones; the truth then has full rank. 0, \
                as without the key: none.";
    [open(real(CONDITION, condition, 1.0, Some(LARGEST_CONDITION), false)), open(real(TAIL, tail, 0.0, None, false))]
}

/// What a case says of the spectrum of its truth.
pub(crate) struct Spectrum {
    condition: Option<f64>,
    tail: Option<f64>,
    noise: Option<f64>,
}

impl Spectrum {
    /// As the case says.
    pub(crate) fn of(p: &CaseParameters) -> Self {
        let of = |name| p.0.get(name).and_then(Value::as_real);
        let positive = |name| of(name).filter(|&x| x > 0.0);
        Spectrum { condition: of(CONDITION), tail: positive(TAIL), noise: positive(NOISE) }
    }

    /// Rank of the truth: that of its leading part, or all that the matrix can have.
    pub(crate) fn rank(&self, leading: usize, full: usize) -> usize {
        if self.tail.is_some() || self.noise.is_some() { full } else { leading }
    }

    /// Leading singular values from 1 down to 1/κ; `None` where they are those of Gaussian factors.
    pub(crate) fn leading(&self, rank: usize) -> Option<Vec<f64>> {
        let steps = rank.saturating_sub(1).max(1) as f64;
        let condition = self.condition?;
        Some((0..rank).map(|i| condition.powf(-(i as f64) / steps)).collect())
    }

    /// Singular values of the tail: of norm one, `None` without one.
    pub(crate) fn tail(&self, count: usize) -> Option<Vec<f64>> {
        self.tail?;
        let values: Vec<f64> = (1..=count).map(|j| 1.0 / j as f64).collect();
        let norm = values.iter().map(|x| x * x).sum::<f64>().sqrt();
        Some(values.into_iter().map(|x| x / norm).collect())
    }

    /// The truth of norm one that its leading part, also of norm one, makes with a tail and with noise; these are drawn where there are
    /// some.
    pub(crate) fn complete(
        &self,
        leading: Array2<f64>,
        tail: Option<Array2<f64>>,
        noise: impl FnOnce() -> Array2<f64>,
    ) -> Array2<f64> {
        let mut truth = leading;
        if let (Some(size), Some(tail)) = (self.tail, tail) {
            truth = normalised(truth + normalised(tail) * size);
        }
        if let Some(size) = self.noise {
            truth = normalised(truth + normalised(noise()) * size);
        }
        truth
    }
}

/// The columns made orthonormal, by Gram and Schmidt's method done twice, with sums in a fixed order so that they have the same bits on
/// every machine.
pub(crate) fn orthonormal(vectors: &Array2<f64>) -> Array2<f64> {
    let mut columns: Vec<Vec<f64>> = vectors.columns().into_iter().map(|column| column.to_vec()).collect();
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    for c in 0..columns.len() {
        let (before, rest) = columns.split_at_mut(c);
        let column = &mut rest[0];
        for _ in 0..2 {
            for other in &*before {
                let along = dot(other, column);
                column.iter_mut().zip(other).for_each(|(x, o)| *x -= along * o);
            }
        }
        let norm = dot(column, column).sqrt();
        column.iter_mut().for_each(|x| *x /= norm);
    }
    Array2::from_shape_fn(vectors.dim(), |(i, c)| columns[c][i])
}

/// `vectors` made orthonormal, and orthogonal to the columns of `span`.
pub(crate) fn beyond(span: &Array2<f64>, vectors: &Array2<f64>) -> Array2<f64> {
    let both = concatenate(Axis(1), &[span.view(), vectors.view()]).expect("as many rows");
    orthonormal(&both).slice(s![.., span.ncols()..]).to_owned()
}

/// Each column times the square root of its value: a factor of Σ value·(column)(column)ᵀ.
pub(crate) fn weighted(mut vectors: Array2<f64>, values: &[f64]) -> Array2<f64> {
    for (mut column, value) in vectors.columns_mut().into_iter().zip(values) {
        column *= value.sqrt();
    }
    vectors
}

/// Which of `positive` + `negative` values in a row are positive: signs take turns, the positive ones first, until one is used up.
pub(crate) fn turns(positive: usize, negative: usize) -> Vec<bool> {
    let (mut left, mut out) = ([negative, positive], Vec::new());
    while left[0] + left[1] > 0 {
        let wanted = out.last().is_none_or(|last: &bool| !last);
        let sign = if left[usize::from(wanted)] > 0 { wanted } else { !wanted };
        left[usize::from(sign)] -= 1;
        out.push(sign);
    }
    out
}

impl Findings {
    /// What a case says of the spectrum of its truth. `ranks` name the parts of its rank, `widths` the columns of factors of which each
    /// has to hold `full` for a truth of full rank. Sizes of zero are taken out: they are what a case without the key says.
    pub(crate) fn spectrum(&mut self, p: &mut CaseParameters, ranks: &[&str], widths: &[&str], full: Option<usize>) {
        p.0.retain(|name, value| !([TAIL, NOISE].contains(&name.as_str()) && value.as_real() == Some(0.0)));
        if p.text("truth_file").is_some() {
            return self.refuse_spectrum(p, "truth_file");
        }
        let rank = ranks.iter().map(|name| p.size_if(name)).sum::<Option<usize>>();
        let (Some(rank), Some(full)) = (rank, full) else { return };
        let spectrum = Spectrum::of(p);
        if rank == 1 && spectrum.condition.is_some() {
            self.warn(format!(
                "a leading part of rank one has one singular value: `{CONDITION}` changes nothing but the draw"
            ));
        }
        if spectrum.tail.is_some() && rank >= full {
            let message =
                format!("a truth whose leading part has rank {rank} has no singular values beyond it (lower the rank)");
            return self.mistake(TAIL, message);
        }
        if spectrum.rank(rank, full) == rank {
            return;
        }
        self.warn(format!(
            "the truth has full rank {full}: what is claimed of truths of low rank does not hold for it, and errors need not become small"
        ));
        if let Some(width) = widths.iter().filter_map(|name| p.size_if(name)).find(|&width| width < full) {
            self.warn(format!(
                "factors of {width} columns make no truth of full rank {full}: no zero-loss point may be known, and references may be \
                 bounds alone"
            ));
        }
        if let (Some(tail), Some(values)) = (spectrum.tail, spectrum.leading(rank)) {
            let norm = values.iter().map(|x| x * x).sum::<f64>().sqrt();
            let first = spectrum.tail(full - rank).and_then(|values| values.first().copied()).unwrap_or(0.0);
            let (first, last) = (tail * first, values.last().copied().unwrap_or(0.0) / norm);
            if first > last {
                self.warn(format!(
                    "the tail begins at {first:.2e} of the norm of the leading part, above its last singular value, {last:.2e}: the \
                     {rank} largest singular values are not those of the leading part"
                ));
            }
        }
    }

    /// A mistake for each of the parameters where `file` gives the matrix.
    pub(crate) fn refuse_spectrum(&mut self, p: &CaseParameters, file: &str) {
        for name in [CONDITION, TAIL, NOISE].into_iter().filter(|name| p.0.contains_key(*name)) {
            self.mistake(name, format!("says how a truth is drawn, and `{file}` is given (leave one of them out)"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::turns;

    #[test]
    fn signs_take_turns() {
        assert_eq!(turns(2, 1), [true, false, true]);
        assert_eq!(turns(1, 3), [true, false, false, false]);
        assert_eq!(turns(0, 2), [false, false]);
        assert_eq!(turns(3, 0), [true; 3]);
    }
}
