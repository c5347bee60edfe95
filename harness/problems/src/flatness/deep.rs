use ndarray::Array2;

use super::chain::{Chain, ChainMoments};
use super::moments::{FourthMoments, MomentScratch};
use super::{BilinearFlatness, Flatness, FlattestProgram};
use crate::factorization::{DeepLinear, Factorization};
use crate::kernel::{Matrix, kernel, transpose};
use crate::operator::{Dense, MeasurementOperator, Moment};

/// X = W_L ⋯ W_1: tr ∇²f = (2/m) Σ_l Σ_i ‖P_lᵀ A_i Q_lᵀ‖_F² at any loss, P_l = W_L⋯W_{l+1}, Q_l = W_{l−1}⋯W_1.
///
/// With K = P_lP_lᵀ and N = Q_lᵀQ_l the inner sum is Σ tr(A_iᵀKA_iN), linear in K and in N: it needs moments of the
/// measurements only (S1 for the first layer, S2 for the last, fourth moments between).
pub(crate) struct DeepFlatness {
    factorization: DeepLinear,
    count: usize,
    left: Moment,
    right: Moment,
    fourth: Option<FourthMoments>,
    two_layers: BilinearFlatness,
}

/// Prefix and suffix products with their gradients.
pub(crate) struct DeepTraceScratch {
    /// P_l (rows × h_l), l = 0..=L; P_L is not used.
    suffix: Vec<Vec<f64>>,
    suffix_gradient: Vec<Vec<f64>>,
    /// Q_{l+1} (h_l × cols) at index l = 0..=L; index 0 is not used.
    prefix: Vec<Vec<f64>>,
    prefix_gradient: Vec<Vec<f64>>,
    gram_left: Vec<f64>,
    gram_right: Vec<f64>,
    d_left: Vec<f64>,
    d_right: Vec<f64>,
    transposed: Vec<f64>,
    moments: Option<MomentScratch>,
}

impl DeepFlatness {
    /// From the measurements and the factorization they see.
    pub(crate) fn new(operator: &Dense, factorization: DeepLinear) -> Self {
        let (left, right) = operator.moments();
        let two_layers = BilinearFlatness::new((left.clone(), right.clone()), operator.count(), factorization.width(1));
        let fourth = (factorization.depth() > 2).then(|| FourthMoments::new(operator));
        DeepFlatness { count: operator.count(), left, right, fourth, two_layers, factorization }
    }

    /// Replaces the fourth moments, so that tests can compare both ways of holding them.
    #[cfg(test)]
    pub(crate) fn with_moments(mut self, fourth: FourthMoments) -> Self {
        self.fourth = Some(fourth);
        self
    }

