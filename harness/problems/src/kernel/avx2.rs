use std::arch::x86_64::{
    __m256d, __m256i, _MM_HINT_T0, _MM_HINT_T1, _mm_add_pd, _mm_add_sd, _mm_cvtsd_f64, _mm_prefetch, _mm_store_sd,
    _mm_storeu_pd, _mm_unpackhi_pd, _mm256_add_pd, _mm256_castpd256_pd128, _mm256_extractf128_pd, _mm256_fmadd_pd,
    _mm256_hadd_pd, _mm256_loadu_pd, _mm256_loadu_si256, _mm256_maskload_pd, _mm256_permute2f128_pd,
    _mm256_permute4x64_pd, _mm256_set1_pd, _mm256_setzero_pd, _mm256_storeu_pd, _mm256_unpackhi_pd, _mm256_unpacklo_pd,
};
use std::ops::Range;

use super::LANES;
use super::ahead::Lines;
use super::lanes::{Lanes, Tile, transpose_squares};

/// Two registers of AVX2.
#[derive(Clone, Copy)]
pub(super) struct Avx2([__m256d; 2]);

/// Numbers in a register.
const HALF: usize = LANES / 2;

/// Eight set lanes and eight clear ones: a window of eight starting at 8 − count selects the first `count`.
static WINDOW: [i64; 16] = [-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0];

#[inline(always)]
unsafe fn masks(count: usize) -> (__m256i, __m256i) {
    debug_assert!(count <= 8);
    // SAFETY: 8 − count + 8 ≤ 16, inside the table; AVX is present.
    unsafe {
        let start = WINDOW.as_ptr().add(8 - count);
        (_mm256_loadu_si256(start.cast()), _mm256_loadu_si256(start.add(HALF).cast()))
    }
}

impl Avx2 {
    /// [`Lanes::add_products`] for half H of each eight: R·C sums in as many registers, four steps to a turn of the loop.
    #[inline(always)]
    unsafe fn add_half<const R: usize, const C: usize, const H: usize>(
        tile: Tile<R, C>,
        span: Range<usize>,
        sums: &mut [[Self; C]; R],
        fresh: bool,
        mut lines: Lines,
    ) {
        const TURN: usize = 4;
        // SAFETY: AVX2 and FMA are present, and the numbers of the span exist, by the contract of the trait.
        unsafe {
            let mut half = [[_mm256_setzero_pd(); C]; R];
            if !fresh {
                for r in 0..R {
                    for c in 0..C {
                        half[r][c] = sums[r][c].0[H];
                    }
                }
            }
            let mut j = span.start;
            while j + TURN * LANES <= span.end {
                for step in 0..TURN {
                    Self::add_half_step::<R, C, H>(&tile, j + step * LANES, &mut half, &mut lines);
                }
                j += TURN * LANES;
            }
            while j < span.end {
                Self::add_half_step::<R, C, H>(&tile, j, &mut half, &mut lines);
                j += LANES;
            }
            for r in 0..R {
                for c in 0..C {
                    sums[r][c].0[H] = half[r][c];
                }
            }
        }
    }

    /// The fewer of rows and columns are held and the others come one after another: the sums leave room for no more. The first
    /// half asks for what comes from afar; the second, whose numbers are near already, for the rows of the next tile.
    #[inline(always)]
    #[expect(clippy::needless_range_loop, reason = "an iterator's closure would not have the instruction set")]
    unsafe fn add_half_step<const R: usize, const C: usize, const H: usize>(
        tile: &Tile<R, C>,
        j: usize,
        half: &mut [[__m256d; C]; R],
        lines: &mut Lines,
    ) {
        // SAFETY: as above.
        unsafe {
            if H == 0 {
                lines.fetch::<Self>();
            } else {
                for row in &tile.rows {
                    _mm_prefetch::<_MM_HINT_T0>(row.wrapping_add(j + tile.onward).cast());
                }
            }
            if R <= C {
                let mut a = [_mm256_setzero_pd(); R];
                for r in 0..R {
                    a[r] = _mm256_loadu_pd(tile.rows[r].add(j + H * HALF));
                }
                for c in 0..C {
                    let x = _mm256_loadu_pd(tile.columns[c].add(j + H * HALF));
                    for r in 0..R {
                        half[r][c] = _mm256_fmadd_pd(a[r], x, half[r][c]);
                    }
                }
            } else {
                let mut x = [_mm256_setzero_pd(); C];
                for c in 0..C {
                    x[c] = _mm256_loadu_pd(tile.columns[c].add(j + H * HALF));
                }
                for r in 0..R {
                    let a = _mm256_loadu_pd(tile.rows[r].add(j + H * HALF));
                    for c in 0..C {
                        half[r][c] = _mm256_fmadd_pd(a, x[c], half[r][c]);
                    }
                }
            }
        }
    }
}

