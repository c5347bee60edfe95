//! Trace flow: from the point that gradient descent arrives at, down the trace of the Hessian along the zero-loss set.
//!
//! *Update rule*. First w ← w − η ∇f(w), until the loss is a small fraction of what it was, and from there Gauss-Newton corrections of
//! least norm to zero loss. Then, with J the Jacobian of the residuals, so that I − J⁺J projects on the tangent space of the zero-loss
//! set, steps w ← R(w + t d): d = −(I − J⁺J) ∇tr H(w), or the quasi-Newton direction that L-BFGS makes of this vector; R goes back to
//! zero loss by Gauss-Newton corrections; t is shortened until tr H falls as Armijo's rule asks for. So tr H falls with every step.
//!
//! With `memory` = 0 and a small `longest_step` the path is the flow ẇ = −(I − J⁺J) ∇tr H(w) itself, which noise in the
//! labels and sharpness-aware minimization over single measurements follow in their limits. With the default it is not: it starts at the
//! same point and ends at a stationary point of the same function on the same set, sooner.
//!
//! It has converged when the tangential gradient is `tolerance` of the whole one, or when it is below 1e-3 of it and rounding leaves nothing
//! to gain: ten steps in a row lower the trace by less than 1e-13 of it, or no step that is tried lowers it, three times in a row. Where the flattest minimum is singular (J loses rank on the way there, as it does if X at the minimum has
//! a lower rank than next to it), this comes before the tolerance is met.
//!
//! *Hyper-parameters*: the step size η, and the loss, as a fraction of the first, at which descent gives way to corrections; the longest step
//! along the set; the number of pairs that L-BFGS remembers; the tolerance.
//!
//! *Requires* residuals of single measurements, which robust PCA has not (its zero-loss set is not one of equations).
//!
//! *Cost per step*: 1 full-gradient equivalent in the first phase. Then a trace and its gradient, at the host's price, and ½ for every product
//! with J or Jᵀ: about 20 to 40. The equations with JJᵀ are solved by conjugate gradients with a triangular factor of it, made of the
//! whole J, for m/2; it is made anew when steps have become so dear that it pays.
//!
//! *Why compare it*: it is what flatness-seeking methods tend to, without their noise, radius or penalty: where it ends is what the
//! flatness of the Hessian trace by itself selects, starting from where gradient descent ends.
//!
//! *What it shows*, on the cases of the default suite at d = 20, from the large start, two draws each: the excess flatness, 6 to 16 where gradient descent
//! arrives, falls with every step and is within 1 % of the certified minimum after 1300 to 4700 gradients, those of the first phase
//! included. It ends at that minimum in all digits (1 ± 1e-6) for matrix sensing, isotropic and not, bilinear sensing, completion, quadratic
//! networks, chains of three factors and v₁ ⊙ v₂, and so at the truth wherever that is the flattest; with few anisotropic measurements it
//! is not. For v₁ ⊙ v₂ ⊙ v₃ it ends .2 to 4 % above: at local minima (tangential gradient below 1e-8; the Hessian of
//! tr H + Σ y_i ρ_i on the tangent space has no negative eigenvalue beyond rounding), or at the sparse truth, where J loses rank. Where
//! all zero-loss points are equally flat (U Uᵀ) it stops as soon as it arrives.
//!
//! *References*: Damian, Ma and Lee, "Label noise SGD provably prefers flat global minimizers", NeurIPS 2021. Li, Wang and Arora, "What
//! happens after SGD reaches zero loss?", ICLR 2022. Gatmiry et al., "The inductive bias of flatness regularization for deep matrix
//! factorization", NeurIPS 2023 (this flow). Absil, Mahony and Sepulchre, "Optimization algorithms on matrix manifolds", 2008.

mod flow;
mod linearization;
// The two-loop recursion is that of L-BFGS.
#[path = "../../l-bfgs/src/memory.rs"]
mod memory;
mod retraction;

use flatbench_plugin::prelude::*;

use flow::{Advance, Flow, Manner};
use linearization::{Linearization, dot};
use retraction::{Arrival, approach};

/// After an attempt that fails, corrections begin at a loss lower by this factor.
const LATER: f64 = 0.01;

