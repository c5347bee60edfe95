use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::PluginError;
use super::child::output;
use super::look::{entries, is_file};

/// A source tree of flatbench: the folder with `plugins/sdk` in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceTree {
    root: PathBuf,
}

impl SourceTree {
    /// Looks from `start` upwards, then at `built_from` (a folder inside the tree the binary was compiled in), if that
    /// still exists.
    ///
    /// # Errors
    /// A folder that cannot be looked at: it may be the one.
    pub fn find(start: &Path, built_from: Option<&Path>) -> Result<Option<Self>, PluginError> {
        // Whoever may not look into a folder above works in none of its trees.
        let is_file = |path: &Path| match is_file(path) {
            Err(PluginError::Unreadable { reason, .. }) if reason.kind() == ErrorKind::PermissionDenied => Ok(false),
            other => other,
        };
        for folder in start.ancestors().chain(built_from.into_iter().flat_map(Path::ancestors)) {
            if is_file(&folder.join("Cargo.toml"))? && is_file(&folder.join("plugins/sdk/Cargo.toml"))? {
                return Ok(Some(SourceTree { root: folder.to_owned() }));
            }
        }
        Ok(None)
    }

    /// The folder with the workspace's `Cargo.toml`.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Manifests of the crates in `plugins/`, by name of folder.
    pub(super) fn plugin_manifests(&self) -> Result<Vec<PathBuf>, PluginError> {
        manifests_in(&self.plugins())
    }

    /// The folder with everything about plugins: `sdk`, the crates, `c` with those in C, and `python` with those in Python.
    pub fn plugins(&self) -> PathBuf {
        self.root.join("plugins")
    }

    /// The folder with the C header.
    pub(super) fn headers(&self) -> PathBuf {
        self.plugins().join("sdk/include")
    }

    /// Commit of the tree, and whether it has changes that are not in it. `None` without git.
    pub(crate) fn commit(&self) -> Option<(String, bool)> {
        let git = |arguments: &[&str]| {
            let output = output(Command::new("git").arg("-C").arg(&self.root).args(arguments)).ok()?;
            output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
        };
        let commit = git(&["rev-parse", "HEAD"])?;
        let dirty = !git(&["status", "--porcelain", "--untracked-files=no"])?.is_empty();
        Some((commit, dirty))
    }
}

/// Manifests of the crates directly inside a folder, sorted.
pub(super) fn manifests_in(folder: &Path) -> Result<Vec<PathBuf>, PluginError> {
    let mut manifests = Vec::new();
    for path in entries(folder)? {
        let manifest = path.join("Cargo.toml");
        if is_file(&manifest)? {
            manifests.push(manifest);
        }
    }
    Ok(manifests)
}
