//! `flatbench export`: the records as a table.

mod columns;
mod parquet;

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use flatbench_records::Record;

use crate::output::{self, outln};
use crate::rerun;
use crate::status::Failure;
use columns::Column;

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
    /// Apache Parquet; every column has its type, and a number that does not exist is null
    Parquet,
}

pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let columns = columns::all();
    if arguments.columns {
        outln!("| column | type | meaning |\n|---|---|---|");
        for Column { name, meaning, cells } in &columns {
            outln!("| `{name}` | {} | {meaning} |", cells.kind());
        }
        return Ok(ExitCode::SUCCESS);
    }
    let binary = matches!(arguments.format, Format::Parquet);
    if binary && arguments.out.is_none() && std::io::stdout().is_terminal() {
        return Err(Failure::usage("a Parquet file is not for a terminal (name a file with --out FILE)"));
    }
    let records = rerun::records(&arguments.dir)?;
    let bytes = match arguments.format {
        Format::Csv => csv(&columns, &records)?,
        Format::Parquet => parquet::table(&columns, &records).map_err(Failure::trouble)?,
    };
    match &arguments.out {
        Some(path) => std::fs::write(path, bytes)
            .map_err(|error| Failure::trouble(anyhow::anyhow!("cannot write {}: {error}", path.display())))?,
        None => output::write(&bytes),
    }
    Ok(ExitCode::SUCCESS)
}

fn csv(columns: &[Column], records: &[Record]) -> Result<Vec<u8>, Failure> {
    let mut table = csv::Writer::from_writer(Vec::new());
    let header = columns.iter().map(|column| column.name.as_str());
    table.write_record(header).map_err(Failure::trouble)?;
    for record in records {
        table.write_record(columns.iter().map(|column| column.cells.text(record))).map_err(Failure::trouble)?;
    }
    table.into_inner().map_err(|error| Failure::trouble(error.into_error()))
}
