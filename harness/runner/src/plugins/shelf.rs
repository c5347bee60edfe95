use std::path::{Path, PathBuf};

use flatbench_records::directory::place;
use flatbench_records::{Environment, PARCEL, Runtime};

use super::build::{Artifact, Built};
use super::listing::{Entry, Listing, Origin, digest};
use super::{Plugin, PluginError, hash_of};

/// A folder with libraries and the list of them: all that a machine without a source tree, cargo and compiler needs to run them.
#[derive(Clone, Debug)]
pub struct Shelf {
    folder: PathBuf,
    listing: Listing,
}

impl Shelf {
    /// Copies libraries into a folder, which is made where it is missing, and lists them with their hashes; `environment` is that of
    /// this machine. What is there already is kept: a session that reads an earlier list finds what that names.
    ///
    /// # Errors
    /// Trouble with the disk, or a library that was built anew since it was looked at.
    pub fn write(folder: &Path, plugins: &[&Plugin], environment: &Environment) -> Result<Self, PluginError> {
        std::fs::create_dir_all(folder)
            .map_err(|reason| PluginError::Unreadable { library: folder.to_owned(), reason })?;
        let libraries = plugins.iter().map(|plugin| copy(plugin, folder)).collect::<Result<Vec<_>, _>>()?;
        let origin = Origin {
            flatbench_version: environment.flatbench_version.clone(),
            commit: environment.commit.clone(),
            dirty: environment.dirty,
            features: environment.machine.features.clone(),
        };
        let listing = Listing::of_copies(origin, libraries);
        listing.write(folder)?;
        Ok(Shelf { folder: folder.to_owned(), listing })
    }

    /// The libraries of a folder; `None` where it has no list.
    ///
    /// # Errors
    /// A list that cannot be read.
    pub fn open(folder: &Path) -> Result<Option<Self>, PluginError> {
        let listing = Listing::read(folder)?;
        Ok(listing.map(|listing| Shelf { folder: folder.to_owned(), listing }))
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether it has the library with that hash, as records have it.
    pub fn has(&self, hash: &str) -> bool {
        self.listing.libraries.iter().any(|entry| match &entry.hash {
            Some(listed) => listed == hash,
            None => hash_of(&self.folder.join(&entry.library)).is_ok_and(|of_file| of_file == hash),
        })
    }

    /// Instruction-set extensions of the machine where the folder was written, where that is known.
    pub fn features(&self) -> Option<&[String]> {
        self.listing.origin.as_ref().map(|origin| origin.features.as_slice())
    }

    /// Commit of the source tree that the libraries are from, and whether it had changes, where that is known.
    pub fn commit(&self) -> (Option<&str>, Option<bool>) {
        let origin = self.listing.origin.as_ref();
        (origin.and_then(|origin| origin.commit.as_deref()), origin.and_then(|origin| origin.dirty))
    }

    /// Its libraries, each made sure of, or why it is not what is listed.
    pub(super) fn libraries(folder: &Path) -> Built {
        let mut built = Built::default();
        let listed = Shelf::open(folder).and_then(|shelf| shelf.ok_or(PluginError::NoListing(folder.to_owned())));
        built.join(listed.map(|shelf| {
            let mut built = Built::default();
            for entry in &shelf.listing.libraries {
                let artifact = |library: PathBuf| Artifact { source: library.clone(), library };
                built.add(entry.verified(folder).map(artifact));
            }
            built
        }));
        built
    }
}

/// The name of a copy of a library; its ending says how it is opened.
pub(crate) fn name_of_copy(plugin: &Plugin) -> String {
    let ending = match Runtime::of(&plugin.library) {
        Runtime::Native => std::env::consts::DLL_EXTENSION,
        Runtime::Python => PARCEL,
    };
    format!("{}-{}.{ending}", plugin.description.name, plugin.hash).replace(['/', '\\'], "_")
}

fn copy(plugin: &Plugin, folder: &Path) -> Result<Entry, PluginError> {
    let name = name_of_copy(plugin);
    let copy = folder.join(&name);
    let trouble = |reason| PluginError::NotCopied { library: plugin.library.clone(), copy: copy.clone(), reason };
    let bytes = std::fs::read(&plugin.library).map_err(trouble)?;
    let blake3 = blake3::hash(&bytes).to_hex().to_string();
    if !digest(&copy).is_ok_and(|there| there == blake3) {
        place(&copy, &bytes).map_err(trouble)?;
    }
    if hash_of(&copy).map_err(trouble)? != plugin.hash {
        return Err(PluginError::Changed(plugin.library.clone()));
    }
    Ok(Entry {
        library: name.into(),
        blake3,
        source: std::path::absolute(&plugin.source).unwrap_or_else(|_| plugin.source.clone()),
        name: Some(plugin.description.name.clone()),
        version: Some(plugin.description.version.clone()),
        hash: Some(plugin.hash.clone()),
    })
}
