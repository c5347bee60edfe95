use super::ComposedProblem;
use crate::factorization::{Compression, Factorization, identity};
use crate::flatness::Flatness;
use crate::kernel::{Matrix, kernel, transpose};
use crate::model::Model;

impl<M: Model, T: Flatness> ComposedProblem<M, T> {
    /// Σ over layers and pairs of neurons of ⟨w_s, w_s'⟩ tr H_{s,s'}, by its parts.
    pub(super) fn relative_flatness_of(&self, w: &[f64]) -> f64 {
        let operator = self.model.operator();
        let of = |part: Compression| {
            if part.bend == 0.0 {
                return part.weight * operator.compressed(&part.left, &part.right);
            }
            let (mut x, mut products) = (vec![0.0; operator.matrix_len()], vec![0.0; operator.count()]);
            let (rows, cols) = (operator.rows(), operator.cols());
            let width = part.left.len() / rows;
            let mut transposed = vec![0.0; part.right.len()];
            transpose(&part.right, cols, width, &mut transposed);
            let entries = &mut x[..rows * cols];
            kernel().product(Matrix::new(&part.left, rows, width), &transposed, 1.0, entries, false);
            operator.apply(&x, &mut products);
            let bends = self.residuals(w).iter().zip(&products).map(|(rho, product)| rho * product).sum::<f64>();
            part.bend * bends
        };
        let total: f64 = self.model.factors().compressions(w).into_iter().map(of).sum();
        2.0 / self.dimensions.measurements as f64 * total
    }

    /// Its gradient: that of the parts, and bend·∇τ where second derivatives of predictions are in them, τ = Σ ρ_i tr A_i.
    pub(super) fn relative_flatness_gradient(&self, w: &[f64], out: &mut [f64]) {
        let (operator, factors) = (self.model.operator(), self.model.factors());
        let bends: Vec<f64> = factors.compressions(w).iter().map(|part| part.bend).collect();
        let (curved, bend) = (bends.iter().any(|bend| *bend != 0.0), bends.iter().sum::<f64>());
        let (mut traces, mut tau) = (Vec::new(), 0.0);
        if curved {
            let mut x = vec![0.0; operator.matrix_len()];
            let identity = identity(operator.rows());
            x[..identity.len()].copy_from_slice(&identity);
            traces.resize(operator.count(), 0.0);
            operator.apply(&x, &mut traces);
            tau = self.residuals(w).iter().zip(&traces).map(|(rho, trace)| rho * trace).sum();
        }
        let mut derivatives = |b: &[f64], c: &[f64]| {
            let (mut d_b, mut d_c) = (vec![0.0; b.len()], vec![0.0; c.len()]);
            operator.compressed_gradient(b, c, &mut d_b, &mut d_c);
            (d_b, d_c)
        };
        factors.compressions_gradient(w, tau, &mut derivatives, out);
        let scale = 2.0 / self.dimensions.measurements as f64;
        out.iter_mut().for_each(|x| *x *= scale);
        if curved {
            let (mut s, mut change) = (self.model.scratch(), vec![0.0; w.len()]);
            self.model.prepare(w, &mut s);
            self.model.pull(w, &traces, scale * bend, &mut change, &mut s);
            out.iter_mut().zip(&change).for_each(|(out, x)| *out += x);
        }
    }
}
