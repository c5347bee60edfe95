use std::arch::x86_64::{
    __m512d, __mmask8, _MM_HINT_T1, _mm_prefetch, _mm512_add_pd, _mm512_fmadd_pd, _mm512_loadu_pd,
    _mm512_mask_storeu_pd, _mm512_maskz_loadu_pd, _mm512_permutexvar_pd, _mm512_reduce_add_pd, _mm512_set1_pd,
    _mm512_setr_epi64, _mm512_shuffle_f64x2, _mm512_storeu_pd, _mm512_unpackhi_pd, _mm512_unpacklo_pd,
};

use super::LANES;
use super::lanes::Lanes;
use super::product::load_end;

/// One register of AVX-512.
#[derive(Clone, Copy)]
pub(super) struct Avx512(__m512d);

fn first(count: usize) -> __mmask8 {
    ((1_u16 << count) - 1) as __mmask8
}

// Each method is inlined into a function compiled for AVX-512, so the intrinsics become single instructions.
impl Lanes for Avx512 {
    type Narrow = Self;
    const FETCHES: usize = 2;

    #[inline(always)]
    unsafe fn splat(value: f64) -> Self {
        // SAFETY: AVX-512F is present, by the contract of the trait.
        unsafe { Avx512(_mm512_set1_pd(value)) }
    }

    #[inline(always)]
    unsafe fn load(source: *const f64) -> Self {
        // SAFETY: as above, and the pointer is valid for eight numbers.
        unsafe { Avx512(_mm512_loadu_pd(source)) }
    }

    #[inline(always)]
    unsafe fn load_first(source: *const f64, count: usize) -> Self {
        // SAFETY: as above; masked lanes are not read.
        unsafe { Avx512(_mm512_maskz_loadu_pd(first(count), source)) }
    }

    #[inline(always)]
    unsafe fn store(self, target: *mut f64) {
        // SAFETY: as above, and the pointer is valid for eight numbers.
        unsafe { _mm512_storeu_pd(target, self.0) }
    }

    #[inline(always)]
    unsafe fn store_first(self, target: *mut f64, count: usize) {
        // SAFETY: as above; masked lanes are not written.
        unsafe { _mm512_mask_storeu_pd(target, first(count), self.0) }
    }

    #[inline(always)]
    unsafe fn add_product(self, a: Self, b: Self) -> Self {
        // SAFETY: AVX-512F is present, by the contract of the trait.
        unsafe { Avx512(_mm512_fmadd_pd(a.0, b.0, self.0)) }
    }

    #[inline(always)]
    unsafe fn sum(self) -> f64 {
        // SAFETY: as above.
        unsafe { _mm512_reduce_add_pd(self.0) }
    }

    /// Halves, then quarters, then neighbours are added, as in `sum`, two vectors at a time: what one vector no longer
    /// needs of its register holds another.
    #[inline(always)]
    unsafe fn sum_each(all: &[Self; 8], target: *mut f64) {
        // SAFETY: AVX-512F is present, by the contract of the trait, and the target has room for eight.
        unsafe {
            let mut halves = [all[0].0; 4];
            for i in 0..4 {
                let (u, v) = (all[2 * i].0, all[2 * i + 1].0);
                halves[i] = _mm512_add_pd(_mm512_shuffle_f64x2::<0x44>(u, v), _mm512_shuffle_f64x2::<0xee>(u, v));
            }
            let mut quarters = [all[0].0; 2];
            for i in 0..2 {
                let (u, v) = (halves[2 * i], halves[2 * i + 1]);
                quarters[i] = _mm512_add_pd(_mm512_shuffle_f64x2::<0x88>(u, v), _mm512_shuffle_f64x2::<0xdd>(u, v));
            }
            let (u, v) = (quarters[0], quarters[1]);
            let sums = _mm512_add_pd(_mm512_unpacklo_pd(u, v), _mm512_unpackhi_pd(u, v));
            let order = _mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7);
            _mm512_storeu_pd(target, _mm512_permutexvar_pd(order, sums));
        }
    }

    #[inline(always)]
    unsafe fn prefetch(address: *const f64) {
        // SAFETY: a prefetch never faults.
        unsafe { _mm_prefetch::<_MM_HINT_T1>(address.cast()) }
    }

    /// In squares of eight, the last of them filled with zeros.
    #[inline(always)]
    unsafe fn transpose(source: &[f64], rows: usize, cols: usize, target: &mut [f64]) {
        for i in (0..rows).step_by(LANES) {
            let height = (rows - i).min(LANES);
            for j in (0..cols).step_by(LANES) {
                let width = (cols - j).min(LANES);
                // SAFETY: AVX-512F is present; `height` rows from i and `width` columns from j exist in the source, and the
                // reverse in the target.
                unsafe {
                    let mut square = [Self::splat(0.0); LANES];
                    for (r, lanes) in square.iter_mut().enumerate().take(height) {
                        *lanes = load_end(source.as_ptr().add((i + r) * cols + j), width);
                    }
                    let square = turned(square);
                    for (c, lanes) in square.iter().enumerate().take(width) {
                        let place = target.as_mut_ptr().add((j + c) * rows + i);
                        if height == LANES { lanes.store(place) } else { lanes.store_first(place, height) }
                    }
                }
            }
        }
    }
}

/// Eight rows of eight, made the columns: neighbours of two rows, then quarters of four, then quarters of eight.
#[inline(always)]
unsafe fn turned(rows: [Avx512; 8]) -> [Avx512; 8] {
    // SAFETY: the caller has AVX-512F.
    unsafe {
        let mut columns = rows;
        for odd in 0..2 {
            let mut pairs = [rows[0].0; 4];
            for (i, pair) in pairs.iter_mut().enumerate() {
                let (u, v) = (rows[2 * i].0, rows[2 * i + 1].0);
                *pair = if odd == 0 { _mm512_unpacklo_pd(u, v) } else { _mm512_unpackhi_pd(u, v) };
            }
            let (low, high) = ((pairs[0], pairs[1]), (pairs[2], pairs[3]));
            let (u, v) = (_mm512_shuffle_f64x2::<0x88>(low.0, low.1), _mm512_shuffle_f64x2::<0x88>(high.0, high.1));
            columns[odd] = Avx512(_mm512_shuffle_f64x2::<0x88>(u, v));
            columns[odd + 4] = Avx512(_mm512_shuffle_f64x2::<0xdd>(u, v));
            let (u, v) = (_mm512_shuffle_f64x2::<0xdd>(low.0, low.1), _mm512_shuffle_f64x2::<0xdd>(high.0, high.1));
            columns[odd + 2] = Avx512(_mm512_shuffle_f64x2::<0x88>(u, v));
            columns[odd + 6] = Avx512(_mm512_shuffle_f64x2::<0xdd>(u, v));
        }
        columns
    }
}
