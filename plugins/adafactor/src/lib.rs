//! Adafactor: the gradient divided by a root mean square that is kept for rows and columns of a factor only.
//!
//! *Update rule*, for every factor W (n × k) with gradient G, entry by entry: β = 1 − t^−c at step t = 1, 2, …; r ← β r +
//! (1 − β) (G² + ε₁) 1 and s ← β s + (1 − β) 1ᵀ(G² + ε₁), the sums over rows and columns; V = r s/(1ᵀr); U = G/√V; W ← W −
//! max(ε₂, RMS(W)) ρ U/max(1, RMS(U)/d), where RMS is the root mean square of entries. A factor with one row or column is a
//! vector: it keeps all of V ← β V + (1 − β) (G² + ε₁). There is no momentum, as in the paper's own proposal.
//!
//! *Hyper-parameters*: the relative step size ρ, constant or scheduled (in units of the entries of W, so it falls by
//! default; the paper's is min(10⁻², 1/√t)); the exponent c; the threshold d; ε₁ and the least size ε₂ of entries.
//!
//! *Why compare it*: its preconditioner of each factor has rank one, the coarsest that still knows rows and columns, so it
//! lies between the entries of Adam and the matrices of Shampoo; and its steps are relative, so that large factors move
//! more.
//!
//! *Cost per step*: 1 full-gradient equivalent.
//!
//! *References*: Shazeer and Stern, "Adafactor: adaptive learning rates with sublinear memory cost", ICML 2018, algorithms
//! 4 to 6.

mod second_moment;

use flatbench_plugin::ndarray::ArrayView2;
use flatbench_plugin::prelude::*;

use second_moment::SecondMoment;

/// Adafactor: relative steps along the gradient over the root of a factored running mean of its square.
#[derive(Hyperparameters)]
pub struct Adafactor {
    /// Relative step size ρ.
    #[hyper(default = geometric(3e-2, 1e-5), min = 0.0, max = 10.0, scale = "log")]
    step_size: Schedule,
    /// Exponent c by which the second moment comes to forget less and less.
    #[hyper(default = 0.8, above = 0.0, max = 1.0)]
    exponent: f64,
    /// Root mean square d of a step above which it is cut back.
    #[hyper(default = 1.0, above = 0.0, max = 1e3, scale = "log")]
    threshold: f64,
    /// Number ε₁ that is added to squares of the gradient.
    #[hyper(default = 1e-30, above = 0.0, max = 1.0, scale = "log")]
    epsilon: f64,
    /// Least size ε₂ that the entries of a factor are taken to have.
    #[hyper(default = 1e-3, above = 0.0, max = 1e3, scale = "log")]
    least_size: f64,
    #[state]
    moments: Vec<SecondMoment>,
    #[state]
    steps: u32,
}

impl Optimizer for Adafactor {
    fn initialize(&mut self, w: &mut Parameters, _oracle: &mut Oracle) -> Result<()> {
        self.moments = w.blocks().iter().map(|block| SecondMoment::new(block.rows, block.cols)).collect();
        Ok(())
    }

    fn step(&mut self, w: &mut Parameters, oracle: &mut Oracle) -> Result<Status> {
        let gradient = oracle.gradient(w)?;
        let step_size = self.step_size.at(oracle);
        self.steps = self.steps.saturating_add(1);
        let beta = 1.0 - f64::from(self.steps).powf(-self.exponent);
        for (index, moment) in self.moments.iter_mut().enumerate() {
            let gradient = gradient.block(index);
            moment.update(gradient, beta, self.epsilon);
            let direction = moment.scaled(gradient);
            let size = root_mean_square(w.block(index)).max(self.least_size);
            let cut = (root_mean_square(direction.view()) / self.threshold).max(1.0);
            w.block_mut(index).scaled_add(-step_size * size / cut, &direction);
        }
        Ok(Status::Continue)
    }
}

fn root_mean_square(matrix: ArrayView2<'_, f64>) -> f64 {
    (matrix.iter().map(|x| x * x).sum::<f64>() / matrix.len() as f64).sqrt()
}

export_optimizer!("adafactor", Adafactor);
