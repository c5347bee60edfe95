//! The control for Muon: every factor moves along its gradient, as far as Muon would move it.
//!
//! *Update rule*, for every factor W with gradient G: V ← μ V + G; M = G + μ V (Nesterov) or V; W ← W − η √max(1,
//! rows/cols) · ‖N(M)‖_F · M/‖M‖_F, where N is Muon's Newton-Schulz iteration, computed as `muon` computes it. Without
//! momentum, as by default, M = G. ‖N(M)‖_F is near √rank(M); a factor with M = 0 stays.
//!
//! *Hyper-parameters*: the step size η, constant or scheduled; the momentum μ, 0 by default, and whether it looks ahead;
//! the number of iterations. With the same values as those of `muon`, its momentum too, nothing but the direction differs.
//!
//! *Why compare it*: whatever this method shares with `muon` is by the length of steps in each factor, and only the rest by
//! their orthogonal directions.
//!
//! *Cost per step*: 1 full-gradient equivalent. The iterations cost products of matrices of a factor's size.
//!
//! *References*: Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024. You, Li, Reddi et al.,
//! "Large batch optimization for deep learning: training BERT in 76 minutes", ICLR 2020 (normalized steps, layer by layer).

// Muon's own: the lengths would not match if it were written twice.
#[path = "../../muon/src/newton_schulz.rs"]
mod newton_schulz;

use flatbench_plugin::ndarray::ArrayView2;
use flatbench_plugin::prelude::*;

use newton_schulz::orthogonalized;

/// Gradient descent with Muon's lengths: every factor moves along its gradient, as far as Muon would move it.
#[derive(Hyperparameters)]
pub struct NormMatchedGd {
    /// Step size η.
    #[hyper(default = geometric(2e-2, 1e-5), min = 0.0, max = 1e3, scale = "log")]
    step_size: Schedule,
    /// Momentum μ.
    #[hyper(default = 0.0, min = 0.0, max = 0.999)]
    momentum: f64,
    /// Whether to look ahead (Nesterov).
    #[hyper(default = true)]
    nesterov: bool,
    /// Number of Newton-Schulz iterations.
    #[hyper(default = 5, min = 1, max = 30)]
    iterations: usize,
    #[state]
    velocity: Vector,
}

impl Optimizer for NormMatchedGd {
    fn initialize(&mut self, w: &mut Parameters, _oracle: &mut Oracle) -> Result<()> {
        self.velocity = w.zeros_like();
        Ok(())
    }

    fn step(&mut self, w: &mut Parameters, oracle: &mut Oracle) -> Result<Status> {
        let mut direction = oracle.gradient(w)?;
        let step_size = self.step_size.at(oracle);
        self.velocity.scale(self.momentum);
        self.velocity.scaled_add(1.0, &direction);
        if self.nesterov {
            direction.scaled_add(self.momentum, &self.velocity);
        } else {
            direction.assign(&self.velocity);
        }
        for index in 0..w.blocks().len() {
            let matrix = direction.block(index);
            let (rows, cols) = matrix.dim();
            let factor = step_size * (rows as f64 / cols as f64).max(1.0).sqrt();
            let length = norm(orthogonalized(matrix, self.iterations).view());
            // Where the matrix vanishes, so does Muon's step.
            let scale = factor * length / norm(matrix).max(f64::MIN_POSITIVE);
            w.block_mut(index).scaled_add(-scale, &matrix);
        }
        Ok(Status::Continue)
    }
}

fn norm(matrix: ArrayView2<'_, f64>) -> f64 {
    matrix.iter().map(|x| x * x).sum::<f64>().sqrt()
}

export_optimizer!("norm-matched-gd", NormMatchedGd);
