//! Axes whose marks are round numbers, on a linear or a logarithmic scale.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};

/// A scale from `low` to `high`. Values outside are drawn at the ends.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Axis {
    low: f64,
    high: f64,
    logarithmic: bool,
    /// Where values below it are drawn, if there are any: its mark reads "≤". A little above `low`, so that markers there
    /// stay clear of the labels.
    floor: Option<f64>,
    /// Words at 0, 1, 2 …, in place of numbers.
    names: Vec<String>,
}

impl Axis {
    /// A logarithmic axis that holds all positive finite `values`, not below `floor`; one decade around 1 where there
    /// are none.
    pub(crate) fn logarithmic(values: impl IntoIterator<Item = f64>, floor: f64) -> Self {
        let (mut low, mut high, mut clipped) = (f64::INFINITY, 0.0_f64, false);
        for value in values.into_iter().filter(|v| (0.0..=1e290).contains(v)) {
            clipped |= value < floor;
            low = low.min(value.max(floor));
            high = high.max(value.max(floor));
        }
        if low > high || low <= 0.0 {
            return Axis { low: 0.1, high: 10.0, logarithmic: true, floor: None, names: Vec::new() };
        }
        // Markers at the ends stay whole.
        let pad = (high / low).powf(0.04).clamp(1.15, 3.0);
        let low = if clipped { floor / pad.powf(1.3) } else { low / pad };
        Axis {
            low,
            high: (high * pad).min(1e300),
            logarithmic: true,
            floor: clipped.then_some(floor),
            names: Vec::new(),
        }
    }

    /// A linear axis with the given ends.
    pub(crate) fn between(low: f64, high: f64) -> Self {
        Axis { low, high, logarithmic: false, floor: None, names: Vec::new() }
    }

    /// An axis with `names` at 0, 1, 2 ….
    pub(crate) fn named(names: Vec<String>) -> Self {
        let high = names.len().max(1) as f64 - 0.5;
        Axis { names, ..Axis::between(-0.5, high) }
    }

    /// Description for scripts: `low high log|linear floor`, the floor 0 where there is none.
    pub(crate) fn describe(&self) -> String {
        let kind = if self.logarithmic { "log" } else { "linear" };
        format!(
            "{:e} {:e} {kind} {}",
            self.low,
            self.high,
            self.floor.map_or_else(|| "0".to_owned(), |f| format!("{f:e}"))
        )
    }

    /// Where `value` is drawn: inside the axis.
    pub(crate) fn clamp(&self, value: f64) -> f64 {
        value.clamp(self.floor.unwrap_or(self.low), self.high)
    }

    /// The very end of the axis, below everything that is drawn.
    pub(crate) fn lowest(&self) -> f64 {
        self.low
    }

    fn position(&self, value: f64) -> f64 {
        // The ends themselves have a place, beyond the floor.
        let value = if value == self.low { value } else { self.clamp(value) };
        if self.logarithmic {
            (value / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        }
    }

    fn marks(&self, at_most: usize) -> Vec<f64> {
        let at_most = at_most.max(2);
        if !self.names.is_empty() {
            // As many as there is room for.
            let step = self.names.len().div_ceil(at_most.max(8));
            return (0..self.names.len()).step_by(step).map(|i| i as f64).collect();
        }
        if !self.logarithmic {
            return linear_marks(self.low, self.high, at_most);
        }
        let (first, last) = (self.floor.unwrap_or(self.low).log10(), self.high.log10());
        let decades = (last + 1e-9).floor() - (first - 1e-9).ceil() + 1.0;
        if decades <= 2.0 {
            let least = self.floor.unwrap_or(self.low);
            let fine: Vec<f64> = (first.floor() as i32..=last.ceil() as i32)
                .flat_map(|e| [1.0, 2.0, 5.0].map(|m| m * 10f64.powi(e)))
                .filter(|m| (least..=self.high).contains(m))
                .collect();
            // A range narrower than a factor of two: equal steps serve it better.
            return if fine.len() >= 2 { fine } else { linear_marks(self.low, self.high, at_most.min(4)) };
        }
        let step = (decades / at_most as f64).ceil().max(1.0) as i32;
        let mut exponent = (first - 1e-9).ceil() as i32;
        if self.floor.is_none() {
            exponent = exponent.div_euclid(step) * step;
        }
        std::iter::successors(Some(exponent), |e| Some(e + step))
            .take_while(|e| f64::from(*e) <= last + 1e-9)
            .filter(|e| f64::from(*e) >= first - 1e-9)
            .map(|e| 10f64.powi(e).clamp(self.low, self.high))
            .collect()
    }
}

fn linear_marks(low: f64, high: f64, at_most: usize) -> Vec<f64> {
    let raw = (high - low) / at_most as f64;
    let unit = 10f64.powf(raw.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * unit).find(|s| *s >= raw * 0.95).unwrap_or(raw);
    if !step.is_normal() {
        return vec![low];
    }
    let first = (low / step - 1e-9).ceil() as i64;
    (first..first + 2 * at_most as i64 + 2).map(|i| i as f64 * step).take_while(|v| *v <= high + step * 1e-9).collect()
}

impl Ranged for Axis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        limit.0 + (self.position(*value) * f64::from(limit.1 - limit.0)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        self.marks(hint.bold_points())
    }

