use std::path::Path;

use flatbench_records::protocol::{Job, Tier};
use flatbench_records::{Init, Record, Split, Trajectory};
use flatbench_runner::Interruption;
use flatbench_runner::plan::{Draw, Filter};
use flatbench_runner::plugins::Plugin;
use flatbench_runner::session::{self, Options};
use flatbench_runner::store::RunDirectory;
use flatbench_runner::suite::{Source, Suite};

use crate::catalog::Families;
use crate::environment::environment_of;
use crate::plugins::{self, PluginArguments};
use crate::status::Failure;
use crate::{progress, terminal, workers};

/// Plugins and workers for the suites of the self-test.
pub struct Bench {
    plugins: Vec<Plugin>,
    environment: flatbench_records::Environment,
    interruption: Interruption,
    jobs: usize,
    quiet: bool,
}

impl Bench {
    /// Builds the plugins.
    pub fn new(arguments: &PluginArguments, jobs: usize, quiet: bool) -> Result<Self, Failure> {
        let interruption = Interruption::listen().map_err(Failure::trouble)?;
        let tree = arguments.source_tree()?;
        let collection = plugins::find(arguments, tree.as_ref(), true)?;
        plugins::warn(&collection);
        let (environment, _) = environment_of(arguments.libraries.as_deref(), tree.as_ref(), &collection.plugins)?;
        Ok(Bench { plugins: collection.plugins, environment, interruption, jobs, quiet })
    }

    /// Checks a suite of the self-test against families and plugins.
    pub fn suite(&self, name: &str, text: &str) -> Result<Suite, Failure> {
        let source = Source { path: name, text, data_root: Path::new(".") };
        Suite::check(source, &Families::new(), &self.plugins, true)
            .map_err(|found| Failure::Usage(found.render(terminal::color())))
    }

    /// Runs a suite in a temporary folder, in workers as `flatbench run` does, and returns records with their trajectories.
    pub fn run(&self, suite: &Suite) -> Result<Vec<(Record, Trajectory)>, Failure> {
        let folder = tempfile::tempdir().map_err(Failure::trouble)?;
        let options = Options {
            out: folder.path().join("runs"),
            filter: Filter::default(),
            elsewhere: Vec::new(),
            jobs: self.jobs,
            tier: Tier::Cheap,
            fresh: false,
            retry_failed: false,
            memory: workers::default_memory(),
            keep_parameters: false,
            programs: workers::programs(workers::default_memory())?,
            beside: Vec::new(),
        };
        let mut display = progress::display(self.quiet || !terminal::can_draw());
        let summary =
            session::execute(suite, &self.plugins, &self.environment, &options, &self.interruption, display.as_mut())
                .map_err(Failure::trouble)?;
        if let Some(signal) = summary.interrupted {
            return Err(Failure::Interrupted(signal));
        }
        let directory = RunDirectory::open(&options.out, suite.name()).map_err(Failure::trouble)?.directory;
        let with_trajectory = |record: Record| {
            let trajectory = directory.trajectory(&record.key).map_err(Failure::trouble)?.unwrap_or_default();
            Ok((record, trajectory))
        };
        summary.records.into_iter().map(with_trajectory).collect()
    }

    /// The first draw of a case, without runs.
    pub fn draw(&self, suite: &Suite, case: &str) -> Result<Job, Failure> {
        let found = suite.cases().iter().find(|known| known.name() == case);
        let case = found.ok_or_else(|| Failure::usage(format!("the self-test has no case `{case}`")))?;
        Ok(Draw::new(suite, case, Init::Large, Split::Evaluation, 0).job(suite))
    }
}
