use flatbench_records::FactorizationKind;

use super::{Compression, Derivatives, Factorization, consecutive_blocks, identity, multiplied};
use crate::kernel::{Matrix, kernel, transpose};
use crate::problem::Block;

/// X = Σ_b s_b U_b U_bᵀ with fixed signs s_b: U Uᵀ, or U1 U1ᵀ − U2 U2ᵀ. X is symmetric to the last bit.
#[derive(Clone)]
pub(crate) struct SignedGram {
    dimension: usize,
    signs: Vec<f64>,
    blocks: Vec<Block>,
}

impl SignedGram {
    /// One factor `U`: X = U Uᵀ.
    pub(crate) fn positive(dimension: usize, width: usize) -> Self {
        let blocks = consecutive_blocks([("U".to_owned(), dimension, width)]);
        SignedGram { dimension, signs: vec![1.0], blocks }
    }

    /// Two factors `U1`, `U2`: X = U1 U1ᵀ − U2 U2ᵀ.
    pub(crate) fn indefinite(dimension: usize, positive: usize, negative: usize) -> Self {
        let d = dimension;
        let blocks = consecutive_blocks([("U1".to_owned(), d, positive), ("U2".to_owned(), d, negative)]);
        SignedGram { dimension, signs: vec![1.0, -1.0], blocks }
    }

    /// Sign of each factor.
    pub(crate) fn signs(&self) -> &[f64] {
        &self.signs
    }

    /// Columns of all factors together.
    pub(crate) fn width(&self) -> usize {
        self.blocks.iter().map(|block| block.cols).sum()
    }

    /// Each factor's sign, columns and place in w.
    pub(crate) fn factors(&self) -> impl Iterator<Item = (f64, usize, std::ops::Range<usize>)> + '_ {
        let places = self.blocks.iter().map(|block| (block.cols, block.offset..block.offset + block.len()));
        self.signs.iter().zip(places).map(|(&sign, (width, place))| (sign, width, place))
    }
}

impl Factorization for SignedGram {
    /// The transpose of a factor.
    type Scratch = Vec<f64>;

    fn kind(&self) -> FactorizationKind {
        FactorizationKind::Gram { signs: self.signs.iter().map(|&sign| sign as i8).collect() }
    }

    fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    fn rows(&self) -> usize {
        self.dimension
    }

    fn cols(&self) -> usize {
        self.dimension
    }

    fn scratch(&self) -> Vec<f64> {
        vec![0.0; self.blocks.iter().map(Block::len).max().unwrap_or(0)]
    }

    fn prepare(&self, _: &[f64], _: &mut Vec<f64>) {}

    fn end_to_end(&self, w: &[f64], x: &mut [f64], s: &mut Vec<f64>) {
        x.fill(0.0);
        for (sign, width, place) in self.factors() {
            let (u, transposed) = (&w[place.clone()], &mut s[..place.len()]);
            transpose(u, self.dimension, width, transposed);
            kernel().product(Matrix::new(u, self.dimension, width), transposed, sign, x, true);
        }
    }

    /// Ẋ = M + Mᵀ with M = Σ_b s_b V_b U_bᵀ.
    fn tangent(&self, w: &[f64], v: &[f64], x_dot: &mut [f64], s: &mut Vec<f64>) {
        let d = self.dimension;
        x_dot.fill(0.0);
        for (sign, width, place) in self.factors() {
            let transposed = &mut s[..place.len()];
            transpose(&w[place.clone()], d, width, transposed);
            kernel().product(Matrix::new(&v[place], d, width), transposed, sign, x_dot, true);
        }
        for i in 0..d {
            for j in 0..=i {
                let sum = x_dot[i * d + j] + x_dot[j * d + i];
                (x_dot[i * d + j], x_dot[j * d + i]) = (sum, sum);
            }
        }
    }

    /// For a symmetric G: 2·scale·s_b G U_b.
    fn pullback(&self, w: &[f64], g: &[f64], scale: f64, out: &mut [f64], _: &mut Vec<f64>) {
        let g = Matrix::new(g, self.dimension, self.dimension);
        for (sign, _, place) in self.factors() {
            kernel().product(g, &w[place.clone()], 2.0 * scale * sign, &mut out[place], false);
        }
    }

    /// For symmetric G and Ġ.
    fn pullback_tangent(
        &self,
        w: &[f64],
        v: &[f64],
        g: &[f64],
        g_dot: &[f64],
        scale: f64,
        out: &mut [f64],
        s: &mut Vec<f64>,
    ) {
        self.pullback(w, g_dot, scale, out, s);
        let g = Matrix::new(g, self.dimension, self.dimension);
        for (sign, _, place) in self.factors() {
            kernel().product(g, &v[place.clone()], 2.0 * scale * sign, &mut out[place], true);
        }
    }

    /// ‖U1ᵀU2‖_F: zero where the parts of the two signs do not cancel each other. A single factor is always balanced.
    fn balancedness(&self, w: &[f64]) -> f64 {
        let [first, second] = self.blocks.as_slice() else { return 0.0 };
        let (u1, u2) = w.split_at(second.offset);
        let mut overlap = vec![0.0; first.cols * second.cols];
        kernel().product(Matrix::new(u1, first.rows, first.cols).t(), u2, 1.0, &mut overlap, false);
        overlap.iter().map(|x| x * x).sum::<f64>().sqrt()
    }

    fn degree(&self) -> usize {
        2
    }

    /// The layer is Uᵀ, with neurons u_c: Σ ⟨u_c, u_c'⟩ 4 (u_cᵀx)(u_c'ᵀx) ‖x‖² = 4 ‖U Uᵀ x xᵀ‖², and of the second derivatives
    /// Σ_c ‖u_c‖² 2 s ‖x‖².
    fn compressions(&self, w: &[f64]) -> Vec<Compression> {
        let d = self.dimension;
        let of = |(sign, width, place): (f64, usize, std::ops::Range<usize>)| {
            let u = &w[place];
            let (mut x, mut transposed) = (vec![0.0; d * d], vec![0.0; u.len()]);
            transpose(u, d, width, &mut transposed);
            kernel().product(Matrix::new(u, d, width), &transposed, 1.0, &mut x, false);
            let bend = 2.0 * sign * u.iter().map(|u| u * u).sum::<f64>();
            [
                Compression { left: x, right: identity(d), weight: 4.0, bend: 0.0 },
                Compression { left: identity(d), right: identity(d), weight: 0.0, bend },
            ]
        };
        self.factors().flat_map(of).collect()
    }

    /// A part is 4 tr(Uᵀ S U UᵀU) with S = Σ A_i A_iᵀ, and 2 S U the derivative of tr(Uᵀ S U); its bend 2 s ‖U‖² tau.
    fn compressions_gradient(&self, w: &[f64], tau: f64, derivatives: Derivatives<'_>, out: &mut [f64]) {
        let d = self.dimension;
        let identity = identity(d);
        for (sign, k, place) in self.factors() {
            let (u, out) = (&w[place.clone()], &mut out[place]);
            let (first, _) = derivatives(u, &identity);
            let gram = multiplied(Matrix::new(u, d, k).t(), k, u, k);
            kernel().product(Matrix::new(&first, d, k), &gram, 4.0, out, false);
            let inner = multiplied(Matrix::new(u, d, k).t(), k, &first, k);
            kernel().product(Matrix::new(u, d, k), &inner, 4.0, out, true);
            out.iter_mut().zip(u).for_each(|(out, u)| *out += 4.0 * sign * tau * u);
        }
    }
}
