//! The families: what each is called, which parameters it has, when they make sense, and how an instance is drawn.

mod bilinear_sensing;
mod completion_sampling;
mod covariance_estimation;
mod deep_matrix_factorization;
mod deep_sparse_recovery;
mod findings;
mod matrix_completion;
mod matrix_sensing;
mod observation;
mod parameters;
mod quadratic_network;
mod registry;
mod robust_pca;
mod scale;
mod truth;

pub use findings::{Checked, Mistake};
pub use registry::{DrawError, catalog, check, draw};