/// The first `count` < 4 numbers of a register. Masked stores are slow on some processors.
#[inline(always)]
unsafe fn store_some(numbers: __m256d, target: *mut f64, count: usize) {
    // SAFETY: the caller has AVX2 and a target for `count` numbers.
    unsafe {
        let (low, high) = (_mm256_castpd256_pd128(numbers), _mm256_extractf128_pd::<1>(numbers));
        match count {
            0 => {}
            1 => _mm_store_sd(target, low),
            2 => _mm_storeu_pd(target, low),
            _ => {
                _mm_storeu_pd(target, low);
                _mm_store_sd(target.add(2), high);
            }
        }
    }
}

/// Four rows of four, made the columns.
#[inline]
#[target_feature(enable = "avx2,fma")]
unsafe fn turn_square((source, from): (*const f64, usize), (target, to): (*mut f64, usize)) {
    // SAFETY: the caller has squares of four in both places.
    unsafe {
        let (a, b) = (_mm256_loadu_pd(source), _mm256_loadu_pd(source.add(from)));
        let (c, d) = (_mm256_loadu_pd(source.add(2 * from)), _mm256_loadu_pd(source.add(3 * from)));
        let (ab, cd) = (_mm256_unpacklo_pd(a, b), _mm256_unpacklo_pd(c, d));
        let (ba, dc) = (_mm256_unpackhi_pd(a, b), _mm256_unpackhi_pd(c, d));
        _mm256_storeu_pd(target, _mm256_permute2f128_pd::<0x20>(ab, cd));
        _mm256_storeu_pd(target.add(to), _mm256_permute2f128_pd::<0x20>(ba, dc));
        _mm256_storeu_pd(target.add(2 * to), _mm256_permute2f128_pd::<0x31>(ab, cd));
        _mm256_storeu_pd(target.add(3 * to), _mm256_permute2f128_pd::<0x31>(ba, dc));
    }
}

// Each method is inlined into a function compiled for AVX2 and FMA.
impl Lanes for Avx2 {
    type Narrow = Half;
    const FETCHES: usize = 1;

    #[inline(always)]
    unsafe fn splat(value: f64) -> Self {
        // SAFETY: AVX2 and FMA are present, by the contract of the trait.
        unsafe { Avx2([_mm256_set1_pd(value); 2]) }
    }

    #[inline(always)]
    unsafe fn load(source: *const f64) -> Self {
        // SAFETY: as above, and the pointer is valid for eight numbers.
        unsafe { Avx2([_mm256_loadu_pd(source), _mm256_loadu_pd(source.add(HALF))]) }
    }

    #[inline(always)]
    unsafe fn load_first(source: *const f64, count: usize) -> Self {
        // SAFETY: as above; masked lanes are not read, so the second address need not be valid.
        unsafe {
            let (low, high) = masks(count);
            Avx2([_mm256_maskload_pd(source, low), _mm256_maskload_pd(source.wrapping_add(HALF), high)])
        }
    }

    #[inline(always)]
    unsafe fn store(self, target: *mut f64) {
        // SAFETY: as above, and the pointer is valid for eight numbers.
        unsafe {
            _mm256_storeu_pd(target, self.0[0]);
            _mm256_storeu_pd(target.add(HALF), self.0[1]);
        }
    }

    #[inline(always)]
    unsafe fn store_first(self, target: *mut f64, count: usize) {
        // SAFETY: as above; only `count` numbers are written.
        unsafe {
            if count < HALF {
                return store_some(self.0[0], target, count);
            }
            _mm256_storeu_pd(target, self.0[0]);
            match count - HALF {
                HALF => _mm256_storeu_pd(target.add(HALF), self.0[1]),
                rest => store_some(self.0[1], target.add(HALF), rest),
            }
        }
    }

    #[inline(always)]
    unsafe fn add_product(self, a: Self, b: Self) -> Self {
        // SAFETY: AVX2 and FMA are present, by the contract of the trait.
        unsafe { Avx2([_mm256_fmadd_pd(a.0[0], b.0[0], self.0[0]), _mm256_fmadd_pd(a.0[1], b.0[1], self.0[1])]) }
    }

