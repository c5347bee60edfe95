use std::collections::BTreeMap;
use std::path::Path;

use flatbench_records::{FamilyDescription, Value};

/// What a suite's cases are checked against. The binary implements it with the families it was built with.
pub trait Catalog {
    /// Every family, with its parameters.
    fn families(&self) -> &[FamilyDescription];

    /// Checks what single ranges cannot: rules across parameters, and data files (relative to `data_root`).
    ///
    /// `parameters` obey the ranges of the description; defaults are not filled in.
    fn check_case(
        &self,
        family: &str,
        parameters: &BTreeMap<String, Value>,
        data_root: &Path,
    ) -> Result<CheckedCase, Vec<CaseMistake>>;
}

/// A case that makes sense.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CheckedCase {
    /// Every parameter with its default filled in, and a content hash for each data file.
    pub parameters: BTreeMap<String, Value>,
    /// What a user should know although it is no mistake.
    pub warnings: Vec<String>,
}

/// Why a case makes no sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseMistake {
    /// Parameter to point at; `None`: the case as a whole.
    pub parameter: Option<String>,
    /// What is wrong and what would be right.
    pub message: String,
}
