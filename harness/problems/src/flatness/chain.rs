use faer::{Mat, MatRef, Side};
use ndarray::Array2;

use super::moments::{FourthMoments, MomentScratch};
use crate::spectral::{self, ThinSvd};

/// Singular values below this times the largest count as zero.
const RANK_TOLERANCE: f64 = 1e-12;
/// Relative decrease of a sweep at which the minimum counts as found.
const TOLERANCE: f64 = 1e-15;
/// Most sweeps; some thirty are common at six layers.
const SWEEPS: usize = 1000;

/// What the trace of a chain X = W_L ⋯ W_1 is made of.
#[derive(Clone, Copy)]
pub(super) struct ChainMoments<'a> {
    /// S1 = Σ A_i A_iᵀ.
    pub(super) first: &'a Array2<f64>,
    /// S2 = Σ A_iᵀ A_i.
    pub(super) last: &'a Array2<f64>,
    /// The form (K, N) ↦ Σ tr(A_iᵀ K A_i N).
    pub(super) between: &'a FourthMoments,
}

/// The flattest way of writing X as a chain of L ≥ 3 layers.
///
/// With B Cᵀ = X of rank r (B = U Σ^½, C = V Σ^½) the products are W_l ⋯ W_1 = G_lᵀ Cᵀ and W_L ⋯ W_{l+1} = B G_l^{−ᵀ}, and
/// in M_l = G_l G_lᵀ (r × r, positive definite, l = 1..L−1) the trace is (2/m) times
///
/// ```text
/// tr(F M_1⁻¹) + Σ_l Σ_i tr(C_iᵀ M_{l+1}⁻¹ C_i M_l) + tr(E M_{L−1}),   F = BᵀS1B,  E = CᵀS2C,  C_i = BᵀA_iC.
/// ```
///
/// Along a geodesic M_l(t) = T_l exp(t D_l) T_lᵀ each term is a sum of exponentials of t with coefficients ≥ 0, so the
/// trace is geodesically convex in (M_1, …, M_{L−1}): a point that no block improves is the minimum. One block has a closed
/// form, the geometric mean of two matrices; so have the scales of all blocks together, since the product of the terms
/// does not depend on them. That wider layers cannot do better is shown in METHODOLOGY.
pub(super) struct Chain {
    /// B, rows × r.
    left: Mat<f64>,
    /// C, cols × r.
    right: Mat<f64>,
    /// G_l and G_l^{−ᵀ}.
    roots: Vec<(Mat<f64>, Mat<f64>)>,
    /// The sum of all terms.
    pub(super) value: f64,
}

impl Chain {
    /// The minimum for a given X ≠ 0; `None` where X is zero or not finite.
    pub(super) fn flattest(x: &Array2<f64>, depth: usize, moments: ChainMoments<'_>) -> Option<Self> {
        let svd = spectral::thin_svd(x)?;
        let largest = svd.values.first().copied().filter(|largest| *largest > 0.0)?;
        let rank = svd.values.iter().filter(|&&value| value > RANK_TOLERANCE * largest).count();
        let mut search = Search::new(&svd, rank, depth, moments);
        let mut value = search.level();
        for _ in 0..SWEEPS {
            search.sweep()?;
            let next = search.level();
            if value - next <= TOLERANCE * next {
                value = next;
                break;
            }
            value = next;
        }
        let Search { left, right, roots, .. } = search;
        value.is_finite().then_some(Chain { left, right, roots, value })
    }

    /// r.
    pub(super) fn rank(&self) -> usize {
        self.left.ncols()
    }

    /// W_1, …, W_L of width r.
    pub(super) fn layers(&self) -> Vec<Mat<f64>> {
        let mut before = self.right.transpose().to_owned();
        let mut layers = Vec::new();
        for (root, inverse) in &self.roots {
            layers.push(root.transpose() * before);
            before = inverse.clone();
        }
        layers.push(&self.left * before);
        layers
    }

