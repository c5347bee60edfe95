//! Inner loops, chosen at run time between instruction sets.
//!
//! Every loop works on groups of eight numbers ([`lanes::Lanes`]), whatever the instruction set: AVX-512 holds eight in a
//! register, AVX2 in two, and the portable path in an array. Sums are taken in an order that depends on nothing but
//! the length of the data: eight partial sums along a row, added at its end; the adjoint adds rows one after another. A
//! loop that serves several parameter vectors in one pass can therefore give each of them the bits it would get alone.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod cache;
mod dispatch;
mod entries;
mod group;
mod lanes;
mod portable;
mod product;
mod sensing;
#[cfg(test)]
mod tests;

pub(crate) use cache::second_level;
#[cfg(test)]
pub(crate) use dispatch::Kernel;
pub(crate) use dispatch::kernel;
pub use dispatch::{InstructionSet, instruction_set};
pub(crate) use entries::{Entries, Pair};
pub(crate) use group::{Blocking, Columns};
pub(crate) use product::{Matrix, transpose};
pub(crate) use sensing::Rows;

/// Numbers handled together; measurement rows are padded to a multiple of it.
pub(crate) const LANES: usize = 8;

/// `length` rounded up to a multiple of [`LANES`].
pub(crate) fn padded(length: usize) -> usize {
    length.next_multiple_of(LANES)
}
