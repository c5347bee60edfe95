use std::collections::BTreeMap;
use std::path::Path;

use flatbench_records::{CaseMistake, CheckedCase, FamilyDescription, Value};

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
}
