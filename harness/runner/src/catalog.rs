use std::collections::BTreeMap;
use std::path::Path;

use flatbench_records::{Case, CaseMistake, CheckedCase, Factor, FamilyDescription, Value};

/// What a suite's cases are checked against. The binary implements it with the families it was built with.
pub trait Catalog {
    /// Every family, with its parameters.
    fn families(&self) -> &[FamilyDescription];

    /// Checks what single ranges cannot: rules across parameters, and data files (relative to `data_root`), whose content hash
    /// it adds.
    ///
    /// `parameters` obey the ranges of the description; defaults are not filled in.
    fn check_case(
        &self,
        family: &str,
        parameters: &BTreeMap<String, Value>,
        data_root: &Path,
    ) -> Result<CheckedCase, Vec<CaseMistake>>;

    /// What w is made of on an instance of a checked case, drawn from a seed, or why it cannot be drawn.
    fn factors(&self, case: &Case, seed: u64, data_root: &Path) -> Result<Vec<Factor>, String>;

    /// Reads w from a file of parameters, from the array of that name in an archive of several, or says why it cannot.
    fn read_point(&self, file: &Path, array: Option<&str>) -> Result<Vec<f64>, String>;
}
