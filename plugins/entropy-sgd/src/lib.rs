//! Entropy-SGD: descent on the local entropy, whose gradient an inner loop of Langevin dynamics samples.
//!
//! *Update rule*: x ← w, μ ← w; L times x ← x − η' (∇f_batch(x) + γ (x − w)) + √η' ε z with a standard normal vector z, and
//! μ ← (1 − α) μ + α x; then w ← w − η (w − μ). The local entropy −log ∫ exp(−f(x) − γ/2 ‖x − w‖²) dx has the gradient γ (w
//! − E x), of which μ estimates the mean; η here is the paper's ηγ, as in its authors' code, so that 1 moves w to μ.
//!
//! *Hyper-parameters*: the step size η; that of the inner loop, η', constant or scheduled; the scope γ, which rises by
//! default so that the loop looks at ever smaller neighbourhoods and ends at zero loss; the noise ε, falling by default;
//! the number L of inner steps; the averaging rate α; the batch size B, 0 for all (sizes above m count as m); whether
//! indices are drawn with replacement.
//!
//! *Why compare it*: it goes for wide valleys by construction, with the volume of a neighbourhood as the measure of
//! flatness (log det of the Hessian plus γ, not the trace).
//!
//! *Cost per step*: L B/m full-gradient equivalents.
//!
//! *References*: Chaudhari, Choromanska, Soatto et al., "Entropy-SGD: biasing gradient descent into wide valleys", ICLR
//! 2017. Pittorino et al., "Entropic gradient descent algorithms and wide flat minima", ICLR 2021.

use flatbench_plugin::prelude::*;

/// Entropy-SGD: w ← w − η (w − μ) with the mean μ of an inner Langevin loop that is tied to w with strength γ.
#[derive(Hyperparameters)]
pub struct EntropySgd {
    /// Step size η, the share of the way to the inner loop's mean.
    #[hyper(default = 1.0, above = 0.0, max = 2.0)]
    step_size: f64,
    /// Step size η' of the inner loop.
    #[hyper(default = 0.2, unit = "1/lambda_max", min = 0.0, max = 1e6, scale = "log")]
    inner_step_size: Schedule,
    /// Scope γ, the strength that ties the inner loop to w.
    #[hyper(default = geometric(1e-2, 1.0), min = 0.0, max = 1e6, scale = "log")]
    scope: Schedule,
    /// Noise ε of the inner loop.
    #[hyper(default = geometric(1e-2, 1e-6), min = 0.0, max = 1e3, scale = "log")]
    noise: Schedule,
    /// Number L of inner steps.
    #[hyper(default = 20, min = 1, max = 1000, scale = "log")]
    inner_steps: usize,
    /// Rate α at which the mean follows the inner loop.
    #[hyper(default = 0.75, above = 0.0, max = 1.0)]
    rate: f64,
    /// Number of measurements in a batch; 0 for all.
    #[hyper(default = 16, max = 1_000_000, scale = "log")]
    batch_size: usize,
    /// Whether a batch is drawn with replacement.
    #[hyper(default = false)]
    replacement: bool,
}

impl Optimizer for EntropySgd {
    fn step(&mut self, w: &mut Parameters, oracle: &mut Oracle) -> Result<Status> {
        let (mut x, mut mean, mut noise) = (w.clone(), w.clone(), w.zeros_like());
        for _ in 0..self.inner_steps {
            let batch = oracle.sample_batch(self.batch_size, self.replacement);
            let gradient = oracle.batch_gradient(&x, &batch)?;
            oracle.random().fill_normal(&mut noise);
            let (step_size, scope) = (self.inner_step_size.at(oracle), self.scope.at(oracle));
            x.scale(1.0 - step_size * scope);
            x.scaled_add(step_size * scope, w);
            x.scaled_add(-step_size, &gradient);
            x.scaled_add(step_size.sqrt() * self.noise.at(oracle), &noise);
            mean.scale(1.0 - self.rate);
            mean.scaled_add(self.rate, &x);
        }
        w.scale(1.0 - self.step_size);
        w.scaled_add(self.step_size, &mean);
        Ok(Status::Continue)
    }
}

export_optimizer!("entropy-sgd", EntropySgd);
