use flatbench_plugin::prelude::*;

#[derive(Hyperparameters)]
pub struct Undescribed; //~ `Undescribed` has no description (a doc comment above it says what the optimizer does)

/// Every mistake is shown at once, where it was made.
#[derive(Hyperparameters)]
pub struct Mine {
    forgotten: f64, //~ `forgotten` is neither a hyper-parameter nor state
    #[hyper(default = 0.0)]
    undescribed: f64, //~ `undescribed` has no description
    /// Without a default.
    #[hyper(min = 0.0)] //~ `without_default` has no default (add `default = …` to `#[hyper(…)]`)
    without_default: f64,
    /// Misspelt.
    #[hyper(default = 1.0, minimum = 0.0)] //~ unknown attribute `minimum` (known: `default`, `min`, `max`
    misspelt: f64,
    /// Of another type.
    #[hyper(default = 1.0)]
    single: f32, //~ a hyper-parameter cannot have this type (allowed: `f64`, `usize`
    /// Outside of its range.
    #[hyper(default = 2.0, max = 1.0)] //~ the default 2 is outside the allowed range
    outside: f64,
    /// In a unit that does not exist.
    #[hyper(default = 0.5, unit = "lambda_max")] //~ `unit` is "1/lambda_max" or "absolute"
    in_unit: Schedule,
    /// Of a shape that does not exist.
    #[hyper(default = step(1.0, 0.1))] //~ expected a number, `constant(x)`, or `linear`, `geometric` or `cosine`
    shaped: Schedule,
    /// A word among none.
    #[hyper(default = "a")] //~ a `String` needs its allowed words
    word: String,
}

impl Optimizer for Mine {
    fn step(&mut self, _w: &mut Parameters, _oracle: &mut Oracle) -> Result<Status> {
        Ok(Status::Converged)
    }
}

export_optimizer!("mine", Mine);
