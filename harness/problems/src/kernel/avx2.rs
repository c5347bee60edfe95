use std::arch::x86_64::{
    __m256d, __m256i, _mm_add_pd, _mm_add_sd, _mm_cvtsd_f64, _mm_unpackhi_pd, _mm256_add_pd, _mm256_castpd256_pd128,
    _mm256_extractf128_pd, _mm256_fmadd_pd, _mm256_loadu_pd, _mm256_loadu_si256, _mm256_maskload_pd,
    _mm256_maskstore_pd, _mm256_set1_pd, _mm256_storeu_pd,
};

use super::lanes::Lanes;

/// Two registers of AVX2.
#[derive(Clone, Copy)]
pub(super) struct Avx2(__m256d, __m256d);

/// Eight set lanes and eight clear ones: a window of eight starting at 8 − count selects the first `count`.
static WINDOW: [i64; 16] = [-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0];

#[inline(always)]
unsafe fn masks(count: usize) -> (__m256i, __m256i) {
    debug_assert!(count <= 8);
    // SAFETY: 8 − count + 8 ≤ 16, inside the table; AVX is present.
    unsafe {
        let start = WINDOW.as_ptr().add(8 - count);
        (_mm256_loadu_si256(start.cast()), _mm256_loadu_si256(start.add(4).cast()))
    }
}

// Each method is inlined into a function compiled for AVX2 and FMA.
impl Lanes for Avx2 {
    #[inline(always)]
    unsafe fn splat(value: f64) -> Self {
        // SAFETY: AVX2 and FMA are present, by the contract of the trait.
        unsafe { Avx2(_mm256_set1_pd(value), _mm256_set1_pd(value)) }
    }

    #[inline(always)]
    unsafe fn load(source: *const f64) -> Self {
        // SAFETY: as above, and the pointer is valid for eight numbers.
        unsafe { Avx2(_mm256_loadu_pd(source), _mm256_loadu_pd(source.add(4))) }
    }

    #[inline(always)]
    unsafe fn load_first(source: *const f64, count: usize) -> Self {
        // SAFETY: as above; masked lanes are not read, so the second address need not be valid.
        unsafe {
            let (low, high) = masks(count);
            Avx2(_mm256_maskload_pd(source, low), _mm256_maskload_pd(source.wrapping_add(4), high))
        }
    }

    #[inline(always)]
    unsafe fn store(self, target: *mut f64) {
        // SAFETY: as above, and the pointer is valid for eight numbers.
        unsafe {
            _mm256_storeu_pd(target, self.0);
            _mm256_storeu_pd(target.add(4), self.1);
        }
    }

    #[inline(always)]
    unsafe fn store_first(self, target: *mut f64, count: usize) {
        // SAFETY: as above; masked lanes are not written.
        unsafe {
            let (low, high) = masks(count);
            _mm256_maskstore_pd(target, low, self.0);
            _mm256_maskstore_pd(target.wrapping_add(4), high, self.1);
        }
    }

    #[inline(always)]
    unsafe fn add_product(self, a: Self, b: Self) -> Self {
        // SAFETY: AVX2 and FMA are present, by the contract of the trait.
        unsafe { Avx2(_mm256_fmadd_pd(a.0, b.0, self.0), _mm256_fmadd_pd(a.1, b.1, self.1)) }
    }

    #[inline(always)]
    unsafe fn sum(self) -> f64 {
        // SAFETY: as above.
        unsafe {
            let four = _mm256_add_pd(self.0, self.1);
            let two = _mm_add_pd(_mm256_castpd256_pd128(four), _mm256_extractf128_pd::<1>(four));
            _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)))
        }
    }
}
