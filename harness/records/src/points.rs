use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::RunResult;
use crate::words::words;

words! {
    /// A point of a run that is measured.
    pub enum Point {
        /// Where the optimizer was started.
        Start = "start",
        /// The point that it returned, which is judged.
        Iterate = "iterate",
        /// The zero-loss point next to that.
        Limit = "limit",
    }
}

/// A named factor inside w, row by row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Factor {
    /// Its name, such as `L`.
    pub name: String,
    /// Its rows.
    pub rows: usize,
    /// Its columns; 1 for a vector.
    pub cols: usize,
}

/// The parameters w of a run at the points of it that are measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Points {
    /// What w is made of, in order: its length is Σ rows·cols.
    pub factors: Vec<Factor>,
    /// w by point. Entries need not be finite: a run may have diverged.
    pub w: BTreeMap<Point, Vec<f64>>,
}

impl Points {
    /// Adds a point; whether its length is that of its factors, without which it is left out.
    pub fn add(&mut self, point: Point, factors: Vec<Factor>, w: Vec<f64>) -> bool {
        let length = factors.iter().try_fold(0_usize, |sum, factor| {
            factor.rows.checked_mul(factor.cols).and_then(|length| sum.checked_add(length))
        });
        let fits = length == Some(w.len()) && (self.w.is_empty() || self.factors == factors);
        if fits {
            self.factors = factors;
            self.w.insert(point, w);
        }
        fits
    }

    /// The points that a result speaks of; `None` where there are none. A limit that the host did not get to measure is none.
    pub fn of(mut self, result: &RunResult) -> Option<Self> {
        if result.limit().is_none() {
            self.w.remove(&Point::Limit);
        }
        Some(self).filter(|points| !points.w.is_empty())
    }
}

/// Numbers in JSON with all their bits, NaN and infinities included, which a JSON number cannot be: 16 hexadecimal digits each,
/// the bits of IEEE 754. For `#[serde(with = "bits")]`.
pub(crate) mod bits {
    use std::fmt::Write;

    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    /// Hexadecimal digits of a number.
    const DIGITS: usize = 16;

    pub(crate) fn serialize<S: Serializer>(numbers: &[f64], serializer: S) -> Result<S::Ok, S::Error> {
        let mut text = String::with_capacity(DIGITS * numbers.len());
        for number in numbers {
            // Writing to a String cannot fail.
            let _ = write!(text, "{:016x}", number.to_bits());
        }
        serializer.serialize_str(&text)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<f64>, D::Error> {
        let text = String::deserialize(deserializer)?;
        let number = |digits: &[u8]| {
            let digits =
                std::str::from_utf8(digits).ok().filter(|digits| digits.len() == DIGITS && !digits.starts_with('+'))?;
            u64::from_str_radix(digits, 16).ok().map(f64::from_bits)
        };
        let numbers: Option<Vec<f64>> = text.as_bytes().chunks(DIGITS).map(number).collect();
        numbers.ok_or_else(|| D::Error::custom("expected 16 hexadecimal digits for each number"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Outcome;
    use crate::protocol::Event;

    fn factor(name: &str, rows: usize, cols: usize) -> Factor {
        Factor { name: name.to_owned(), rows, cols }
    }

    #[test]
    fn every_bit_of_w_crosses_the_pipe() {
        let w = vec![
            0.1,
            -0.0,
            f64::MIN_POSITIVE / 2.0,
            f64::NAN,
            f64::NEG_INFINITY,
            f64::from_bits(0x7ff4_0000_0000_beef),
        ];
        let sent = Event::Reached {
            key: "k".to_owned(),
            point: Point::Iterate,
            factors: vec![factor("v", 6, 1)],
            w: w.clone(),
        };
        let line = serde_json::to_string(&sent).unwrap();
        let Event::Reached { w: got, .. } = serde_json::from_str(&line).unwrap() else { unreachable!("{line}") };
        let of = |w: &[f64]| w.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        assert_eq!(of(&got), of(&w));
        for broken in ["3ff", "+ff0000000000000", "zff0000000000000", "3ff00000000000003ff"] {
            let line = line.replace(&format!("{:016x}", 0.1_f64.to_bits()), broken);
            assert!(serde_json::from_str::<Event>(&line).is_err(), "{line}");
        }
    }

    #[test]
    fn what_does_not_fit_its_factors_is_left_out_and_a_limit_that_was_not_measured_too() {
        let mut points = Points::default();
        assert!(points.clone().of(&RunResult::ended(Outcome::Completed, "")).is_none());
        assert!(!points.add(Point::Start, vec![factor("L", 2, 2)], vec![0.0; 3]));
        assert!(!points.add(Point::Start, vec![factor("L", usize::MAX, 2)], vec![0.0; 3]));
        assert!(points.add(Point::Start, vec![factor("L", 1, 2), factor("R", 1, 1)], vec![0.0; 3]));
        assert!(!points.add(Point::Limit, vec![factor("L", 1, 3)], vec![0.0; 3]), "other factors");
        assert!(points.add(Point::Limit, points.factors.clone(), vec![1.0; 3]));
        let kept = points.of(&RunResult::ended(Outcome::Completed, "")).unwrap();
        assert_eq!(kept.w.keys().collect::<Vec<_>>(), [&Point::Start]);
    }
}
