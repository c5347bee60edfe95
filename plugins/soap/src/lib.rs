//! SOAP: Adam in the eigenbasis of Shampoo's preconditioner.
//!
//! *Update rule*, for every factor W with gradient G, at step t = 1, 2, …: M ← β₁ M + (1 − β₁) G; in the bases Q_L and Q_R,
//! with G' = Q_Lᵀ G Q_R and M' = Q_Lᵀ M Q_R, V ← β₂ V + (1 − β₂) G'² and N' = M̂'/(√V̂ + ε), entry by entry, where M̂' =
//! M'/(1 − β₁ᵗ) and V̂ = V/(1 − β₂ᵗ); W ← W − η Q_L N' Q_Rᵀ. Then L ← β₂ L + (1 − β₂) G Gᵀ and R ← β₂ R + (1 − β₂) GᵀG, and
//! where the interval divides t, Q_L is made of the Q of a QR decomposition of L Q_L, and Q_R likewise: a step of
//! orthogonal iteration. The gradient at the start gives the first L and R, whose eigenvectors are the first bases. A
//! factor with one row or column is a vector, and keeps its own coordinates: there SOAP is Adam.
//!
//! *Hyper-parameters*: the step size η, constant or scheduled (it is a length in w, so it falls by default); the decay
//! rates β₁ and β₂; ε; the number of steps from one change of bases to the next.
//!
//! *Why compare it*: Adam's scaling by entries depends on coordinates that a factorization does not have; here they are
//! those of the gradient's own singular vectors, so that the bias is one in singular values, between Adam's and Shampoo's.
//!
//! *Cost per step*: 1 full-gradient equivalent, and one gradient in the beginning. Two QR decompositions of a factor's
//! sides in each interval.
//!
//! *References*: Vyas, Morwani, Zhao et al., "SOAP: improving and stabilizing Shampoo using Adam", ICLR 2025, algorithms 3
//! and 4.

mod basis;
mod moments;

use flatbench_plugin::prelude::*;

use moments::Moments;

/// SOAP: Adam in the eigenbases of running means of G Gᵀ and GᵀG, for every factor.
#[derive(Hyperparameters)]
pub struct Soap {
    /// Step size η.
    #[hyper(default = geometric(3e-2, 1e-6), min = 0.0, max = 1e3, scale = "log")]
    step_size: Schedule,
    /// Decay rate β₁ of the mean of the gradient.
    #[hyper(default = 0.95, min = 0.0, max = 0.9999)]
    beta1: f64,
    /// Decay rate β₂ of the means of its square and of the Gram matrices.
    #[hyper(default = 0.95, min = 0.0, max = 0.999999)]
    beta2: f64,
    /// Number ε that keeps the denominator from 0.
    #[hyper(default = 1e-8, above = 0.0, max = 1.0, scale = "log")]
    epsilon: f64,
    /// Number of steps from one change of bases to the next.
    #[hyper(default = 10, min = 1, max = 10_000, scale = "log")]
    interval: usize,
    #[state]
    factors: Vec<Moments>,
    #[state]
    steps: usize,
}

impl Optimizer for Soap {
    fn initialize(&mut self, w: &mut Parameters, oracle: &mut Oracle) -> Result<()> {
        let gradient = oracle.gradient(w)?;
        self.factors = (0..w.blocks().len()).map(|index| Moments::new(gradient.block(index), self.beta2)).collect();
        Ok(())
    }

    fn step(&mut self, w: &mut Parameters, oracle: &mut Oracle) -> Result<Status> {
        let gradient = oracle.gradient(w)?;
        let step_size = self.step_size.at(oracle);
        self.steps += 1;
        // The powers of β are 0 long before the exponent is cut off.
        let power = i32::try_from(self.steps).unwrap_or(i32::MAX);
        let (bias1, bias2) = (1.0 - self.beta1.powi(power), 1.0 - self.beta2.powi(power));
        for (index, factor) in self.factors.iter_mut().enumerate() {
            let gradient = gradient.block(index);
            let [mean, square] = factor.updated(gradient, self.beta1, self.beta2);
            let scaled = (mean / bias1) / &((square / bias2).mapv(f64::sqrt) + self.epsilon);
            w.block_mut(index).scaled_add(-step_size, &factor.back(scaled));
            factor.follow(gradient, self.beta2, self.steps.is_multiple_of(self.interval));
        }
        Ok(Status::Continue)
    }
}

export_optimizer!("soap", Soap);
