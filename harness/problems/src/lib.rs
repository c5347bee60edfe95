//! Problem families: ground truth, measurements, factorizations, oracles.

mod problem;
pub mod reference;

pub use problem::{Block, Evaluator, NotSupported, Problem};
