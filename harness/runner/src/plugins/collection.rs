use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use flatbench_records::{OptimizerDescription, PluginBuild};

use super::build::{Artifact, Build, is_library};
use super::c::CPlugin;
use super::look::{entries, is_dir, is_file};
use super::tree::manifests_in;
use super::{Describer, PluginError, SourceTree};

/// An optimizer that can be run.
#[derive(Clone, Debug, PartialEq)]
pub struct Plugin {
    /// What it says about itself.
    pub description: OptimizerDescription,
    /// Library.
    pub library: PathBuf,
    /// What it was made from: the folder of a crate, a folder or file in C, or the library itself.
    pub source: PathBuf,
    /// Content hash of the library: the first 16 hexadecimal digits of its BLAKE3.
    pub hash: String,
}

impl Plugin {
    /// As it stands in `environment.json`.
    pub fn build(&self) -> PluginBuild {
        PluginBuild {
            library: self.library.clone(),
            hash: self.hash.clone(),
            version: self.description.version.clone(),
            interface_version: self.description.interface_version.clone(),
        }
    }
}

/// Where plugins are to come from.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// Source tree whose `plugins/` are taken.
    pub tree: Option<&'a SourceTree>,
    /// Libraries, crates, C files, folders with C files, or folders of those.
    pub paths: &'a [PathBuf],
    /// Take what is in the target folders.
    pub no_build: bool,
    /// Keep cargo and the C compiler from printing anything but errors.
    pub quiet: bool,
    /// Who opens libraries.
    pub describer: &'a Describer,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Collection {
    /// Plugins by name.
    pub plugins: Vec<Plugin>,
    /// What could not be used.
    pub problems: Vec<PluginError>,
}

/// Builds, hashes and describes every plugin of a request. A problem with one does not keep the others away.
pub fn collect(request: &Request<'_>) -> Collection {
    let build = Build { no_build: request.no_build, quiet: request.quiet };
    let mut collection = Collection::default();
    let mut artifacts = Vec::new();
    if let Some(tree) = request.tree {
        match tree.plugin_manifests().and_then(|manifests| build.tree(tree.root(), &manifests)) {
            Ok(found) => artifacts.extend(found),
            Err(problem) => collection.problems.push(problem),
        }
        let in_c = CPlugin::inside(&tree.plugins().join("c")).unwrap_or_else(|problem| {
            collection.problems.push(problem);
            Vec::new()
        });
        for plugin in in_c {
            match plugin.build(build, Some(tree)) {
                Ok(artifact) => artifacts.push(artifact),
                Err(problem) => collection.problems.push(problem),
            }
        }
    }
    for path in request.paths {
        match artifacts_of(path, build, request.tree) {
            Ok(found) => artifacts.extend(found),
            Err(problem) => collection.problems.push(problem),
        }
    }
    let mut by_name: BTreeMap<String, Plugin> = BTreeMap::new();
    let mut seen = Vec::new();
    for Artifact { library, source } in artifacts {
        // Naming one library twice is no contradiction.
        let canonical = match library.canonicalize() {
            Ok(canonical) => canonical,
            Err(reason) => {
                collection.problems.push(PluginError::Unreadable { library, reason });
                continue;
            }
        };
        if seen.contains(&canonical) {
            continue;
        }
        seen.push(canonical.clone());
        match describe(&canonical, source, request.describer) {
            Ok(plugin) => match by_name.get(&plugin.description.name) {
                Some(first) => collection.problems.push(PluginError::SameName {
                    name: plugin.description.name,
                    first: first.library.clone(),
                    second: canonical,
                }),
                None => {
                    by_name.insert(plugin.description.name.clone(), plugin);
                }
            },
            Err(problem) => collection.problems.push(problem),
        }
    }
    collection.plugins = by_name.into_values().collect();
    collection
}

/// Builds what is at a path, and returns the libraries: one for a library, a crate, a C file or a folder with C files, any number for
/// a folder of those.
///
/// # Errors
/// Nothing usable is there, or it does not build.
pub fn build_at(path: &Path, tree: Option<&SourceTree>, quiet: bool) -> Result<Vec<PathBuf>, PluginError> {
    let artifacts = artifacts_of(path, Build { no_build: false, quiet }, tree)?;
    Ok(artifacts.into_iter().map(|artifact| artifact.library).collect())
}

fn describe(library: &Path, source: PathBuf, describer: &Describer) -> Result<Plugin, PluginError> {
    let hash = hash_of(library)?;
    let description = describer.describe(library)?;
    Ok(Plugin { description, library: library.to_owned(), source, hash })
}

/// Content hash of a file, as it stands in records.
fn hash_of(library: &Path) -> Result<String, PluginError> {
    let bytes =
        std::fs::read(library).map_err(|reason| PluginError::Unreadable { library: library.to_owned(), reason })?;
    Ok(blake3::hash(&bytes).to_hex().as_str()[..16].to_owned())
}

fn artifacts_of(path: &Path, build: Build, tree: Option<&SourceTree>) -> Result<Vec<Artifact>, PluginError> {
    if let Some(plugin) = CPlugin::at(path)? {
        return Ok(vec![plugin.build(build, tree)?]);
    }
    let as_given = |library: PathBuf| Artifact { source: library.clone(), library };
    if is_file(path)? {
        let is_manifest = path.file_name().is_some_and(|name| name == "Cargo.toml");
        return if is_manifest { build.manifest(path) } else { Ok(vec![as_given(path.to_owned())]) };
    }
    if !is_dir(path)? {
        return Err(PluginError::Missing(path.to_owned()));
    }
    let own = path.join("Cargo.toml");
    if is_file(&own)? {
        return build.manifest(&own);
    }
    let mut libraries = Vec::new();
    for file in entries(path)? {
        if is_library(&file) && is_file(&file)? {
            libraries.push(file);
        }
    }
    let mut artifacts: Vec<Artifact> = libraries.into_iter().map(as_given).collect();
    for manifest in manifests_in(path)? {
        artifacts.extend(build.manifest(&manifest)?);
    }
    for plugin in CPlugin::inside(path)? {
        artifacts.push(plugin.build(build, tree)?);
    }
    if artifacts.is_empty() {
        return Err(PluginError::NothingInside { folder: path.to_owned() });
    }
    Ok(artifacts)
}
