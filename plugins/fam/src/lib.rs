//! FAM: gradient descent on the loss plus a penalty on relative flatness, with heavy-ball momentum.
//!
//! *Update rule*: v ← μ v + ∇f(w) + λ ∇κ(w); w ← w − η v, where κ(w) = Σ over layers of Σ_{s,s'} ⟨w_s, w_s'⟩ tr H_{s,s'}, with the
//! neurons s of a layer and their incoming weights w_s, is relative flatness (METRICS says what the layers of each family are). Unlike
//! the trace of the Hessian it does not change when one layer is multiplied by a number and the next divided by it.
//!
//! *Hyper-parameters*: the step size η and the penalty λ, constant or scheduled; the momentum μ, 0 for none. With λ annealed to
//! zero the method ends at zero loss, having approached it from relatively flat points.
//!
//! *Cost per step*: 1 full-gradient equivalent and one gradient of relative flatness, at the host's price.
//!
//! *Why compare it*: it descends another measure of flatness than `trace-penalty`, one that balance of the factors does not enter, so
//! where the two end apart it is the measure that decides what is recovered.
//!
//! *What it shows*, on the anisotropic case of the default suite at d = 20 (one draw, large start): gradient descent ends at relative flatness 20.8 and
//! excess flatness 6.4; this method, with λ from 1e-2 to 1e-7, at 2.13 and 1.33 with a relative error of .89; the trace penalty at
//! 3.20 and 1.00003 with 4e-9. Each is flattest by its own measure, and it is the trace whose flattest point is the truth. A test holds
//! the same on small draws.
//!
//! *References*: Petzka, Kamp, Adilova, Sminchisescu and Boley, "Relative flatness and generalization", NeurIPS 2021. Adilova,
//! Abourayya, Li, Dada, Petzka, Egger, Kleesiek and Kamp, "FAM: relative flatness aware minimization", TAG-ML 2023 (with one layer's
//! measure; here all layers count).

use flatbench_plugin::prelude::*;

/// Gradient descent with momentum on f(w) + λ · relative flatness, λ annealed to zero over the run.
#[derive(Hyperparameters)]
pub struct Fam {
    /// Step size η.
    #[hyper(default = 0.1, unit = "1/lambda_max", min = 0.0, max = 1e9, scale = "log")]
    step_size: Schedule,
    /// Weight λ of relative flatness.
    #[hyper(default = geometric(1e-1, 1e-7), min = 0.0, max = 1e9, scale = "log")]
    penalty: Schedule,
    /// Momentum μ.
    #[hyper(default = 0.9, min = 0.0, max = 0.999)]
    momentum: f64,
    #[state]
    velocity: Vector,
}

impl Optimizer for Fam {
    fn initialize(&mut self, w: &mut Parameters, _oracle: &mut Oracle) -> Result<()> {
        self.velocity = w.zeros_like();
        Ok(())
    }

    fn step(&mut self, w: &mut Parameters, oracle: &mut Oracle) -> Result<Status> {
        let gradient = oracle.gradient(w)?;
        let flatness_gradient = oracle.relative_flatness_gradient(w)?;
        self.velocity.scale(self.momentum);
        self.velocity.scaled_add(1.0, &gradient);
        self.velocity.scaled_add(self.penalty.at(oracle), &flatness_gradient);
        w.scaled_add(-self.step_size.at(oracle), &self.velocity);
        Ok(Status::Continue)
    }
}

export_optimizer!("fam", Fam);
