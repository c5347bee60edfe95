use super::ModelGroup;
use crate::evaluator::GroupRequest;
use crate::factorization::Factorization;
use crate::kernel::{Blocking, Buffer, Columns, LANES, Rows, second_level};
use crate::operator::{Dense, MeasurementOperator};
use crate::question::Pass;

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
    x: Buffer,
    g: Buffer,
    stride: usize,
    rho: Buffer,
    /// Space for partial sums, enough for any number of columns.
    partial: Buffer,
}

impl<'a, F: Factorization> DenseGroup<'a, F> {
    /// Space for `capacity` ≥ 1 requests, or for as many as the caches suggest if that is less.
    pub(crate) fn new(operator: &'a Dense, factorization: &'a F, capacity: usize) -> Self {
        let length = operator.matrix_len();
        let near = second_level() / (2 * 8 * length);
        let columns = capacity.min(near.clamp(FEWEST_COLUMNS, MOST_COLUMNS)).max(2);
        // An odd number of cache lines between columns spreads them over all sets of a cache.
        let stride = length + if (length / LANES).is_multiple_of(2) { LANES } else { 0 };
        let partial = (1..=columns).map(|used| Self::blocking(operator, used).partial_sums(used)).max().unwrap_or(0);
        DenseGroup {
            operator,
            factorization,
            scratch: (0..columns).map(|_| factorization.scratch()).collect(),
            x: Buffer::zeros(columns * stride),
            g: Buffer::zeros(columns * stride),
            stride,
            rho: Buffer::zeros(columns * operator.count()),
            partial: Buffer::zeros(partial),
        }
    }

    fn blocking(operator: &Dense, columns: usize) -> Blocking {
        Blocking::new(operator.matrix_len(), columns)
    }

    /// Serves the first requests, as many as fit in one pass, and returns their number.
    fn pass(&mut self, targets: &[f64], scale: f64, requests: &mut [GroupRequest<'_>]) -> usize {
        let (stride, entries) = (self.stride, self.factorization.rows() * self.factorization.cols());
        let mut rows = [Rows::products(); MOST_COLUMNS];
        let (mut taken, mut used, columns) = (0, 0, self.scratch.len());
        for (request, scratch) in requests.iter().zip(&mut self.scratch) {
            let tangent = match request.pass {
                Pass::Gradient | Pass::PerturbedGradient(_) => None,
                Pass::HessianVector(v) => Some(v),
            };
            if used + 1 + usize::from(tangent.is_some()) > columns {
                break;
            }
            self.factorization.prepare(request.w, scratch);
            let x = &mut self.x[used * stride..][..entries];
            self.factorization.end_to_end(request.w, x, scratch);
            rows[used] = Rows::all(targets);
            if let Pass::PerturbedGradient(noise) = request.pass {
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
            Self::blocking(self.operator, used),
            &mut self.rho[..used * self.operator.count()],
            &mut self.g[..used * stride],
            &mut self.partial,
        );
        let mut losses = [0.0; MOST_COLUMNS];
        mean_squares(&self.rho, self.operator.count(), &mut losses[..used]);
        let mut column = 0;
        for (request, scratch) in requests[..taken].iter_mut().zip(&mut self.scratch) {
            let g = &self.g[column * stride..][..entries];
            request.loss = losses[column];
            column += 1;
            if let Pass::HessianVector(v) = request.pass {
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

/// Mean square of each column of `rho` (`m` numbers each), its numbers in order. Several at a time, since one sum after
/// another would wait for each addition.
fn mean_squares(rho: &[f64], m: usize, out: &mut [f64]) {
    const TOGETHER: usize = 8;
    for (columns, out) in rho.chunks(TOGETHER * m).zip(out.chunks_mut(TOGETHER)) {
        let mut sums = [0.0; TOGETHER];
        if out.len() == TOGETHER {
            for i in 0..m {
                for (c, sum) in sums.iter_mut().enumerate() {
                    *sum += columns[c * m + i] * columns[c * m + i];
                }
            }
        } else {
            for (sum, column) in sums.iter_mut().zip(columns.chunks_exact(m)) {
                *sum = column.iter().map(|rho| rho * rho).sum();
            }
        }
        for (out, sum) in out.iter_mut().zip(sums) {
            *out = sum / m as f64;
        }
    }
}

impl<F: Factorization> ModelGroup for DenseGroup<'_, F> {
    fn capacity(&self) -> usize {
        self.scratch.len()
    }

    fn serve(&mut self, targets: &[f64], scale: f64, requests: &mut [GroupRequest<'_>]) {
        let mut served = 0;
        while served < requests.len() {
            served += self.pass(targets, scale, &mut requests[served..]);
        }
    }
}
