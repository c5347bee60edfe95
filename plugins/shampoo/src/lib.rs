//! Shampoo: every factor is preconditioned from the left and from the right, by roots of its accumulated Gram matrices.
//!
//! *Update rule*, for every factor W with gradient G: L ← L + G Gᵀ and R ← R + GᵀG, both ε I at first; W ← W − η L^(−1/4) G
//! R^(−1/4). A factor with one row or column is a vector, a tensor of order 1 in the paper's words: its one Gram matrix has
//! the exponent −1/2 (full-matrix AdaGrad). With a decay β below 1 the sums are running means instead: L ← β L + (1 − β) G
//! Gᵀ.
//!
//! *Hyper-parameters*: the step size η, constant or scheduled; β, 1 for sums as in the paper; ε; the number of steps after
//! which the roots are computed anew. At first that is in each step, since the roots of a single gradient amplify whatever
//! is new in the next; more than 1 saves time where factors have a hundred rows, and may diverge where gradients grow in
//! between. With sums the steps shorten by themselves, with means they do not, and η has to fall.
//!
//! *Why compare it*: a first step of it is Muon's with the exact polar factor, and memory is what it adds: its bias is said
//! to be that of spectral descent, to factors of small spectral norm, softened where directions of the gradient persist.
//!
//! *Cost per step*: 1 full-gradient equivalent. Two symmetric eigenvalue problems of a factor's sides in each `interval` of
//! steps.
//!
//! *References*: Gupta, Koren and Singer, "Shampoo: preconditioned stochastic tensor optimization", ICML 2018. Anil, Gupta,
//! Koren, Regan and Singer, "Scalable second order optimization for deep learning", 2020 (intervals, running means).

mod root;
mod side;

use flatbench_plugin::ndarray::Array2;
use flatbench_plugin::prelude::*;

use side::Side;

/// Shampoo: W ← W − η L^(−1/4) G R^(−1/4) with accumulated L = Σ G Gᵀ and R = Σ GᵀG for every factor.
#[derive(Hyperparameters)]
pub struct Shampoo {
    /// Step size η.
    #[hyper(default = 0.5, min = 0.0, max = 1e3, scale = "log")]
    step_size: Schedule,
    /// Decay β of the Gram matrices; 1 for sums.
    #[hyper(default = 1.0, min = 0.0, max = 1.0)]
    decay_rate: f64,
    /// Number ε on the diagonal of a Gram matrix at first.
    #[hyper(default = 1e-6, above = 0.0, max = 1.0, scale = "log")]
    epsilon: f64,
    /// Number of steps from one computation of the roots to the next; as many first steps each have one.
    #[hyper(default = 1, min = 1, max = 10_000, scale = "log")]
    interval: usize,
    #[state]
    sides: Vec<[Option<Side>; 2]>,
    #[state]
    steps: usize,
}

impl Optimizer for Shampoo {
    fn initialize(&mut self, w: &mut Parameters, _oracle: &mut Oracle) -> Result<()> {
        self.sides = w.blocks().iter().map(|block| Side::both(block.rows, block.cols, self.epsilon)).collect();
        Ok(())
    }

    fn step(&mut self, w: &mut Parameters, oracle: &mut Oracle) -> Result<Status> {
        let gradient = oracle.gradient(w)?;
        let step_size = self.step_size.at(oracle);
        let renew = self.steps < self.interval || self.steps.is_multiple_of(self.interval);
        self.steps += 1;
        for (index, [left, right]) in self.sides.iter_mut().enumerate() {
            let gradient = gradient.block(index);
            let mut direction: Array2<f64> = gradient.to_owned();
            if let Some(left) = left {
                direction = left.updated(gradient, self.decay_rate, renew).dot(&direction);
            }
            if let Some(right) = right {
                direction = direction.dot(right.updated(gradient.t(), self.decay_rate, renew));
            }
            w.block_mut(index).scaled_add(-step_size, &direction);
        }
        Ok(Status::Continue)
    }
}

export_optimizer!("shampoo", Shampoo);
