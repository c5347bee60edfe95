//! `flatbench list`: what there is to choose from.

use std::path::Path;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use flatbench_records::{METRICS, OptimizerDescription, Parameter};
use flatbench_runner::Catalog;
use flatbench_runner::suite::{Source, Suite};
use serde::Serialize;

use crate::archives;
use crate::catalog::Families;
use crate::output::{self, errln, outln};
use crate::parameter::in_words;
use crate::plugins::{self, PluginArguments};
use crate::status::Failure;
use crate::suites::BUILT_IN;
use crate::toml::in_suite;

#[derive(Args)]
pub struct Arguments {
    /// What to list
    what: What,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    plugins: PluginArguments,
}

#[derive(Clone, Copy, ValueEnum)]
enum What {
    Suites,
    Families,
    Optimizers,
    Metrics,
    /// Run directories that --beside takes by name
    Archives,
}

pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    match arguments.what {
        What::Suites => suites(arguments.json)?,
        What::Families => families(arguments.json)?,
        What::Optimizers => optimizers(arguments)?,
        What::Metrics => metrics(arguments.json)?,
        What::Archives => archives(arguments.json)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn suites(json: bool) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Row<'a> {
        name: &'a str,
        description: String,
    }
    let row = |name, text| {
        let source = Source { path: name, text, data_root: Path::new(".") };
        Row { name, description: Suite::description_in(source).unwrap_or_default() }
    };
    let rows: Vec<_> = BUILT_IN.iter().map(|suite| row(suite.name, suite.text)).collect();
    print(json, &rows, |row| format!("{:<12} {}", row.name, row.description))
}

fn families(json: bool) -> Result<(), Failure> {
    let families = Families::new();
    print(json, families.families(), |family| {
        let parameters: String = family.parameters.iter().map(|parameter| in_words(parameter, 8)).collect();
        format!(
            "{}\n    {}\n    loss:   {}\n    theory: {} ({})\n    parameters:\n{parameters}",
            family.name, family.description, family.loss, family.claim, family.source
        )
    })
}

fn optimizers(arguments: &Arguments) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Row<'a> {
        #[serde(flatten)]
        description: &'a OptimizerDescription,
        #[serde(serialize_with = "flatbench_records::path::serialize")]
        source: &'a Path,
        #[serde(serialize_with = "flatbench_records::path::serialize")]
        library: &'a Path,
        hash: &'a str,
    }
    let collection = plugins::find(&arguments.plugins, arguments.plugins.source_tree()?.as_ref(), true)?;
    plugins::warn(&collection);
    let here = std::env::current_dir().map_err(Failure::trouble)?;
    let rows: Vec<_> = collection
        .plugins
        .iter()
        .map(|plugin| Row {
            description: &plugin.description,
            source: plugin.source.strip_prefix(&here).unwrap_or(&plugin.source),
            library: &plugin.library,
            hash: &plugin.hash,
        })
        .collect();
    print(arguments.json, &rows, |row| {
        let Row { description, source, hash, .. } = row;
        let first = description.description.lines().next().unwrap_or_default();
        let setting = |parameter: &Parameter| {
            let default = parameter.default.as_ref().map_or("required".to_owned(), in_suite);
            format!("{} = {default}", parameter.name)
        };
        let settings: Vec<_> = description.hyperparameters.iter().map(setting).collect();
        let settings = if settings.is_empty() { "none".to_owned() } else { settings.join(", ") };
        format!(
            "{:<18} {:<8} {hash}  {}\n    {first}\n    settings: {settings}",
            description.name,
            description.version,
            source.display()
        )
    })
}

fn metrics(json: bool) -> Result<(), Failure> {
    print(json, &METRICS, |metric| {
        let remark = if metric.remark.is_empty() { String::new() } else { format!("\n    {}", metric.remark) };
        let sharpness = if metric.sharpness { ", a measure of sharpness" } else { "" };
        format!("{:<21} {} [{}]{sharpness}\n    {}{remark}", metric.name, metric.symbol, metric.unit, metric.formula)
    })
}

fn archives(json: bool) -> Result<(), Failure> {
    let all = archives::all()?;
    let rows =
        all.iter().map(|(name, directory)| archives::Summary::of(name, directory)).collect::<Result<Vec<_>, _>>()?;
    if rows.is_empty() && !json {
        errln!("there is no archive here: `flatbench archive DIR NAME` makes one of a run directory");
    }
    print(json, &rows, archives::Summary::line)
}

fn print<T: Serialize>(json: bool, rows: &[T], line: impl Fn(&T) -> String) -> Result<(), Failure> {
    if json {
        output::json(rows)?;
    } else {
        rows.iter().for_each(|row| outln!("{}", line(row)));
    }
    Ok(())
}
