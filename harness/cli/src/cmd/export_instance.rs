//! `flatbench export-instance`: truth, measurements, start and references of one instance, for other programs.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use flatbench_instances::{ExportError, Provenance, export_instance};
use flatbench_records::{Init, Reading, Split};
use flatbench_runner::plan::Draw;
use flatbench_runner::suite::{Source, Suite, SuiteCase, suggestion};

use crate::catalog::Families;
use crate::output::outln;
use crate::status::Failure;
use crate::{suites, terminal};

/// Repetitions among which the seed of a record is looked for.
const SEARCHED: u32 = 1000;

#[derive(Args)]
#[command(
    after_help = "The parameters of a run on the instance, DIR/parameters/KEY.npz (`run --keep-parameters`, `replay --save`), have their \
factors by the names in instance.json: numpy.load(FILE)[\"limit_L\"]. FORMAT.md has a script that reads both."
)]
pub struct Arguments {
    /// A built-in suite, or the path of a .toml file
    suite: String,
    /// Name of a case in it
    case: String,
    /// Starting regime [default: the first of the case]
    #[arg(long, value_parser = str::parse::<Init>)]
    init: Option<Init>,
    /// Which draw of the case: the `repetition` of evaluation records
    #[arg(long, value_name = "N", default_value_t = 0, conflicts_with = "seed")]
    repetition: u32,
    /// Seed of truth and measurements: the `instance_seed` of a record gives that record's starting point too, any other
    /// number an instance of its own
    #[arg(long, value_name = "S")]
    seed: Option<u64>,
    /// Folder to write to
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

pub fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let text = suites::find(&arguments.suite)?;
    let source = Source { path: &text.path, text: &text.text, data_root: &text.data_root };
    // Optimizers play no part in an instance, so no plugin is built for this.
    let suite = Suite::check(source, &Families::new(), &[], false)
        .map_err(|found| Failure::Usage(found.render(terminal::color())))?;
    let Some(case) = suite.cases().iter().find(|case| case.name() == arguments.case) else {
        let (name, known) = (&arguments.case, suggestion(&arguments.case, suite.cases().iter().map(SuiteCase::name)));
        return Err(Failure::usage(format!("the suite `{}` has no case `{name}` ({known})", suite.name())));
    };
    let init = arguments.init.or(case.inits().first().copied()).unwrap_or(Init::Large);
    if !case.can_start(init) {
        return Err(Failure::usage(format!(
            "the case `{}` has no {init} start (see `init` in the suite)",
            case.name()
        )));
    }
    let (draw, is_planned) = draw(&suite, case, init, arguments);
    let repetition = is_planned.then(|| (draw.split.to_string(), draw.repetition));
    let provenance = Provenance { suite: suite.name().to_owned(), repetition };
    let path = export_instance(&draw.job(&suite), &provenance, &arguments.out).map_err(|error| match error {
        ExportError::Write { .. } => Failure::trouble(error),
        other => Failure::usage(other),
    })?;
    for (what, finding) in case.reading().map(Reading::facts).unwrap_or_default() {
        outln!("    {what:<12}  {finding}");
    }
    outln!("{}", path.display());
    Ok(ExitCode::SUCCESS)
}

/// The draw asked for, and whether it is one of the suite's own.
fn draw(suite: &Suite, case: &SuiteCase, init: Init, arguments: &Arguments) -> (Draw, bool) {
    let planned = |split, repetition| Draw::new(suite, case, init, split, repetition);
    let Some(seed) = arguments.seed else { return (planned(Split::Evaluation, arguments.repetition), true) };
    let all = [Split::Evaluation, Split::Tuning];
    let mut candidates = all.into_iter().flat_map(|split| (0..SEARCHED).map(move |repetition| (split, repetition)));
    match candidates.find_map(|(split, n)| Some(planned(split, n)).filter(|draw| draw.instance_seed == seed)) {
        Some(draw) => (draw, true),
        None => (
            Draw { instance_seed: seed, init_seed: seed, given: case.start_at(seed), ..planned(Split::Evaluation, 0) },
            false,
        ),
    }
}
