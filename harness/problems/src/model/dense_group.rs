use super::ModelGroup;
use crate::factorization::Factorization;
use crate::kernel::{Blocking, Columns, LANES, Rows, second_level};
use crate::operator::{Dense, MeasurementOperator};
use crate::problem::{GroupCall, Request};

/// Most matrices that one pass takes along.
const MOST_COLUMNS: usize = 32;
/// Fewest that a group is made for, however long the rows.
const FEWEST_COLUMNS: usize = 16;

/// Several points seen through dense measurements: X(w) of each is formed, all of them are measured in one pass, and each
/// matrix gradient is pulled back to its point.
pub(crate) struct DenseGroup<'a, F: Factorization> {
    operator: &'a Dense,
    factorization: &'a F,
    /// Partial products, one per request of a pass.
    scratch: Vec<F::Scratch>,
    /// Matrices and matrix gradients of a pass, `stride` apart.
    x: Vec<f64>,
    g: Vec<f64>,
    stride: usize,
    rho: Vec<f64>,
    partial: Vec<f64>,
}

impl<'a, F: Factorization> DenseGroup<'a, F> {
    /// Space for `capacity` ≥ 1 requests, or for as many as the caches suggest if that is less.
    pub(crate) fn new(operator: &'a Dense, factorization: &'a F, capacity: usize) -> Self {
        let length = operator.matrix_len();
        let near = second_level() / (2 * 8 * length);
        let columns = capacity.min(near.clamp(FEWEST_COLUMNS, MOST_COLUMNS)).max(2);
        // An odd number of cache lines between columns spreads them over all sets of a cache.
        let stride = length + if (length / LANES).is_multiple_of(2) { LANES } else { 0 };
        DenseGroup {
            operator,
            factorization,
            scratch: (0..columns).map(|_| factorization.scratch()).collect(),
            x: vec![0.0; columns * stride],
            g: vec![0.0; columns * stride],
            stride,
            rho: vec![0.0; columns * operator.count()],
            partial: vec![0.0; Blocking::partial_sums(columns)],
        }
    }

    /// Serves the first requests, as many as fit in one pass, and returns their number.
    fn pass(&mut self, targets: &[f64], scale: f64, requests: &mut [Request<'_>]) -> usize {
        let (stride, entries) = (self.stride, self.factorization.rows() * self.factorization.cols());
        let mut rows = [Rows::products(); MOST_COLUMNS];
        let (mut taken, mut used, columns) = (0, 0, self.scratch.len());
        for (request, scratch) in requests.iter().zip(&mut self.scratch) {
            let tangent = match request.call {
                GroupCall::Gradient | GroupCall::PerturbedGradient(_) => None,
                GroupCall::HessianVector(v) => Some(v),
            };
            if used + 1 + usize::from(tangent.is_some()) > columns {
                break;
            }
            self.factorization.prepare(request.w, scratch);
            let x = &mut self.x[used * stride..][..entries];
            self.factorization.end_to_end(request.w, x, scratch);
            rows[used] = Rows::all(targets);
            if let GroupCall::PerturbedGradient(noise) = request.call {
                rows[used].noise = Some(noise);
            }
            used += 1;
            if let Some(v) = tangent {
                let x_dot = &mut self.x[used * stride..][..entries];
                self.factorization.tangent(request.w, v, x_dot, scratch);
                rows[used] = Rows::products();
                used += 1;
            }
            taken += 1;
        }
        self.operator.residual_adjoint_group(
            Columns { x: &self.x[..used * stride], stride, rows: &rows[..used] },
            &mut self.rho[..used * self.operator.count()],
            &mut self.g[..used * stride],
            &mut self.partial,
        );
        let mut column = 0;
        for (request, scratch) in requests[..taken].iter_mut().zip(&mut self.scratch) {
            let g = &self.g[column * stride..][..entries];
            let rho = &self.rho[column * self.operator.count()..][..self.operator.count()];
            request.loss = rho.iter().map(|rho| rho * rho).sum::<f64>() / self.operator.count() as f64;
            column += 1;
            if let GroupCall::HessianVector(v) = request.call {
                let g_dot = &self.g[column * stride..][..entries];
                self.factorization.pullback_tangent(request.w, v, g, g_dot, scale, request.out, scratch);
                column += 1;
            } else {
                self.factorization.pullback(request.w, g, scale, request.out, scratch);
            }
        }
        taken
    }
}

impl<F: Factorization> ModelGroup for DenseGroup<'_, F> {
    fn capacity(&self) -> usize {
        self.scratch.len()
    }

    fn serve(&mut self, targets: &[f64], scale: f64, requests: &mut [Request<'_>]) {
        let mut served = 0;
        while served < requests.len() {
            served += self.pass(targets, scale, &mut requests[served..]);
        }
    }
}
