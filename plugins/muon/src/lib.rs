//! Muon: momentum whose matrices are replaced by (about) the nearest matrix with orthonormal rows or columns.
//!
//! *Update rule*, for every factor W with gradient G: V ← μ V + G; M = G + μ V (Nesterov) or V;
//! W ← W − η √max(1, rows/cols) · N(M), where N is a few Newton-Schulz iterations X ← a X + (b XXᵀ + c (XXᵀ)²) X on M/‖M‖_F with
//! (a, b, c) = (3.4445, −4.7750, 2.0315). They bring all singular values near 1 without computing them: five steps, from 0.7 to 1.2.
//!
//! *Hyper-parameters*: the step size η, constant or scheduled (it is the spectral norm of a step, so it falls by default); the
//! momentum μ; whether it looks ahead; the number of iterations.
//!
//! *Cost per step*: 1 full-gradient equivalent. The iterations cost products of matrices of a factor's size.
//!
//! *References*: Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024. Bernstein and Newhouse, "Old
//! optimizer, new norm: an anthology", 2024. Higham, "Functions of matrices", 2008, chapter 8 (the iteration).

mod newton_schulz;

use flatbench_plugin::prelude::*;

use newton_schulz::orthogonalized;

/// Muon: every factor moves by η times its orthogonalized momentum.
#[derive(Hyperparameters)]
pub struct Muon {
    /// Step size η.
    #[hyper(default = geometric(2e-2, 1e-5), min = 0.0, scale = "log")]
    step_size: Schedule,
    /// Momentum μ.
    #[hyper(default = 0.95, min = 0.0, max = 0.999)]
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

impl Optimizer for Muon {
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
            let (rows, cols) = direction.block(index).dim();
            let factor = step_size * (rows as f64 / cols as f64).max(1.0).sqrt();
            w.block_mut(index).scaled_add(-factor, &orthogonalized(direction.block(index), self.iterations));
        }
        Ok(Status::Continue)
    }
}

export_optimizer!("muon", Muon);
