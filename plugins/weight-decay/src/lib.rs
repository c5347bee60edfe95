//! Gradient descent with decoupled weight decay.
//!
//! *Update rule*: w ← (1 − η λ) w − η ∇f(w).
//!
//! *Hyper-parameters*: the step size η and the decay λ, constant or scheduled. The method descends on f(w) + (λ/2)‖w‖²; for a
//! product of two factors the smallest ‖w‖² that gives a matrix is twice its nuclear norm (Srebro et al. 2004). So with λ
//! falling to zero, as by default, it is led to solutions of small nuclear norm, which need not be the flattest.
//!
//! *Cost per step*: 1 full-gradient equivalent.
//!
//! *References*: Loshchilov and Hutter, "Decoupled weight decay regularization", ICLR 2019. Srebro, Rennie and Jaakkola,
//! "Maximum-margin matrix factorization", NeurIPS 2004.

use flatbench_plugin::prelude::*;

/// Gradient descent with weight decay: w ← (1 − ηλ) w − η ∇f(w), λ annealed to zero over the run.
#[derive(Hyperparameters)]
pub struct WeightDecay {
    /// Step size η.
    #[hyper(default = 0.5, unit = "1/lambda_max", min = 0.0, scale = "log")]
    step_size: Schedule,
    /// Decay λ.
    #[hyper(default = geometric(1e-1, 1e-7), min = 0.0, scale = "log")]
    decay: Schedule,
}

impl Optimizer for WeightDecay {
    fn step(&mut self, w: &mut Parameters, oracle: &mut Oracle) -> Result<Status> {
        let gradient = oracle.gradient(w)?;
        let (step_size, decay) = (self.step_size.at(oracle), self.decay.at(oracle));
        w.scale(1.0 - step_size * decay);
        w.scaled_add(-step_size, &gradient);
        Ok(Status::Continue)
    }
}

export_optimizer!("weight-decay", WeightDecay);
