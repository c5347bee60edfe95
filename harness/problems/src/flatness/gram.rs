use ndarray::Array2;

use super::{Flatness, FlattestProgram};
use crate::factorization::{Factorization, SignedGram};
use crate::operator::Moment;
use crate::problem::Block;
use crate::spectral;

/// X = Σ_b s_b U_b U_bᵀ with symmetric A_i. With D = (1/m) Σ A_i², ∇_{U_b} ρ_i = 2 s_b A_i U_b gives
/// tr ∇²f = 8 Σ_b tr(U_bᵀ D U_b) + (4/m)(Σ_b s_b k_b) Σ_i ρ_i tr A_i.
/// For A_i = x_i x_iᵀ, D = (1/m) Σ ‖x_i‖² x_i x_iᵀ (Ding et al. 2024, with the residual kept).
pub(crate) struct GramFlatness {
    /// D.
    weight: Array2<f64>,
    /// T = (1/m) Σ tr(A_i) A_i, where it is not D.
    bend: Option<Array2<f64>>,
    root: Moment,
    /// tr A_i.
    traces: Vec<f64>,
    signs: Vec<f64>,
    blocks: Vec<Block>,
    /// 8 tr(D X) at zero loss, where it is the same for every X that fits: for a single sign, and D in the span of the A_i.
    constant: Option<f64>,
}

impl GramFlatness {
    /// For A_i = x_i x_iᵀ, from Σ A_i² and tr A_i = ‖x_i‖²; `targets` are the b_i.
    pub(crate) fn of_vectors(moment: &Moment, traces: Vec<f64>, factors: &SignedGram, targets: &[f64]) -> Self {
        // At zero loss 8 tr(D X) = (8/m) Σ ‖x_i‖² b_i, whatever X.
        let value = 8.0 / traces.len() as f64 * traces.iter().zip(targets).map(|(t, b)| t * b).sum::<f64>();
        let flatness = GramFlatness::new(moment, traces, factors);
        GramFlatness { constant: (factors.signs().len() == 1).then_some(value), ..flatness }
    }

    /// For any symmetric A_i, from Σ A_i², tr A_i and Σ tr(A_i) A_i.
    pub(crate) fn of_matrices(moment: &Moment, traces: Vec<f64>, bend: Array2<f64>, factors: &SignedGram) -> Self {
        let bend = Some(bend / traces.len() as f64);
        GramFlatness { bend, ..GramFlatness::new(moment, traces, factors) }
    }

    fn new(moment: &Moment, traces: Vec<f64>, factors: &SignedGram) -> Self {
        let weight = moment.to_array() / traces.len() as f64;
        let root = Moment::Dense(weight.clone()).power(0.5);
        let (signs, blocks) = (factors.signs().to_vec(), factors.blocks().to_vec());
        GramFlatness { weight, bend: None, root, traces, signs, blocks, constant: None }
    }

    /// Σ_b c_b s_b k_b.
    fn net_width(&self, weights: &[f64]) -> f64 {
        let widths = self.blocks.iter().map(|block| block.cols as f64);
        self.signs.iter().zip(widths).zip(weights).map(|((sign, width), weight)| weight * (sign * width)).sum()
    }

    fn block_trace(&self, w: &[f64], b: usize, residual_term: f64, weighted: &mut [f64]) -> f64 {
        let block = &self.blocks[b];
        let u = &w[block.offset..][..block.len()];
        let weight = Moment::Dense(self.weight.clone());
        weight.times(u, 8.0, weighted);
        let quadratic: f64 = u.iter().zip(weighted.iter()).map(|(u, d)| u * d).sum();
        quadratic + 4.0 / self.traces.len() as f64 * self.signs[b] * block.cols as f64 * residual_term
    }
}

impl Flatness for GramFlatness {
    type Scratch = ();

    fn scratch(&self) {}

    fn residual_weights(&self) -> Option<&[f64]> {
        Some(&self.traces)
    }

