//! Maps from factors to the end-to-end matrix X(w), with their derivatives.
//!
//! With G = ∂f/∂X, the gradient in w is the pullback of G; along v, its derivative is the pullback of Ġ plus the
//! derivative of the pullback itself. Losses, measurements and traces live elsewhere.

mod deep_linear;
mod hadamard;
mod left_right;
mod signed_gram;

pub(crate) use deep_linear::DeepLinear;
pub(crate) use hadamard::Hadamard;
pub(crate) use left_right::LeftRight;
pub(crate) use signed_gram::SignedGram;

use flatbench_records::FactorizationKind;

use crate::kernel::{Matrix, kernel};
use crate::problem::Block;

/// A smooth map from w to rows × cols matrices (row by row).
///
/// Calls share scratch space: `prepare(w)` comes first, `tangent(w, v)` before `pullback_tangent(w, v)`.
pub(crate) trait Factorization: Send + Sync {
    /// Space for partial products.
    type Scratch: Send;

    /// How the factors make X.
    fn kind(&self) -> FactorizationKind;

    /// Factors in w.
    fn blocks(&self) -> &[Block];

    /// Rows of X.
    fn rows(&self) -> usize;

    /// Columns of X.
    fn cols(&self) -> usize;

    /// Space for partial products.
    fn scratch(&self) -> Self::Scratch;

    /// Partial products at w that the other calls read.
    fn prepare(&self, w: &[f64], s: &mut Self::Scratch);

    /// X(w).
    fn end_to_end(&self, w: &[f64], x: &mut [f64], s: &mut Self::Scratch);

    /// d/dt X(w + t v).
    fn tangent(&self, w: &[f64], v: &[f64], x_dot: &mut [f64], s: &mut Self::Scratch);

    /// out = scale·(dX/dw)ᵀ G.
    fn pullback(&self, w: &[f64], g: &[f64], scale: f64, out: &mut [f64], s: &mut Self::Scratch);

    /// out = scale·d/dt [(dX/dw)ᵀ at w + t v] (G + t Ġ).
    #[expect(clippy::too_many_arguments, reason = "a point, a direction, and both for the matrix gradient")]
    fn pullback_tangent(
        &self,
        w: &[f64],
        v: &[f64],
        g: &[f64],
        g_dot: &[f64],
        scale: f64,
        out: &mut [f64],
        s: &mut Self::Scratch,
    );

    /// How far the factors are from balanced: zero where they are.
    fn balancedness(&self, w: &[f64]) -> f64;

    /// Degree of X as a polynomial in w.
    fn degree(&self) -> usize;

    /// The parts of relative flatness.
    fn compressions(&self, w: &[f64]) -> Vec<Compression>;

    /// Σ over the parts of `weight`·∇Σ_i ‖Bᵀ A_i C‖² and `tau`·∇`bend`, `tau` = Σ_i ρ_i tr A_i: the gradient of relative flatness times
    /// m/2, but for what comes of the change of `tau`. `derivatives` has the derivatives of Σ_i ‖Bᵀ A_i C‖² in B and in C.
    fn compressions_gradient(&self, w: &[f64], tau: f64, derivatives: Derivatives<'_>, out: &mut [f64]);
}

/// (B, C) ↦ the derivatives of Σ_i ‖Bᵀ A_i C‖² in B and in C, all row by row.
pub(crate) type Derivatives<'a> = &'a mut dyn FnMut(&[f64], &[f64]) -> (Vec<f64>, Vec<f64>);

/// A part of relative flatness, (2/m) Σ_i (`weight`·‖Bᵀ A_i C‖_F² + `bend`·ρ_i ⟨A_i, B Cᵀ⟩).
///
/// For a layer W with neurons as rows, Σ_{s,s'} ⟨w_s, w_s'⟩ tr H_{s,s'} is (2/m) Σ_i ‖Wᵀ G_i‖_F² with G_i the derivative of the i-th
/// prediction in W, and what second derivatives of the prediction add. Where X is linear in each factor these are none.
pub(crate) struct Compression {
    /// B, row by row.
    pub(crate) left: Vec<f64>,
    /// C, row by row.
    pub(crate) right: Vec<f64>,
    /// Of the squares of first derivatives.
    pub(crate) weight: f64,
    /// Of the second derivatives.
    pub(crate) bend: f64,
}

/// target += source.
fn add(target: &mut [f64], source: &[f64]) {
    target.iter_mut().zip(source).for_each(|(target, x)| *target += x);
}

/// a b for a b of `cols` columns.
fn multiplied(a: Matrix<'_>, rows: usize, b: &[f64], cols: usize) -> Vec<f64> {
    let mut out = vec![0.0; rows * cols];
    kernel().product(a, b, 1.0, &mut out, false);
    out
}

/// The identity of n × n, row by row.
pub(crate) fn identity(n: usize) -> Vec<f64> {
    (0..n * n).map(|place| f64::from(place % (n + 1) == 0)).collect()
}

/// Blocks of the given shapes, one after another.
pub(crate) fn consecutive_blocks(shapes: impl IntoIterator<Item = (String, usize, usize)>) -> Vec<Block> {
    let mut offset = 0;
    shapes
        .into_iter()
        .map(|(name, rows, cols)| {
            let block = Block { name, rows, cols, offset };
            offset += block.len();
            block
        })
        .collect()
}
