//! Low-rank recovery problems: ground truth, measurements, factorizations, oracles, exact Hessian traces.
//!
//! Pure mathematics: no files, no clock, no plugins. A family is composed of a measurement operator (`operator`), a
//! factorization (`factorization`) and the exact traces that belong to the two (`flatness`); `model` joins operator and
//! factorization into predictions with derivatives, and `instance` turns any such composition into a [`Problem`], so
//! that every oracle is written once. The inner loops are in `kernel`. [`catalog`], [`check`] and [`draw`] are the way
//! in.

pub mod checks;
mod data;
mod factorization;
mod families;
mod flatness;
mod instance;
mod kernel;
pub mod limit;
mod model;
mod operator;
mod problem;
mod randomness;
pub mod reference;
pub mod spectral;

pub use data::Data;
pub use families::{Checked, DrawError, Mistake, catalog, check, draw};
pub use flatness::FlattestProgram;
pub use kernel::{InstructionSet, instruction_set};
pub use operator::{MeasurementOperator, Moment, Structure};
pub use problem::{Block, Evaluator, GroupCall, GroupEvaluator, IllPosed, NotSupported, Problem, Request};
