use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cargo_metadata::{CrateType, Message};

/// Why a crate gave no library.
#[derive(Debug, thiserror::Error)]
pub enum ArtifactError {
    /// Cargo could not be started or its output not be read.
    #[error("cargo could not be run in {}: {source} (is it installed and in PATH?)", folder.display())]
    Cargo {
        /// Folder of the crate.
        folder: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// It does not compile.
    #[error("the crate in {} does not build (cargo's messages are above)", folder.display())]
    Build {
        /// Folder of the crate.
        folder: PathBuf,
    },
    /// It compiles, but not to a dynamic library.
    #[error("the crate in {} builds no dynamic library (add `crate-type = [\"cdylib\"]` under `[lib]`)", folder.display())]
    NoLibrary {
        /// Folder of the crate.
        folder: PathBuf,
    },
}

/// Builds the crate in `folder` in the development profile and returns its dynamic library: the one that cargo names.
///
/// # Errors
/// See [`ArtifactError`].
pub fn build(folder: impl AsRef<Path>) -> Result<PathBuf, ArtifactError> {
    let folder = folder.as_ref();
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let failed = |source| ArtifactError::Cargo { folder: folder.to_owned(), source };
    let output = Command::new(cargo)
        .args(["build", "--lib", "--quiet", "--message-format=json-render-diagnostics"])
        .current_dir(folder)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(failed)?;
    if !output.status.success() {
        return Err(ArtifactError::Build { folder: folder.to_owned() });
    }
    let manifest = folder.join("Cargo.toml").canonicalize().map_err(failed)?;
    for message in Message::parse_stream(&*output.stdout) {
        if let Message::CompilerArtifact(artifact) = message.map_err(failed)?
            && artifact.target.crate_types.contains(&CrateType::CDyLib)
            && artifact.manifest_path.as_std_path() == manifest
            && let Some(file) =
                artifact.filenames.iter().find(|file| file.extension() == Some(std::env::consts::DLL_EXTENSION))
        {
            return Ok(file.clone().into_std_path_buf());
        }
    }
    Err(ArtifactError::NoLibrary { folder: folder.to_owned() })
}
