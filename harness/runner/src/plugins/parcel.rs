use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use flatbench_records::PythonBuild;
use serde::Deserialize;
use zip::ZipArchive;

/// What stands in `parcel.json` of a parcel, as far as it is needed here.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Label {
    /// Version of Python that put it together.
    python: String,
    /// Versions of packages that it names.
    #[serde(default)]
    packages: BTreeMap<String, String>,
}

/// Most bytes that a label is read to.
const LONGEST: u64 = 16 << 20;

impl Label {
    /// Reads it. `None` for a file that is no parcel: whoever opens it says so.
    pub(super) fn read(parcel: &Path) -> Option<Self> {
        let mut archive = ZipArchive::new(File::open(parcel).ok()?).ok()?;
        let mut text = String::new();
        archive.by_name("parcel.json").ok()?.take(LONGEST).read_to_string(&mut text).ok()?;
        serde_json::from_str(&text).ok()
    }

    /// With the interpreter that opens it, as it stands in `environment.json`.
    pub(super) fn build(self, interpreter: &Path) -> PythonBuild {
        PythonBuild { interpreter: interpreter.to_owned(), version: self.python, packages: self.packages }
    }
}
