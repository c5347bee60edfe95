use std::collections::BTreeMap;

use flatbench_records::{OptimizerDescription, Value};

use super::axis::Axis;
use super::sequence::{LENGTH, coordinate};
use super::wish::{Granted, Wish};
use crate::suite::{Setting, plain_value, suggestion};

/// The settings of an optimizer among which trials are taken.
#[derive(Clone, Debug, PartialEq)]
pub struct Space {
    /// The first trial: the defaults of the plugin, or what takes their place.
    first: Setting,
    /// What is searched, each with its place among the hyper-parameters.
    axes: Vec<(u32, Axis)>,
    /// What is not, with its value and the reason.
    kept: Vec<(String, Value, String)>,
}

impl Space {
    /// The space that a plugin's description makes. `pinned` are values that are not to be changed; `wishes` have the last word.
    ///
    /// # Errors
    /// Every wish that cannot be granted, and every hyper-parameter that has neither a default nor a space.
    pub fn new(
        plugin: &OptimizerDescription,
        pinned: &BTreeMap<String, Value>,
        wishes: &[&Wish],
    ) -> Result<Space, Vec<String>> {
        let mut wrong = Vec::new();
        for (place, wish) in wishes.iter().enumerate() {
            let known = plugin.hyperparameters.iter().map(|parameter| parameter.name.as_str());
            if known.clone().all(|name| name != wish.parameter) {
                let help = suggestion(&wish.parameter, known);
                wrong.push(format!(
                    "`{wish}`: `{}` has no hyper-parameter `{}` ({help})",
                    wish.optimizer, wish.parameter
                ));
            }
            if wishes.iter().take(place).any(|other| other.parameter == wish.parameter) {
                wrong.push(format!("`{wish}`: `{}` is given twice", wish.parameter));
            }
        }
        let mut space = Space { first: Setting::new(), axes: Vec::new(), kept: Vec::new() };
        for (place, parameter) in plugin.hyperparameters.iter().enumerate() {
            let name = &parameter.name;
            let default = pinned.get(name).or(parameter.default.as_ref()).cloned().map(plain_value);
            let wish = wishes.iter().find(|wish| wish.parameter == *name);
            let axis = match (wish.map(|wish| (wish, wish.grant(parameter))), pinned.get(name)) {
                (Some((wish, Err(problem))), _) => {
                    wrong.push(format!("`{wish}`: {problem}"));
                    continue;
                }
                (Some((_, Ok(Granted::Fixed(value)))), _) => {
                    space.keep(name, value, "as was asked for");
                    continue;
                }
                (Some((_, Ok(Granted::Search(axis)))), _) => Ok(axis),
                (None, Some(_)) => Err("as in the suite, where it makes the method"),
                (None, None) => Axis::of(parameter),
            };
            match (axis, default) {
                (Ok(axis), default) => {
                    let first = default.filter(|value| axis.holds(value)).unwrap_or_else(|| axis.at(0.5));
                    space.first.insert(name.clone(), first);
                    space.axes.push((place as u32, axis));
                }
                (Err(reason), Some(value)) => space.keep(name, value, reason),
                (Err(_), None) if parameter.optional => {}
                (Err(reason), None) => wrong.push(format!(
                    "`{name}` of `{}` has no default, and {reason} (say what is to be tried: --space 'NAME.{name}=..')",
                    plugin.name
                )),
            }
        }
        if wrong.is_empty() { Ok(space) } else { Err(wrong) }
    }

    fn keep(&mut self, name: &str, value: Value, reason: &str) {
        self.first.insert(name.to_owned(), value.clone());
        self.kept.push((name.to_owned(), value, reason.to_owned()));
    }

    /// What is searched.
    pub fn axes(&self) -> impl Iterator<Item = &Axis> {
        self.axes.iter().map(|(_, axis)| axis)
    }

    /// What is not searched: hyper-parameter, value and why.
    pub fn kept(&self) -> &[(String, Value, String)] {
        &self.kept
    }

    /// How many settings there are; `None` for more than can be counted.
    pub fn count(&self) -> Option<usize> {
        self.axes().try_fold(1_usize, |product, axis| product.checked_mul(axis.count()?))
    }

    /// The first `number` (≥ 1) trials, all different: the default, then points of a low-discrepancy sequence. Where
    /// there are no more settings than that, all of them.
    pub fn trials(&self, number: usize, seed: u32) -> Vec<Setting> {
        let mut trials = vec![self.first.clone()];
        let all = self.count().filter(|count| *count <= number);
        let next: Box<dyn Iterator<Item = Setting>> = match all {
            Some(count) => Box::new((0..count).map(|index| self.listed(index))),
            None => Box::new((0..LENGTH).map(|index| self.point(index, seed))),
        };
        for setting in next {
            if trials.len() == number {
                break;
            }
            if !trials.contains(&setting) {
                trials.push(setting);
            }
        }
        trials
    }

    fn point(&self, index: u32, seed: u32) -> Setting {
        let mut setting = self.first.clone();
        let value = |(place, axis): &(u32, Axis)| (axis.name().to_owned(), axis.at(coordinate(index, *place, seed)));
        setting.extend(self.axes.iter().map(value));
        setting
    }

    /// Setting `index` of a space with few of them, in the order of a clock whose last hand is the fastest.
    fn listed(&self, index: usize) -> Setting {
        let mut setting = self.first.clone();
        let mut rest = index;
        for axis in self.axes().collect::<Vec<_>>().into_iter().rev() {
            let count = axis.count().unwrap_or(1);
            setting.extend(axis.nth(rest % count).map(|value| (axis.name().to_owned(), value)));
            rest /= count;
        }
        setting
    }
}
