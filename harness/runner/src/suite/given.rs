use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flatbench_records::{Given, Init, Point, Record, Split, StartPoint, directory};
use serde::Serialize;
use toml::Spanned;
use toml::de::DeValue;

use super::model::{Suite, SuiteCase};
use super::section::{Found, Section};
use super::value;
use crate::Catalog;
use crate::plan::Draw;

/// Reasons that one message names.
const NAMED: usize = 3;

/// `start` of a case: a point of runs in a directory, or of a file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Declared {
    /// The run directory.
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<PathBuf>,
    /// Optimizer of the runs, by its name there.
    #[serde(skip_serializing_if = "Option::is_none")]
    optimizer: Option<String>,
    /// Start of the runs, where the optimizer has several there.
    #[serde(skip_serializing_if = "Option::is_none")]
    init: Option<Init>,
    /// The file.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<PathBuf>,
    /// Which point of the run, or of an archive of several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) point: Option<Point>,
}

/// The points at which the runs of a case start.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct GivenStart {
    pub(crate) declared: Declared,
    /// By the seed of the instance.
    points: BTreeMap<u64, Arc<Given>>,
}

impl GivenStart {
    /// The point on an instance.
    pub(crate) fn at(&self, instance_seed: u64) -> Option<&Arc<Given>> {
        self.points.get(&instance_seed)
    }

    /// Content hashes by the seed of the instance.
    pub(crate) fn hashes(&self) -> Vec<(u64, &str)> {
        self.points.iter().map(|(seed, given)| (*seed, given.point.hash.as_str())).collect()
    }
}

/// Reads `start` of a case. Paths are relative to `data_root`.
pub(super) fn read(section: &mut Section<'_, '_>, data_root: &Path, found: &Found) -> Option<GivenStart> {
    let value = section.get("start")?;
    let DeValue::Table(table) = value.get_ref() else {
        let allowed = "a table: { run = \"DIR\", optimizer = \"gd\", point = \"limit\" } or { file = \"w.npz\" }";
        return section.wrong_type("start", value, allowed);
    };
    let before = found.count();
    let mut section = Section::new(table, value.span(), "`start` of a case", found);
    let path = |text: Spanned<String>| data_root.join(text.into_inner());
    let (run, file) = (section.text("run").map(path), section.text("file").map(path));
    let point = section.text("point").and_then(|text| match text.get_ref().as_str() {
        "start" => {
            found.add(text.span(), "`point` is \"start\"", "one of \"limit\", \"iterate\"", "");
            None
        }
        _ => value::word(&text, "point", &[Point::Limit, Point::Iterate], found),
    });
    let mut optimizer = None;
    let mut init = None;
    match (&run, &file) {
        (Some(_), None) => {
            optimizer = section.text("optimizer").map(Spanned::into_inner);
            if table.keys().all(|key| key.get_ref() != "optimizer") {
                section.missing("optimizer", "the name of an optimizer of that run directory");
            }
            if table.keys().all(|key| key.get_ref() != "point") {
                section.missing("point", "\"limit\", the zero-loss point, or \"iterate\", the returned one");
            }
            init = section.text("init").and_then(|text| value::word(&text, "init", &Init::ALL, found));
        }
        (None, Some(_)) => {}
        _ if found.count() == before => {
            found.add(value.span(), "`start` names no point", "either `run`, a run directory, or `file`", "");
        }
        _ => {}
    }
    section.finish(&|key| match key {
        "optimizer" | "init" => Some("says which run of a directory, beside `run`".to_owned()),
        _ => None,
    });
    let declared = Declared { run, optimizer, init, file, point };
    (found.count() == before).then_some(GivenStart { declared, points: BTreeMap::new() })
}

impl Suite {
    /// Reads the points at which runs start where a case gives them, for all repetitions. What is wrong with them, by the name of the
    /// case; runs without a point are not planned.
    pub fn read_starts(&mut self, catalog: &dyn Catalog) -> Vec<(String, String)> {
        let mut directories = Directories::default();
        let mut mistakes = Vec::new();
        let mut cases = self.cases.clone();
        for case in &mut cases {
            let Some(declared) = case.start.as_ref().map(|start| start.declared.clone()) else { continue };
            let (points, wrong) = self.points(case, &declared, catalog, &mut directories);
            if !wrong.is_empty() {
                let more = wrong.len().saturating_sub(NAMED);
                let mut text = wrong.into_iter().take(NAMED).collect::<Vec<_>>().join("; ");
                if more > 0 {
                    text += &format!("; and {more} more");
                }
                mistakes.push((case.name.clone(), text));
            }
            case.start = Some(GivenStart { declared, points });
        }
        self.cases = cases;
        mistakes
    }

