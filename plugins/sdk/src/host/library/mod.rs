#[cfg(test)]
mod tests;

use std::error::Error as _;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use abi_stable::StableAbi;
use abi_stable::abi_stability::abi_checking::check_layout_compatibility;
use abi_stable::library::{AbiHeaderRef, LibHeader, LibraryError, ROOT_MODULE_LOADER_NAME_WITH_NUL, RootModule};
use abi_stable::std_types::RSlice;

use super::c::CModule;
use super::check::check_all;
use super::description::Description;
use super::guest::{self, Guest, GuestInstance};
use super::instance::Inside;
use super::{LoadError, OptimizerInstance, PluginError, Seat, card, control};
use crate::interface::INTERFACE_VERSION;
use crate::interface::module::{FactorBlock, PluginModuleRef};
use crate::interface::value::NamedValue;
use crate::schema::Value;
use crate::{Block, c_interface};

/// A loaded plugin. It stays loaded until the process ends, so nothing that comes from it can dangle.
#[derive(Clone, Debug)]
pub struct Library {
    entry: Entry,
    description: Description,
    seat: Seat,
}

/// How the library is spoken to.
#[derive(Clone)]
enum Entry {
    /// Through the layout-checked interface of this crate.
    Rust(PluginModuleRef),
    /// Through the C interface.
    C(CModule),
    /// Directly: it is code of the host.
    Guest(Rc<dyn Guest>),
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Entry::Rust(_) => f.write_str("Rust"),
            Entry::C(_) => f.write_str("C"),
            Entry::Guest(guest) => guest.fmt(f),
        }
    }
}

impl Library {
    /// Loads a plugin and checks its interface. The library's own initialisers run: open only what you would also execute.
    ///
    /// # Errors
    /// See [`LoadError`]; each is one line.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, LoadError> {
        let path = path.as_ref();
        if let Some(guest) = control::lend(|| guest::open(path)) {
            return guest;
        }
        // An absolute path: for a bare file name the system's loader would search its own folders.
        let file = path.canonicalize().map_err(|error| match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => LoadError::Missing { path: path.to_owned() },
            _ => LoadError::Unreadable { path: path.to_owned(), reason: error.to_string() },
        })?;
        let library = load(path, &file)?;
        // SAFETY: a function of this name has this type.
        if let Ok(entry) = unsafe { library.get::<c_interface::Entry>(c_interface::SYMBOL) } {
            // SAFETY: found under the interface's name, in a library that stays loaded.
            return unsafe { Self::linked(*entry, path) };
        }
        let header = header(path, library)?;
        let module = module::<PluginModuleRef>(path, header)?;
        let card = control::lend(|| module.describe()())
            .into_result()
            .map_err(|error| LoadError::Broken { path: path.to_owned(), detail: error.message.into() })?;
        let description = Description {
            name: card.name.into(),
            version: card.version.into(),
            description: card.description.into(),
            interface_version: header.version_strings().version.into(),
            hyperparameters: card.hyperparameters.into_iter().map(Into::into).collect(),
        };
        let own_thread = module.own_thread().is_some_and(|own_thread| control::lend(|| own_thread()));
        Library::of(path, Entry::Rust(module), description, Seat::new(own_thread))
    }

    /// An optimizer behind the function of the C interface, wherever that comes from; `path` stands in messages.
    ///
    /// # Errors
    /// [`LoadError::Broken`], where what it says about itself makes no sense.
    ///
    /// # Safety
    /// `entry` does what the interface says, and what it returns stays valid and unchanged as long as this library and its
    /// optimizers are used. Null pointers, sizes, numbers, codes and texts without an end are looked for.
    pub unsafe fn linked(entry: c_interface::Entry, path: &Path) -> Result<Self, LoadError> {
        let broken = |detail| LoadError::Broken { path: path.to_owned(), detail };
        // SAFETY: by the contract above.
        let (module, description) = unsafe { CModule::new(entry) }.map_err(broken)?;
        Library::of(path, Entry::C(module), description, Seat::new(module.own_thread()))
    }

    /// Optimizers that code of this process provides, with a thread for every run; `path` stands in messages.
    ///
    /// # Errors
    /// [`LoadError::Undescribed`].
    pub fn guest(path: &Path, description: Description, guest: Rc<dyn Guest>) -> Result<Self, LoadError> {
        // An interpreter minds its stack.
        Library::of(path, Entry::Guest(guest), description, Seat::Thread)
    }

    /// A library whose description can be used.
    fn of(path: &Path, entry: Entry, description: Description, seat: Seat) -> Result<Self, LoadError> {
        card::check(&description).map_err(|detail| LoadError::Undescribed { path: path.to_owned(), detail })?;
        Ok(Library { entry, description, seat })
    }

    /// What the plugin says about itself.
    pub fn description(&self) -> &Description {
        &self.description
    }

    /// Whether code of this process provides the optimizers, such as an interpreter in it.
    pub fn is_guest(&self) -> bool {
        matches!(self.entry, Entry::Guest(_))
    }

    /// What its runs have to sit on.
    pub fn seat(&self) -> Seat {
        self.seat
    }

    /// Makes an optimizer for a problem whose parameters are cut into `blocks`, with one value per hyper-parameter (in
    /// absolute units) and a seed for its random stream.
    ///
    /// # Errors
    /// [`PluginError::Hyperparameter`] names a value that is unknown, missing, of the wrong type or out of range.
    pub fn create(
        &self,
        values: &[(String, Value)],
        blocks: &[Block],
        seed: u64,
    ) -> Result<OptimizerInstance, PluginError> {
        check_all(&self.description.hyperparameters, values)?;
        let made = |inside| OptimizerInstance::new(inside, blocks);
        let module = match &self.entry {
            Entry::Rust(module) => module,
            Entry::Guest(guest) => {
                let guest = control::lend(|| GuestInstance::new(guest, values, blocks, seed))?;
                return Ok(made(Inside::Guest(Box::new(guest))));
            }
            Entry::C(module) => {
                return Ok(made(Inside::C(module.create(&self.description.hyperparameters, values, blocks, seed)?)));
            }
        };
        let values: Vec<NamedValue> = values
            .iter()
            .map(|(name, value)| NamedValue { name: name.as_str().into(), value: value.clone().into() })
            .collect();
        let factors: Vec<FactorBlock> = blocks
            .iter()
            .map(|block| FactorBlock { name: block.name.as_str().into(), rows: block.rows, cols: block.cols })
            .collect();
        let create = || module.create()(RSlice::from_slice(&values), RSlice::from_slice(&factors), seed);
        let handle = control::lend(create).into_result()?;
        Ok(made(Inside::Rust(handle)))
    }
}

