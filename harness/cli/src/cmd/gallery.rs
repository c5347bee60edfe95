//! `flatbench gallery`: a page with a card for every optimizer, and pictures of the problems that can be drawn as a plane.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use flatbench_instances::{Instance, Plane};
use flatbench_records::{Init, OptimizerDescription, Split};
use flatbench_report::{Input, Method};
use flatbench_runner::Catalog;
use flatbench_runner::plan::Draw;
use flatbench_runner::suite::{Source, Suite};
use serde::Deserialize;

use crate::catalog::Families;
use crate::output::{out, outln};
use crate::plugins::{self, PluginArguments};
use crate::status::Failure;
use crate::{archives, rerun, search, terminal};

/// What the picture of a plane shows beyond the paths in it.
const MARGIN: f64 = 1.15;
/// Half the side of its square at least.
const LEAST_REACH: f64 = 1.6;

#[derive(Args)]
pub struct Arguments {
    /// Run directory with the runs of the cards
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// Run directory of a suite whose cases have two parameters, such as `landscape`: each gets a picture
    #[arg(long, value_name = "DIR")]
    planes: Option<PathBuf>,
    /// Folder of the `flatbench tune` that found the settings, or an archive with its trials: how much settings matter is drawn by them
    /// [default: DIR, where it has trials]
    #[arg(long, value_name = "DIR")]
    search: Option<PathBuf>,
    /// Print the table of optimizers and cases as markdown, for a README, and write nothing
    #[arg(long, conflicts_with_all = ["planes", "out", "search"])]
    markdown: bool,
    /// Folder for the page, gallery.html, and the pictures [default: DIR]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    plugins: PluginArguments,
}

pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let families = Families::new();
    let folder = arguments.out.as_ref().unwrap_or(&arguments.directory);
    let mut input = read(&arguments.directory, &families)?;
    if arguments.markdown {
        let gallery = flatbench_report::gallery(&input, &[], &Input::default(), &BTreeMap::new());
        out!("{}", gallery.markdown);
        return Ok(ExitCode::SUCCESS);
    }
    if let (Some(search), Some(source)) = (&arguments.search, input.sources.first_mut()) {
        source.trials = search::named(search)?;
    }
    let (planes, walks) = match &arguments.planes {
        Some(directory) => {
            let walks = read(directory, &families)?;
            (planes(directory, &walks, &families)?, walks)
        }
        None => (Vec::new(), Input::default()),
    };
    let methods = methods(arguments, folder)?;
    let gallery = flatbench_report::gallery(&input, &planes, &walks, &methods);
    let page = flatbench_report::write_gallery(&gallery, folder).map_err(Failure::trouble)?;
    outln!("{}", page.display());
    Ok(ExitCode::SUCCESS)
}

fn read(directory: &Path, families: &Families) -> Result<Input, Failure> {
    if !rerun::is_run_directory(directory)? {
        return Err(archives::no_run_directory(directory));
    }
    let name = directory.display().to_string();
    flatbench_report::read(&[(directory, &name)], families.families()).map_err(Failure::trouble)
}

/// The cases of a run directory that are planes, at their first draw from a large start.
fn planes(directory: &Path, walks: &Input, families: &Families) -> Result<Vec<flatbench_report::Plane>, Failure> {
    let path = directory.join("suite.toml");
    let text =
        std::fs::read_to_string(&path).map_err(|error| Failure::usage(format!("{}: {error}", path.display())))?;
    let name = path.display().to_string();
    let source = Source { path: &name, text: &text, data_root: directory };
    let suite =
        Suite::check(source, families, &[], false).map_err(|found| Failure::Usage(found.render(terminal::color())))?;
    let mut out = Vec::new();
    for case in suite.cases().iter().filter(|case| case.inits().contains(&Init::Large)) {
        let draw = Draw::new(&suite, case, Init::Large, Split::Evaluation, 0);
        let instance = Instance::draw(&draw.job(&suite)).map_err(Failure::usage)?;
        let reach = reach(walks, case.name());
        let Some(Plane { names, side, loss, valley }) = flatbench_instances::plane(&*instance.problem, reach) else {
            continue;
        };
        let record = walks.sources.iter().flat_map(|s| &s.records).find(|record| record.case == case.name());
        let family = record.and_then(|record| families.of(&record.family));
        let point = |(w, trace)| flatbench_report::ValleyPoint { w, trace };
        out.push(flatbench_report::Plane {
            case: case.name().to_owned(),
            family: family.map_or_else(String::new, |family| family.name.clone()),
            formula: family.map_or_else(String::new, |family| family.loss.clone()),
            names,
            reach,
            side,
            loss,
            valley: valley.into_iter().map(|piece| piece.into_iter().map(point).collect()).collect(),
            control: family.zip(record).is_some_and(|(family, record)| family.is_control(&record.family_parameters)),
        });
    }
    if out.is_empty() {
        let dir = directory.display();
        return Err(Failure::usage(format!(
            "{dir} has no case with two parameters and one number for X (the suite `landscape` has)"
        )));
    }
    Ok(out)
}

/// Half the side of the square that holds all paths of a case.
fn reach(walks: &Input, case: &str) -> f64 {
    let keys = walks.sources.iter().flat_map(|source| &source.records).filter(|record| record.case == case);
    let paths = keys.filter_map(|record| walks.trajectories.get(&record.key));
    let entries = paths.flat_map(|path| &path.checkpoints).flat_map(|point| &point.parameters);
    let largest = entries.map(|x| x.abs()).filter(|x| *x < 10.0).fold(0.0, f64::max);
    (MARGIN * largest).max(LEAST_REACH)
}

/// What the plugins that are here say of the optimizers of a directory, and where their code is, as seen from the page.
fn methods(arguments: &Arguments, out: &Path) -> Result<BTreeMap<String, Method>, Failure> {
    #[derive(Deserialize)]
    struct Named {
        name: String,
        plugin: Option<String>,
    }
    #[derive(Deserialize)]
    struct Optimizers {
        #[serde(default, rename = "optimizer")]
        optimizers: Vec<Named>,
    }
    let tree = arguments.plugins.source_tree()?;
    let collection = plugins::find(&arguments.plugins, tree.as_ref(), true)?;
    let mut found = BTreeMap::new();
    for plugin in &collection.plugins {
        let OptimizerDescription { name, description, .. } = &plugin.description;
        let code = relative(&plugin.source, out);
        found.insert(name.clone(), Method { description: description.clone(), code });
    }
    let text = std::fs::read_to_string(arguments.directory.join("suite.toml")).unwrap_or_default();
    let named = ::toml::from_str::<Optimizers>(&text).map(|suite| suite.optimizers).unwrap_or_default();
    for Named { name, plugin } in named {
        if let Some(method) = plugin.and_then(|plugin| found.get(&plugin).cloned()) {
            found.insert(name, method);
        }
    }
    Ok(found)
}

/// The way from a folder to a file or folder in the same source tree; `None` where they share nothing but the root.
fn relative(to: &Path, from: &Path) -> Option<String> {
    let (to, from) = (to.canonicalize().ok()?, std::path::absolute(from).ok()?);
    let shared = to.components().zip(from.components()).take_while(|(a, b)| a == b).count();
    if shared <= 1 {
        return None;
    }
    let up = from.components().skip(shared).map(|_| "..".to_owned());
    let down = to.components().skip(shared).map(|part| part.as_os_str().to_string_lossy().into_owned());
    Some(up.chain(down).collect::<Vec<_>>().join("/"))
}
