//! On which cases settings are tried.

use flatbench_instances::holds_out;
use flatbench_records::{Init, Rule, Split};
use flatbench_runner::plan::Draw;
use flatbench_runner::suite::{Suite, Tuning};

use crate::status::Failure;

/// Cases that are used, and those that are not with the reason.
pub struct Cases {
    /// Names of those that settings are tried on.
    pub used: Vec<String>,
    /// Name and reason.
    pub left_out: Vec<(String, &'static str)>,
    /// Starts that settings are searched for.
    pub starts: Vec<Init>,
}

/// The cases that the suite tunes, or all, as far as the rule can judge there and they have a start that is asked for.
pub fn cases(suite: &Suite, tuning: Option<&Tuning>, rule: Rule, start: Option<Init>) -> Result<Cases, Failure> {
    let mut cases = Cases { used: Vec::new(), left_out: Vec::new(), starts: Vec::new() };
    for case in suite.cases() {
        let name = case.name().to_owned();
        if !case.inits().iter().any(|init| Init::STANDARD.contains(init)) {
            cases.left_out.push((name, "its start has no settings of its own: it takes those of the large start"));
            continue;
        }
        let starts = case.inits().iter().copied().filter(|init| Init::STANDARD.contains(init));
        let starts = starts.filter(|init| start.is_none_or(|start| start == *init));
        let starts: Vec<Init> = starts.collect();
        let Some(&first) = starts.first() else {
            cases.left_out.push((name, "it has no such start"));
            continue;
        };
        if tuning.is_some_and(|tuning| !tuning.covers(case.name())) {
            cases.left_out.push((name, "the suite does not tune on it"));
            continue;
        }
        if rule == Rule::Validation {
            let draw = Draw::new(suite, case, first, Split::Tuning, 0);
            if !holds_out(&draw.case, draw.instance_seed, suite.data_root()).map_err(Failure::usage)? {
                cases.left_out.push((name, "it holds out no measurements to judge by"));
                continue;
            }
        }
        cases.used.push(name);
        cases.starts.extend(starts);
    }
    cases.starts.sort_unstable();
    cases.starts.dedup();
    if cases.used.is_empty() {
        let reasons: Vec<String> = cases.left_out.iter().map(|(case, reason)| format!("{case}: {reason}")).collect();
        return Err(Failure::usage(format!(
            "the suite `{}` has no case to tune on ({}); the rules `train` and `flattest` need no measurements that are held out",
            suite.name(),
            reasons.join("; ")
        )));
    }
    Ok(cases)
}
