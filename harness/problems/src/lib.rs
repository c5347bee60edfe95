//! Problem families: ground truth, measurements, factorizations, oracles.

mod problem;

pub use problem::{Block, Evaluator, NotSupported, Problem};
