//! Muon with the exact polar factor: momentum whose matrices are replaced by the nearest ones with orthonormal rows or
//! columns.
//!
//! *Update rule*, for every factor W with gradient G: V ← μ V + G; M = G + μ V (Nesterov) or V; W ← W − η √max(1,
//! rows/cols) · U Vᵀ, where M = U Σ Vᵀ is the thin singular value decomposition of M, without the singular values below
//! max(rows, cols) ε σ₁ (ε the machine's precision), whose directions are rounding. Of a factor with one row or column U Vᵀ
//! is the normalized momentum.
//!
//! *Hyper-parameters*: the step size η, constant or scheduled (it is the spectral norm of a step, so it falls by default);
//! the momentum μ; whether it looks ahead.
//!
//! *Why compare it*: it is steepest descent in the spectral norm, whose bias is to factors of small spectral norm (Fan et
//! al. 2025, for classification); beside `muon` it shows what the few Newton-Schulz iterations, which leave small singular
//! values small, do.
//!
//! *Cost per step*: 1 full-gradient equivalent. The decompositions cost about 20 products of matrices of a factor's size.
//!
//! *References*: Carlson, Cevher and Carin, "Stochastic spectral descent for restricted Boltzmann machines", AISTATS 2015.
//! Bernstein and Newhouse, "Old optimizer, new norm: an anthology", 2024. Jordan et al., "Muon: an optimizer for hidden
//! layers in neural networks", 2024. Fan, Schmidt and Thrampoulidis, "Implicit bias of spectral descent and Muon on
//! multiclass separable data", 2025.

mod polar;

use flatbench_plugin::prelude::*;

use polar::polar_factor;

/// Muon with the exact polar factor: every factor moves by η times U Vᵀ of its momentum U Σ Vᵀ.
#[derive(Hyperparameters)]
pub struct MuonPolar {
    /// Step size η.
    #[hyper(default = geometric(2e-2, 1e-5), min = 0.0, max = 1e3, scale = "log")]
    step_size: Schedule,
    /// Momentum μ.
    #[hyper(default = 0.95, min = 0.0, max = 0.999)]
    momentum: f64,
    /// Whether to look ahead (Nesterov).
    #[hyper(default = true)]
    nesterov: bool,
    #[state]
    velocity: Vector,
}

impl Optimizer for MuonPolar {
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
            w.block_mut(index).scaled_add(-factor, &polar_factor(direction.block(index)));
        }
        Ok(Status::Continue)
    }
}

export_optimizer!("muon-polar", MuonPolar);
