use std::process::ExitCode;

use clap::Args;
use flatbench_records::{OptimizerDescription, Parameter};
use flatbench_runner::suite::suggestion;
use flatbench_runner::tune::Axis;

use crate::output::{self, out, outln};
use crate::parameter::in_words;
use crate::plugins::{self, PluginArguments};
use crate::status::Failure;
use crate::toml::in_suite;

#[derive(Args)]
pub struct Arguments {
    /// Name that the plugin gives itself
    name: String,
    #[command(flatten)]
    plugins: PluginArguments,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let Arguments { name, plugins, json } = arguments;
    let collection = plugins::find(plugins, plugins.source_tree()?.as_ref(), true)?;
    let Some(plugin) = collection.plugins.iter().find(|plugin| plugin.description.name == *name) else {
        let known = suggestion(name, collection.plugins.iter().map(|plugin| plugin.description.name.as_str()));
        let unknown = Failure::usage(format!("no plugin `{name}` ({known})"));
        return Err(plugins::asked_for(&collection, unknown));
    };
    if *json {
        output::json(&plugin.description)?;
    } else {
        out!("{}", show(&plugin.description));
        outln!("\nsource  {}\nlibrary {}\nhash    {}", plugin.source.display(), plugin.library.display(), plugin.hash);
    }
    Ok(ExitCode::SUCCESS)
}

fn show(optimizer: &OptimizerDescription) -> String {
    let mut text = format!(
        "{} {} (plugin interface {})\n{}\n\nHyper-parameters\n",
        optimizer.name, optimizer.version, optimizer.interface_version, optimizer.description
    );
    for parameter in &optimizer.hyperparameters {
        let space = match Axis::of(parameter) {
            Ok(axis) => axis.to_string(),
            Err(reason) => format!("not searched: {reason}"),
        };
        text += &format!("{}      in `flatbench tune`: {space}\n", in_words(parameter, 2));
    }
    let assign = |parameter: &Parameter| {
        let value = parameter.default.as_ref().map_or("..".to_owned(), in_suite);
        format!("{} = {value}", parameter.name)
    };
    let setting = optimizer.hyperparameters.iter().map(assign).collect::<Vec<_>>().join(", ");
    text + &format!("\nIn a suite\n  [[optimizer]]\n  name = {:?}\n  settings = [{{ {setting} }}]\n", optimizer.name)
}
