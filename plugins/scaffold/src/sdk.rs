use std::path::{Path, PathBuf};

use crate::ScaffoldError;
use crate::path::{portable, relative};

/// Where a new plugin finds what it is built against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sdk {
    /// The folder of the crate `flatbench-plugin`, with `flatbench-conformance` beside it: `plugins/sdk` of a source tree.
    Folder(PathBuf),
    /// The URL of a git repository that has both.
    Git(String),
    /// Nowhere: enough for C, which takes the header along.
    Absent,
}

impl Sdk {
    /// The canonical folder; `None` where there is none.
    pub(crate) fn folder(&self) -> Result<Option<PathBuf>, ScaffoldError> {
        let Sdk::Folder(path) = self else { return Ok(None) };
        let no_sdk = || ScaffoldError::NoSdk { path: path.clone() };
        let folder = path.canonicalize().map_err(|_| no_sdk())?;
        let is_crate = |folder: &Path| folder.join("Cargo.toml").is_file();
        let complete = is_crate(&folder) && is_crate(&folder.with_file_name("conformance"));
        if complete { Ok(Some(folder)) } else { Err(no_sdk()) }
    }

    /// How a `Cargo.toml` in the folder `from` depends on the crate in `plugins/NEIGHBOUR`.
    pub(crate) fn dependency(&self, from: &Path, neighbour: &str) -> Result<String, ScaffoldError> {
        match self {
            Sdk::Git(url) => Ok(format!("{{ git = {url:?} }}")),
            Sdk::Absent => Err(ScaffoldError::NeedsSdk),
            Sdk::Folder(_) => {
                let folder = self.folder()?.ok_or(ScaffoldError::NeedsSdk)?.with_file_name(neighbour);
                Ok(format!("{{ path = {:?} }}", portable(&relative(from, &folder))))
            }
        }
    }
}
