//! Where plugins come from: options shared by the commands that need them.

use std::path::{Path, PathBuf};

use clap::Args;
use flatbench_runner::plugins::{Collection, Describer, Request, SourceTree, collect};

use crate::status::Failure;
use crate::workers;

/// Options about plugins.
#[derive(Args)]
pub struct PluginArguments {
    /// Use this plugin too: a library, a plugin crate, a C file, a folder with C files, or a folder of those (repeatable)
    #[arg(long = "plugin", value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Do not build plugins: take the libraries that are there
    #[arg(long)]
    pub no_build: bool,
}

/// The source tree around the current folder, or the one this binary was built in.
pub fn source_tree() -> Result<Option<SourceTree>, Failure> {
    let here = std::env::current_dir()
        .map_err(|error| Failure::trouble(anyhow::anyhow!("cannot find the current folder: {error}")))?;
    SourceTree::find(&here, Path::new(env!("CARGO_MANIFEST_DIR"))).map_err(Failure::usage)
}

/// Builds and describes the plugins.
pub fn find(arguments: &PluginArguments, tree: Option<&SourceTree>, quiet: bool) -> Result<Collection, Failure> {
    let program = workers::program()?;
    let describer = Describer { program, arguments: vec!["__worker".into(), "describe".into()] };
    let request = Request { tree, paths: &arguments.paths, no_build: arguments.no_build, quiet, describer: &describer };
    Ok(collect(&request))
}

/// Builds and describes the plugins; a problem with any of them is an error.
pub fn find_all(arguments: &PluginArguments, quiet: bool) -> Result<Collection, Failure> {
    let collection = find(arguments, source_tree()?.as_ref(), quiet)?;
    if collection.problems.is_empty() { Ok(collection) } else { Err(Failure::Usage(problems_text(&collection))) }
}

/// One line per problem.
pub fn problems_text(collection: &Collection) -> String {
    collection.problems.iter().map(|problem| format!("error: {problem}\n")).collect()
}
