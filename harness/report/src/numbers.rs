//! Numbers as a reader wants them.

/// What stands where a number does not exist.
pub(crate) const NONE: &str = "–";

/// Three significant digits.
pub fn short(value: f64) -> String {
    if !value.is_finite() {
        return NONE.to_owned();
    }
    let size = value.abs();
    if size == 0.0 {
        "0".to_owned()
    } else if (1e-2..1e5).contains(&size) {
        let decimals = (2 - size.log10().floor() as i32).max(0) as usize;
        format!("{value:.decimals$}")
    } else {
        format!("{value:.1e}")
    }
}

/// Three significant digits at most, for a narrow column: two decimals at most, a power of ten from 1000 on.
pub(crate) fn compact(value: f64) -> String {
    let size = value.abs();
    match (1e-2..999.5).contains(&size) {
        true => format!("{value:.*}", (2 - size.log10().floor() as i32).clamp(0, 2) as usize),
        false if size.is_finite() && size > 1.0 => format!("{value:.1e}"),
        false => short(value),
    }
}

/// [`short`], or a dash.
pub(crate) fn optional(value: Option<f64>) -> String {
    value.map_or_else(|| NONE.to_owned(), short)
}

/// Digits for a machine: five significant ones, the shortest form; empty where the number does not exist.
pub(crate) fn exact(value: Option<f64>) -> String {
    let Some(value) = value.filter(|v| v.is_finite()) else { return String::new() };
    let rounded: f64 = format!("{value:.4e}").parse().ok().filter(|v: &f64| v.is_finite()).unwrap_or(value);
    let (plain, scientific) = (format!("{rounded}"), format!("{rounded:e}"));
    if plain.len() <= scientific.len() { plain } else { scientific }
}

/// `sentence` with hyphens inside numbers such as 2e-15, and spaces before a percent sign, that no line breaks at.
pub(crate) fn unbroken(sentence: &str) -> String {
    let mut out = String::with_capacity(sentence.len());
    let mut rest = sentence;
    while let Some(place) = rest.find("e-") {
        let (before, after) = rest.split_at(place);
        let number =
            before.ends_with(|c: char| c.is_ascii_digit()) && after[2..].starts_with(|c: char| c.is_ascii_digit());
        out.push_str(before);
        out.push_str(if number { "e\u{2011}" } else { "e-" });
        rest = &after[2..];
    }
    (out + rest).replace(" %", "\u{a0}%")
}

/// A ratio as people say it: `3.10 times lower`, `4.8 % higher`, `the same within 0.1 %`.
pub(crate) fn times(ratio: f64) -> String {
    if (0.999..=1.001).contains(&ratio) {
        "the same within 0.1 %".to_owned()
    } else if (0.9..=1.1).contains(&ratio) {
        format!("{:.1} % {}", 100.0 * (ratio - 1.0).abs(), if ratio < 1.0 { "lower" } else { "higher" })
    } else if ratio < 1.0 {
        format!("{} times lower", short(1.0 / ratio))
    } else {
        format!("{} times higher", short(ratio))
    }
}

/// A multiple of the least possible: three decimals near 1, where they decide.
pub fn multiple(value: f64) -> String {
    if (0.9..1.0995).contains(&value) { format!("{value:.3}×") } else { format!("{}×", short(value)) }
}

/// `on all 3 cases`, `on 2 of 3 cases`.
pub(crate) fn share(part: usize, whole: usize, one: &str, many: &str) -> String {
    match (part, whole) {
        (1, 1) => format!("the one {one}"),
        (part, whole) if part == whole => format!("all {whole} {many}"),
        (part, whole) => format!("{part} of {whole} {many}"),
    }
}

/// `1 run`, `2 runs`.
pub(crate) fn count(n: usize, one: &str, many: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {many}") }
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn list<S: AsRef<str>>(items: &[S]) -> String {
    match items {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [head @ .., last] => {
            let head: Vec<&str> = head.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", head.join(", "), last.as_ref())
        }
    }
}

/// Ascending numbers, three or more in a row as a range: `1–4, 7`.
pub(crate) fn ranges(numbers: &[usize]) -> String {
    let rows = numbers.chunk_by(|a, b| a + 1 == *b).flat_map(|row| match row {
        [first, .., last] if row.len() > 2 => vec![format!("{first}–{last}")],
        few => few.iter().map(ToString::to_string).collect(),
    });
    rows.collect::<Vec<_>>().join(", ")
}

/// Seconds as a reader wants them.
pub(crate) fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 60.0 => format!("{} s", short(s)),
        s if s < 7200.0 => format!("{:.1} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}

/// Middle of `values` that are finite; the mean of the two middle ones for an even number.
pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    crate::statistics::median(&values.into_iter().filter(|v| v.is_finite()).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_suffice() {
        let cases = [
            (1149.3, "1149"),
            (110.99, "111"),
            (0.8712, "0.871"),
            (3e-16, "3.0e-16"),
            (-0.25, "-0.250"),
            (0.0, "0"),
            (f64::NAN, NONE),
            (1.26e7, "1.3e7"),
        ];
        for (value, text) in cases {
            assert_eq!(short(value), text);
        }
    }

    #[test]
    fn narrow_columns_have_two_decimals_at_most() {
        let values = [1.0004, 1.0234, 0.98, 0.052, 12.345, 123.4, 999.7, 12_345.0, 2e-3, f64::NAN];
        assert_eq!(
            values.map(compact),
            ["1.00", "1.02", "0.98", "0.05", "12.3", "123", "1.0e3", "1.2e4", "2.0e-3", NONE]
        );
    }

    #[test]
    fn multiples_near_one_show_what_decides() {
        assert_eq!(
            [1.000_000_3, 1.0234, 1.13, 10.4, 0.98].map(multiple),
            ["1.000×", "1.023×", "1.13×", "10.4×", "0.980×"]
        );
    }

    #[test]
    fn hyphens_of_words_stay() {
        assert_eq!(unbroken("trace-penalty at 4.0e-16, 1e-3"), "trace-penalty at 4.0e\u{2011}16, 1e\u{2011}3");
        assert_eq!(unbroken("95 % of it"), "95\u{a0}% of it");
    }

    #[test]
    fn numbers_in_a_row_are_ranges() {
        assert_eq!(ranges(&[1, 2, 3, 4, 7, 9, 10]), "1–4, 7, 9, 10");
    }

    #[test]
    fn machine_digits_are_short() {
        assert_eq!(exact(Some(123.456_789)), "123.46");
        assert_eq!(exact(Some(3.0e-16)), "3e-16");
        assert_eq!(exact(Some(f64::INFINITY)), "");
        assert_eq!(exact(None), "");
    }
}
