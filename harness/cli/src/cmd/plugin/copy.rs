//! `flatbench plugin copy`: what a machine without a source tree needs.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use flatbench_records::quoted_path;
use flatbench_runner::plugins::{Plugin, Shelf};
use flatbench_runner::suite::suggestion;

use crate::environment::environment_of;
use crate::output::outln;
use crate::plugins::{self, PluginArguments};
use crate::status::Failure;

#[derive(Args)]
pub struct Arguments {
    /// Folder to copy to, made where it is missing
    dir: PathBuf,
    /// Copy these optimizers only
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    optimizer: Vec<String>,
    #[command(flatten)]
    plugins: PluginArguments,
}

pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let Arguments { dir, optimizer, plugins } = arguments;
    let tree = plugins.source_tree()?;
    let collection = plugins::find(plugins, tree.as_ref(), false)?;
    let named = |name: &String| {
        let known = || collection.plugins.iter().map(|plugin| plugin.description.name.as_str());
        collection.plugins.iter().find(|plugin| plugin.description.name == *name).ok_or_else(|| {
            let unknown = format!("no plugin `{name}` ({})", suggestion(name, known()));
            plugins::asked_for(&collection, Failure::usage(unknown))
        })
    };
    let wanted: Vec<&Plugin> = match optimizer.as_slice() {
        [] => collection.plugins.iter().collect(),
        names => names.iter().map(named).collect::<Result<_, _>>()?,
    };
    plugins::warn(&collection);
    let (environment, _) = environment_of(plugins.libraries.as_deref(), tree.as_ref(), &collection.plugins)?;
    Shelf::write(dir, &wanted, &environment).map_err(Failure::trouble)?;
    let copied = if wanted.len() == 1 { "1 library".to_owned() } else { format!("{} libraries", wanted.len()) };
    outln!("{copied} copied; where nothing else is: flatbench run SUITE --libraries {}", quoted_path(dir));
    Ok(ExitCode::SUCCESS)
}
