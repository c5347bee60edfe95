use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use flatbench_records::{OptimizerDescription, PluginBuild, PythonBuild, Runtime};

use super::build::{Artifact, Build, Built, is_library};
use super::c::CPlugin;
use super::look::{entries, is_dir, is_file};
use super::parcel::{Label, without_comment};
use super::python::PythonPlugin;
use super::tree::manifests_in;
use super::{Describer, Interpreter, PluginError, Shelf, SourceTree};

/// An optimizer that can be run.
#[derive(Clone, Debug, PartialEq)]
pub struct Plugin {
    /// What it says about itself.
    pub description: OptimizerDescription,
    /// Library.
    pub library: PathBuf,
    /// What it was made from: the folder of a crate, a folder or file in C, a file in Python, or the library itself.
    pub source: PathBuf,
    /// Content hash of the library: the first 16 hexadecimal digits of its BLAKE3.
    pub hash: String,
    /// What it runs in, where that is an interpreter.
    pub python: Option<PythonBuild>,
}

impl Plugin {
    /// As it stands in `environment.json`.
    pub fn build(&self) -> PluginBuild {
        PluginBuild {
            library: self.library.clone(),
            source: Some(std::path::absolute(&self.source).unwrap_or_else(|_| self.source.clone())),
            hash: self.hash.clone(),
            version: self.description.version.clone(),
            interface_version: self.description.interface_version.clone(),
            python: self.python.clone(),
        }
    }
}

/// Where plugins are to come from.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// Source tree whose `plugins/` are taken.
    pub tree: Option<&'a SourceTree>,
    /// Folder with the libraries that come with the program, which are taken where there is no source tree.
    pub installed: Option<&'a Path>,
    /// Folder with libraries and the list of them, which are taken instead of those of a source tree and of the program.
    pub libraries: Option<&'a Path>,
    /// Libraries, crates, C files, folders with C files, Python files, or folders of those.
    pub paths: &'a [PathBuf],
    /// Take what is in the target folders.
    pub no_build: bool,
    /// Keep cargo and the C compiler from printing anything but errors.
    pub quiet: bool,
    /// Who opens libraries.
    pub describer: &'a Describer,
    /// Who makes parcels of Python files.
    pub interpreter: &'a Interpreter,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Collection {
    /// Plugins by name.
    pub plugins: Vec<Plugin>,
    /// What could not be used although its path was given: an error of whoever gave it.
    pub refused: Vec<PluginError>,
    /// What else could not be used: it matters to who asks for that plugin.
    pub left_out: Vec<PluginError>,
}

/// Builds, hashes and describes every plugin of a request. A problem with one does not keep the others away. Of plugins that share
/// a name, none is taken: which one is meant cannot be known.
pub fn collect(request: &Request<'_>) -> Collection {
    let build = Build { no_build: request.no_build, quiet: request.quiet, interpreter: request.interpreter };
    let mut collection = Collection::default();
    let mut seen = BTreeSet::new();
    let mut named: BTreeMap<String, Vec<(Plugin, bool)>> = BTreeMap::new();
    let given = request.paths.iter().map(|path| (at_path(path, build, request.tree), true));
    let found = match (request.libraries, request.tree) {
        (Some(folder), _) => Some((Shelf::libraries(folder), true)),
        (None, Some(tree)) => Some((in_tree(tree, build), false)),
        (None, None) => request.installed.map(|folder| (installed_in(folder, build), false)),
    };
    for (built, is_given) in found.into_iter().chain(given) {
        collection.problems(is_given).extend(built.problems);
        for Artifact { library, source } in built.artifacts {
            // Naming one library twice is no contradiction.
            let library = match library.canonicalize() {
                Ok(canonical) => canonical,
                Err(reason) => {
                    collection.problems(is_given).push(PluginError::Unreadable { library, reason });
                    continue;
                }
            };
            if !seen.insert(library.clone()) {
                continue;
            }
            match describe(&library, source, request) {
                Ok(plugin) => named.entry(plugin.description.name.clone()).or_default().push((plugin, is_given)),
                Err(problem) => collection.problems(is_given).push(problem),
            }
        }
    }
    for (name, mut plugins) in named {
        match plugins.as_slice() {
            [(first, _), .., (last, is_given)] => {
                let (first, second) = (first.library.clone(), last.library.clone());
                collection.problems(*is_given).push(PluginError::SameName { name, first, second });
            }
            _ => collection.plugins.extend(plugins.pop().map(|(plugin, _)| plugin)),
        }
    }
    collection
}

impl Collection {
    fn problems(&mut self, is_given: bool) -> &mut Vec<PluginError> {
        if is_given { &mut self.refused } else { &mut self.left_out }
    }
}

