//! `flatbench export`: the records as a table.

/// The columns of a table of records.
pub mod columns;
mod parquet;

use std::io::{ErrorKind, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use flatbench_records::{Record, directory};

use crate::output::{self, outln};
use crate::rerun;
use crate::status::Failure;
use columns::{Cells, Column};

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
    /// Comma-separated values with a header line; an empty field is a number that does not exist, and an apostrophe stands before
    /// text that a spreadsheet would run as a formula
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
    let columns = columns::of(&records);
    if let Some(path) = &arguments.out {
        refuse_own(path)?;
    }
    let bytes = match arguments.format {
        Format::Csv => csv(&columns, &records)?,
        Format::Parquet => parquet::table(&columns, &records).map_err(Failure::trouble)?,
    };
    match &arguments.out {
        Some(path) => std::fs::write(path, bytes).map_err(|error| unwritten(path, &error))?,
        None => output::write(&bytes),
    }
    Ok(ExitCode::SUCCESS)
}

/// A run directory holds what no table may take the place of: in one, only a table is written over.
fn refuse_own(path: &Path) -> Result<(), Failure> {
    // Through links, to where the bytes would go.
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let folder = real.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut inside = false;
    for folder in folder.ancestors() {
        let look = |error| Failure::trouble(anyhow::anyhow!("cannot look at {}: {error}", folder.display()));
        inside |= directory::is_one(folder).map_err(look)?;
    }
    let is_table = real.extension().is_some_and(|extension| extension == "csv" || extension == "parquet");
    match inside && !is_table {
        true => Err(Failure::usage(format!(
            "{} would be among the files of a run directory (give a name that ends in .csv or .parquet, or another folder)",
            path.display()
        ))),
        false => Ok(()),
    }
}

fn unwritten(path: &Path, error: &std::io::Error) -> Failure {
    let text = format!("cannot write {}: {error}", path.display());
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::IsADirectory | ErrorKind::NotADirectory => Failure::usage(text),
        _ => Failure::trouble(anyhow::anyhow!(text)),
    }
}

/// Text that a spreadsheet would take for a formula, which can reach out of the table, gets an apostrophe before it.
fn harmless(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text }
}

fn csv(columns: &[Column], records: &[Record]) -> Result<Vec<u8>, Failure> {
    let mut table = csv::Writer::from_writer(Vec::new());
    let header = columns.iter().map(|column| column.name.as_str());
    table.write_record(header).map_err(Failure::trouble)?;
    for record in records {
        let cells = columns.iter().map(|column| match &column.cells {
            text @ Cells::Text(_) => harmless(text.text(record)),
            other => other.text(record),
        });
        table.write_record(cells).map_err(Failure::trouble)?;
    }
    table.into_inner().map_err(|error| Failure::trouble(error.into_error()))
}
