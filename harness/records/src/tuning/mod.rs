//! How a setting is chosen among several: what a run scores, which scores are equal, and whether the chosen setting lies at the
//! edge of those that were tried. Used where settings are chosen and where a choice is shown.

mod grid;
mod overall;
mod score;

pub use grid::{Edge, edges};
pub use overall::{Overall, overalls, ranking};
pub use score::{HELD_OUT_ZERO, SAME, median, middle, score, ties};