    #[inline(always)]
    unsafe fn sum(self) -> f64 {
        // SAFETY: as above.
        unsafe {
            let four = _mm256_add_pd(self.0[0], self.0[1]);
            let two = _mm_add_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd::<1>(four));
            _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)))
        }
    }

    /// Halves, then quarters, then neighbours are added, as in `sum`, the quarters of two and the neighbours of four at once.
    #[inline(always)]
    unsafe fn sum_each(all: &[Self; 8], target: *mut f64) {
        // SAFETY: as above, and the target has room for eight.
        unsafe {
            for (i, four) in
                [[&all[0], &all[1], &all[2], &all[3]], [&all[4], &all[5], &all[6], &all[7]]].iter().enumerate()
            {
                let [a, b, c, d] = four.map(|lanes| lanes.0);
                let (a, b) = (_mm256_add_pd(a[0], a[1]), _mm256_add_pd(b[0], b[1]));
                let (c, d) = (_mm256_add_pd(c[0], c[1]), _mm256_add_pd(d[0], d[1]));
                let ab = _mm256_add_pd(_mm256_permute2f128_pd::<0x20>(a, b), _mm256_permute2f128_pd::<0x31>(a, b));
                let cd = _mm256_add_pd(_mm256_permute2f128_pd::<0x20>(c, d), _mm256_permute2f128_pd::<0x31>(c, d));
                // a, c, b, d.
                let sums = _mm256_hadd_pd(ab, cd);
                _mm256_storeu_pd(target.add(i * HALF), _mm256_permute4x64_pd::<0b11_01_10_00>(sums));
            }
        }
    }

    /// The low halves of each eight first, then the high ones: a tile of R × C sums is R·C registers then, not twice as many.
    #[inline(always)]
    unsafe fn add_products<const R: usize, const C: usize>(
        tile: Tile<R, C>,
        span: Range<usize>,
        sums: &mut [[Self; C]; R],
        fresh: bool,
        lines: Lines,
    ) {
        // SAFETY: passed on from the caller.
        unsafe {
            Self::add_half::<R, C, 0>(tile, span.clone(), sums, fresh, lines);
            Self::add_half::<R, C, 1>(tile, span, sums, fresh, lines);
        }
    }

    #[inline(always)]
    unsafe fn prefetch(address: *const f64) {
        // SAFETY: a prefetch never faults.
        unsafe { _mm_prefetch::<_MM_HINT_T1>(address.cast()) }
    }

    #[inline(always)]
    unsafe fn transpose(source: &[f64], rows: usize, cols: usize, target: &mut [f64]) {
        // SAFETY: passed on from the caller.
        unsafe { transpose_squares::<HALF>(source, (rows, cols), target, turn_square) }
    }
}

/// One register of AVX2, the first half of eight.
#[derive(Clone, Copy)]
pub(super) struct Half(__m256d);

impl Lanes for Half {
    type Narrow = Self;
    const FETCHES: usize = 0;

    #[inline(always)]
    unsafe fn splat(value: f64) -> Self {
        // SAFETY: AVX2 and FMA are present, by the contract of the trait.
        unsafe { Half(_mm256_set1_pd(value)) }
    }

    #[inline(always)]
    unsafe fn load(source: *const f64) -> Self {
        // SAFETY: as above, and the pointer is valid for eight numbers.
        unsafe { Half(_mm256_loadu_pd(source)) }
    }

    #[inline(always)]
    unsafe fn load_first(source: *const f64, count: usize) -> Self {
        // SAFETY: as above; masked lanes are not read.
        unsafe {
            match count {
                HALF.. => Half(_mm256_loadu_pd(source)),
                _ => Half(_mm256_maskload_pd(source, masks(count).0)),
            }
        }
    }

    #[inline(always)]
    unsafe fn store(self, target: *mut f64) {
        // SAFETY: as above.
        unsafe { _mm256_storeu_pd(target, self.0) }
    }

    #[inline(always)]
    unsafe fn store_first(self, target: *mut f64, count: usize) {
        // SAFETY: as above.
        unsafe {
            match count {
                HALF.. => _mm256_storeu_pd(target, self.0),
                _ => store_some(self.0, target, count),
            }
        }
    }

    #[inline(always)]
    unsafe fn add_product(self, a: Self, b: Self) -> Self {
        // SAFETY: as above.
        unsafe { Half(_mm256_fmadd_pd(a.0, b.0, self.0)) }
    }

    #[inline(always)]
    unsafe fn sum(self) -> f64 {
        // SAFETY: as above.
        unsafe { Avx2([self.0, _mm256_setzero_pd()]).sum() }
    }

    #[inline(always)]
    unsafe fn transpose(source: &[f64], rows: usize, cols: usize, target: &mut [f64]) {
        // SAFETY: passed on from the caller.
        unsafe { Avx2::transpose(source, rows, cols, target) }
    }
}
