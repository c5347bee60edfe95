use std::io::ErrorKind;
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
        let folder = path.canonicalize().map_err(|source| match source.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => no_sdk(),
            _ => ScaffoldError::Io { path: path.clone(), source },
        })?;
        for manifest in [folder.join("Cargo.toml"), folder.with_file_name("conformance").join("Cargo.toml")] {
            let found = manifest.try_exists().map_err(|source| ScaffoldError::Io { path: manifest.clone(), source })?;
            if !found {
                return Err(no_sdk());
            }
        }
        Ok(Some(folder))
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
