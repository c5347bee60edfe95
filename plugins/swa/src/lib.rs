//! Stochastic weight averaging: SGD whose late iterates are averaged, and the average is what counts.
//!
//! *Update rule*: w ← w − η (1/B) Σ_{i ∈ batch} ∇ρ_i(w)²; once the fraction `start` of the budget is spent, a ← a + (w − a)/n over
//! the n iterates from there on. The host judges a.
//!
//! *Hyper-parameters*: the step size η, constant or scheduled; the batch size B, 0 for all (sizes above m count as m); whether
//! indices are drawn with replacement; the start of the average. An average over a flat valley lies inside of it; an average over
//! two valleys is nowhere good, so the iterates must have settled by then.
//!
//! *Cost per step*: B/m full-gradient equivalents.
//!
//! *References*: Izmailov, Podoprikhin, Garipov, Vetrov and Wilson, "Averaging weights leads to wider optima and better
//! generalization", UAI 2018. Polyak and Juditsky, "Acceleration of stochastic approximation by averaging", 1992.

use flatbench_plugin::prelude::*;

/// Stochastic weight averaging: SGD, judged at the average of its late iterates.
#[derive(Hyperparameters)]
pub struct Swa {
    /// Step size η.
    #[hyper(default = 0.1, unit = "1/lambda_max", min = 0.0, scale = "log")]
    step_size: Schedule,
    /// Number of measurements in a batch; 0 for all.
    #[hyper(default = 16, scale = "log")]
    batch_size: usize,
    /// Whether a batch is drawn with replacement.
    #[hyper(default = false)]
    replacement: bool,
    /// Spent fraction of the budget at which averaging begins.
    #[hyper(default = 0.75, min = 0.0, max = 1.0)]
    start: f64,
    #[state]
    average: Vector,
    #[state]
    averaged: usize,
}

impl Optimizer for Swa {
    fn initialize(&mut self, w: &mut Parameters, _oracle: &mut Oracle) -> Result<()> {
        self.average = w.zeros_like();
        Ok(())
    }

    fn step(&mut self, w: &mut Parameters, oracle: &mut Oracle) -> Result<Status> {
        let batch = oracle.sample_batch(self.batch_size, self.replacement);
        let gradient = oracle.batch_gradient(w, &batch)?;
        w.scaled_add(-self.step_size.at(oracle), &gradient);
        if oracle.progress() >= self.start {
            self.averaged += 1;
            let weight = 1.0 / self.averaged as f64;
            self.average.scale(1.0 - weight);
            self.average.scaled_add(weight, w);
        }
        Ok(Status::Continue)
    }

    fn evaluation_point(&self, point: &mut Parameters) {
        if self.averaged > 0 {
            point.assign(&self.average);
        }
    }
}

export_optimizer!("swa", Swa);