    /// For three layers and more.
    fn chain_moments(&self) -> Option<ChainMoments<'_>> {
        let between = self.fourth.as_ref()?;
        Some(ChainMoments { first: dense(&self.left), last: dense(&self.right), between })
    }

    fn products(&self, w: &[f64], s: &mut DeepTraceScratch) {
        let f = &self.factorization;
        let (depth, d0, d_last) = (f.depth(), f.cols(), f.rows());
        s.prefix[1].copy_from_slice(f.layer(w, 1));
        for l in 2..depth {
            let (done, rest) = s.prefix.split_at_mut(l);
            kernel().product(f.matrix(w, l), &done[l - 1], 1.0, &mut rest[0], false);
        }
        s.suffix[depth - 1].copy_from_slice(f.layer(w, depth));
        for l in (1..depth - 1).rev() {
            let (rest, done) = s.suffix.split_at_mut(l + 1);
            let next = Matrix::new(&done[0], d_last, f.width(l + 1));
            kernel().product(next, f.layer(w, l + 1), 1.0, &mut rest[l], false);
        }
        for gradient in s.suffix_gradient.iter_mut().chain(&mut s.prefix_gradient) {
            gradient.fill(0.0);
        }
        debug_assert_eq!(s.prefix[1].len(), f.width(1) * d0);
    }

    /// weight·Σ_i ‖P_lᵀ A_i Q_lᵀ‖² for layer l; adds its gradients in P_l and Q_l.
    fn layer_term(&self, l: usize, weight: f64, s: &mut DeepTraceScratch) -> f64 {
        let f = &self.factorization;
        let (depth, d0, d_last) = (f.depth(), f.cols(), f.rows());
        if l < depth {
            let h = f.width(l);
            let transposed = &mut s.transposed[..d_last * h];
            transpose(&s.suffix[l], d_last, h, transposed);
            kernel().product(Matrix::new(&s.suffix[l], d_last, h), transposed, 1.0, &mut s.gram_left, false);
        }
        if l > 1 {
            let q = Matrix::new(&s.prefix[l - 1], f.width(l - 1), d0);
            kernel().product(q.t(), &s.prefix[l - 1], 1.0, &mut s.gram_right, false);
        }
        let value = if l == 1 {
            linear_form(&self.left, &s.gram_left, &mut s.d_left)
        } else if l == depth {
            linear_form(&self.right, &s.gram_right, &mut s.d_right)
        } else {
            let fourth = self.fourth.as_ref().expect("held for three layers and more");
            let scratch = s.moments.as_mut().expect("made together with the moments");
            fourth.evaluate(&s.gram_left, &s.gram_right, &mut s.d_left, &mut s.d_right, scratch)
        };
        if l < depth {
            let d_left = Matrix::new(&s.d_left, d_last, d_last);
            kernel().product(d_left, &s.suffix[l], 2.0 * weight, &mut s.suffix_gradient[l], true);
        }
        if l > 1 {
            let q = Matrix::new(&s.prefix[l - 1], f.width(l - 1), d0);
            kernel().product(q, &s.d_right, 2.0 * weight, &mut s.prefix_gradient[l - 1], true);
        }
        weight * value
    }

    /// Takes the gradients in the products back to the layers.
    fn back_to_layers(&self, w: &[f64], scale: f64, out: &mut [f64], s: &mut DeepTraceScratch) {
        let f = &self.factorization;
        let (depth, d0, d_last) = (f.depth(), f.cols(), f.rows());
        out.fill(0.0);
        // P_{l−1} = P_l W_l, with P_{L−1} = W_L: gradients flow from the longest product to the shortest.
        for l in 2..=depth {
            let (h, n) = (f.width(l), f.width(l - 1));
            let block = &f.blocks()[l - 1];
            let target = &mut out[block.offset..][..block.len()];
            let gradient = &s.suffix_gradient[l - 1];
            if l == depth {
                target.iter_mut().zip(gradient).for_each(|(out, g)| *out += scale * g);
                continue;
            }
            kernel().product(Matrix::new(&s.suffix[l], d_last, h).t(), gradient, scale, target, true);
            let transposed = &mut s.transposed[..h * n];
            transpose(f.layer(w, l), h, n, transposed);
            let (from, to) = s.suffix_gradient.split_at_mut(l);
            kernel().product(Matrix::new(&from[l - 1], d_last, n), transposed, 1.0, &mut to[0], true);
        }
        // Q_{l+1} = W_l Q_l, with Q_2 = W_1.
        for l in (1..depth).rev() {
            let (h, n) = (f.width(l), f.width(l - 1));
            let block = &f.blocks()[l - 1];
            let target = &mut out[block.offset..][..block.len()];
            if l == 1 {
                target.iter_mut().zip(&s.prefix_gradient[1]).for_each(|(out, g)| *out += scale * g);
                continue;
            }
            let transposed = &mut s.transposed[..n * d0];
            transpose(&s.prefix[l - 1], n, d0, transposed);
            let (to, from) = s.prefix_gradient.split_at_mut(l);
            kernel().product(Matrix::new(&from[0], h, d0), transposed, scale, target, true);
            kernel().product(f.matrix(w, l).t(), &from[0], 1.0, &mut to[l - 1], true);
        }
    }
}