/// Descent of tr ∇²f along the zero-loss set, from where gradient descent arrives.
#[derive(Hyperparameters)]
pub struct TraceFlow {
    /// Step size η of gradient descent towards zero loss.
    #[hyper(default = 0.5, unit = "1/lambda_max", min = 0.0, max = 1e9, scale = "log")]
    step_size: Schedule,
    /// Loss, relative to that at the start, at which corrections take over.
    #[hyper(default = 1e-4, above = 0.0, max = 1.0, scale = "log")]
    switch_loss: f64,
    /// Longest step along the zero-loss set, relative to the norm of w.
    #[hyper(default = 0.1, above = 0.0, max = 1.0, scale = "log")]
    longest_step: f64,
    /// Pairs that L-BFGS remembers; 0 for steps along the tangential gradient.
    #[hyper(default = 30, min = 0, max = 1000)]
    memory: usize,
    /// Tangential gradient, relative to the whole gradient of the trace, at which it has converged.
    #[hyper(default = 1e-8, min = 0.0, max = 0.1, scale = "log")]
    tolerance: f64,
    /// The loss below which corrections are tried; none before the first step.
    #[state]
    threshold: Option<f64>,
    #[state]
    loss: f64,
    #[state]
    linearization: Linearization,
    #[state]
    flow: Option<Flow>,
}

impl Optimizer for TraceFlow {
    fn initialize(&mut self, w: &mut Parameters, oracle: &mut Oracle) -> Result<()> {
        // A family without a Jacobian is refused before anything is spent on it.
        oracle.jacobian_vector(w, &w.to_vector()).map(drop)
    }

    fn step(&mut self, w: &mut Parameters, oracle: &mut Oracle) -> Result<Status> {
        let manner = Manner { longest: self.longest_step, memory: self.memory };
        match &mut self.flow {
            None => self.descend(w, &manner, oracle),
            Some(flow) => match flow.advance(w, &manner, &mut self.linearization, oracle)? {
                Advance::Moved(arrival) => {
                    w.assign(&arrival.w);
                    self.loss = arrival.loss;
                    Ok(self.status())
                }
                Advance::Exhausted => Ok(Status::Converged),
                Advance::Stuck => Ok(Status::Continue),
            },
        }
    }

    fn report(&self, _oracle: &Oracle) -> Vec<(String, f64)> {
        let mut scalars = Vec::new();
        if self.threshold.is_some() {
            scalars.push(("loss".to_owned(), self.loss));
        }
        if let Some(flow) = &self.flow {
            scalars.push(("trace".to_owned(), flow.trace));
            scalars.push(("relative_tangential_gradient".to_owned(), flow.relative));
        }
        scalars
    }
}

impl TraceFlow {
    /// A step of gradient descent, or from where it is near zero loss the way there.
    fn descend(&mut self, w: &mut Parameters, manner: &Manner, oracle: &mut Oracle) -> Result<Status> {
        let (loss, gradient) = oracle.loss_and_gradient(w)?;
        let threshold = self.threshold.unwrap_or(self.switch_loss * loss);
        self.threshold = Some(threshold);
        self.loss = loss;
        if loss <= threshold {
            if let Some(arrival) = self.arrive(w, manner, oracle)? {
                w.assign(&arrival.w);
                self.loss = arrival.loss;
                return Ok(self.status());
            }
            self.threshold = Some(LATER * loss);
        }
        w.scaled_add(-self.step_size.at(oracle), &gradient);
        Ok(Status::Continue)
    }

    /// Goes to zero loss and begins the flow there, if corrections lead there.
    fn arrive(&mut self, w: &Parameters, manner: &Manner, oracle: &mut Oracle) -> Result<Option<Arrival>> {
        self.linearization.refresh(w, oracle)?;
        // The predictions, times the degree in which they depend on w.
        let predictions = oracle.jacobian_vector(w, &w.to_vector())?;
        let scale = dot(&predictions, &predictions).sqrt();
        let Some(arrival) = approach(w, scale, &mut self.linearization, oracle)? else { return Ok(None) };
        self.linearization.end_step();
        self.flow = Some(Flow::new(&arrival.w, scale, manner, &mut self.linearization, oracle)?);
        Ok(Some(arrival))
    }

    fn status(&self) -> Status {
        let stationary = self.flow.as_ref().is_some_and(|flow| flow.relative <= self.tolerance);
        if stationary { Status::Converged } else { Status::Continue }
    }
}

export_optimizer!("trace-flow", TraceFlow);
