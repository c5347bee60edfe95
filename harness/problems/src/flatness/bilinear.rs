use ndarray::Array2;

use super::{Flatness, FlattestProgram};
use crate::operator::Moment;
use crate::spectral;

/// X = L Rᵀ under any measurements: tr ∇²f = (2/m)[tr(LᵀS1L) + tr(RᵀS2R)] at any loss, with S1 = Σ A_iA_iᵀ, S2 = Σ A_iᵀA_i
/// (Ding et al. 2024); floor(X) = (4/m)‖S1^½ X S2^½‖_*.
pub(crate) struct BilinearFlatness {
    left: Moment,
    right: Moment,
    left_root: Moment,
    right_root: Moment,
    count: usize,
    width: usize,
    /// Y and ‖S*‖₁, where the zero-loss set is a ball of the ℓ1 norm.
    ball: Option<(Array2<f64>, f64)>,
}

impl BilinearFlatness {
    /// From S1 and S2 of `count` measurements, factors of `width` columns.
    pub(crate) fn new((left, right): (Moment, Moment), count: usize, width: usize) -> Self {
        let (left_root, right_root) = (left.power(0.5), right.power(0.5));
        BilinearFlatness { left, right, left_root, right_root, count, width, ball: None }
    }

    /// The same with the zero-loss set {X: ‖observed − X‖₁ ≤ radius}.
    pub(crate) fn with_ball(self, observed: Array2<f64>, radius: f64) -> Self {
        BilinearFlatness { ball: Some((observed, radius)), ..self }
    }
}

impl Flatness for BilinearFlatness {
    type Scratch = ();

    fn scratch(&self) {}

    /// The block of L has trace (2/m)tr(RᵀS2R), and the other way.
    fn trace_gradient(&self, w: &[f64], weights: &[f64], _: f64, out: &mut [f64], _: &mut ()) -> f64 {
        let split = self.left.len() * self.width;
        let scale = 4.0 / self.count as f64;
        let (gl, gr) = out.split_at_mut(split);
        self.left.times(&w[..split], scale * weights[1], gl);
        self.right.times(&w[split..], scale * weights[0], gr);
        0.5 * w.iter().zip(out.iter()).map(|(w, g)| w * g).sum::<f64>()
    }

    fn trace_by_block(&self, w: &[f64], _: f64) -> Vec<f64> {
        let split = self.left.len() * self.width;
        let mut gradient = vec![0.0; w.len()];
        self.trace_gradient(w, &[1.0; 2], 0.0, &mut gradient, &mut ());
        let half = |w: &[f64], g: &[f64]| 0.5 * w.iter().zip(g).map(|(w, g)| w * g).sum::<f64>();
        // The block of L has trace (2/m)tr(RᵀS2R): predictions are linear in L with coefficients A_iR. And the other way.
        vec![half(&w[split..], &gradient[split..]), half(&w[..split], &gradient[..split])]
    }

    fn floor(&self, x: &Array2<f64>) -> f64 {
        4.0 / self.count as f64 * spectral::nuclear_norm(&self.left_root.sandwich(x, &self.right_root))
    }

    /// `None` also where a direction is not measured: there the floor is approached, not attained.
    ///
    /// L = S1^{−½} U Σ^½, R = S2^{−½} V Σ^½ with S1^½ X S2^½ = U Σ Vᵀ: both parts of the trace are then equal to half the floor.
    fn flattest_factorization(&self, x: &Array2<f64>) -> Option<Vec<f64>> {
        if self.left.is_singular() || self.right.is_singular() {
            return None;
        }
        let svd = spectral::thin_svd(&self.left_root.sandwich(x, &self.right_root))?;
        let negligible = 1e-13 * svd.values.first().copied().unwrap_or(0.0);
        let rank = svd.values.iter().filter(|&&value| value > negligible).count();
        if rank > self.width {
            return None;
        }
        let factor = |vectors: &Array2<f64>, moment: &Moment| {
            let mut factor = Array2::zeros((vectors.nrows(), self.width));
            for c in 0..rank {
                factor.column_mut(c).scaled_add(svd.values[c].sqrt(), &vectors.column(c));
            }
            moment.power(-0.5).left_multiply(&factor)
        };
        let (l, r) = (factor(&svd.u, &self.left), factor(&svd.v, &self.right));
        Some(l.iter().chain(r.iter()).copied().collect())
    }

    fn program(&self) -> FlattestProgram {
        match &self.ball {
            Some((observed, radius)) => FlattestProgram::NuclearL1Ball { observed: observed.clone(), radius: *radius },
            None => FlattestProgram::WeightedNuclear {
                left: self.left.to_array(),
                right: self.right.to_array(),
                symmetric: false,
            },
        }
    }
}
