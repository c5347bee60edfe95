use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use flatbench_records::{OptimizerDescription, PluginBuild};

use super::build::{Build, is_library};
use super::tree::manifests_in;
use super::{Describer, PluginError, SourceTree};

/// An optimizer that can be run.
#[derive(Clone, Debug, PartialEq)]
pub struct Plugin {
    /// What it says about itself.
    pub description: OptimizerDescription,
    /// Library.
    pub library: PathBuf,
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
    /// Libraries, crate folders, or folders of either.
    pub paths: &'a [PathBuf],
    /// Take what is in the target folders.
    pub no_build: bool,
    /// Keep cargo from printing progress.
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
    let mut libraries = Vec::new();
    if let Some(tree) = request.tree {
        match build.tree(tree.root(), &tree.plugin_manifests()) {
            Ok(found) => libraries.extend(found),
            Err(problem) => collection.problems.push(problem),
        }
    }
    for path in request.paths {
        match libraries_of(path, build) {
            Ok(found) => libraries.extend(found),
            Err(problem) => collection.problems.push(problem),
        }
    }
    let mut by_name: BTreeMap<String, Plugin> = BTreeMap::new();
    let mut seen = Vec::new();
    for library in libraries {
        // Naming one library twice is no contradiction.
        let canonical = library.canonicalize().unwrap_or_else(|_| library.clone());
        if seen.contains(&canonical) {
            continue;
        }
        seen.push(canonical.clone());
        match describe(&canonical, request.describer) {
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

fn describe(library: &Path, describer: &Describer) -> Result<Plugin, PluginError> {
    let hash = hash_of(library)?;
    let description = describer.describe(library)?;
    Ok(Plugin { description, library: library.to_owned(), hash })
}

/// Content hash of a file, as it stands in records.
fn hash_of(library: &Path) -> Result<String, PluginError> {
    let bytes =
        std::fs::read(library).map_err(|reason| PluginError::Unreadable { library: library.to_owned(), reason })?;
    Ok(blake3::hash(&bytes).to_hex().as_str()[..16].to_owned())
}

fn libraries_of(path: &Path, build: Build) -> Result<Vec<PathBuf>, PluginError> {
    if path.is_file() {
        let is_manifest = path.file_name().is_some_and(|name| name == "Cargo.toml");
        return if is_manifest { build.manifest(path) } else { Ok(vec![path.to_owned()]) };
    }
    if !path.is_dir() {
        return Err(PluginError::Missing(path.to_owned()));
    }
    let own = path.join("Cargo.toml");
    if own.is_file() {
        return build.manifest(&own);
    }
    let unreadable = |reason| PluginError::Unreadable { library: path.to_owned(), reason };
    let mut libraries = Vec::new();
    for entry in std::fs::read_dir(path).map_err(unreadable)? {
        let file = entry.map_err(unreadable)?.path();
        if file.is_file() && is_library(&file) {
            libraries.push(file);
        }
    }
    libraries.sort();
    for manifest in manifests_in(path) {
        libraries.extend(build.manifest(&manifest)?);
    }
    if libraries.is_empty() {
        return Err(PluginError::NothingInside { folder: path.to_owned() });
    }
    Ok(libraries)
}
