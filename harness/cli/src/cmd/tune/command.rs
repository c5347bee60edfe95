use std::path::Path;

use flatbench_records::{quoted, quoted_path};

use super::arguments::Arguments;
use super::outcome::absolute;

/// The command that does the same search, in every folder.
pub fn of(arguments: &Arguments, out: &Path) -> String {
    let suite = Path::new(&arguments.suite);
    let suite = if suite.is_file() { quoted_path(&absolute(suite)) } else { quoted(&arguments.suite) };
    let mut words = vec![format!("flatbench tune {suite}")];
    if !arguments.optimizer.is_empty() {
        words.push(format!("--optimizer {}", quoted(&arguments.optimizer.join(","))));
    }
    words.push(format!("--trials {}", arguments.trials));
    words.extend(arguments.start.map(|start| format!("--start {start}")));
    words.extend(arguments.halving.map(|eta| format!("--halving {eta}")));
    words.extend(arguments.space.iter().map(|wish| format!("--space {}", quoted(&wish.to_string()))));
    words.extend(arguments.rule.map(|rule| format!("--rule {rule}")));
    words.extend(arguments.seeds.map(|seeds| format!("--seeds {seeds}")));
    if arguments.seed != 0 {
        words.push(format!("--seed {}", arguments.seed));
    }
    words.extend(arguments.time_limit.map(|seconds| format!("--time-limit {seconds}")));
    words.extend(arguments.measuring_limit.map(|seconds| format!("--measuring-limit {seconds}")));
    words.push(format!("--out {}", quoted_path(&absolute(out))));
    words.join(" ") + &arguments.plugins.options()
}
