use flatbench_plugin::prelude::*;

/// Does nothing.
#[derive(Hyperparameters)]
pub struct Mine;

impl Optimizer for Mine {
    fn step(&mut self, _w: &mut Parameters, _oracle: &mut Oracle) -> Result<Status> {
        Ok(Status::Converged)
    }
}

export_optimizer!("My Method", Mine); //~ the name of an optimizer has 1 to 40 lower-case letters, digits and single dashes
