use std::sync::OnceLock;

use super::blocking::Blocking;
use super::entries::{self, Entries, Pair};
use super::group::{self, Columns};
use super::lanes;
use super::outer;
use super::portable::Portable;
use super::product::{self, Matrix, Part};
use super::sensing::{self, Rows};
#[cfg(target_arch = "x86_64")]
use super::{avx2::Avx2, avx512::Avx512};

/// Instruction sets that the kernels choose between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InstructionSet {
    /// AVX-512F.
    Avx512,
    /// AVX2 with fused multiply-add.
    Avx2,
    /// Whatever the compiler makes of plain loops; products are rounded before they are added.
    Portable,
}

impl InstructionSet {
    /// Name as it appears in `environment.json`.
    pub fn name(self) -> &'static str {
        match self {
            InstructionSet::Avx512 => "avx512f",
            InstructionSet::Avx2 => "avx2+fma",
            InstructionSet::Portable => "portable",
        }
    }

    /// Whether this machine has it.
    pub fn is_available(self) -> bool {
        match self {
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx512 => is_x86_feature_detected!("avx512f"),
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            #[cfg(not(target_arch = "x86_64"))]
            InstructionSet::Avx512 | InstructionSet::Avx2 => false,
            InstructionSet::Portable => true,
        }
    }
}

/// The kernels of one instruction set that this machine has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kernel(InstructionSet);

/// The instruction set in use on this machine.
pub fn instruction_set() -> InstructionSet {
    kernel().0
}

/// The kernels of the widest instruction set of this machine.
pub(crate) fn kernel() -> Kernel {
    static BEST: OnceLock<Kernel> = OnceLock::new();
    *BEST.get_or_init(|| {
        [InstructionSet::Avx512, InstructionSet::Avx2]
            .into_iter()
            .find_map(Kernel::new)
            .unwrap_or(Kernel(InstructionSet::Portable))
    })
}