/// The libraries that come with a program: those of the list that is beside them, or all of them.
fn installed_in(folder: &Path, build: Build<'_>) -> Built {
    match Shelf::open(folder) {
        Ok(None) => at_path(folder, build, None),
        _ => Shelf::libraries(folder),
    }
}

/// The crates and the plugins in C and Python of a source tree.
fn in_tree(tree: &SourceTree, build: Build<'_>) -> Built {
    let mut built = Built::default();
    built.join(tree.plugin_manifests().and_then(|manifests| build.tree(tree.root(), &manifests)));
    match CPlugin::inside(&tree.plugins().join("c")) {
        Ok(plugins) => plugins.iter().for_each(|plugin| built.add(plugin.build(build, Some(tree)))),
        Err(problem) => built.add(Err(problem)),
    }
    match PythonPlugin::below(&tree.plugins().join("python")) {
        Ok(plugins) => plugins.iter().for_each(|plugin| built.join(Ok(plugin.build(build)))),
        Err(problem) => built.add(Err(problem)),
    }
    built
}

/// Builds what is at a path, and returns the libraries: one for a library, a crate, a C file or a folder with C files, any number for
/// a Python file or a folder of those.
///
/// # Errors
/// Nothing usable is there, or it does not build.
pub fn build_at(
    path: &Path,
    tree: Option<&SourceTree>,
    interpreter: &Interpreter,
    quiet: bool,
) -> Result<Vec<PathBuf>, PluginError> {
    let Built { artifacts, problems } = at_path(path, Build { no_build: false, quiet, interpreter }, tree);
    for artifact in artifacts.iter().filter(|artifact| Runtime::of(&artifact.library) == Runtime::Python) {
        interpreter.check(&artifact.source)?;
    }
    let problem = problems.into_iter().next();
    problem.map_or(Ok(artifacts.into_iter().map(|artifact| artifact.library).collect()), Err)
}

fn describe(library: &Path, source: PathBuf, request: &Request<'_>) -> Result<Plugin, PluginError> {
    let unreadable = |reason| PluginError::Unreadable { library: library.to_owned(), reason };
    let hash = hash_of(library).map_err(unreadable)?;
    let python = match Runtime::of(library) {
        Runtime::Native => None,
        Runtime::Python => {
            request.interpreter.check(&source)?;
            Label::read(library).map(|label| label.build(&request.interpreter.program().executable))
        }
    };
    let description = request.describer.describe(library)?;
    Ok(Plugin { description, library: library.to_owned(), source, hash, python })
}

/// Content hash of a file, as it stands in records. To a parcel's content does not belong where its sources were read.
pub(crate) fn hash_of(library: &Path) -> std::io::Result<String> {
    let bytes = std::fs::read(library)?;
    let content = match Runtime::of(library) {
        Runtime::Python => without_comment(&bytes),
        Runtime::Native => &bytes,
    };
    Ok(blake3::hash(content).to_hex().as_str()[..16].to_owned())
}

/// What is at a path that was given.
fn at_path(path: &Path, build: Build<'_>, tree: Option<&SourceTree>) -> Built {
    let mut built = Built::default();
    built.join(at(path, build, tree));
    built
}

fn at(path: &Path, build: Build<'_>, tree: Option<&SourceTree>) -> Result<Built, PluginError> {
    let mut built = Built::default();
    let as_given = |library: PathBuf| Artifact { source: library.clone(), library };
    if let Some(plugin) = CPlugin::at(path)? {
        built.add(plugin.build(build, tree));
        return Ok(built);
    }
    if let Some(plugin) = PythonPlugin::at(path)? {
        return Ok(plugin.build(build));
    }
    if is_file(path)? {
        if path.file_name().is_some_and(|name| name == "Cargo.toml") {
            return build.manifest(path);
        }
        built.add(Ok(as_given(path.to_owned())));
        return Ok(built);
    }
    if !is_dir(path)? {
        return Err(PluginError::Missing(path.to_owned()));
    }
    let own = path.join("Cargo.toml");
    if is_file(&own)? {
        return build.manifest(&own);
    }
    for file in entries(path)? {
        if is_library(&file) && is_file(&file)? {
            built.add(Ok(as_given(file)));
        }
    }
    manifests_in(path)?.iter().for_each(|manifest| built.join(build.manifest(manifest)));
    CPlugin::inside(path)?.iter().for_each(|plugin| built.add(plugin.build(build, tree)));
    for plugin in PythonPlugin::inside(path)?.into_iter().chain(PythonPlugin::below(path)?) {
        built.join(Ok(plugin.build(build)));
    }
    if built.artifacts.is_empty() && built.problems.is_empty() {
        return Err(PluginError::NothingInside { folder: path.to_owned() });
    }
    Ok(built)
}
