//! The families: what each is called, which parameters it has, when they make sense, and how an instance is drawn.
//!
//! A family is one module and its line in `registry`; what several are built from is in `parts`.

mod bilinear_sensing;
mod completion_sampling;
mod covariance_estimation;
mod deep_matrix_factorization;
mod deep_sparse_recovery;
mod matrix_completion;
mod matrix_sensing;
mod parts;
mod quadratic_network;
mod registry;
mod robust_pca;
mod robust_sensing;
mod standardizing;

pub use registry::{DrawError, catalog, check, draw, small_cases};
