use flatbench_plugin::prelude::*;

/// Does nothing.
#[derive(Hyperparameters)]
pub struct Mine;

export_optimizer!("mine", Mine); //~ `Mine` is not an optimizer //~ write `impl Optimizer for Mine` with a `step`
