//! The zero-loss point next to a given one, by damped Gauss-Newton steps of minimum norm.

mod minimum_norm;
mod point;

pub use point::{LIMIT_LOSS, LimitPoint, limit_point};
