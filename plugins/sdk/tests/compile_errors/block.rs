use flatbench_plugin::prelude::*;

/// Asks for a block in the wrong way.
#[derive(Hyperparameters)]
pub struct Mine;

impl Optimizer for Mine {
    fn step(&mut self, w: &mut Parameters, _oracle: &mut Oracle) -> Result<Status> {
        w.block_mut('L').fill(0.0); //~ found by its name or its number, not by a `char` //~ expected `&str` or `usize`
        Ok(Status::Continue)
    }
}

export_optimizer!("mine", Mine);
