//! The extension module `flatbench._flatbench`: the whole program as a function, and what Python optimizers are run and asked
//! through. The package around it is in `harness/python/flatbench`.

mod arrays;
mod batch;
mod desk;
mod errors;
mod guest;
mod instance;
mod oracle;
mod program;
mod random;
mod records;
mod suite;
mod value;

use pyo3::prelude::*;

#[pymodule]
mod _flatbench {
    #[pymodule_export]
    use super::batch::Batch;
    #[pymodule_export]
    use super::instance::Instance;
    #[pymodule_export]
    use super::oracle::Oracle;
    #[pymodule_export]
    use super::program::main;
    #[pymodule_export]
    use super::random::Random;
    #[pymodule_export]
    use super::records::{Table, summary, trajectory};
    #[pymodule_export]
    use super::suite::{built_in_suite, check_suite, to_toml};

    use super::{Bound, PyModule, PyModuleMethods, PyResult};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        // Of the program and of the package.
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
