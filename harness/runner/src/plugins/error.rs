use std::path::PathBuf;

use super::listing::LISTING;

/// Why a plugin cannot be used: one line each, with the remedy; below it what a compiler, an interpreter or the plugin itself said.
#[derive(Debug, thiserror::Error)]
pub enum PluginError {
    /// Nothing is there.
    #[error("{}: no such file or folder (check the path given to --plugin)", .0.display())]
    Missing(PathBuf),
    /// A folder with neither libraries nor crates.
    #[error("{}: neither a plugin nor a folder of plugins (expected Cargo.toml, *.c, *.cpp, *.py with an optimizer, or *.{extension})", .folder.display(), extension = std::env::consts::DLL_EXTENSION)]
    NothingInside {
        /// The folder.
        folder: PathBuf,
    },
    /// A crate without a cdylib.
    #[error("{}: this crate builds no dynamic library (add crate-type = [\"cdylib\"] to its [lib])", .0.display())]
    NoLibraryTarget(PathBuf),
    /// `--no-build`, and the library is not there.
    #[error("{}: not built (leave out --no-build)", .0.display())]
    NotBuilt(PathBuf),
    /// Not what the list beside it says.
    #[error("{}: another library than the one in {}: something else has written it since (build it again without --no-build, or copy the folder again)", .library.display(), .list.display())]
    OtherLibrary {
        /// The file.
        library: PathBuf,
        /// The list.
        list: PathBuf,
    },
    /// Listed, and not there.
    #[error("{}: missing, although {} names it (build it again without --no-build, or copy the folder again)", .library.display(), .list.display())]
    Gone {
        /// The file.
        library: PathBuf,
        /// The list.
        list: PathBuf,
    },
    /// `--libraries`, and the folder has no list.
    #[error("{}: no list of libraries (expected {LISTING} in the folder given to --libraries, as `flatbench submit` and every build leave it)", .0.display())]
    NoListing(PathBuf),
    /// A list that is not understood.
    #[error("{}: cannot be read: {reason} (build without --no-build, or copy the folder again)", .list.display())]
    BadListing {
        /// The list.
        list: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The list could not be written.
    #[error("cannot write {}: {reason} (--no-build goes by it: make room there, then build again)", .list.display())]
    NotListed {
        /// The list.
        list: PathBuf,
        /// What the system said.
        reason: std::io::Error,
    },
    /// A library could not be copied.
    #[error("cannot copy {} to {}: {reason} (make room there, then try again)", .library.display(), .copy.display())]
    NotCopied {
        /// The original.
        library: PathBuf,
        /// Where to.
        copy: PathBuf,
        /// What the system said.
        reason: std::io::Error,
    },
    /// A library that was built anew between being looked at and being copied.
    #[error("{}: built anew in the meantime (try again)", .0.display())]
    Changed(PathBuf),
    /// There is no cargo.
    #[error("cannot run cargo for {}: {reason} (is Rust installed? https://rustup.rs; where plugins were built before, --no-build needs none)", .manifest.display())]
    NoCargo {
        /// What was to be built.
        manifest: PathBuf,
        /// What the system said.
        reason: std::io::Error,
    },
    /// Cargo failed, or could not be read.
    #[error("cannot run cargo for {}: {reason} (is Rust installed? https://rustup.rs)", .manifest.display())]
    Cargo {
        /// What was to be built.
        manifest: PathBuf,
        /// What went wrong.
        reason: String,
    },
    /// Cargo ran and failed; it has printed why.
    #[error("{}: the plugin does not build (cargo's errors are above)", .0.display())]
    BuildFailed(PathBuf),
    /// The C compiler could not be started.
    #[error("{}: cannot run the C compiler `{compiler}`: {reason} (install one, or name it in the variable {variable})", .plugin.display())]
    NoCompiler {
        /// Where it is looked for first.
        variable: &'static str,
        /// Its name.
        compiler: String,
        /// What was to be built.
        plugin: PathBuf,
        /// What the system said.
        reason: std::io::Error,
    },
    /// The C compiler refused.
    #[error("{}: does not compile with `{compiler}` ({remedy})\n{text}", .plugin.display())]
    NotCompiled {
        /// What was to be built.
        plugin: PathBuf,
        /// The compiler.
        compiler: String,
        /// What to do.
        remedy: &'static str,
        /// What the compiler said.
        text: String,
    },
    /// There is no interpreter of Python that could be used.
    #[error("{}: cannot be imported by `{}`: {reason} (install Python 3.11 or newer with the package flatbench, or name an interpreter that has it in the variable FLATBENCH_PYTHON)", .plugin.display(), .interpreter.display())]
    NoInterpreter {
        /// What was to be built.
        plugin: PathBuf,
        /// As it is started.
        interpreter: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The interpreter lacks the package.
    #[error("{}: `{interpreter}` has no package flatbench, which a plugin in Python needs (`{interpreter} -m pip install flatbench=={version}`, or name an interpreter that has it in the variable FLATBENCH_PYTHON)", .plugin.display(), interpreter = .interpreter.display())]
    NoPackage {
        /// What was to be built.
        plugin: PathBuf,
        /// As it is started.
        interpreter: PathBuf,
        /// The version that is needed.
        version: &'static str,
    },
    /// The interpreter has the package of another version.
    #[error("{}: the package flatbench of `{interpreter}` has version {found}, and this program {version} (`{interpreter} -m pip install flatbench=={version}`, or name an interpreter that has it in the variable FLATBENCH_PYTHON)", .plugin.display(), interpreter = .interpreter.display())]
    OtherPackage {
        /// What was to be built.
        plugin: PathBuf,
        /// As it is started.
        interpreter: PathBuf,
        /// The version that is there.
        found: String,
        /// The version that is needed.
        version: &'static str,
    },
    /// The package is there and fails.
    #[error("{}: the package flatbench of `{}` does not start: {reason} (install it anew, or name another interpreter in the variable FLATBENCH_PYTHON){}", .plugin.display(), .interpreter.display(), below(.text))]
    BrokenPackage {
        /// What was to be built.
        plugin: PathBuf,
        /// As it is started.
        interpreter: PathBuf,
        /// What is wrong with it.
        reason: String,
        /// What it printed.
        text: String,
    },
    /// A file in Python raises an exception when it is imported, or kills the interpreter.
    #[error("{}: cannot be imported: {reason} (correct it; what it printed is below){}", .plugin.display(), below(.text))]
    NotImported {
        /// The file.
        plugin: PathBuf,
        /// The exception.
        reason: String,
        /// The traceback.
        text: String,
    },
    /// The library could not be read.
    #[error("{}: {reason} (check the file and its permissions)", .library.display())]
    Unreadable {
        /// The file.
        library: PathBuf,
        /// What the system said.
        reason: std::io::Error,
    },
    /// The library was opened and is not usable; the text says why and what to do.
    #[error("{}: {reason}", .library.display())]
    Unusable {
        /// The file.
        library: PathBuf,
        /// Classified by the loader.
        reason: String,
    },
    /// Two libraries give themselves one name.
    #[error("{} and {} both call themselves `{name}` (rename one plugin, or give only one)", .first.display(), .second.display())]
    SameName {
        /// The name.
        name: String,
        /// One library.
        first: PathBuf,
        /// The other.
        second: PathBuf,
    },
}

/// A paragraph below the line, if there is anything to show.
fn below(text: &str) -> String {
    let text = text.trim_end();
    if text.is_empty() { String::new() } else { format!("\n{text}") }
}