/// Loads the file.
fn load(path: &Path, file: &Path) -> Result<&'static libloading::Library, LoadError> {
    // SAFETY: runs the library's initialisers, which is what opening a plugin means.
    let library = control::lend(|| unsafe { libloading::Library::new(file) }).map_err(|error| {
        LoadError::NotALibrary { path: path.to_owned(), detail: without_path(reason(&error), file) }
    })?;
    // Never unloaded: its code, statics and thread-locals may be referred to from anywhere.
    Ok(Box::leak(Box::new(library)))
}

/// Finds the static that `export_optimizer!` made.
fn header(path: &Path, library: &'static libloading::Library) -> Result<&'static LibHeader, LoadError> {
    // SAFETY: the name is abi_stable's; a static of this name starts with an `AbiHeader`, and its address is an `AbiHeaderRef`.
    let symbol = unsafe { library.get::<AbiHeaderRef>(ROOT_MODULE_LOADER_NAME_WITH_NUL.as_bytes()) }
        .map_err(|error| LoadError::NotAPlugin { path: path.to_owned(), detail: reason(&error) })?;
    let header: AbiHeaderRef = *symbol;
    header.upgrade().map_err(|error| incompatible(path, "of another abi_stable".to_owned(), &error))
}

fn reason(error: &libloading::Error) -> String {
    // The text of the system's loader is the source of the error.
    error.source().map_or_else(|| error.to_string(), ToString::to_string)
}

/// Without the path that the loader puts first: the error names it already.
fn without_path(reason: String, file: &Path) -> String {
    reason.strip_prefix(&format!("{}: ", file.display())).map(str::to_owned).unwrap_or(reason)
}

/// Checks version and layout.
///
/// abi_stable accepts a library whose tables are longer than ours but not one whose tables are shorter. Both are what the
/// rules of the interface allow (a plugin older or newer by minor versions), so the check is made in both directions; fields
/// that an older side lacks are then read as `None`.
fn module<M: RootModule>(path: &Path, header: &'static LibHeader) -> Result<M, LoadError> {
    let (version, expected) = (header.version_strings().version.as_str(), M::VERSION_STRINGS.version.as_str());
    let major = |version: &str| version.split('.').next().map(str::to_owned);
    let mismatch = |detail: String| LoadError::Incompatible {
        path: path.to_owned(),
        built_against: version.to_owned(),
        expected: expected.to_owned(),
        detail,
    };
    if major(version) != major(expected) {
        return Err(mismatch("the major versions differ".to_owned()));
    }
    let Some(layout) = header.layout() else {
        return Err(mismatch("the library was built without a description of its layout".to_owned()));
    };
    let ours = <M as StableAbi>::LAYOUT;
    check_layout_compatibility(ours, layout)
        .or_else(|error| check_layout_compatibility(layout, ours).map_err(|_| error))
        .map_err(|error| mismatch(error.to_string()))?;
    // SAFETY: the layout was just checked.
    unsafe { header.unchecked_layout::<M>() }
        .map_err(|error| LoadError::Broken { path: path.to_owned(), detail: error.to_string() })
}

fn incompatible(path: &Path, built_against: String, error: &LibraryError) -> LoadError {
    let path: PathBuf = path.to_owned();
    LoadError::Incompatible { path, built_against, expected: INTERFACE_VERSION.to_owned(), detail: error.to_string() }
}
