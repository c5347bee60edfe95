use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use flatbench_records::protocol::Tier;
use flatbench_records::{Init, Rule};
use flatbench_runner::tune::Wish;

use crate::plugins::PluginArguments;
use crate::quantity;
use crate::study::StudyArguments;

#[derive(Args)]
#[command(
    after_help = "Each optimizer has the same number of trials: its default, then points of a low-discrepancy sequence in the space that \
`flatbench plugin show NAME` prints. Trials meet instances that no evaluation uses, and the setting is chosen that does best over all \
cases. METHODOLOGY.md has the rule. The same command continues where it stopped."
)]
pub struct Arguments {
    /// A built-in suite (`flatbench list suites` has them), or the path of a .toml file
    pub suite: String,
    /// Optimizers to tune [default: those of the suite]
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub optimizer: Vec<String>,
    /// Trials of each optimizer from each start
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(2..=4096))]
    pub trials: u16,
    /// Search settings for this start only [default: every start of the cases]
    #[arg(long, value_name = "START", value_parser = PossibleValuesParser::new(Init::STANDARD.map(Init::name)).try_map(|word| word.parse::<Init>()))]
    pub start: Option<Init>,
    /// Successive halving: try all settings at a small budget, and only the best of every ETA of them at ETA times that budget, up to
    /// the whole one
    #[arg(long, value_name = "ETA", value_parser = clap::value_parser!(u32).range(2..=16))]
    pub halving: Option<u32>,
    /// What is tried of a hyper-parameter, in place of what its plugin says: 'gd.step_size=1e-3..10 log', 'muon.iterations=1..9 linear',
    /// 'sgd.batch_size=[1, 4, 16]', or one value, which is then fixed (repeatable). Numbers alone are in the unit of the default,
    /// and its curve goes with them
    #[arg(long, value_name = "NAME.PARAMETER=VALUES")]
    pub space: Vec<Wish>,
    /// What a setting is judged by; `oracle` knows the ground truth and is taken only where it is named here [default: the rule of the
    /// suite, or validation]
    #[arg(long, value_parser = PossibleValuesParser::new(Rule::ALL.map(Rule::name)).try_map(|word| word.parse::<Rule>()))]
    pub rule: Option<Rule>,
    /// Instances of every case that each setting is tried on [default: the number of the suite's tuning, or 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub seeds: Option<u32>,
    /// Another sequence of trials
    #[arg(long, value_name = "S", default_value_t = 0)]
    pub seed: u32,
    /// Folder for the rungs of the search and what comes of it [default: reports/local/SUITE-tuning]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Worker processes at a time [default: the cores that it may use; `flatbench env` says what limits them]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: Option<u16>,
    /// Seconds that the optimizer of a run may take, in place of the suite's; a longer one is killed and recorded as timed out
    #[arg(long, value_name = "SECONDS", value_parser = quantity::seconds)]
    pub time_limit: Option<f64>,
    /// Seconds that measuring a run may take, in place of the suite's; what takes longer is left out, saying so
    #[arg(long, value_name = "SECONDS", value_parser = quantity::seconds)]
    pub measuring_limit: Option<f64>,
    /// Memory that a worker may use, such as 8GiB, or none [default: half of what flatbench may use]
    #[arg(long, value_name = "SIZE", value_parser = quantity::memory)]
    pub memory_limit: Option<quantity::Memory>,
    #[command(flatten)]
    pub plugins: PluginArguments,
    /// Do every run anew; earlier records are moved aside
    #[arg(long)]
    pub fresh: bool,
    /// Do runs anew that failed, or that could not be measured; their earlier records are moved aside
    #[arg(long)]
    pub retry_failed: bool,
    /// Print spaces, trials, rungs and what they cost, and run nothing
    #[arg(long)]
    pub list: bool,
    /// Print nothing but errors
    #[arg(long, short)]
    pub quiet: bool,
}

impl Arguments {
    /// The suite with its own optimizers, as `flatbench run` would take it.
    pub fn study(&self) -> StudyArguments {
        StudyArguments {
            suite: self.suite.clone(),
            optimizer: Vec::new(),
            family: Vec::new(),
            seeds: None,
            time_limit: self.time_limit,
            measuring_limit: self.measuring_limit,
            memory_limit: self.memory_limit,
            tier: Tier::default(),
            keep_parameters: false,
            plugins: self.plugins.clone(),
        }
    }
}