/// Compiles `$body` for each instruction set, with its lanes and the number of them that its registers hold as sums next to
/// what is added, and calls the one of `$self`.
macro_rules! dispatch {
    ($self:ident, |$lanes:ident, $height:ident| $(($name:ident: $type:ty)),* => $body:expr) => {{
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx512f")]
        unsafe fn avx512($($name: $type),*) {
            type $lanes = Avx512;
            const $height: usize = 8;
            // SAFETY: the features are enabled here; sizes were checked by the caller.
            unsafe { $body }
        }
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx2,fma")]
        unsafe fn avx2($($name: $type),*) {
            type $lanes = Avx2;
            const $height: usize = 6;
            // SAFETY: as above.
            unsafe { $body }
        }
        fn portable($($name: $type),*) {
            type $lanes = Portable;
            const $height: usize = 4;
            // SAFETY: no features needed; sizes were checked by the caller.
            unsafe { $body }
        }
        match $self.0 {
            // SAFETY: a `Kernel` exists only for an instruction set that this machine has.
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx512 => unsafe { avx512($($name),*) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            InstructionSet::Avx2 => unsafe { avx2($($name),*) },
            _ => portable($($name),*),
        }
    }};
}

impl Kernel {
    /// The kernels of `set`, if this machine has it.
    pub(crate) fn new(set: InstructionSet) -> Option<Kernel> {
        set.is_available().then_some(Kernel(set))
    }

    /// ρ = A x − b over the rows asked for, `a` row by row with rows as long as `x` (a multiple of eight); with
    /// `adjoint`, also g = Aᵀρ.
    pub(crate) fn residuals(self, a: &[f64], x: &[f64], rows: Rows<'_>, rho: &mut [f64], adjoint: Option<&mut [f64]>) {
        assert!(x.len().is_multiple_of(super::LANES) && !x.is_empty(), "rows padded to a multiple of eight");
        assert!(a.len().is_multiple_of(x.len()), "whole rows");
        assert!(adjoint.as_ref().is_none_or(|g| g.len() == x.len()), "adjoint as long as x");
        rows.check(a.len() / x.len(), rho.len());
        dispatch!(self, |Lanes, BLOCK| (a: &[f64]), (x: &[f64]), (rows: Rows<'_>), (rho: &mut [f64]),
            (adjoint: Option<&mut [f64]>) => sensing::residuals::<Lanes, BLOCK>(a, x, rows, rho, adjoint));
    }

    /// [`Kernel::residuals`] with its adjoint for several columns in one pass, each with the bits it would get alone.
    #[expect(clippy::too_many_arguments, reason = "two arrays in, two out, and how they are cut")]
    pub(crate) fn group_residuals(
        self,
        a: &[f64],
        length: usize,
        columns: Columns<'_>,
        blocking: Blocking,
        rho: &mut [f64],
        g: &mut [f64],
        partial: &mut [f64],
    ) {
        let (count, stride) = (columns.rows.len(), columns.stride);
        assert!(length.is_multiple_of(super::LANES) && length > 0, "rows padded to a multiple of eight");
        assert!(a.len().is_multiple_of(length) && stride >= length, "whole rows, and columns as long");
        let m = a.len() / length;
        assert!(columns.x.len() == count * stride && g.len() == count * stride, "all columns");
        assert_eq!(rho.len(), count * m, "a residual for each row and column");
        assert!(blocking.is_even(), "blocks of whole tiles");
        assert!(partial.len() >= blocking.partial_sums(count), "space for partial sums");
        assert!(partial.as_ptr().addr().is_multiple_of(64), "partial sums at the start of a cache line");
        for rows in columns.rows {
            assert!(rows.batch.is_none(), "a group takes all rows");
            rows.check(m, m);
        }
        if count == 0 {
            return;
        }
        dispatch!(self, |Lanes, HEIGHT| (a: &[f64]), (length: usize), (columns: Columns<'_>),
            (blocking: Blocking), (rho: &mut [f64]), (g: &mut [f64]), (partial: &mut [f64])
            => group::residuals::<Lanes, HEIGHT>(a, length, columns, blocking, rho, g, partial));
    }

    /// g = Aᵀu, `a` row by row with rows as long as `g` (a multiple of eight).
    pub(crate) fn adjoint(self, a: &[f64], u: &[f64], g: &mut [f64]) {
        assert!(g.len().is_multiple_of(super::LANES), "rows padded to a multiple of eight");
        assert_eq!(a.len(), u.len() * g.len(), "one weight per row");
        dispatch!(self, |Lanes, BLOCK| (a: &[f64]), (u: &[f64]), (g: &mut [f64])
            => sensing::adjoint::<Lanes, BLOCK>(a, u, g));
    }

    /// c = α·a·b, or c += α·a·b; b and c row by row.
    pub(crate) fn product(self, a: Matrix<'_>, b: &[f64], alpha: f64, c: &mut [f64], accumulate: bool) {
        self.product_part(a, b, alpha, c, accumulate, Part::All);
    }

    /// [`Kernel::product`], or as much of it as is wanted.
    pub(crate) fn product_part(
        self,
        a: Matrix<'_>,
        b: &[f64],
        alpha: f64,
        c: &mut [f64],
        accumulate: bool,
        part: Part,
    ) {
        if a.rows == 0 {
            return;
        }
        assert!(c.len().is_multiple_of(a.rows), "whole rows of the product");
        let n = c.len() / a.rows;
        assert_eq!(b.len(), a.cols * n, "inner sizes of a product");
        dispatch!(self, |Lanes, HEIGHT| (a: Matrix<'_>), (b: &[f64]), (n: usize), (alpha: f64), (c: &mut [f64]),
            (accumulate: bool), (part: Part)
            => product::product::<Lanes, HEIGHT>(a, b, n, alpha, c, accumulate, part));
    }

    /// c = Σ_b weight_b·(v_b t_bᵀ) over rows of v and t, c row by row and as wide as t, or added to c where it is `begun`.
    pub(crate) fn outer_products(self, v: &[f64], t: &[f64], weights: &[f64], c: &mut [f64], begun: bool) {
        let count = weights.len();
        assert!(count > 0 && t.len().is_multiple_of(count) && !t.is_empty(), "a row per weight");
        let n = t.len() / count;
        assert_eq!(v.len() * n, count * c.len(), "shape of the sum of outer products");
        dispatch!(self, |Lanes, HEIGHT| (v: &[f64]), (t: &[f64]), (weights: &[f64]), (n: usize), (c: &mut [f64]),
            (begun: bool) => outer::outer_products::<Lanes, HEIGHT>(v, t, weights, n, c, begun));
    }

    /// Writes the transpose of `source` (rows × cols, row by row) into `target`.
    pub(crate) fn transpose(self, source: &[f64], rows: usize, cols: usize, target: &mut [f64]) {
        assert!(source.len() == rows * cols && target.len() == rows * cols, "sizes of a transpose");
        dispatch!(self, |Lanes, _HEIGHT| (source: &[f64]), (rows: usize), (cols: usize), (target: &mut [f64])
            => <Lanes as lanes::Lanes>::transpose(source, rows, cols, target));
    }

    /// out_e = c·⟨L_i, R_j⟩ for each sampled entry (i, j), c the amplitude, or added to out.
    pub(crate) fn predict_entries(self, entries: Entries<'_>, pair: Pair<'_>, out: &mut [f64], accumulate: bool) {
        check_entries(entries, pair);
        assert_eq!(out.len(), entries.rows.len(), "one prediction per entry");
        dispatch!(self, |Lanes, _HEIGHT| (entries: Entries<'_>), (pair: Pair<'_>), (out: &mut [f64]),
            (accumulate: bool) => entries::predict::<Lanes>(entries, pair, out, accumulate));
    }

    /// out_i += scale·⟨p_i, q_i⟩, p and q the two arrays of the pair, row by row.
    pub(crate) fn add_row_products(self, pair: Pair<'_>, scale: f64, out: &mut [f64]) {
        let expected = out.len() * pair.width;
        assert!(pair.left.len() == expected && pair.right.len() == expected, "one row per product");
        dispatch!(self, |Lanes, _HEIGHT| (pair: Pair<'_>), (scale: f64), (out: &mut [f64])
            => entries::add_row_products::<Lanes>(pair, scale, out));
    }

    /// Adds scale·A*(u)·R to `gl` and scale·A*(u)ᵀ·L to `gr`, A* the adjoint of sampling.
    pub(crate) fn pull_entries(
        self,
        entries: Entries<'_>,
        pair: Pair<'_>,
        u: &[f64],
        scale: f64,
        gl: &mut [f64],
        gr: &mut [f64],
    ) {
        check_entries(entries, pair);
        assert_eq!(u.len(), entries.rows.len(), "one weight per entry");
        assert!(gl.len() == pair.left.len() && gr.len() == pair.right.len(), "shapes of the factors");
        dispatch!(self, |Lanes, _HEIGHT| (entries: Entries<'_>), (pair: Pair<'_>), (u: &[f64]), (scale: f64),
            (gl: &mut [f64]), (gr: &mut [f64]) => entries::pull::<Lanes>(entries, pair, u, scale, gl, gr));
    }

    /// Residuals of the entries asked for, and what [`Kernel::pull_entries`] makes of them, in one pass.
    #[expect(clippy::too_many_arguments, reason = "two factors in, two gradients out, and the residuals between")]
    pub(crate) fn residual_pull_entries(
        self,
        entries: Entries<'_>,
        pair: Pair<'_>,
        rows: Rows<'_>,
        rho: &mut [f64],
        scale: f64,
        gl: &mut [f64],
        gr: &mut [f64],
    ) {
        // The whole pattern is checked where it is made; a small batch must not pay for it.
        rows.check(entries.rows.len(), rho.len());
        for position in 0..if rows.batch.is_some() { rho.len() } else { 0 } {
            let e = rows.row(position);
            assert!((entries.rows[e] as usize + 1) * pair.width <= pair.left.len(), "entry inside the left factor");
            assert!((entries.cols[e] as usize + 1) * pair.width <= pair.right.len(), "entry inside the right factor");
        }
        if rows.batch.is_none() {
            check_entries(entries, pair);
        }
        assert!(gl.len() == pair.left.len() && gr.len() == pair.right.len(), "shapes of the factors");
        dispatch!(self, |Lanes, HEIGHT| (entries: Entries<'_>), (pair: Pair<'_>), (rows: Rows<'_>),
            (rho: &mut [f64]), (scale: f64), (gl: &mut [f64]), (gr: &mut [f64])
            => entries::residual_pull::<Lanes, HEIGHT>(entries, pair, rows, rho, scale, gl, gr));
    }
}

fn check_entries(entries: Entries<'_>, pair: Pair<'_>) {
    assert_eq!(entries.rows.len(), entries.cols.len(), "a row and a column per entry");
    let inside = |indices: &[u32], factor: &[f64]| {
        indices.iter().max().is_none_or(|&largest| (largest as usize + 1) * pair.width <= factor.len())
    };
    assert!(inside(entries.rows, pair.left) && inside(entries.cols, pair.right), "entries inside the factors");
}
