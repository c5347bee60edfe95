//! Who is tuned, and in which space.

use std::collections::BTreeMap;

use flatbench_records::{Init, OptimizerDescription, Value};
use flatbench_runner::plugins::Plugin;
use flatbench_runner::suite::{Suite, SuiteOptimizer, suggestion};
use flatbench_runner::tune::{Contender, Space, Wish};

use super::arguments::Arguments;
use crate::status::Failure;

/// An optimizer with the space of its settings.
pub struct Entrant {
    /// Name and trials.
    pub contender: Contender,
    /// Where they come from.
    pub space: Space,
}

/// The optimizers that are asked for. Everything that is wrong with names and spaces is said at once.
pub fn entrants(arguments: &Arguments, suite: &Suite, plugins: &[Plugin]) -> Result<Vec<Entrant>, Failure> {
    let listed: Vec<String> = suite.optimizers().iter().map(|own| own.name().to_owned()).collect();
    let mut names = if arguments.optimizer.is_empty() { listed.clone() } else { arguments.optimizer.clone() };
    let mut seen = std::collections::BTreeSet::new();
    names.retain(|name| seen.insert(name.clone()));
    let mut wrong = Vec::new();
    for wish in arguments.space.iter().filter(|wish| !names.contains(&wish.optimizer)) {
        let help = suggestion(&wish.optimizer, names.iter().map(String::as_str));
        wrong.push(format!("`{wish}`: `{}` is not tuned here ({help})", wish.optimizer));
    }
    let mut entrants = Vec::new();
    for name in &names {
        let Some((plugin, own)) = find(name, suite, plugins) else {
            let known = listed.iter().map(String::as_str);
            let known = known.chain(plugins.iter().map(|plugin| plugin.description.name.as_str()));
            let known: std::collections::BTreeSet<&str> = known.collect();
            wrong.push(format!("no optimizer `{name}` ({})", suggestion(name, known.iter().copied())));
            continue;
        };
        let wishes: Vec<&Wish> = arguments.space.iter().filter(|wish| wish.optimizer == *name).collect();
        match Space::new(plugin, &own.map(|own| pinned(own, plugin)).unwrap_or_default(), &wishes) {
            Ok(space) => {
                let trials = space.trials(usize::from(arguments.trials), arguments.seed);
                let contender = Contender { name: name.clone(), plugin: plugin.name.clone(), trials };
                entrants.push(Entrant { contender, space });
            }
            Err(problems) => wrong.extend(problems),
        }
    }
    if wrong.is_empty() && entrants.iter().all(|own| own.contender.trials.len() < 2) {
        wrong.push(format!(
            "{}: nothing to search, since every hyper-parameter keeps its value (--space 'NAME.PARAMETER=VALUES' says what to try; \
             `flatbench plugin show NAME` prints the spaces)",
            names.join(", ")
        ));
    }
    match wrong.is_empty() {
        true => Ok(entrants),
        false => {
            Err(Failure::Usage(wrong.iter().map(|text| crate::output::line(format_args!("error: {text}"))).collect()))
        }
    }
}

/// The plugin of an optimizer, and its entry where the suite has one.
fn find<'a>(
    name: &str,
    suite: &'a Suite,
    plugins: &'a [Plugin],
) -> Option<(&'a OptimizerDescription, Option<&'a SuiteOptimizer>)> {
    let own = suite.optimizers().iter().find(|own| own.name() == name);
    let wanted = own.map_or(name, SuiteOptimizer::plugin);
    plugins.iter().find(|plugin| plugin.description.name == wanted).map(|plugin| (&plugin.description, own))
}

/// What makes an entry of the suite a method of its own, where it has another name than its plugin: the values that all of its settings
/// share, and that are not the plugin's defaults.
fn pinned(own: &SuiteOptimizer, plugin: &OptimizerDescription) -> BTreeMap<String, Value> {
    if own.name() == own.plugin() {
        return BTreeMap::new();
    }
    let settings: Vec<_> = Init::STANDARD.into_iter().flat_map(|init| own.settings(init)).collect();
    let shared = |(name, value): &(&String, &Value)| {
        let default = plugin.hyperparameters.iter().find(|known| known.name == **name)?.default.as_ref();
        let is_own = default.is_none_or(|default| !default.is_same_as(value));
        let is_shared = settings.iter().all(|other| other.get(*name) == Some(*value));
        (is_own && is_shared).then(|| ((*name).clone(), (*value).clone()))
    };
    settings.first().into_iter().flat_map(|first| first.iter()).filter_map(|pair| shared(&pair)).collect()
}
