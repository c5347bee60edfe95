use flatbench_plugin::prelude::*;

/// Does nothing.
#[derive(Hyperparameters)]
pub struct One;

impl Optimizer for One {
    fn step(&mut self, _w: &mut Parameters, _oracle: &mut Oracle) -> Result<Status> {
        Ok(Status::Converged)
    }
}

export_optimizer!("one", One);

mod elsewhere {
    use super::{One, export_optimizer};

    export_optimizer!("two", One); //~ `export_optimizer_is_for_one_optimizer_per_crate` is defined multiple times
}