    /// Weights P² and Q² (of trace one for each hidden layer) for which ‖P X Q‖_* changes with X as the L-th power mean of
    /// the terms does, to first order in how much the moments differ from isotropic ones.
    pub(super) fn weights(&self, moments: ChainMoments<'_>) -> (Array2<f64>, Array2<f64>) {
        let mut s = moments.between.scratch();
        let (mut rows, mut cols) = (unit_trace(moments.first.clone()), unit_trace(moments.last.clone()));
        let hidden = self.roots.len();
        for (l, (root, inverse)) in self.roots.iter().enumerate() {
            if l + 1 < hidden {
                let gram = square((&self.right * root).as_ref());
                let mut out = Array2::zeros(rows.dim());
                moments.between.left(&gram, out.as_slice_mut().expect("a fresh array is contiguous"), &mut s);
                rows += &unit_trace(out);
            }
            if l > 0 {
                let gram = square((&self.left * inverse).as_ref());
                let mut out = Array2::zeros(cols.dim());
                moments.between.right(&gram, out.as_slice_mut().expect("a fresh array is contiguous"), &mut s);
                cols += &unit_trace(out);
            }
        }
        (rows, cols)
    }
}

fn unit_trace(matrix: Array2<f64>) -> Array2<f64> {
    let trace = matrix.diag().sum();
    matrix / trace
}

/// A Aᵀ, row by row.
fn square(a: MatRef<'_, f64>) -> Vec<f64> {
    let product = a * a.transpose();
    (0..a.nrows()).flat_map(|i| (0..a.nrows()).map(|j| product[(i, j)]).collect::<Vec<_>>()).collect()
}

/// Block descent over the M_l.
struct Search<'a> {
    left: Mat<f64>,
    right: Mat<f64>,
    between: Between<'a>,
    /// F and E.
    ends: (Mat<f64>, Mat<f64>),
    roots: Vec<(Mat<f64>, Mat<f64>)>,
    /// The L terms.
    terms: Vec<f64>,
}

impl<'a> Search<'a> {
    /// From M_l = I, which is the minimum up to scale for isotropic measurements.
    fn new(svd: &ThinSvd, rank: usize, depth: usize, moments: ChainMoments<'a>) -> Self {
        let factor =
            |vectors: &Array2<f64>| Mat::from_fn(vectors.nrows(), rank, |i, j| vectors[[i, j]] * svd.values[j].sqrt());
        let (left, right) = (factor(&svd.u), factor(&svd.v));
        let within = |moment: &Array2<f64>, factor: &Mat<f64>| {
            let moment = Mat::from_fn(moment.nrows(), moment.ncols(), |i, j| moment[[i, j]]);
            factor.transpose() * (moment * factor)
        };
        let ends = (within(moments.first, &left), within(moments.last, &right));
        let mut between = Between::new(moments.between, left.clone(), right.clone());
        let identity = Mat::<f64>::identity(rank, rank);
        let roots = vec![(identity.clone(), identity.clone()); depth - 1];
        let middle = trace(&between.forward(&identity));
        let mut terms = vec![middle; depth];
        (terms[0], terms[depth - 1]) = (trace(&ends.0), trace(&ends.1));
        Search { left, right, between, ends, roots, terms }
    }

    /// The best M_l one after another, given its neighbours; `None` where rounding has left a matrix indefinite.
    fn sweep(&mut self) -> Option<()> {
        for l in 0..self.roots.len() {
            let before = if l == 0 { self.ends.0.clone() } else { self.between.forward(&self.roots[l - 1].0) };
            let after = self.roots.get(l + 1).map(|next| next.1.clone());
            let after = after.map_or_else(|| self.ends.1.clone(), |next| self.between.backward(&next));
            let (root, inverse, term) = geometric_mean(before.as_ref(), after.as_ref())?;
            self.roots[l] = (root, inverse);
            // Both terms that hold M_l are equal now; the second one still changes with M_{l+1}.
            self.terms[l] = term;
            self.terms[l + 1] = term;
        }
        Some(())
    }

    /// Makes all terms equal by scaling the M_l, and returns their sum.
    fn level(&mut self) -> f64 {
        let count = self.terms.len() as f64;
        let mean = (self.terms.iter().map(|term| term.ln()).sum::<f64>() / count).exp();
        let mut scale = 1.0;
        for ((root, inverse), term) in self.roots.iter_mut().zip(&self.terms) {
            scale *= term / mean;
            *root *= faer::Scale(scale.sqrt());
            *inverse *= faer::Scale(1.0 / scale.sqrt());
        }
        self.terms.fill(mean);
        count * mean
    }
}

