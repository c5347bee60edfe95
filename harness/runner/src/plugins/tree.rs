use std::path::{Path, PathBuf};

/// A source tree of flatbench: the folder with `plugins/sdk` in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceTree {
    root: PathBuf,
}

impl SourceTree {
    /// Looks from `start` upwards, then at `built_from` (a folder inside the tree the binary was compiled in), if that
    /// still exists.
    pub fn find(start: &Path, built_from: &Path) -> Option<Self> {
        let is_root =
            |folder: &&Path| folder.join("Cargo.toml").is_file() && folder.join("plugins/sdk/Cargo.toml").is_file();
        let root = start.ancestors().find(is_root).or_else(|| built_from.ancestors().find(is_root))?;
        Some(SourceTree { root: root.to_owned() })
    }

    /// The folder with the workspace's `Cargo.toml`.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Manifests of the crates in `plugins/`, by name of folder.
    pub(super) fn plugin_manifests(&self) -> Vec<PathBuf> {
        manifests_in(&self.plugins())
    }

    /// The folder with everything about plugins: `sdk`, the crates, and `c` with those in C.
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
            let output = std::process::Command::new("git").arg("-C").arg(&self.root).args(arguments).output().ok()?;
            output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
        };
        let commit = git(&["rev-parse", "HEAD"])?;
        let dirty = !git(&["status", "--porcelain", "--untracked-files=no"])?.is_empty();
        Some((commit, dirty))
    }
}

/// Manifests of the crates directly inside a folder, sorted.
pub(super) fn manifests_in(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut manifests: Vec<_> =
        entries.flatten().map(|entry| entry.path().join("Cargo.toml")).filter(|manifest| manifest.is_file()).collect();
    manifests.sort();
    manifests
}
