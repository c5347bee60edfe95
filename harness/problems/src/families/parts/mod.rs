//! What families are built from: parameters and their checks, ground truths, measurements, scales.

pub(super) mod anisotropy;
pub(super) mod findings;
pub(super) mod matrix;
pub(super) mod observation;
pub(super) mod parameters;
pub(super) mod scale;
pub(super) mod spectrum;
pub(super) mod symmetric;
pub(super) mod truth;
pub(super) mod truth_file;
pub(super) mod work;
