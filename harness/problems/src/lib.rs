//! Low-rank recovery problems: ground truth, measurements, factorizations, oracles, exact Hessian traces.
//!
//! Pure mathematics: no files, no clock, no plugins. A family is composed of a measurement operator (`operator`), a
//! factorization (`factorization`) and the exact traces that belong to the two (`flatness`); `model` joins operator and
//! factorization into predictions with derivatives, and `composed` turns any such composition into a [`Problem`], so
//! that every oracle is written once: a [`Question`] that an [`Evaluator`] answers. The inner loops are in `kernel`. [`catalog`], [`check`] and [`draw`] are the way
//! in.

pub mod checks;
mod composed;
mod data;
mod evaluator;
mod factorization;
mod families;
mod flatness;
mod kernel;
pub mod limit;
mod model;
mod operator;
mod problem;
mod question;
mod randomness;
pub mod reference;
pub mod spectral;
mod standardization;
mod start;

pub use data::{Data, Known, Unlisted};
pub use evaluator::{Evaluator, GroupEvaluator, GroupRequest};
pub use families::{DrawError, catalog, check, draw, small_cases};
pub use flatness::FlattestProgram;
pub use kernel::{InstructionSet, instruction_set};
pub use operator::{MeasurementOperator, Moment, Structure};
pub use problem::{Block, IllPosed, Problem};
pub use question::{NotSupported, Pass, Question};
pub use standardization::Standardization;
pub use start::starting_point;
