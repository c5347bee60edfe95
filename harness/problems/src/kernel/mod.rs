//! Inner loops, chosen at run time between instruction sets.
//!
//! Every loop works on groups of eight numbers ([`lanes::Lanes`]), whatever the instruction set: AVX-512 holds eight in a
//! register, AVX2 in two, and the portable path in an array. Sums are taken in an order that depends on nothing but
//! the length of the data: eight partial sums along a row, added at its end; the adjoint adds rows one after another. A
//! loop that serves several parameter vectors in one pass can therefore give each of them the bits it would get alone.

mod ahead;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod blocking;
mod buffer;
mod cache;
mod dispatch;
mod entries;
mod group;
mod lanes;
mod outer;
mod portable;
mod product;
mod sensing;
mod strips;
#[cfg(test)]
mod tests;
mod tiles;

pub(crate) use blocking::Blocking;
pub(crate) use buffer::Buffer;
pub(crate) use cache::second_level;
#[cfg(test)]
pub(crate) use dispatch::Kernel;
pub(crate) use dispatch::kernel;
pub use dispatch::{InstructionSet, instruction_set};
pub(crate) use entries::{Entries, Pair};
pub(crate) use group::Columns;
pub(crate) use product::{Matrix, Part};
pub(crate) use sensing::Rows;

/// Numbers handled together; measurement rows are padded to a multiple of it.
pub(crate) const LANES: usize = 8;

/// `length` rounded up to a multiple of [`LANES`].
pub(crate) fn padded(length: usize) -> usize {
    length.next_multiple_of(LANES)
}

/// Writes the transpose of `source` (rows × cols, row by row) into `target`.
pub(crate) fn transpose(source: &[f64], rows: usize, cols: usize, target: &mut [f64]) {
    kernel().transpose(source, rows, cols, target);
}
