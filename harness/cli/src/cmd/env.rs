//! `flatbench env`: the machine, the versions, the plugins.

use std::process::ExitCode;

use clap::Args;
use flatbench_records::Environment;

use crate::environment::environment_of;
use crate::output::{self, errln, outln};
use crate::plugins::{self, PluginArguments};
use crate::status::Failure;

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    plugins: PluginArguments,
    /// Print JSON, as in environment.json
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let tree = arguments.plugins.source_tree()?;
    let collection = plugins::find(&arguments.plugins, tree.as_ref(), arguments.json)?;
    let libraries = arguments.plugins.libraries.as_deref();
    let (environment, processor) = environment_of(libraries, tree.as_ref(), &collection.plugins)?;
    if arguments.json {
        output::json(&environment)?;
    } else {
        print_lines(&environment);
    }
    plugins::warn(&collection);
    processor.iter().for_each(|text| errln!("warning: {text}"));
    Ok(ExitCode::SUCCESS)
}

fn print_lines(environment: &Environment) {
    let machine = &environment.machine;
    let unknown = || "unknown".to_owned();
    let commit = environment.commit.clone().unwrap_or_else(unknown);
    let dirty = if environment.dirty == Some(true) { " (with changes)" } else { "" };
    outln!(
        "flatbench  {} ({} build), record format {}",
        environment.flatbench_version,
        environment.profile,
        environment.format
    );
    outln!("commit     {commit}{dirty}");
    outln!("compiler   {}", environment.rustc.clone().unwrap_or_else(unknown));
    outln!("platform   {}", machine.platform);
    outln!("processor  {}, {} cores", machine.cpu.clone().unwrap_or_else(unknown), machine.cores);
    outln!("features   {}", machine.features.join(" "));
    let gibibytes = machine.memory_bytes.map(|bytes| format!("{:.1} GiB", bytes as f64 / f64::from(1 << 30)));
    outln!("memory     {}", gibibytes.unwrap_or_else(unknown));
    machine.limits.iter().for_each(|limit| outln!("limit      {limit}"));
    for (name, plugin) in &environment.plugins {
        outln!(
            "plugin     {name} {} {} interface {}  {}",
            plugin.version,
            plugin.hash,
            plugin.interface_version,
            plugin.library.display()
        );
        if let Some(python) = &plugin.python {
            let packages: Vec<_> =
                python.packages.iter().map(|(name, version)| format!(", {name} {version}")).collect();
            outln!("           in Python {} ({}){}", python.version, python.interpreter.display(), packages.concat());
        }
    }
}
