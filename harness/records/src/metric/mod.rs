mod point;
mod table;

pub use point::Metrics;
pub use table::METRICS;

use serde::Serialize;

/// One number, or list of numbers, of a measured point: everything that is said of it anywhere.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Metric {
    /// Name of the field in a record.
    pub name: &'static str,
    /// Heading in reports.
    pub symbol: &'static str,
    /// A few words.
    pub meaning: &'static str,
    /// Definition in plain text, in the notation of METRICS.md.
    pub formula: &'static str,
    /// What has to be known to read it, in Markdown: how it is computed, when it is null, its source.
    pub remark: &'static str,
    /// What it is measured in: `1` for a pure number, otherwise in terms of f, w and X.
    pub unit: &'static str,
    /// Whether it is a measure of sharpness, which reports hold against the recovery error.
    pub sharpness: bool,
    /// Where it stands in a point.
    #[serde(skip)]
    pub of: Access,
}

/// Where a metric stands in [`Metrics`].
#[derive(Clone, Copy, Debug)]
pub enum Access {
    /// One number, which may be missing.
    Number(fn(&Metrics) -> Option<f64>),
    /// Numbers in an order of their own, none where they are missing.
    List(fn(&Metrics) -> &[f64]),
}

impl Metric {
    /// Its number at a point; none for lists.
    pub fn number(&self, point: &Metrics) -> Option<f64> {
        match self.of {
            Access::Number(of) => of(point),
            Access::List(_) => None,
        }
    }

    /// Its numbers at a point; one at most unless it is a list.
    pub fn numbers(&self, point: &Metrics) -> Vec<f64> {
        match self.of {
            Access::Number(of) => of(point).into_iter().collect(),
            Access::List(of) => of(point).to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_table_has_the_fields_of_a_point_in_their_order() {
        // With what is left out where it does not exist.
        let point = Metrics {
            test_rmse: Some(0.5),
            root_trace: Some(0.5),
            hessian_eigenvalues: vec![0.5],
            ..Metrics::default()
        };
        let text = serde_json::to_string(&point).expect("plain data has a JSON form");
        let names: BTreeSet<&str> = METRICS.iter().map(|metric| metric.name).collect();
        assert_eq!(names.len(), METRICS.len(), "a name is used twice");
        let fields: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&text).expect("an object");
        assert_eq!(names, fields.keys().map(String::as_str).collect(), "fields of `Metrics` against rows of `METRICS`");
        let place = |metric: &Metric| text.find(&format!("\"{}\":", metric.name));
        assert!(METRICS.is_sorted_by_key(place), "the order of the record is that of every table");
    }

    #[test]
    fn every_metric_is_read_from_its_own_field() {
        for field in &METRICS {
            let value = match field.of {
                Access::Number(_) => "0.5",
                Access::List(_) => "[0.5]",
            };
            let point: Metrics = serde_json::from_str(&format!("{{\"{}\": {value}}}", field.name)).expect("a point");
            for metric in &METRICS {
                let expected: &[f64] = if metric.name == field.name { &[0.5] } else { &[] };
                assert_eq!(metric.numbers(&point), expected, "{} of {}", metric.name, field.name);
                assert_eq!(metric.number(&point).is_some(), value == "0.5" && metric.name == field.name);
            }
        }
    }

    #[test]
    fn every_metric_says_what_it_is() {
        for metric in &METRICS {
            let words = [metric.symbol, metric.meaning, metric.formula, metric.unit];
            assert!(words.iter().all(|text| !text.is_empty() && !text.contains('|')), "{metric:?}");
        }
        let symbols: BTreeSet<&str> = METRICS.iter().map(|metric| metric.symbol).collect();
        assert_eq!(symbols.len(), METRICS.len(), "two metrics have one heading");
    }
}
