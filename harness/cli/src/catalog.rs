//! The families of this binary, as the runner asks for them.

use std::collections::BTreeMap;
use std::path::Path;

use flatbench_records::{FamilyDescription, Value};
use flatbench_runner::{CaseMistake, Catalog, CheckedCase};

/// The families of the worker.
pub struct Families(Vec<FamilyDescription>);

impl Families {
    /// All of them.
    pub fn new() -> Self {
        Families(flatbench_instances::catalog())
    }
}

impl Catalog for Families {
    fn families(&self) -> &[FamilyDescription] {
        &self.0
    }

    fn check_case(
        &self,
        family: &str,
        parameters: &BTreeMap<String, Value>,
        data_root: &Path,
    ) -> Result<CheckedCase, Vec<CaseMistake>> {
        match flatbench_instances::check_case(family, parameters, data_root) {
            Ok(checked) => Ok(CheckedCase { parameters: checked.parameters, warnings: checked.warnings }),
            Err(mistakes) => Err(mistakes
                .into_iter()
                .map(|mistake| CaseMistake { parameter: mistake.parameter, message: mistake.message })
                .collect()),
        }
    }
}
