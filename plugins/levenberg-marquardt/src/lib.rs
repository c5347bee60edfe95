//! The Levenberg-Marquardt method: least squares with the residuals linearized, damped by what the last step was worth.
//!
//! *Update rule*: w ← w + δ with (G + μI) δ = −∇f(w), where G = (2/m) JᵀJ is the Gauss-Newton matrix, by conjugate gradients. A step
//! that lowers the loss is taken. μ goes by the gain ratio ϱ, the fall of the loss over that of the linearized one:
//! μ ← μ max(⅓, 1 − (2ϱ − 1)³) after a fall, and μ ← ν μ with ν = 2, 4, 8, … after steps that were not taken. As μ → 0 the steps become
//! those of Gauss and Newton, of least norm where the equations have many solutions.
//!
//! *Hyper-parameters*: the damping μ at the start, in units of G's curvature along the gradient there, 0 for Gauss-Newton steps as long as
//! they lower the loss; the accuracy to which the equations are solved, tightened as the gradient falls, and the most
//! products for a step; the fall of the gradient at which it has converged.
//!
//! *Cost per step*: 1 full-gradient equivalent, and 1 for every product with G, some tens of them.
//!
//! *Why compare it*: it goes to zero loss by the shortest way it can see instead of along the gradient's path, and so shows what the path
//! has to do with the solution that is found.
//!
//! *References*: Levenberg, "A method for the solution of certain non-linear problems in least squares", 1944. Marquardt, "An algorithm
//! for least-squares estimation of nonlinear parameters", 1963. Madsen, Nielsen and Tingleff, "Methods for non-linear least squares
//! problems", 2004 (the rule for μ).

mod cg;

use flatbench_plugin::prelude::*;

use cg::conjugate_gradients;

/// Levenberg-Marquardt: (G + μI) δ = −∇f(w) with the Gauss-Newton matrix G, μ by the gain ratio.
#[derive(Hyperparameters)]
pub struct LevenbergMarquardt {
    /// Damping μ at the start, in units of the Gauss-Newton curvature along the gradient; 0 for Gauss-Newton steps.
    #[hyper(default = 1e-2, min = 0.0, max = 1e6, scale = "log")]
    damping: f64,
    /// Largest relative residual of the linear equations.
    #[hyper(default = 0.1, above = 0.0, max = 0.9, scale = "log")]
    accuracy: f64,
    /// Most products with G in a step.
    #[hyper(default = 200, min = 1, max = 100_000, scale = "log")]
    products: usize,
    /// The gradient's norm, relative to that at the start, at which the method has converged.
    #[hyper(default = 1e-10, min = 0.0, max = 1e-3, scale = "log")]
    tolerance: f64,
    /// μ and its next factor; none before the first step.
    #[state]
    mu: Option<f64>,
    #[state]
    factor: f64,
    #[state]
    loss: f64,
    #[state]
    gradient: Vector,
    #[state]
    first_norm: f64,
    #[state]
    gain: f64,
}

impl Optimizer for LevenbergMarquardt {
    fn step(&mut self, w: &mut Parameters, oracle: &mut Oracle) -> Result<Status> {
        let mu = match self.mu {
            Some(mu) => mu,
            None => self.begin(w, oracle)?,
        };
        let norm = self.gradient.norm();
        if norm <= self.tolerance * self.first_norm {
            return Ok(Status::Converged);
        }
        let mut downhill = self.gradient.to_vector();
        downhill.scale(-1.0);
        // Far away more would be lost to the linearization, in the end less would hold up convergence.
        let accuracy = self.accuracy.min(norm / self.first_norm);
        let step = conjugate_gradients(&downhill, accuracy, self.products, |v| {
            let mut image = oracle.gauss_newton_vector(w, v)?;
            image.scaled_add(mu, v);
            Ok(image)
        })?;
        let mut next = w.to_vector();
        next.scaled_add(1.0, &step);
        let (loss, gradient) = oracle.loss_and_gradient(&next)?;
        let expected = 0.5 * (downhill.dot(&step) + mu * step.dot(&step));
        self.gain = if expected > 0.0 { (self.loss - loss) / expected } else { 0.0 };
        if loss < self.loss {
            self.mu = Some(mu * (1.0 - (2.0 * self.gain - 1.0).powi(3)).max(1.0 / 3.0));
            self.factor = 2.0;
            (self.loss, self.gradient) = (loss, gradient);
            w.assign(&next);
        } else {
            let curvature = if mu > 0.0 { mu * self.factor } else { self.curvature(w, oracle)? };
            self.mu = Some(curvature);
            self.factor *= 2.0;
        }
        Ok(Status::Continue)
    }

    fn report(&self, _oracle: &Oracle) -> Vec<(String, f64)> {
        match self.mu {
            Some(mu) => vec![("damping".to_owned(), mu), ("gain_ratio".to_owned(), self.gain)],
            None => Vec::new(),
        }
    }
}

impl LevenbergMarquardt {
    /// Loss and gradient at the start, and μ there.
    fn begin(&mut self, w: &Parameters, oracle: &mut Oracle) -> Result<f64> {
        (self.loss, self.gradient) = oracle.loss_and_gradient(w)?;
        self.first_norm = self.gradient.norm();
        self.factor = 2.0;
        let mu = if self.damping > 0.0 { self.damping * self.curvature(w, oracle)? } else { 0.0 };
        self.mu = Some(mu);
        Ok(mu)
    }

    /// gᵀGg/gᵀg, 1 where the gradient vanishes or G does not see it.
    fn curvature(&self, w: &Parameters, oracle: &mut Oracle) -> Result<f64> {
        let square = self.gradient.dot(&self.gradient);
        if square == 0.0 {
            return Ok(1.0);
        }
        let curvature = self.gradient.dot(&oracle.gauss_newton_vector(w, &self.gradient)?) / square;
        Ok(if curvature > 0.0 { curvature } else { 1.0 })
    }
}

export_optimizer!("levenberg-marquardt", LevenbergMarquardt);
