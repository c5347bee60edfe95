//! Plugins as cargo builds them, and a problem small enough to check by hand.

mod libraries;
mod toy;

pub use libraries::{library, library_path, sources};
pub use toy::{Toy, blocks};
