use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};

use flatbench_records::directory::{
    Flaw, PACKED, PACKED_TRAJECTORIES, PACKED_TRIALS, RecordsFile, is_packed, place, scan_file,
};
use flatbench_records::{Environment, Record};
use flatbench_report::Naming;
use flatbench_runner::Catalog;
use flatbench_runner::store::holder;
use flate2::{Compression, GzBuilder};

use super::complete::lacks;
use super::{draw, trials};
use crate::catalog::Families;
use crate::status::Failure;
use crate::{archives, rerun};

/// A record, and its line as it stands in the file.
type Line = (Record, Vec<u8>);

/// What was packed.
pub struct Packed {
    pub suite: String,
    pub records: usize,
    pub optimizers: usize,
    /// Trials of a search among them.
    pub trials: usize,
    pub warnings: Vec<String>,
}

/// How a directory is packed.
pub struct Wanted<'a> {
    /// Take what is there, though something is missing.
    pub partial: bool,
    /// Keep the trajectories of all runs.
    pub trajectories: bool,
    /// Folder of the search that found the settings.
    pub search: Option<&'a Path>,
}

/// Packs the records of a run directory in a folder, with its suite and environment, the trajectories of one draw or of all, and the trials of
/// the search that is named. Other trajectories, parameters and figures stay behind.
pub fn pack(from: &Path, to: &Path, wanted: &Wanted) -> Result<Packed, Failure> {
    if !rerun::is_run_directory(from)? {
        return Err(archives::no_run_directory(from));
    }
    if let Some(holder) = holder(from).map_err(Failure::trouble)? {
        return Err(Failure::usage(format!(
            "{} is still being written by process {holder} (wait for it)",
            from.display()
        )));
    }
    let (mut lines, flaws) = read(from)?;
    let environment = archives::environment(from);
    let records: Vec<Record> = lines.iter().map(|(record, _)| record.clone()).collect();
    let lacks = lacks(&records, &flaws, environment.as_ref());
    if !lacks.is_empty() && (!wanted.partial || records.is_empty()) {
        let reasons: String = lacks.iter().map(|lack| format!("\n    {lack}")).collect();
        let remedy = "run it again to complete it, --retry-failed what failed, or take what is there with --partial";
        return Err(Failure::Usage(format!("error: {} is not complete:{reasons}\n({remedy})\n", from.display())));
    }
    let suite = std::fs::read(from.join("suite.toml")).map_err(|error| {
        Failure::usage(format!(
            "cannot read {}: {error} (an archive needs the suite)",
            from.join("suite.toml").display()
        ))
    })?;
    refuse_other(to, &records)?;
    let tried = trials::of(wanted.search, from, to, &records)?;
    let (tried, warnings) = tried.map_or_else(Default::default, |kept| (kept.trials, kept.warnings));
    let trajectories = draw::trajectories(from, &records, wanted.trajectories)?;
    lines.sort_by(|(a, _), (b, _)| order(a).cmp(&order(b)));
    put(to, PACKED, &compressed(lines.iter().map(|(_, line)| line))?)?;
    put_lines(to, PACKED_TRAJECTORIES, &trajectories)?;
    put_lines(to, PACKED_TRIALS, &trials::lines(&tried)?)?;
    put(to, "suite.toml", &suite)?;
    if let Some(environment) = environment {
        let mut json = serde_json::to_vec_pretty(&published(environment)).map_err(Failure::trouble)?;
        json.push(b'\n');
        put(to, "environment.json", &json)?;
    }
    let optimizers: BTreeSet<&str> = records.iter().map(|record| record.optimizer.as_str()).collect();
    let suite = records.first().map_or_else(String::new, |record| record.suite.clone());
    Ok(Packed { suite, records: records.len(), optimizers: optimizers.len(), trials: tried.len(), warnings })
}

/// Draws page and figures of an archive, whose commands work in its folder wherever it is moved.
pub fn draw(archive: &Path) -> Result<PathBuf, Failure> {
    let (directories, families) = ([archive.to_owned()], Families::new());
    let page =
        flatbench_report::write_joined(&directories, &[], archive, Naming::Here, families.families(), &mut |_| ());
    page.map_err(Failure::trouble)
}

/// Records with their lines, and the lines that are none.
fn read(from: &Path) -> Result<(Vec<Line>, Vec<Flaw>), Failure> {
    let (mut lines, mut flaws) = (Vec::new(), Vec::new());
    let scanned = RecordsFile::open(from).and_then(|file| {
        scan_file::<std::io::Error>(&file, None, &mut |line| {
            match line.found {
                Ok(record) => lines.push((*record, line.text.to_vec())),
                Err(kind) => flaws.push(Flaw { line: line.number, kind, text: line.text.to_vec() }),
            }
            Ok(())
        })
    });
    scanned
        .map_err(|error| Failure::trouble(anyhow::anyhow!("cannot read the records of {}: {error}", from.display())))?;
    Ok((lines, flaws))
}

/// The place of a record: runs of one instance, which have start and references in common, stand beside each other and so take half the
/// room that they would in the order of their keys.
fn order(record: &Record) -> impl Ord + use<'_> {
    let Record { split, case, init, repetition, instance_seed, optimizer, key, .. } = record;
    (*split, case, *init, *repetition, *instance_seed, optimizer, key)
}

/// The same bytes for the same lines, whenever and wherever they are packed by one version of flatbench.
fn compressed<'a>(lines: impl IntoIterator<Item = &'a Vec<u8>>) -> Result<Vec<u8>, Failure> {
    let mut packer = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    for line in lines {
        packer.write_all(line).and_then(|()| packer.write_all(b"\n")).map_err(Failure::trouble)?;
    }
    packer.finish().map_err(Failure::trouble)
}

/// What is known of the place, without paths that mean nothing elsewhere.
fn published(mut environment: Environment) -> Environment {
    environment.libraries = None;
    for plugin in environment.plugins.values_mut() {
        plugin.source = None;
        if plugin.library.is_absolute() {
            plugin.library = plugin.library.file_name().map(PathBuf::from).unwrap_or_default();
        }
    }
    environment
}

/// Refuses a folder with anything else in it than an archive of the same suite.
fn refuse_other(to: &Path, records: &[Record]) -> Result<(), Failure> {
    let is_empty = std::fs::read_dir(to).map_or(true, |mut entries| entries.next().is_none());
    if is_empty && !to.is_file() {
        return Ok(());
    }
    let there = to.display();
    if !is_packed(to).map_err(Failure::trouble)? {
        return Err(Failure::usage(format!(
            "{there} is there and is no archive (choose another name or an empty folder)"
        )));
    }
    let (lines, _) = read(to)?;
    match (lines.first(), records.first()) {
        (Some((was, _)), Some(is)) if was.suite != is.suite => Err(Failure::usage(format!(
            "{there} is an archive of the suite `{}`, not `{}` (choose another name)",
            was.suite, is.suite
        ))),
        _ => Ok(()),
    }
}

fn put(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), Failure> {
    let path = folder.join(name);
    let written = std::fs::create_dir_all(folder).and_then(|()| place(&path, bytes));
    written.map_err(|error| Failure::trouble(anyhow::anyhow!("cannot write {}: {error}", path.display())))
}

/// A packed file of lines; where there are none, none stays.
fn put_lines(folder: &Path, name: &str, lines: &[Vec<u8>]) -> Result<(), Failure> {
    if !lines.is_empty() {
        return put(folder, name, &compressed(lines)?);
    }
    let path = folder.join(name);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Failure::trouble(anyhow::anyhow!("cannot remove {}: {error}", path.display())))
        }
        _ => Ok(()),
    }
}
