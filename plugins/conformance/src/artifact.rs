use std::fs;
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
    /// The C compiler could not be started.
    #[error("{compiler} could not be run: {source} (install a C compiler, or name one in the variable CC)")]
    Compiler {
        /// Its name.
        compiler: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// It does not compile.
    #[error("the plugin in {} does not build (the compiler's messages are above)", folder.display())]
    Build {
        /// Folder of the plugin.
        folder: PathBuf,
    },
    /// There is nothing to build.
    #[error("{}: neither a Cargo.toml nor a C file (give the folder of a plugin)", folder.display())]
    NoSource {
        /// As given.
        folder: PathBuf,
    },
    /// It compiles, but not to a dynamic library.
    #[error("the crate in {} builds no dynamic library (add `crate-type = [\"cdylib\"]` under `[lib]`)", folder.display())]
    NoLibrary {
        /// Folder of the crate.
        folder: PathBuf,
    },
}

/// Builds the plugin in `folder` and returns its dynamic library.
///
/// A folder with a `Cargo.toml` is built by cargo in the development profile; the library is the one that cargo names. Otherwise
/// all C files in the folder are compiled by `cc` (or what the variable `CC` names) to `target/NAME.so`, where NAME is the name of
/// the folder; the header is looked for beside them and in `../../sdk/include`.
///
/// # Errors
/// See [`ArtifactError`].
pub fn build(folder: impl AsRef<Path>) -> Result<PathBuf, ArtifactError> {
    let folder = folder.as_ref();
    if folder.join("Cargo.toml").is_file() {
        return build_crate(folder);
    }
    let entries =
        fs::read_dir(folder).map(|entries| entries.filter_map(Result::ok).map(|entry| entry.path()).collect());
    let mut sources: Vec<PathBuf> = entries.unwrap_or_default();
    sources.retain(|path| path.extension().is_some_and(|extension| extension == "c"));
    sources.sort();
    if sources.is_empty() {
        return Err(ArtifactError::NoSource { folder: folder.to_owned() });
    }
    build_c(folder, &sources)
}

fn build_c(folder: &Path, sources: &[PathBuf]) -> Result<PathBuf, ArtifactError> {
    let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".to_owned());
    let failed = |source| ArtifactError::Compiler { compiler: compiler.clone(), source };
    let absolute = folder.canonicalize().map_err(failed)?;
    let name = absolute.file_name().unwrap_or_default();
    let target = folder.join("target");
    fs::create_dir_all(&target).map_err(failed)?;
    let library = target.join(name).with_extension(std::env::consts::DLL_EXTENSION);
    let status = Command::new(&compiler)
        // Without contraction the results do not depend on whether the machine has a fused multiply-add.
        .args(["-O2", "-ffp-contract=off", "-shared", "-fPIC"])
        .arg("-I")
        .arg(folder)
        .arg("-I")
        .arg(folder.join("../../sdk/include"))
        .arg("-o")
        .arg(&library)
        .args(sources)
        .arg("-lm")
        .stdin(Stdio::null())
        .status()
        .map_err(failed)?;
    if status.success() { Ok(library) } else { Err(ArtifactError::Build { folder: folder.to_owned() }) }
}

fn build_crate(folder: &Path) -> Result<PathBuf, ArtifactError> {
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
