use std::arch::x86_64::{
    __m512d, __mmask8, _mm512_fmadd_pd, _mm512_loadu_pd, _mm512_mask_storeu_pd, _mm512_maskz_loadu_pd,
    _mm512_reduce_add_pd, _mm512_set1_pd, _mm512_storeu_pd,
};

use super::lanes::Lanes;

/// One register of AVX-512.
#[derive(Clone, Copy)]
pub(super) struct Avx512(__m512d);

fn first(count: usize) -> __mmask8 {
    ((1_u16 << count) - 1) as __mmask8
}

// Each method is inlined into a function compiled for AVX-512, so the intrinsics become single instructions.
impl Lanes for Avx512 {
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
}
