use std::collections::BTreeMap;

use crate::Value;

/// An end of the values tried of a hyper-parameter, at which the chosen one stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// Hyper-parameter.
    pub parameter: String,
    /// Whether it is the upper end.
    pub upper: bool,
}

impl std::fmt::Display for Edge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", if self.upper { "largest" } else { "smallest" }, self.parameter)
    }
}

/// Where `chosen` stands at the edge of the settings that were tried, so that better ones may lie beyond: hyper-parameters of
/// which several numbers were tried, the chosen one the smallest or the largest of them. A schedule counts by its ends, the first
/// that varies.
pub fn edges<'a>(
    chosen: &BTreeMap<String, Value>,
    tried: impl Iterator<Item = &'a BTreeMap<String, Value>> + Clone,
) -> Vec<Edge> {
    let ends: [fn(&Value) -> Option<f64>; 2] =
        [|value| Some(value.as_schedule()?.from), |value| Some(value.as_schedule()?.to)];
    let edge = |(parameter, value): (&String, &Value)| {
        ends.into_iter().find_map(|end| {
            let own = end(value)?;
            let others = tried.clone().filter_map(|setting| end(setting.get(parameter)?));
            let (low, high) = others.fold((own, own), |(low, high), x| (low.min(x), high.max(x)));
            (low < high).then(|| {
                let at = own == low || own == high;
                at.then(|| Edge { parameter: parameter.clone(), upper: own == high })
            })
        })
    };
    chosen.iter().filter_map(edge).flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Schedule, Shape, Unit};

    fn setting(step: f64, batch: i64, penalty: (f64, f64)) -> BTreeMap<String, Value> {
        let (from, to) = penalty;
        let schedule = Schedule { schedule: Shape::Geometric, from, to, until: 1.0, unit: Unit::Absolute };
        [("step", Value::Real(step)), ("batch", Value::Integer(batch)), ("penalty", Value::Schedule(schedule))]
            .map(|(name, value)| (name.to_owned(), value))
            .into()
    }

    fn names(chosen: &BTreeMap<String, Value>, tried: &[BTreeMap<String, Value>]) -> Vec<String> {
        edges(chosen, tried.iter()).iter().map(Edge::to_string).collect()
    }

    #[test]
    fn an_end_is_an_edge_and_what_does_not_vary_is_none() {
        let tried = [1.0, 2.0, 4.0].map(|step| setting(step, 16, (0.1, 1e-6)));
        let found = tried.each_ref().map(|chosen| names(chosen, &tried));
        assert_eq!(found, [vec!["smallest step".to_owned()], vec![], vec!["largest step".to_owned()]]);
    }

    #[test]
    fn schedules_count_by_the_end_that_varies() {
        let tried = [1e-4, 1e-5, 1e-6].map(|to| setting(1.0, 16, (0.1, to)));
        let found = tried.each_ref().map(|chosen| names(chosen, &tried));
        assert_eq!(found, [vec!["largest penalty".to_owned()], vec![], vec!["smallest penalty".to_owned()]]);
        let [one, other] = [setting(1.0, 1, (0.1, 1e-6)), setting(2.0, 16, (0.1, 1e-6))];
        assert_eq!(names(&one, &[one.clone(), other]), ["smallest batch", "smallest step"]);
    }
}
