use super::Pull;
use crate::factorization::{DeepLinear, Factorization, Hadamard, LeftRight, SignedGram};
use crate::kernel::{Buffer, Matrix, Pair, kernel};
use crate::operator::{Dense, FusedOperator, Identity, Mask};

/// Mini-batches that need not go through X: what measurements and a factorization make possible together.
pub(crate) trait Batches<F: Factorization>: FusedOperator {
    /// Space for partial results.
    type Space: Send;

    /// Space for partial results.
    fn space(&self, factors: &F) -> Self::Space;

    /// Residuals of a batch, and the gradient that they make; `false`, and nothing done, where X is the way.
    fn batch_pull(&self, _factors: &F, _w: &[f64], _pull: &mut Pull<'_>, _space: &mut Self::Space) -> bool {
        false
    }
}

impl Batches<DeepLinear> for Dense {
    type Space = ();

    fn space(&self, _: &DeepLinear) {}
}

impl Batches<Hadamard> for Dense {
    type Space = ();

    fn space(&self, _: &Hadamard) {}
}

impl Batches<SignedGram> for Dense {
    type Space = ();

    fn space(&self, _: &SignedGram) {}
}

impl Batches<LeftRight> for Identity {
    type Space = ();

    fn space(&self, _: &LeftRight) {}
}

/// A L Rᵀ measured once: ⟨A, L Rᵀ⟩ = ⟨A R, L⟩, and A R is also the gradient in L. Two products instead of three.
impl Batches<LeftRight> for Dense {
    /// A R, and its inner products with the rows of L.
    type Space = (Buffer, Vec<f64>);

    fn space(&self, factors: &LeftRight) -> Self::Space {
        (Buffer::zeros(factors.rows() * factors.width()), vec![0.0; factors.rows()])
    }

    fn batch_pull(
        &self,
        factors: &LeftRight,
        w: &[f64],
        pull: &mut Pull<'_>,
        (product, sums): &mut Self::Space,
    ) -> bool {
        let Pull { rows, scale, .. } = *pull;
        let [residual] = &mut *pull.rho else { return false };
        let (l, r) = factors.split(w);
        let a = Matrix::new(self.matrix(rows.row(0)), factors.rows(), factors.cols());
        kernel().product(a, r, 1.0, product, false);
        sums.fill(0.0);
        kernel().add_row_products(Pair { left: product, right: l, width: factors.width() }, 1.0, sums);
        *residual = rows.residual(0, sums.iter().sum());
        let (gl, gr) = factors.split_mut(pull.out);
        gl.iter_mut().zip(product.iter()).for_each(|(g, p)| *g = scale * *residual * p);
        kernel().product(a.t(), l, scale * *residual, gr, false);
        true
    }
}

impl Batches<LeftRight> for Mask {
    type Space = ();

    fn space(&self, _: &LeftRight) {}

    fn batch_pull(&self, factors: &LeftRight, w: &[f64], pull: &mut Pull<'_>, (): &mut ()) -> bool {
        let (left, right) = factors.split(w);
        pull.out.fill(0.0);
        let (gl, gr) = factors.split_mut(pull.out);
        let pair = Pair { left, right, width: factors.width() };
        kernel().residual_pull_entries(self.entries(), pair, pull.rows, pull.rho, pull.scale, gl, gr);
        true
    }
}