    /// ∂/∂U_b = 16 c_b D U_b + 8 s_b (Σ_a c_a s_a k_a) T U_b: the residual term contributes through ∇ρ_i = 2 s_b A_i U_b.
    fn trace_gradient(&self, w: &[f64], weights: &[f64], residual_term: f64, out: &mut [f64], _: &mut ()) -> f64 {
        let d = self.weight.nrows();
        let data = self.weight.as_slice().expect("stored row by row");
        let net = self.net_width(weights);
        let mut trace = 4.0 / self.traces.len() as f64 * net * residual_term;
        for ((sign, block), weight) in self.signs.iter().zip(&self.blocks).zip(weights) {
            let u = &w[block.offset..][..block.len()];
            let target = &mut out[block.offset..][..block.len()];
            let matrix = crate::kernel::Matrix::new(data, d, d);
            crate::kernel::kernel().product(matrix, u, 1.0, target, false);
            trace += 8.0 * weight * u.iter().zip(target.iter()).map(|(u, d)| u * d).sum::<f64>();
            match &self.bend {
                None => target.iter_mut().for_each(|x| *x *= 16.0 * weight + 8.0 * sign * net),
                Some(bend) => {
                    target.iter_mut().for_each(|x| *x *= 16.0 * weight);
                    let matrix = crate::kernel::Matrix::new(bend.as_slice().expect("stored row by row"), d, d);
                    crate::kernel::kernel().product(matrix, u, 8.0 * sign * net, target, true);
                }
            }
        }
        trace
    }

    fn trace_by_block(&self, w: &[f64], residual_term: f64) -> Vec<f64> {
        let largest = self.blocks.iter().map(Block::len).max().unwrap_or(0);
        let mut weighted = vec![0.0; largest];
        (0..self.blocks.len())
            .map(|b| self.block_trace(w, b, residual_term, &mut weighted[..self.blocks[b].len()]))
            .collect()
    }

    fn floor(&self, x: &Array2<f64>) -> f64 {
        if self.signs.len() == 1 {
            return 8.0 * self.weight.iter().zip(x.t().iter()).map(|(d, x)| d * x).sum::<f64>();
        }
        8.0 * spectral::nuclear_norm(&self.root.sandwich(x, &self.root))
    }

    /// U1 from the positive and U2 from the negative eigenvalues of D^½ X D^½, taken back by D^{−½}.
    fn flattest_factorization(&self, x: &Array2<f64>) -> Option<Vec<f64>> {
        let inverse = Moment::Dense(self.weight.clone()).power(-0.5);
        let (values, vectors) = spectral::symmetric_eigen(&self.root.sandwich(x, &self.root))?;
        let largest = values.iter().fold(0.0_f64, |a, v| a.max(v.abs()));
        let mut w = Vec::new();
        for sign in [1.0, -1.0] {
            let chosen: Vec<usize> = (0..values.len()).filter(|&i| sign * values[i] > 1e-13 * largest).collect();
            let Some(block) = self.signs.iter().position(|&s| s == sign).map(|b| &self.blocks[b]) else {
                // No factor of this sign: x must not need one, beyond rounding.
                if chosen.iter().any(|&i| values[i].abs() > 1e-9 * largest) {
                    return None;
                }
                continue;
            };
            if chosen.len() > block.cols {
                return None;
            }
            let mut factor = Array2::zeros((block.rows, block.cols));
            for (c, &i) in chosen.iter().enumerate() {
                factor.column_mut(c).scaled_add(values[i].abs().sqrt(), &vectors.column(i));
            }
            w.extend(inverse.left_multiply(&factor).iter());
        }
        Some(w)
    }

    fn program(&self) -> FlattestProgram {
        match self.constant {
            Some(value) => FlattestProgram::Constant { value },
            None if self.signs.len() == 1 => FlattestProgram::WeightedTrace { weight: self.weight.clone() },
            None => FlattestProgram::WeightedNuclear {
                left: self.weight.clone(),
                right: self.weight.clone(),
                symmetric: true,
            },
        }
    }
}