fn trace(matrix: &Mat<f64>) -> f64 {
    (0..matrix.nrows()).map(|i| matrix[(i, i)]).sum()
}

/// The minimiser M = G Gᵀ of tr(F M⁻¹) + tr(E M) as G and G^{−ᵀ}, and the value of either term there.
///
/// With F = R Rᵀ, E = T Tᵀ and TᵀR = U S Vᵀ it is M = T^{−ᵀ} U S Uᵀ T⁻¹, and both terms are tr S. No matrix is squared: the
/// singular values of X may span twelve orders of magnitude.
fn geometric_mean(f: MatRef<'_, f64>, e: MatRef<'_, f64>) -> Option<(Mat<f64>, Mat<f64>, f64)> {
    let (r, t) = (f.llt(Side::Lower).ok()?, e.llt(Side::Lower).ok()?);
    let svd = (t.L().transpose() * r.L()).svd().ok()?;
    let values = svd.S().column_vector();
    let scaled = |power: f64| Mat::from_fn(f.nrows(), f.nrows(), |i, j| svd.U()[(i, j)] * values[j].powf(power));
    let mut root = scaled(0.5);
    t.L().transpose().solve_upper_triangular_in_place(root.as_mut());
    let term: f64 = values.iter().sum();
    Some((root, t.L() * scaled(-0.5), term))
}

/// M ↦ Σ C_i M C_iᵀ and Σ C_iᵀ M C_i.
struct Between<'a> {
    moments: Moments<'a>,
    scratch: MomentScratch,
}

enum Moments<'a> {
    /// Through the moments of the A_i, with B and C.
    Whole { fourth: &'a FourthMoments, left: Mat<f64>, right: Mat<f64> },
    /// Of the C_i themselves.
    Reduced(FourthMoments),
}

impl<'a> Between<'a> {
    fn new(fourth: &'a FourthMoments, left: Mat<f64>, right: Mat<f64>) -> Self {
        let moments = match fourth.reduced(left.as_ref(), right.as_ref()) {
            Some(reduced) => Moments::Reduced(reduced),
            None => Moments::Whole { fourth, left, right },
        };
        let scratch = match &moments {
            Moments::Whole { fourth, .. } => fourth.scratch(),
            Moments::Reduced(reduced) => reduced.scratch(),
        };
        Between { moments, scratch }
    }

    /// Σ C_i G Gᵀ C_iᵀ.
    fn forward(&mut self, root: &Mat<f64>) -> Mat<f64> {
        match &self.moments {
            Moments::Whole { fourth, left, right } => {
                let n = left.nrows();
                let mut out = vec![0.0; n * n];
                fourth.left(&square((right * root).as_ref()), &mut out, &mut self.scratch);
                left.transpose() * (MatRef::from_row_major_slice(&out, n, n) * left)
            }
            Moments::Reduced(moments) => {
                let r = root.nrows();
                let mut out = vec![0.0; r * r];
                moments.left(&square(root.as_ref()), &mut out, &mut self.scratch);
                MatRef::from_row_major_slice(&out, r, r).to_owned()
            }
        }
    }

    /// Σ C_iᵀ H Hᵀ C_i.
    fn backward(&mut self, root: &Mat<f64>) -> Mat<f64> {
        match &self.moments {
            Moments::Whole { fourth, left, right } => {
                let n = right.nrows();
                let mut out = vec![0.0; n * n];
                fourth.right(&square((left * root).as_ref()), &mut out, &mut self.scratch);
                right.transpose() * (MatRef::from_row_major_slice(&out, n, n) * right)
            }
            Moments::Reduced(moments) => {
                let r = root.nrows();
                let mut out = vec![0.0; r * r];
                moments.right(&square(root.as_ref()), &mut out, &mut self.scratch);
                MatRef::from_row_major_slice(&out, r, r).to_owned()
            }
        }
    }
}
