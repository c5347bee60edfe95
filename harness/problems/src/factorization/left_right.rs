use flatbench_records::FactorizationKind;
use ndarray::Array2;

use super::{Compression, Derivatives, Factorization, consecutive_blocks, identity, multiplied};
use crate::kernel::{Matrix, kernel, transpose};
use crate::problem::Block;
use crate::spectral::symmetric_power;

/// X = L Rᵀ with L rows × k and R cols × k; w = (L, R).
#[derive(Clone)]
pub(crate) struct LeftRight {
    rows: usize,
    cols: usize,
    width: usize,
    blocks: Vec<Block>,
}

impl LeftRight {
    /// Factors of `width` columns.
    pub(crate) fn new(rows: usize, cols: usize, width: usize) -> Self {
        let blocks = consecutive_blocks([("L".to_owned(), rows, width), ("R".to_owned(), cols, width)]);
        LeftRight { rows, cols, width, blocks }
    }

    /// Columns of the factors.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// L and R inside w.
    pub(crate) fn split<'a>(&self, w: &'a [f64]) -> (&'a [f64], &'a [f64]) {
        w.split_at(self.rows * self.width)
    }

    /// L and R inside a mutable w.
    pub(crate) fn split_mut<'a>(&self, w: &'a mut [f64]) -> (&'a mut [f64], &'a mut [f64]) {
        w.split_at_mut(self.rows * self.width)
    }

    /// x = L Rᵀ, or x += L Rᵀ.
    fn multiply(&self, l: &[f64], r: &[f64], x: &mut [f64], accumulate: bool, transposed: &mut [f64]) {
        transpose(r, self.cols, self.width, transposed);
        kernel().product(Matrix::new(l, self.rows, self.width), transposed, 1.0, x, accumulate);
    }

    /// out = scale·(G R, Gᵀ L), or added to out.
    fn pull(&self, w: &[f64], g: &[f64], scale: f64, out: &mut [f64], accumulate: bool) {
        let (l, r) = self.split(w);
        let (gl, gr) = self.split_mut(out);
        let g = Matrix::new(g, self.rows, self.cols);
        kernel().product(g, r, scale, gl, accumulate);
        kernel().product(g.t(), l, scale, gr, accumulate);
    }
}

impl Factorization for LeftRight {
    /// Rᵀ.
    type Scratch = Vec<f64>;

    fn kind(&self) -> FactorizationKind {
        FactorizationKind::LeftRight
    }

    fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    fn rows(&self) -> usize {
        self.rows
    }

    fn cols(&self) -> usize {
        self.cols
    }

    fn scratch(&self) -> Vec<f64> {
        vec![0.0; self.cols * self.width]
    }

    fn prepare(&self, _: &[f64], _: &mut Vec<f64>) {}

    fn end_to_end(&self, w: &[f64], x: &mut [f64], s: &mut Vec<f64>) {
        let (l, r) = self.split(w);
        self.multiply(l, r, x, false, s);
    }

    fn tangent(&self, w: &[f64], v: &[f64], x_dot: &mut [f64], s: &mut Vec<f64>) {
        let ((l, r), (l_dot, r_dot)) = (self.split(w), self.split(v));
        self.multiply(l_dot, r, x_dot, false, s);
        self.multiply(l, r_dot, x_dot, true, s);
    }

    fn pullback(&self, w: &[f64], g: &[f64], scale: f64, out: &mut [f64], _: &mut Vec<f64>) {
        self.pull(w, g, scale, out, false);
    }

    fn pullback_tangent(
        &self,
        w: &[f64],
        v: &[f64],
        g: &[f64],
        g_dot: &[f64],
        scale: f64,
        out: &mut [f64],
        _: &mut Vec<f64>,
    ) {
        self.pull(w, g_dot, scale, out, false);
        self.pull(v, g, scale, out, true);
    }

    /// ‖LᵀL − RᵀR‖_F.
    fn balancedness(&self, w: &[f64]) -> f64 {
        let (l, r) = self.split(w);
        let k = self.width;
        let mut difference = vec![0.0; k * k];
        kernel().product(Matrix::new(l, self.rows, k).t(), l, 1.0, &mut difference, false);
        kernel().product(Matrix::new(r, self.cols, k).t(), r, -1.0, &mut difference, true);
        difference.iter().map(|x| x * x).sum::<f64>().sqrt()
    }

    fn degree(&self) -> usize {
        2
    }

    /// The layers are Rᵀ and then L: ‖R Lᵀ A_i‖ = ‖(RᵀR)^½ Lᵀ A_i‖ and ‖Lᵀ A_i R‖, as in a chain of two.
    fn compressions(&self, w: &[f64]) -> Vec<Compression> {
        let ((l, r), k) = (self.split(w), self.width);
        let mut gram = Array2::zeros((k, k));
        let entries = gram.as_slice_mut().expect("a fresh array is contiguous");
        kernel().product(Matrix::new(r, self.cols, k).t(), r, 1.0, entries, false);
        let root = symmetric_power(&gram, 0.5);
        let mut left = vec![0.0; l.len()];
        let root = root.as_standard_layout();
        let root = root.as_slice().expect("in standard layout");
        kernel().product(Matrix::new(l, self.rows, k), root, 1.0, &mut left, false);
        vec![
            Compression { left, right: identity(self.cols), weight: 1.0, bend: 0.0 },
            Compression { left: l.to_vec(), right: r.to_vec(), weight: 1.0, bend: 0.0 },
        ]
    }

    /// The first part is tr(Lᵀ S L RᵀR) with S = Σ A_i A_iᵀ, and 2 S L the derivative of tr(Lᵀ S L).
    fn compressions_gradient(&self, w: &[f64], _: f64, derivatives: Derivatives<'_>, out: &mut [f64]) {
        let ((l, r), (rows, cols, k)) = (self.split(w), (self.rows, self.cols, self.width));
        let (d_left, d_right) = derivatives(l, r);
        let (first, _) = derivatives(l, &identity(cols));
        let (gl, gr) = self.split_mut(out);
        gl.copy_from_slice(&d_left);
        gr.copy_from_slice(&d_right);
        let gram = multiplied(Matrix::new(r, cols, k).t(), k, r, k);
        kernel().product(Matrix::new(&first, rows, k), &gram, 1.0, gl, true);
        let inner = multiplied(Matrix::new(l, rows, k).t(), k, &first, k);
        kernel().product(Matrix::new(r, cols, k), &inner, 1.0, gr, true);
    }
}
