//! `flatbench export`: the records as a table.

mod columns;
mod metrics;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use crate::rerun;
use crate::status::Failure;

#[derive(Args)]
pub struct Arguments {
    /// Run directory
    dir: PathBuf,
    /// Form of the table
    #[arg(long, value_enum)]
    format: Format,
    /// File to write to [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print the columns with their meaning instead, as a Markdown table
    #[arg(long)]
    columns: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// Comma-separated values with a header line; an empty field is a number that does not exist
    Csv,
}

pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let columns = columns::all();
    if arguments.columns {
        println!("| column | meaning |\n|---|---|");
        columns.iter().for_each(|column| println!("| `{}` | {} |", column.name, column.meaning));
        return Ok(ExitCode::SUCCESS);
    }
    let records = rerun::records(&arguments.dir)?;
    let Format::Csv = arguments.format;
    let mut table = csv::Writer::from_writer(Vec::new());
    let header = columns.iter().map(|column| column.name.as_str());
    table.write_record(header).map_err(Failure::trouble)?;
    for record in &records {
        table.write_record(columns.iter().map(|column| (column.cell)(record))).map_err(Failure::trouble)?;
    }
    let bytes = table.into_inner().map_err(|error| Failure::trouble(error.into_error()))?;
    match &arguments.out {
        Some(path) => std::fs::write(path, bytes)
            .map_err(|error| Failure::trouble(anyhow::anyhow!("cannot write {}: {error}", path.display())))?,
        None => std::io::stdout().write_all(&bytes).map_err(Failure::trouble)?,
    }
    Ok(ExitCode::SUCCESS)
}
