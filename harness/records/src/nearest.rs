use serde::{Deserialize, Serialize};

use crate::LIMIT_LOSS;

/// The zero-loss point nearest to the start of a run that was found from the end of the run: a local minimiser of ‖w − w₀‖.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Nearest {
    /// ‖w − w₀‖.
    pub distance: f64,
    /// The same of the limit of the run, from which it was sought.
    pub limit_distance: f64,
    /// f(w).
    pub train_loss: f64,
    /// Part of w − w₀ in the kernel of the Jacobian of the residuals, relative to its length: none at a minimiser.
    pub tangential: f64,
}

impl Nearest {
    /// Largest tangential part of a minimiser: its distance is then right to about 1e-10.
    pub const TANGENTIAL: f64 = 1e-5;

    /// Whether the search arrived, from a start with this loss.
    pub fn is_found(&self, start_loss: f64) -> bool {
        self.train_loss <= LIMIT_LOSS * start_loss && self.tangential <= Self::TANGENTIAL
    }
}
