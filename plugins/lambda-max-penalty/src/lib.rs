//! Gradient descent on the loss plus a penalty on the largest eigenvalue of its Hessian, with heavy-ball momentum.
//!
//! *Update rule*: v ← μ v + ∇f(w) + λ ∇_w(uᵀ∇²f(w)u), u the unit eigenvector of the largest eigenvalue; w ← w − η v. Where that
//! eigenvalue is simple the last term is its gradient; where several meet it is one of the subgradients (if they are convex in w there).
//!
//! *Hyper-parameters*: the step size η and the penalty λ, constant or scheduled; the momentum μ, 0 for none.
//!
//! *Requires* third derivatives of the loss, which robust PCA has not.
//!
//! *Cost per step*: 1 full-gradient equivalent, 3 for the gradient of the curvature, and 2 for every Hessian-vector product that the host
//! takes to find the eigenvector: some tens of them, so this is the dearest method here per step.
//!
//! *Why compare it*: full-batch SAM follows the gradient of this eigenvalue along the zero-loss set in the limit of small radii (Wen, Ma
//! and Li 2023): where SAM and this penalty end apart, SAM is not yet in that limit.
//!
//! *References*: Wen, Ma and Li, "How does sharpness-aware minimization minimize sharpness?", ICLR 2023. Overton, "Large-scale
//! optimization of eigenvalues", SIAM Journal on Optimization 1992 (their gradients).

use flatbench_plugin::prelude::*;

/// Gradient descent with momentum on f(w) + λ λ_max(∇²f(w)), λ annealed to zero over the run.
#[derive(Hyperparameters)]
pub struct LambdaMaxPenalty {
    /// Step size η.
    #[hyper(default = 0.1, unit = "1/lambda_max", min = 0.0, max = 1e9, scale = "log")]
    step_size: Schedule,
    /// Weight λ of the largest eigenvalue.
    #[hyper(default = geometric(1e-1, 1e-5), min = 0.0, max = 1e9, scale = "log")]
    penalty: Schedule,
    /// Momentum μ.
    #[hyper(default = 0.9, min = 0.0, max = 0.999)]
    momentum: f64,
    #[state]
    velocity: Vector,
    #[state]
    eigenvalue: Option<f64>,
}

impl Optimizer for LambdaMaxPenalty {
    fn initialize(&mut self, w: &mut Parameters, _oracle: &mut Oracle) -> Result<()> {
        self.velocity = w.zeros_like();
        Ok(())
    }

    fn step(&mut self, w: &mut Parameters, oracle: &mut Oracle) -> Result<Status> {
        let gradient = oracle.gradient(w)?;
        let (eigenvalue, direction) = oracle.lambda_max(w)?;
        let eigenvalue_gradient = oracle.curvature_gradient(w, &direction)?;
        self.eigenvalue = Some(eigenvalue);
        self.velocity.scale(self.momentum);
        self.velocity.scaled_add(1.0, &gradient);
        self.velocity.scaled_add(self.penalty.at(oracle), &eigenvalue_gradient);
        w.scaled_add(-self.step_size.at(oracle), &self.velocity);
        Ok(Status::Continue)
    }

    fn report(&self, _oracle: &Oracle) -> Vec<(String, f64)> {
        self.eigenvalue.map(|value| ("lambda_max".to_owned(), value)).into_iter().collect()
    }
}

export_optimizer!("lambda-max-penalty", LambdaMaxPenalty);
