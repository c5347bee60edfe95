use flatbench_plugin::prelude::*;

/// Does nothing.
pub struct Mine;

impl Optimizer for Mine { //~ `Mine` does not declare its hyper-parameters //~ put `#[derive(Hyperparameters)]` above the struct
    fn step(&mut self, _w: &mut Parameters, _oracle: &mut Oracle) -> Result<Status> {
        Ok(Status::Converged)
    }
}
