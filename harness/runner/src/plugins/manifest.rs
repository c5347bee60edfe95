//! Crates as far as they can be known without cargo: what their manifests say, and what lists of libraries know of them.

use std::path::{Path, PathBuf};

use super::PluginError;
use super::build::{Artifact, Built, folder_of};
use super::listing::Listing;

/// Variables that name the target folder of everything.
const TARGET_FOLDER: [&str; 2] = ["CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR"];

/// Adds the libraries of some crates that the last build of each has listed, and returns the manifests of those that it has not.
pub(super) fn listed(manifests: &[PathBuf], built: &mut Built) -> Vec<PathBuf> {
    let mut unknown = Vec::new();
    for manifest in manifests {
        match look_up(manifest) {
            Ok(artifacts) if !artifacts.is_empty() => artifacts.into_iter().for_each(|artifact| built.add(artifact)),
            Ok(_) => unknown.push(manifest.clone()),
            Err(problem) => built.problems.push(problem),
        }
    }
    unknown
}

/// What the nearest list knows of a crate: each library as it has to be, or why it is not.
fn look_up(manifest: &Path) -> Result<Vec<Result<Artifact, PluginError>>, PluginError> {
    let Ok(source) = folder_of(manifest).canonicalize() else { return Ok(Vec::new()) };
    let named = TARGET_FOLDER.iter().filter_map(std::env::var_os).filter(|name| !name.is_empty()).map(PathBuf::from);
    let beside = source.ancestors().map(|folder| folder.join("target"));
    for folder in named.chain(beside) {
        let Some(listing) = Listing::read(&folder)? else { continue };
        let entries: Vec<_> = listing.made_from(&folder, &source).collect();
        if !entries.is_empty() {
            let artifact = |library| Artifact { library, source: source.clone() };
            return Ok(entries.into_iter().map(|entry| entry.verified(&folder).map(artifact)).collect());
        }
    }
    Ok(Vec::new())
}

/// Whether a manifest can be read and names no dynamic library.
pub(super) fn builds_no_library(manifest: &Path) -> bool {
    let text = std::fs::read_to_string(manifest).unwrap_or_default();
    let Ok(table) = text.parse::<toml::Table>() else { return false };
    let library = table.get("lib").and_then(toml::Value::as_table);
    let kinds = library.and_then(|library| library.get("crate-type").or_else(|| library.get("crate_type")));
    let kinds = kinds.and_then(toml::Value::as_array);
    !kinds.is_some_and(|kinds| kinds.iter().any(|kind| kind.as_str() == Some("cdylib")))
}
