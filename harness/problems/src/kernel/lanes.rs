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
}