    /// The points of a case by instance, and why some of them are missing.
    fn points(
        &self,
        case: &SuiteCase,
        declared: &Declared,
        catalog: &dyn Catalog,
        directories: &mut Directories,
    ) -> (BTreeMap<u64, Arc<Given>>, Vec<String>) {
        let mut points = BTreeMap::new();
        let mut wrong: Vec<String> = Vec::new();
        let tuning = self.tuning().filter(|tuning| tuning.covers(&case.name)).map_or(0, |tuning| tuning.seeds);
        let evaluation = (0..self.repetitions(case)).map(|repetition| (Split::Evaluation, repetition));
        let draws = evaluation.chain((0..tuning).map(|repetition| (Split::Tuning, repetition)));
        let draws: Vec<Draw> =
            draws.map(|(split, repetition)| Draw::new(self, case, Init::Given, split, repetition)).collect();
        let Some(first) = draws.first() else { return (points, wrong) };
        let factors = match catalog.factors(&first.case, first.instance_seed, &self.data_root) {
            Ok(factors) => factors,
            Err(reason) => return (points, vec![reason]),
        };
        let length: usize = factors.iter().map(|factor| factor.rows * factor.cols).sum();
        let of_file = declared.file.as_ref().map(|file| {
            let is_archive = file.to_string_lossy().trim_end_matches(".gz").ends_with(".npz");
            let array = declared.point.or(is_archive.then_some(Point::Limit)).map(Point::name);
            let from = match array {
                Some(array) => format!("{array} in {}", file.display()),
                None => file.display().to_string(),
            };
            catalog.read_point(file, array).map(|w| given(from, w))
        });
        for draw in draws {
            let found = match (&of_file, &declared.run) {
                (Some(found), _) => found.clone(),
                (None, Some(run)) => {
                    of_run(run, declared, &draw, directories.of(run)).and_then(|(file, point, from)| {
                        catalog.read_point(&file, Some(point.name())).map(|w| given(from, w))
                    })
                }
                (None, None) => continue,
            };
            match found {
                Ok(given) if given.w.len() == length => drop(points.insert(draw.instance_seed, given)),
                Ok(given) => {
                    let sizes: Vec<String> = factors
                        .iter()
                        .map(|factor| format!("{} {}×{}", factor.name, factor.rows, factor.cols))
                        .collect();
                    let found = given.w.len();
                    wrong.push(format!("{found} numbers are given, and w has {length} here ({})", sizes.join(", ")));
                }
                Err(reason) => wrong.push(reason),
            }
        }
        let mut told = BTreeSet::new();
        wrong.retain(|reason| told.insert(reason.clone()));
        (points, wrong)
    }
}

/// Records by directory, each read once.
#[derive(Default)]
struct Directories(BTreeMap<PathBuf, Result<Vec<Record>, String>>);

impl Directories {
    fn of(&mut self, path: &Path) -> Result<&[Record], String> {
        let read = || match directory::Contents::of(path, None) {
            Ok(contents) => Ok(contents.records),
            Err(error) => Err(format!("{} is no run directory that can be read: {error}", path.display())),
        };
        let found = self.0.entry(path.to_owned()).or_insert_with(read);
        found.as_deref().map_err(|reason: &String| reason.clone())
    }
}

/// File and point of the one run of a directory on the instance of a draw, and where that is in words.
fn of_run(
    run: &Path,
    declared: &Declared,
    draw: &Draw,
    records: Result<&[Record], String>,
) -> Result<(PathBuf, Point, String), String> {
    let records = records?;
    let optimizer = declared.optimizer.as_deref().unwrap_or_default();
    let place = format!("{} repetition {}", draw.split, draw.repetition);
    let own = |record: &&Record| record.optimizer == optimizer && declared.init.is_none_or(|init| init == record.init);
    let here: Vec<&Record> =
        records.iter().filter(own).filter(|record| record.instance_seed == draw.instance_seed).collect();
    let selected: Vec<&Record> = here.iter().copied().filter(|record| record.selected).collect();
    let record = match (selected.as_slice(), here.as_slice()) {
        ([only], _) | ([], [only]) => only,
        ([], []) => return Err(absent(run, declared, records, &place)),
        _ => {
            let starts: BTreeSet<&str> = here.iter().map(|record| record.init.name()).collect();
            let way_out = match starts.len() {
                0 | 1 => "its settings were not chosen among".to_owned(),
                _ => format!("`init` chooses one of {}", starts.into_iter().collect::<Vec<_>>().join(", ")),
            };
            let several = here.len();
            return Err(format!("{several} runs of `{optimizer}` there are on the instance of {place} ({way_out})"));
        }
    };
    let point = declared.point.unwrap_or(Point::Limit);
    if point == Point::Limit && record.result.limit().is_none() {
        return Err(format!("the run of `{optimizer}` on the instance of {place} reached no limit"));
    }
    let file = directory::parameters_file(run, &record.key);
    if !file.exists() {
        let again = format!("flatbench replay {} {} --save", run.display(), record.key);
        return Err(format!("the parameters of `{optimizer}` on {place} were not kept ({again})"));
    }
    Ok((file, point, format!("{point} of {optimizer} in {}", run.display())))
}

/// Why no run of the optimizer is on the instance.
fn absent(run: &Path, declared: &Declared, records: &[Record], place: &str) -> String {
    let optimizer = declared.optimizer.as_deref().unwrap_or_default();
    let run = run.display();
    let own = || records.iter().filter(|record| record.optimizer == optimizer);
    if own().next().is_none() {
        let known: BTreeSet<&str> = records.iter().map(|record| record.optimizer.as_str()).collect();
        return format!(
            "{run} has no run of `{optimizer}` (known: {})",
            known.into_iter().collect::<Vec<_>>().join(", ")
        );
    }
    let suites: BTreeSet<&str> = own().map(|record| record.suite.as_str()).collect();
    format!(
        "{run} has no run of `{optimizer}`{} on the instance of {place}: instances are drawn from the name of the suite ({} there), \
         the family and its parameters, which have to be the same",
        declared.init.map_or_else(String::new, |init| format!(" from a {init} start")),
        suites.into_iter().map(|suite| format!("`{suite}`")).collect::<Vec<_>>().join(", "),
    )
}

fn given(from: String, w: Vec<f64>) -> Arc<Given> {
    let mut hasher = blake3::Hasher::new();
    for x in &w {
        hasher.update(&x.to_le_bytes());
    }
    let hash = hasher.finalize().to_hex().chars().take(16).collect();
    Arc::new(Given { point: StartPoint { from, hash }, w })
}
