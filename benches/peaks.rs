//! What one core can do at most, measured: multiply-adds from registers, and numbers read from memory.

use std::hint::black_box;

use flatbench_problems::{InstructionSet, instruction_set};

use crate::clock::best;

/// Floating-point operations per second of independent multiply-adds that never leave the registers.
pub fn multiply_add() -> f64 {
    const ROUNDS: usize = 40_000;
    match instruction_set() {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the instruction set was found on this machine.
        InstructionSet::Avx512 => best(20, (ROUNDS * CHAINS * 8 * 2) as f64, || unsafe { avx512(ROUNDS) }),
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        InstructionSet::Avx2 => best(20, (ROUNDS * CHAINS * 4 * 2) as f64, || unsafe { avx2(ROUNDS) }),
        _ => best(20, (ROUNDS * CHAINS * 2 * 2) as f64, || portable(ROUNDS)),
    }
}

/// Independent chains: more than latency times throughput of any core.
const CHAINS: usize = 12;

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn avx512(rounds: usize) {
    use std::arch::x86_64::{_mm512_fmadd_pd, _mm512_reduce_add_pd, _mm512_set1_pd};
    let (a, b) = (_mm512_set1_pd(black_box(0.999)), _mm512_set1_pd(black_box(1e-3)));
    let mut sums = [_mm512_set1_pd(1.0); CHAINS];
    for _ in 0..rounds {
        for sum in &mut sums {
            *sum = _mm512_fmadd_pd(*sum, a, b);
        }
    }
    black_box(sums.map(|sum| _mm512_reduce_add_pd(sum)));
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn avx2(rounds: usize) {
    use std::arch::x86_64::{_mm256_cvtsd_f64, _mm256_fmadd_pd, _mm256_set1_pd};
    let (a, b) = (_mm256_set1_pd(black_box(0.999)), _mm256_set1_pd(black_box(1e-3)));
    let mut sums = [_mm256_set1_pd(1.0); CHAINS];
    for _ in 0..rounds {
        for sum in &mut sums {
            *sum = _mm256_fmadd_pd(*sum, a, b);
        }
    }
    black_box(sums.map(|sum| _mm256_cvtsd_f64(sum)));
}

fn portable(rounds: usize) {
    let (a, b) = (black_box(0.999), black_box(1e-3));
    let mut sums = [[1.0; 2]; CHAINS];
    for _ in 0..rounds {
        for sum in sums.as_flattened_mut() {
            *sum = *sum * a + b;
        }
    }
    black_box(sums);
}

/// Bytes per second of a sum over an array, too large for any cache of the core if `bytes` is.
pub fn read(bytes: usize) -> f64 {
    let array = vec![1.0_f64; bytes / 8];
    best(12, bytes as f64, || {
        #[cfg(target_arch = "x86_64")]
        if instruction_set() == InstructionSet::Avx512 {
            // SAFETY: the instruction set was found on this machine.
            return unsafe { sum_avx512(&array) };
        }
        sum(&array);
    })
}

#[inline(always)]
fn sum(array: &[f64]) {
    let mut sums = [0.0_f64; 64];
    for piece in array.chunks_exact(64) {
        sums.iter_mut().zip(piece).for_each(|(sum, x)| *sum += x);
    }
    black_box(sums);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn sum_avx512(array: &[f64]) {
    sum(array);
}
