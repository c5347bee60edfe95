//! Gradient descent on the loss plus a penalty on its Hessian trace, with heavy-ball momentum.
//!
//! *Update rule*: v ← μ v + ∇f(w) + λ ∇ tr ∇²f(w); w ← w − η v.
//!
//! *Hyper-parameters*: the step size η and the penalty λ, constant or scheduled; the momentum μ, 0 for none. With λ annealed to
//! zero the method ends at zero loss, having approached it from flat points.
//!
//! *Cost per step*: 1 full-gradient equivalent and one trace gradient, at the host's price.
//!
//! *References*: Ding, Drusvyatskiy, Fazel and Harchaoui, "Flat minima generalize for low-rank matrix recovery", Information and
//! Inference 2024 (the flattest minimum). Gatmiry et al., "The inductive bias of flatness regularization for deep matrix
//! factorization", NeurIPS 2023. Polyak, "Some methods of speeding up the convergence of iteration methods", 1964.

use flatbench_plugin::prelude::*;

/// Gradient descent with momentum on f(w) + λ tr ∇²f(w), λ annealed to zero over the run.
#[derive(Hyperparameters)]
pub struct TracePenalty {
    /// Step size η.
    #[hyper(default = 0.1, unit = "1/lambda_max", min = 0.0, scale = "log")]
    step_size: Schedule,
    /// Weight λ of the Hessian trace.
    #[hyper(default = geometric(1e-1, 1e-7), min = 0.0, scale = "log")]
    penalty: Schedule,
    /// Momentum μ.
    #[hyper(default = 0.9, min = 0.0, max = 0.999)]
    momentum: f64,
    #[state]
    velocity: Vector,
}

impl Optimizer for TracePenalty {
    fn initialize(&mut self, w: &mut Parameters, _oracle: &mut Oracle) -> Result<()> {
        self.velocity = w.zeros_like();
        Ok(())
    }

    fn step(&mut self, w: &mut Parameters, oracle: &mut Oracle) -> Result<Status> {
        let gradient = oracle.gradient(w)?;
        let trace_gradient = oracle.hessian_trace_gradient(w)?;
        self.velocity.scale(self.momentum);
        self.velocity.scaled_add(1.0, &gradient);
        self.velocity.scaled_add(self.penalty.at(oracle), &trace_gradient);
        w.scaled_add(-self.step_size.at(oracle), &self.velocity);
        Ok(Status::Continue)
    }
}

export_optimizer!("trace-penalty", TracePenalty);
