use std::collections::BTreeMap;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cargo_metadata::{CrateType, Message, Metadata, MetadataCommand, Package};
use flatbench_records::PARCEL;

use super::Interpreter;
use super::PluginError;
use super::child::{Guarded, output};
use super::listing::{record, verify};
use super::look::is_file;
use super::manifest::{builds_no_library, listed};

/// A library and what it was made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Artifact {
    pub(super) library: PathBuf,
    /// Folder of the crate, folder or file in C, file in Python, or the library itself.
    pub(super) source: PathBuf,
}

/// The libraries of several plugins, and what kept others from being one: each is a plugin by itself.
#[derive(Debug, Default)]
pub(super) struct Built {
    pub(super) artifacts: Vec<Artifact>,
    pub(super) problems: Vec<PluginError>,
}

impl Built {
    /// Adds one plugin more.
    pub(super) fn add(&mut self, plugin: Result<Artifact, PluginError>) {
        match plugin {
            Ok(artifact) => self.artifacts.push(artifact),
            Err(problem) => self.problems.push(problem),
        }
    }

    /// Adds several.
    pub(super) fn join(&mut self, other: Result<Built, PluginError>) {
        match other {
            Ok(other) => {
                self.artifacts.extend(other.artifacts);
                self.problems.extend(other.problems);
            }
            Err(problem) => self.problems.push(problem),
        }
    }
}

/// How plugins become libraries.
#[derive(Clone, Copy, Debug)]
pub(super) struct Build<'a> {
    /// Take what is in the target folder.
    pub(super) no_build: bool,
    /// Keep cargo and the C compiler from printing anything but errors.
    pub(super) quiet: bool,
    /// Who makes parcels.
    pub(super) interpreter: &'a Interpreter,
}

impl Build<'_> {
    /// Libraries of the crates in a source tree's `plugins/` that have a cdylib, members of the workspace or not.
    pub(super) fn tree(self, root: &Path, manifests: &[PathBuf]) -> Result<Built, PluginError> {
        let mut built = Built::default();
        let mut manifests = manifests.to_vec();
        if self.no_build {
            manifests = listed(&manifests, &mut built);
            manifests.retain(|manifest| !builds_no_library(manifest));
            if manifests.is_empty() {
                return Ok(built);
            }
        }
        let manifest = root.join("Cargo.toml");
        let metadata = match metadata(&manifest) {
            Err(PluginError::NoCargo { .. }) if self.no_build => {
                built.problems.extend(manifests.iter().map(|manifest| PluginError::NotBuilt(folder_of(manifest))));
                return Ok(built);
            }
            other => other?,
        };
        let is_member = |path: &Path| metadata.packages.iter().any(|package| same_file(package, path));
        let members: Vec<&Package> = metadata
            .packages
            .iter()
            .filter(|package| manifests.iter().any(|path| same_file(package, path)) && has_library(package))
            .collect();
        built.join(self.packages(&manifest, &metadata, &members));
        for path in manifests.iter().filter(|path| !is_member(path)) {
            built.join(self.manifest(path));
        }
        Ok(built)
    }

    /// Libraries of one crate, or of one workspace, by its manifest.
    pub(super) fn manifest(self, manifest: &Path) -> Result<Built, PluginError> {
        let mut built = Built::default();
        if self.no_build && listed(&[manifest.to_owned()], &mut built).is_empty() {
            return Ok(built);
        }
        let metadata = match metadata(manifest) {
            Err(PluginError::NoCargo { .. }) if self.no_build => {
                return Err(PluginError::NotBuilt(folder_of(manifest)));
            }
            other => other?,
        };
        let own: Vec<&Package> = metadata.packages.iter().filter(|package| same_file(package, manifest)).collect();
        let chosen = if own.is_empty() { metadata.workspace_packages() } else { own };
        let chosen: Vec<&Package> = chosen.into_iter().filter(|package| has_library(package)).collect();
        if chosen.is_empty() {
            return Err(PluginError::NoLibraryTarget(manifest.to_owned()));
        }
        self.packages(manifest, &metadata, &chosen)
    }

    fn packages(self, manifest: &Path, metadata: &Metadata, packages: &[&Package]) -> Result<Built, PluginError> {
        let mut built = Built::default();
        if packages.is_empty() {
            return Ok(built);
        }
        if self.no_build {
            packages.iter().for_each(|package| built.add(built_before(metadata, package)));
            return Ok(built);
        }
        let absent = |reason| PluginError::NoCargo { manifest: manifest.to_owned(), reason };
        let failed =
            |reason: std::io::Error| PluginError::Cargo { manifest: manifest.to_owned(), reason: reason.to_string() };
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command
            .args(["build", "--release", "--keep-going", "--message-format=json-render-diagnostics", "--manifest-path"])
            .arg(manifest);
        if self.quiet {
            command.arg("--quiet");
        }
        for package in packages {
            command.args(["--package", package.id.repr.as_str()]);
        }
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().map_err(absent)?;
        let Guarded(child) = &mut Guarded(child);
        let mut missing: BTreeMap<_, _> = packages.iter().map(|package| (&package.id, *package)).collect();
        if let Some(stdout) = child.stdout.take() {
            for message in Message::parse_stream(BufReader::new(stdout)) {
                if let Message::CompilerArtifact(artifact) = message.map_err(failed)?
                    && artifact.target.crate_types.contains(&CrateType::CDyLib)
                    && missing.remove(&artifact.package_id).is_some()
                {
                    let source = folder_of(artifact.manifest_path.as_std_path());
                    let files = artifact.filenames.iter().filter(|path| is_library(path.as_std_path()));
                    built.artifacts.extend(files.map(|path| Artifact { library: path.into(), source: source.clone() }));
                }
            }
        }
        child.wait().map_err(failed)?;
        if built.artifacts.is_empty() {
            return Err(PluginError::BuildFailed(manifest.to_owned()));
        }
        let folders = missing.into_values().map(|package| folder_of(package.manifest_path.as_std_path()));
        built.problems.extend(folders.map(PluginError::BuildFailed));
        built.artifacts.sort_by(|a, b| a.library.cmp(&b.library));
        built.problems.extend(record(metadata.target_directory.as_std_path(), &built.artifacts).err());
        Ok(built)
    }
}

