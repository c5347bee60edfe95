//! The list of libraries in a folder: what the last build has left in a target folder, or what was copied to one. Where it is there,
//! nobody has to ask cargo, and nobody takes a file for a library that it is not.

use std::fs::File;
use std::path::{Component, Path, PathBuf};

use flatbench_records::directory::place;
use flatbench_records::path;
use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};

use super::PluginError;
use super::build::Artifact;

/// Name of the file.
pub(super) const LISTING: &str = "flatbench-libraries.json";
/// Version of its layout.
const FORMAT: u32 = 1;

/// Its content.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Listing {
    format: u32,
    /// Where and of what the libraries were made, if they were copied here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) origin: Option<Origin>,
    pub(super) libraries: Vec<Entry>,
}

/// Where libraries were when they were copied.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Origin {
    /// Version of flatbench that copied them.
    pub(super) flatbench_version: String,
    /// Commit of its source tree, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) commit: Option<String>,
    /// Whether that tree had uncommitted changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) dirty: Option<bool>,
    /// Instruction-set extensions of the machine.
    pub(super) features: Vec<String>,
}

/// One library.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Entry {
    /// The file, relative to the folder of the list.
    #[serde(with = "path")]
    pub(super) library: PathBuf,
    /// BLAKE3 of the file, 64 hexadecimal digits.
    pub(super) blake3: String,
    /// What it was made from; relative where that is beside the folder of the list or below there.
    #[serde(with = "path")]
    pub(super) source: PathBuf,
    /// What it calls itself, where it was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    /// The version that it gives itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<String>,
    /// Its hash as it stands in records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) hash: Option<String>,
}

impl Listing {
    /// A list of copies.
    pub(super) fn of_copies(origin: Origin, libraries: Vec<Entry>) -> Self {
        Listing { format: FORMAT, origin: Some(origin), libraries }
    }

    /// The list of a folder; `None` where it has none.
    pub(super) fn read(folder: &Path) -> Result<Option<Self>, PluginError> {
        let file = folder.join(LISTING);
        let text = match std::fs::read(&file) {
            Ok(text) => text,
            Err(error) if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => {
                return Ok(None);
            }
            Err(reason) => return Err(PluginError::Unreadable { library: file, reason }),
        };
        let bad = |reason: String| PluginError::BadListing { list: file.clone(), reason };
        let list: Listing = serde_json::from_slice(&text).map_err(|error| bad(error.to_string()))?;
        match list.format {
            FORMAT => Ok(Some(list)),
            other => Err(bad(format!("it has format {other}, and this program reads {FORMAT}"))),
        }
    }

    /// Writes it into a folder.
    pub(super) fn write(&self, folder: &Path) -> Result<(), PluginError> {
        let list = folder.join(LISTING);
        let text = serde_json::to_string_pretty(self).map_err(std::io::Error::other);
        text.and_then(|text| place(&list, (text + "\n").as_bytes()))
            .map_err(|reason| PluginError::NotListed { list, reason })
    }

    /// Libraries that were made from `source`, which is canonical, as they are in `folder`.
    pub(super) fn made_from<'a>(&'a self, folder: &'a Path, source: &'a Path) -> impl Iterator<Item = &'a Entry> {
        self.libraries.iter().filter(move |entry| same(&folder.join(&entry.source), source))
    }
}

impl Entry {
    /// Makes sure that the file is the one that is listed, and returns it.
    pub(super) fn verified(&self, folder: &Path) -> Result<PathBuf, PluginError> {
        let (library, list) = (folder.join(&self.library), folder.join(LISTING));
        let digest = match digest(&library) {
            Ok(digest) => digest,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(PluginError::Gone { library, list });
            }
            Err(reason) => return Err(PluginError::Unreadable { library, reason }),
        };
        match digest == self.blake3 {
            true => Ok(library),
            false => Err(PluginError::OtherLibrary { library, list }),
        }
    }
}

/// BLAKE3 of a file, in 64 hexadecimal digits.
///
/// # Errors
/// Trouble with the file.
pub fn digest(file: &Path) -> std::io::Result<String> {
    Ok(blake3::hash(&std::fs::read(file)?).to_hex().to_string())
}

/// Makes sure that a library is what the list of `folder` says, if that knows it.
pub(super) fn verify(folder: &Path, library: &Path) -> Result<(), PluginError> {
    let listing = Listing::read(folder)?;
    let known = listing.iter().flat_map(|listing| &listing.libraries);
    known.into_iter().filter(|entry| folder.join(&entry.library) == library).try_for_each(|entry| {
        entry.verified(folder)?;
        Ok(())
    })
}

/// Lists what a build has just made in a target folder, in place of what it had made from the same sources.
pub(super) fn record(target: &Path, built: &[Artifact]) -> Result<(), PluginError> {
    let trouble = |reason| PluginError::NotListed { list: target.join(LISTING), reason };
    let fresh = built.iter().map(|artifact| entry(target, artifact)).collect::<Result<Vec<_>, _>>().map_err(trouble)?;
    // Two builds at once take turns; where the file system has no locks, one may miss what the other listed, and cargo knows it.
    let turn = File::open(target).map_err(trouble)?;
    let _ = flock(&turn, FlockOperation::LockExclusive);
    // A list that cannot be read is of no use to anyone.
    let before = Listing::read(target).ok().flatten();
    let is_replaced = |old: &Entry| fresh.iter().any(|new| new.library == old.library || new.source == old.source);
    let kept = before.iter().flat_map(|list| &list.libraries);
    let kept = kept.filter(|entry| !is_replaced(entry) && target.join(&entry.library).exists()).cloned();
    let mut libraries: Vec<Entry> = kept.chain(fresh.iter().cloned()).collect();
    libraries.sort_by(|a, b| a.library.cmp(&b.library));
    let after = Listing { format: FORMAT, origin: None, libraries };
    // Nothing is written where nothing has changed: the folder may be read-only.
    if before.as_ref() == Some(&after) { Ok(()) } else { after.write(target) }
}

fn entry(target: &Path, artifact: &Artifact) -> std::io::Result<Entry> {
    let (library, source) = (artifact.library.canonicalize()?, artifact.source.canonicalize()?);
    let target = target.canonicalize()?;
    let blake3 = digest(&library)?;
    let library = library.strip_prefix(&target).map(Path::to_owned).unwrap_or(library);
    // A tree that is moved takes the list along.
    let within = target.parent().and_then(|beside| source.strip_prefix(beside).ok());
    let source = within.map_or(source.clone(), |within| Path::new("..").join(within));
    Ok(Entry { library, blake3, source, name: None, version: None, hash: None })
}

/// Whether a path that may have `..` in it leads to a canonical one.
fn same(path: &Path, canonical: &Path) -> bool {
    // Most entries are of other sources, which their names tell without the disk.
    let named_alike = match path.components().next_back() {
        last @ Some(Component::Normal(_)) => last == canonical.components().next_back(),
        _ => true,
    };
    named_alike && path.canonicalize().is_ok_and(|path| path == canonical)
}