fn dense(moment: &Moment) -> &Array2<f64> {
    let Moment::Dense(matrix) = moment else { unreachable!("dense measurements have dense moments") };
    matrix
}

/// ⟨M, gram⟩, with its gradient M written out.
fn linear_form(moment: &Moment, gram: &[f64], gradient: &mut [f64]) -> f64 {
    gradient.copy_from_slice(dense(moment).as_slice().expect("stored row by row"));
    gradient.iter().zip(gram).map(|(m, g)| m * g).sum()
}

impl Flatness for DeepFlatness {
    type Scratch = DeepTraceScratch;

    fn scratch(&self) -> DeepTraceScratch {
        let f = &self.factorization;
        let (d0, d_last) = (f.cols(), f.rows());
        let suffix: Vec<_> = (0..=f.depth()).map(|l| vec![0.0; d_last * f.width(l)]).collect();
        let prefix: Vec<_> = (0..=f.depth()).map(|l| vec![0.0; f.width(l) * d0]).collect();
        let widest = (0..=f.depth()).map(|l| f.width(l)).max().unwrap_or(0);
        DeepTraceScratch {
            suffix_gradient: suffix.clone(),
            suffix,
            prefix_gradient: prefix.clone(),
            prefix,
            gram_left: vec![0.0; d_last * d_last],
            gram_right: vec![0.0; d0 * d0],
            d_left: vec![0.0; d_last * d_last],
            d_right: vec![0.0; d0 * d0],
            transposed: vec![0.0; widest * widest],
            moments: self.fourth.as_ref().map(FourthMoments::scratch),
        }
    }

    fn trace_gradient(&self, w: &[f64], weights: &[f64], _: f64, out: &mut [f64], s: &mut DeepTraceScratch) -> f64 {
        let scale = 2.0 / self.count as f64;
        self.products(w, s);
        let sum: f64 = weights.iter().zip(1..).map(|(weight, l)| self.layer_term(l, *weight, s)).sum();
        self.back_to_layers(w, scale, out, s);
        scale * sum
    }

    fn trace_by_block(&self, w: &[f64], _: f64) -> Vec<f64> {
        let mut s = self.scratch();
        self.products(w, &mut s);
        (1..=self.factorization.depth()).map(|l| 2.0 / self.count as f64 * self.layer_term(l, 1.0, &mut s)).collect()
    }

    /// Two layers: as for L Rᵀ. More: by the flattest [`Chain`].
    fn floor(&self, x: &Array2<f64>) -> f64 {
        let Some(moments) = self.chain_moments() else { return self.two_layers.floor(x) };
        if x.iter().all(|&x| x == 0.0) {
            return 0.0;
        }
        let chain = Chain::flattest(x, self.factorization.depth(), moments);
        chain.map_or(f64::NAN, |chain| 2.0 / self.count as f64 * chain.value)
    }

    fn flattest_factorization(&self, x: &Array2<f64>) -> Option<Vec<f64>> {
        let f = &self.factorization;
        let k = f.width(1);
        let mut w = vec![0.0; f.blocks().iter().map(|block| block.len()).sum()];
        let Some(moments) = self.chain_moments() else {
            let pair = self.two_layers.flattest_factorization(x)?;
            let (l, r) = pair.split_at(x.nrows() * k);
            let (w1, w2) = w.split_at_mut(k * x.ncols());
            transpose(r, x.ncols(), k, w1);
            w2.copy_from_slice(l);
            return Some(w);
        };
        if x.iter().all(|&x| x == 0.0) {
            return Some(w);
        }
        let chain = Chain::flattest(x, f.depth(), moments).filter(|chain| chain.rank() <= k)?;
        for (block, layer) in f.blocks().iter().zip(chain.layers()) {
            for i in 0..layer.nrows() {
                for j in 0..layer.ncols() {
                    w[block.offset + i * block.cols + j] = layer[(i, j)];
                }
            }
        }
        Some(w)
    }

