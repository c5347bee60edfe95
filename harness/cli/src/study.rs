//! What is to be run: a suite with the plugins it names, checked together. Options shared by the commands that run it.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use flatbench_records::protocol::Tier;
use flatbench_runner::plan::Filter;
use flatbench_runner::plugins::{Collection, Plugin, SourceTree};
use flatbench_runner::suite::{Source, Suite, SuiteMistakes};
use flatbench_runner::{Interruption, name_of_signal};

use crate::catalog::Families;
use crate::events::{self, Event};
use crate::output::errln;
use crate::plugins::{self, PluginArguments};
use crate::status::Failure;
use crate::terminal::{error_columns, wrapped};
use crate::{quantity, suites, terminal};

/// Options about what is run.
#[derive(Args, Clone)]
pub struct StudyArguments {
    /// A built-in suite (`flatbench list suites` has them), or the path of a .toml file
    #[arg(default_value = "default")]
    pub suite: String,
    /// Run these optimizers only; one that the suite does not have runs at the defaults of its plugin
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub optimizer: Vec<String>,
    /// Run the cases of these families only
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub family: Vec<String>,
    /// Repetitions of every case, in place of the suite's
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub seeds: Option<u32>,
    /// Seconds that the optimizer of a run may take, in place of the suite's; a longer one is killed and recorded as timed out
    #[arg(long, value_name = "SECONDS", value_parser = quantity::seconds)]
    pub time_limit: Option<f64>,
    /// Seconds that measuring a run may take, in place of the suite's; what takes longer is left out, saying so
    #[arg(long, value_name = "SECONDS", value_parser = quantity::seconds)]
    pub measuring_limit: Option<f64>,
    /// Memory that a worker may use, such as 8GiB, or none [default: half of what flatbench may use]
    #[arg(long, value_name = "SIZE", value_parser = quantity::memory)]
    pub memory_limit: Option<quantity::Memory>,
    /// How much to measure along a run: full adds λ_max
    #[arg(long, default_value_t, value_parser = PossibleValuesParser::new(Tier::ALL.map(Tier::name)).try_map(|word| word.parse::<Tier>()))]
    pub tier: Tier,
    /// Keep the parameters of each run that is done now, at its iterate and limit, in DIR/parameters/KEY.npz
    #[arg(long)]
    pub keep_parameters: bool,
    #[command(flatten)]
    pub plugins: PluginArguments,
}

/// Who is told what is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voice {
    /// A person: warnings, and what the build prints.
    Aloud,
    /// A person, errors only.
    Silent,
    /// A program.
    Events,
}

impl Voice {
    /// Says something to know, where that is wanted.
    pub fn note(self, text: &str) {
        match self {
            Voice::Aloud => errln!("{}", wrapped(text, error_columns(), 4)),
            Voice::Events => events::say(&Event::Note { text }),
            Voice::Silent => {}
        }
    }

    /// Says what may not be meant, where that is wanted.
    pub fn warn(self, text: &str) {
        match self {
            Voice::Aloud => errln!("{}", wrapped(&format!("warning: {text}"), error_columns(), 4)),
            Voice::Events => events::say(&Event::Warning { text }),
            Voice::Silent => {}
        }
    }
}

/// A suite and what it is run with, in which no mistake is left to find.
pub struct Study {
    /// The suite as the options want it.
    pub suite: Suite,
    /// Plugins.
    pub collection: Collection,
    /// The part that the options want.
    pub filter: Filter,
    /// Source tree, if there is one.
    pub tree: Option<SourceTree>,
    /// Whether to stop.
    pub interruption: Interruption,
}

impl Study {
    /// The plugins that the suite names.
    pub fn plugins(&self) -> impl Iterator<Item = &Plugin> {
        let is_named = |plugin: &&Plugin| {
            self.suite.optimizers().iter().any(|optimizer| optimizer.plugin() == plugin.description.name)
        };
        self.collection.plugins.iter().filter(is_named)
    }
}

impl StudyArguments {
    /// The same with the libraries of a folder and no others.
    pub fn with_libraries(&self, folder: PathBuf) -> Self {
        StudyArguments { plugins: PluginArguments::of_libraries(folder), ..self.clone() }
    }

    /// Builds the plugins and checks the suite. What is wrong with plugins and suite is told together.
    pub fn check(&self, voice: Voice) -> Result<Study, Failure> {
        let events = voice == Voice::Events;
        let text = suites::find(&self.suite)?;
        let source = Source { path: &text.path, text: &text.text, data_root: &text.data_root };
        let mistakes = |found: SuiteMistakes| {
            if events {
                events::mistakes(&found);
            }
            found.render(terminal::color() && !events)
        };
        source.check_syntax().map_err(|found| Failure::Usage(mistakes(found)))?;

        let interruption = Interruption::listen().map_err(Failure::trouble)?;
        let tree = self.plugins.source_tree()?;
        let collection = plugins::look(&self.plugins, tree.as_ref(), voice != Voice::Aloud)?;
        if events {
            events::plugin_problems(&collection);
        }
        if let Some(signal) = interruption.signal() {
            errln!("stopped by {} before anything was run; the same command begins again", name_of_signal(signal));
            if events {
                events::interrupted(signal, None);
            }
            return Err(Failure::Interrupted(signal));
        }
        let asked_for = |failure| plugins::asked_for(&collection, failure);
        let complete = collection.refused.is_empty();
        let suite = match Suite::check(source, &Families::new(), &collection.plugins, complete) {
            Ok(suite) if complete => suite,
            Ok(_) => return Err(asked_for(Failure::Usage(String::new()))),
            Err(found) => return Err(asked_for(Failure::Usage(mistakes(found)))),
        };
        let suite = match self.seeds {
            None => suite,
            Some(seeds) => {
                let mut suite = suite.with_seeds(seeds);
                // Further repetitions need further points where cases are given some.
                if let Some((case, reason)) = suite.read_starts(&Families::new()).first() {
                    return Err(Failure::usage(format!(
                        "--seeds {seeds}: the runs of `{case}` cannot start: {reason}"
                    )));
                }
                suite
            }
        };
        let suite = self.time_limit.map_or(suite.clone(), |seconds| suite.with_time_limit(seconds));
        let suite = self.measuring_limit.map_or(suite.clone(), |seconds| suite.with_measuring_limit(seconds));
        let suite = self.with_plugins(suite, &collection.plugins)?;
        let filter =
            Filter::new(&suite, &self.optimizer, &self.family).map_err(|error| asked_for(Failure::usage(error)))?;
        if voice == Voice::Aloud {
            plugins::warn(&collection);
        }
        suite.warnings().iter().for_each(|text| voice.warn(text));
        Ok(Study { suite, collection, filter, tree, interruption })
    }

    /// The suite and the plugins that it does not have among the optimizers that are wanted.
    fn with_plugins(&self, suite: Suite, plugins: &[Plugin]) -> Result<Suite, Failure> {
        let find = |name: &String| plugins.iter().find(|plugin| plugin.description.name == *name);
        let mut added = self.optimizer.iter().filter_map(find);
        added
            .try_fold(suite, |suite, plugin| suite.with_optimizer(&plugin.description))
            .map_err(|error| Failure::usage(error.found_with(self.plugins.options())))
    }
}