    fn range(&self) -> Range<f64> {
        self.low..self.high
    }
}

impl ValueFormatter<f64> for Axis {
    fn format_ext(&self, value: &f64) -> String {
        if !self.names.is_empty() {
            return self.names.get(value.round() as usize).cloned().unwrap_or_default();
        }
        let text = if self.logarithmic { power(*value) } else { plain(*value) };
        if self.floor.is_some_and(|floor| *value <= floor * (1.0 + 1e-9)) { format!("≤{text}") } else { text }
    }
}

/// 10⁻³ for powers of ten far from 1, plain digits otherwise.
fn power(value: f64) -> String {
    let exponent = value.log10();
    if (exponent - exponent.round()).abs() < 1e-9 && !(-2.5..=3.5).contains(&exponent) {
        let digits = format!("{}", exponent.round() as i32);
        let raised: String = digits
            .chars()
            .map(|c| match c {
                '-' => '⁻',
                '1' => '¹',
                '2' => '²',
                '3' => '³',
                d => char::from_u32(0x2070 + d.to_digit(10).unwrap_or(0)).unwrap_or(d),
            })
            .collect();
        format!("10{raised}")
    } else {
        plain(value)
    }
}

fn plain(value: f64) -> String {
    let size = value.abs();
    if size >= 1e6 || (size < 1e-3 && size > 0.0) {
        format!("{value:.0e}")
    } else if size >= 1e4 {
        format!("{}k", (value / 1e2).round() / 10.0)
    } else {
        let text = format!("{value:.4}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decades_are_marked() {
        let axis = Axis::logarithmic([1e-16, 2.0], 1e-6);
        let labels: Vec<String> = axis.marks(4).iter().map(|m| axis.format_ext(m)).collect();
        assert_eq!(labels, ["≤10⁻⁶", "10⁻⁴", "0.01", "1"]);
    }

    #[test]
    fn a_narrow_range_still_has_marks() {
        for (low, high) in [(267.56, 267.57), (1.0, 1.0), (1.0, 1.7), (0.9, 30.0)] {
            let axis = Axis::logarithmic([low, high], 1e-12);
            assert!(axis.marks(4).len() >= 2, "{low} to {high}: {:?}", axis.marks(4));
        }
    }

    #[test]
    fn values_outside_are_drawn_at_the_ends() {
        let axis = Axis::logarithmic([1e-3, 1.0], 1e-2);
        assert_eq!(axis.map(&1e-9, (0, 100)), axis.map(&1e-2, (0, 100)));
        assert!((1..20).contains(&axis.map(&1e-9, (0, 100))), "clear of the labels");
        assert_eq!(axis.map(&1e9, (0, 100)), 100);
    }

    #[test]
    fn hostile_values_make_an_axis() {
        for values in [vec![], vec![f64::NAN, f64::INFINITY], vec![-1.0], vec![0.0], vec![f64::MAX, 1e-300]] {
            let axis = Axis::logarithmic(values.iter().copied(), 1e-6);
            assert!(axis.low < axis.high, "{values:?}: {axis:?}");
            assert!(axis.marks(5).len() <= 700 && axis.position(1.0).is_finite(), "{values:?}");
        }
    }
}