    fn local_weights(&self, x: &Array2<f64>) -> Option<(Array2<f64>, Array2<f64>)> {
        let moments = self.chain_moments()?;
        Some(Chain::flattest(x, self.factorization.depth(), moments)?.weights(moments))
    }

    fn program(&self) -> FlattestProgram {
        if self.fourth.is_none() { self.two_layers.program() } else { FlattestProgram::Nuclear }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::randomness::{gaussians, sample_normal, stream};

    #[test]
    fn moments_and_products_give_the_same_trace() {
        let (rows, cols, width) = (5, 4, 3);
        let mut rng = stream(1, "measurements");
        let operator = Dense::from_entries(9, rows, cols, |_, _| sample_normal(&mut rng));
        let flatness = || DeepFlatness::new(&operator, DeepLinear::new(rows, cols, width, 4));
        let tabled = flatness().with_moments(FourthMoments::table(&operator));
        let multiplied = flatness().with_moments(FourthMoments::products(&operator));
        let w = gaussians(2, "w", cols * width + 2 * width * width + width * rows, 1.0);
        let trace = |flatness: &DeepFlatness| {
            let mut gradient = vec![0.0; w.len()];
            (flatness.trace_gradient(&w, &[1.0; 4], 0.0, &mut gradient, &mut flatness.scratch()), gradient)
        };
        let ((a, a_gradient), (b, b_gradient)) = (trace(&tabled), trace(&multiplied));
        assert!((a - b).abs() <= 1e-12 * a, "{a} against {b}");
        for (a, b) in a_gradient.iter().zip(&b_gradient) {
            assert!((a - b).abs() <= 1e-11 * (1.0 + a.abs()), "{a} against {b}");
        }
    }

    #[test]
    fn both_ways_of_holding_moments_give_the_same_floor() {
        let mut rng = stream(3, "measurements");
        let operator = Dense::from_entries(11, 6, 5, |_, _| sample_normal(&mut rng));
        let flatness = || DeepFlatness::new(&operator, DeepLinear::new(6, 5, 4, 4));
        let tabled = flatness().with_moments(FourthMoments::table(&operator));
        let multiplied = flatness().with_moments(FourthMoments::products(&operator));
        let (l, r) = (gaussians(4, "l", 18, 1.0), gaussians(4, "r", 15, 1.0));
        let x = Array2::from_shape_fn((6, 5), |(i, j)| (0..3).map(|c| l[3 * i + c] * r[3 * j + c]).sum());
        let (a, b) = (tabled.floor(&x), multiplied.floor(&x));
        assert!((a / b - 1.0).abs() <= 1e-13, "{a} against {b}");
        let ((p, q), (s, t)) = (tabled.local_weights(&x).expect("deep"), multiplied.local_weights(&x).expect("deep"));
        for (a, b) in p.iter().chain(&q).zip(s.iter().chain(&t)) {
            assert!((a - b).abs() <= 1e-6, "{a} against {b}");
        }
    }

    /// The chain of two layers is L Rᵀ, whose floor has a formula.
    #[test]
    fn a_chain_of_two_has_the_bilinear_floor() {
        let mut rng = stream(5, "measurements");
        let operator = Dense::from_entries(17, 6, 5, |_, _| sample_normal(&mut rng));
        let flatness = DeepFlatness::new(&operator, DeepLinear::new(6, 5, 5, 3));
        let x = Array2::from_shape_vec((6, 5), gaussians(6, "x", 30, 1.0)).expect("thirty numbers");
        let chain = Chain::flattest(&x, 2, flatness.chain_moments().expect("deep")).expect("not zero");
        let (found, expected) = (2.0 / 17.0 * chain.value, flatness.two_layers.floor(&x));
        assert!((found / expected - 1.0).abs() <= 1e-13, "{found} against {expected}");
    }
}
