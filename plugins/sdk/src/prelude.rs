//! Everything a plugin needs: `use flatbench_plugin::prelude::*;`.

pub use crate::{
    Batch, Block, Error, Hyperparameters, Optimizer, Oracle, Parameters, Result, Schedule, Status, Stream, Vector,
    export_optimizer,
};
