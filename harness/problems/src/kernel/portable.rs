use super::LANES;
use super::lanes::Lanes;

/// Plain arrays: correct everywhere, and left to the compiler to vectorise.
#[derive(Clone, Copy)]
pub(super) struct Portable([f64; LANES]);

impl Lanes for Portable {
    type Narrow = Self;
    const FETCHES: usize = 0;

    #[inline(always)]
    unsafe fn splat(value: f64) -> Self {
        Portable([value; LANES])
    }

    #[inline(always)]
    unsafe fn load(source: *const f64) -> Self {
        // SAFETY: the caller passes a pointer valid for eight numbers.
        Portable(unsafe { source.cast::<[f64; LANES]>().read_unaligned() })
    }

    #[inline(always)]
    unsafe fn load_first(source: *const f64, count: usize) -> Self {
        let mut lanes = [0.0; LANES];
        for (i, lane) in lanes.iter_mut().enumerate().take(count) {
            // SAFETY: the caller passes a pointer valid for `count` numbers.
            *lane = unsafe { *source.add(i) };
        }
        Portable(lanes)
    }

    #[inline(always)]
    unsafe fn store(self, target: *mut f64) {
        // SAFETY: the caller passes a pointer valid for eight numbers.
        unsafe { target.cast::<[f64; LANES]>().write_unaligned(self.0) }
    }

    #[inline(always)]
    unsafe fn store_first(self, target: *mut f64, count: usize) {
        for (i, lane) in self.0.iter().enumerate().take(count) {
            // SAFETY: the caller passes a pointer valid for `count` numbers.
            unsafe { *target.add(i) = *lane }
        }
    }

    #[inline(always)]
    unsafe fn add_product(mut self, a: Self, b: Self) -> Self {
        for i in 0..LANES {
            self.0[i] += a.0[i] * b.0[i];
        }
        self
    }

    #[inline(always)]
    unsafe fn sum(self) -> f64 {
        let [a, b, c, d, e, f, g, h] = self.0;
        ((a + e) + (c + g)) + ((b + f) + (d + h))
    }

    #[inline(always)]
    unsafe fn transpose(source: &[f64], rows: usize, cols: usize, target: &mut [f64]) {
        for (i, row) in source.chunks(cols.max(1)).enumerate() {
            for (j, number) in row.iter().enumerate() {
                target[j * rows + i] = *number;
            }
        }
    }
}
