/// Eight numbers side by side.
///
/// # Safety
/// Every method may use instructions of its instruction set: call them only where it was detected. Pointers must be
/// valid for eight numbers, or for `count` ≤ 8 of them in the `_first` methods.
pub(super) trait Lanes: Copy {
    unsafe fn splat(value: f64) -> Self;
    unsafe fn load(source: *const f64) -> Self;
    /// The first `count` numbers, zero beyond.
    unsafe fn load_first(source: *const f64, count: usize) -> Self;
    unsafe fn store(self, target: *mut f64);
    unsafe fn store_first(self, target: *mut f64, count: usize);
    /// self + a·b.
    unsafe fn add_product(self, a: Self, b: Self) -> Self;
    /// Sum of the eight, in a fixed order.
    unsafe fn sum(self) -> f64;
    /// [`Lanes::sum`] of each of eight, with its bits.
    #[inline(always)]
    unsafe fn sum_each(all: &[Self; 8], target: *mut f64) {
        for (i, lanes) in all.iter().enumerate() {
            // SAFETY: passed on from the caller.
            unsafe { *target.add(i) = lanes.sum() }
        }
    }
    /// Asks for the line of `address` to be brought into the second-level cache. Any address will do.
    #[inline(always)]
    unsafe fn prefetch(_address: *const f64) {}
    /// Eight rows of eight, made the columns.
    #[inline(always)]
    unsafe fn transposed(rows: [Self; 8]) -> [Self; 8] {
        let (mut straight, mut turned) = ([[0.0; 8]; 8], [[0.0; 8]; 8]);
        for (numbers, lanes) in straight.iter_mut().zip(rows) {
            // SAFETY: passed on from the caller.
            unsafe { lanes.store(numbers.as_mut_ptr()) }
        }
        for (i, numbers) in straight.iter().enumerate() {
            for (j, number) in numbers.iter().enumerate() {
                turned[j][i] = *number;
            }
        }
        let mut columns = rows;
        for (lanes, numbers) in columns.iter_mut().zip(&turned) {
            // SAFETY: passed on from the caller.
            *lanes = unsafe { Self::load(numbers.as_ptr()) };
        }
        columns
    }
}