/// Whether a file name is that of a dynamic library here, or of a parcel.
pub(super) fn is_library(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == std::env::consts::DLL_EXTENSION || extension == PARCEL)
}

fn metadata(manifest: &Path) -> Result<Metadata, PluginError> {
    let failed =
        |reason: String| PluginError::Cargo { manifest: manifest.to_owned(), reason: reason.trim().replace('\n', " ") };
    let mut command = MetadataCommand::new().manifest_path(manifest).no_deps().cargo_command();
    let told = output(&mut command).map_err(|reason| PluginError::NoCargo { manifest: manifest.to_owned(), reason })?;
    if !told.status.success() {
        return Err(failed(String::from_utf8_lossy(&told.stderr).into_owned()));
    }
    let text = String::from_utf8_lossy(&told.stdout);
    let json = text.lines().find(|line| line.starts_with('{')).unwrap_or_default();
    MetadataCommand::parse(json).map_err(|error| failed(error.to_string()))
}

fn same_file(package: &Package, manifest: &Path) -> bool {
    let canonical = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    canonical(package.manifest_path.as_std_path()) == canonical(manifest)
}

pub(super) fn folder_of(manifest: &Path) -> PathBuf {
    manifest.parent().unwrap_or(manifest).to_owned()
}

fn has_library(package: &Package) -> bool {
    package.targets.iter().any(|target| target.crate_types.contains(&CrateType::CDyLib))
}

fn built_before(metadata: &Metadata, package: &Package) -> Result<Artifact, PluginError> {
    let target = package.targets.iter().find(|target| target.crate_types.contains(&CrateType::CDyLib));
    let name = target.map_or(package.name.as_str(), |target| target.name.as_str()).replace('-', "_");
    let file = format!("{}{name}{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    let path = metadata.target_directory.join("release").join(file).into_std_path_buf();
    let source = folder_of(package.manifest_path.as_std_path());
    if !is_file(&path)? {
        return Err(PluginError::NotBuilt(path));
    }
    verify(metadata.target_directory.as_std_path(), &path)?;
    Ok(Artifact { library: path, source })
}
