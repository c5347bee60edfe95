//! The families of this binary, as the runner asks for them.

use std::collections::BTreeMap;
use std::path::Path;

use flatbench_records::{Case, CaseMistake, CheckedCase, Factor, FamilyDescription, Value};
use flatbench_runner::Catalog;

/// The families of the worker.
pub struct Families(Vec<FamilyDescription>);

impl Families {
    /// All of them.
    pub fn new() -> Self {
        Families(flatbench_instances::catalog())
    }

    /// The family of that name.
    pub fn of(&self, name: &str) -> Option<&FamilyDescription> {
        self.0.iter().find(|family| family.name == name)
    }
}

impl Default for Families {
    fn default() -> Self {
        Families::new()
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
        flatbench_instances::check_case(family, parameters, data_root)
    }

    fn factors(&self, case: &Case, seed: u64, data_root: &Path) -> Result<Vec<Factor>, String> {
        flatbench_instances::factors(case, seed, data_root).map_err(|error| error.to_string())
    }

    fn read_point(&self, file: &Path, array: Option<&str>) -> Result<Vec<f64>, String> {
        flatbench_instances::read_point(file, array).map_err(|error| error.to_string())
    }
}
