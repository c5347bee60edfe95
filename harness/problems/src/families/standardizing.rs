//! Centring and scaling of the entries of a file, in the terms of R's `scale` and with the factors of scikit-learn's
//! `StandardScaler`, from the entries that are trained on and no others.

use flatbench_records::Parameter;

use super::parts::findings::Findings;
use super::parts::parameters::{CaseParameters, choice, open};
use crate::spectral::unit_scale;
use crate::standardization::Standardization;

/// Names of the parameters.
const CENTER: &str = "center";
const SCALE: &str = "scale";

/// What is left of entries after centring, relative to the largest, that is rounding.
const ROUNDING: f64 = 1e-12;
/// Turns that rows and columns take in centring by both, and how far the last one may move a shift, relative to the largest entry.
const MOST_TURNS: usize = 1000;
const SETTLED: f64 = 1e-14;

type Entry = (usize, usize, f64);

/// A side of a matrix: the place of an entry on it, and its length.
type Side = (fn(&Entry) -> usize, usize);

pub(super) fn parameters() -> [Parameter; 2] {
    [
        open(choice(
            CENTER,
            "What is subtracted from the entries of `file`: nothing, their mean, the means of rows or of columns, or the sum of a \
             shift for each row and each column that is nearest to them in the least squares; all from training entries.",
            &["none", "mean", "rows", "columns", "both"],
        )),
        open(choice(
            SCALE,
            "What centred entries of `file` are divided by: one number, or the root mean square of those of each row or each \
             column; all from training entries, whose root mean square is 1 in the end.",
            &["none", "rows", "columns"],
        )),
    ]
}

/// What is asked for; `None` where nothing is.
pub(super) fn is_asked_for(p: &CaseParameters) -> bool {
    [CENTER, SCALE].iter().any(|name| p.text(name).is_some())
}

/// Mistakes in what is asked for, `known` being shape and entries of the file where they are known. "none" is taken out: it is what a
/// case without the key says.
pub(super) fn check(p: &mut CaseParameters, known: Option<((usize, usize), &[Entry])>, findings: &mut Findings) {
    p.0.retain(|name, value| !([CENTER, SCALE].contains(&name.as_str()) && *value == "none".into()));
    let Some((shape, known)) = known.filter(|_| is_asked_for(p)) else { return };
    if let Err(reason) = fit(p, shape, known) {
        findings.mistake(CENTER, reason);
    }
}

/// A mistake for each of the two that is given where there is no file of entries.
pub(super) fn refuse(p: &CaseParameters, findings: &mut Findings) {
    for name in [CENTER, SCALE].into_iter().filter(|name| p.0.contains_key(*name)) {
        let message = "is computed from the observed entries of a `file`, and the case has none (leave it out; a `truth_file` is taken \
                       as it is: change the numbers in it)";
        findings.mistake(name, message);
    }
}

/// What makes targets of root mean square one of training entries, which are finite, or why nothing does.
pub(super) fn fit(
    p: &CaseParameters,
    (rows, cols): (usize, usize),
    training: &[Entry],
) -> Result<Standardization, String> {
    // In other units, so that no square leaves the range of numbers.
    let unit = unit_scale(training.iter().map(|(_, _, x)| x));
    let training: Vec<Entry> = training.iter().map(|&(i, j, x)| (i, j, x * unit)).collect();
    let training = training.as_slice();
    let by_row: Side = (|entry| entry.0, rows);
    let by_col: Side = (|entry| entry.1, cols);
    let mut out = Standardization::uniform((rows, cols), 1.0);
    let mean = mean(training.iter().map(|entry| entry.2)).unwrap_or(0.0);
    match p.text(CENTER) {
        Some("mean") => out.row_shift.fill(mean),
        Some("rows") => out.row_shift = means(by_row, training, |e| e.2, mean),
        Some("columns") => out.col_shift = means(by_col, training, |e| e.2, mean),
        Some("both") => center_both([by_row, by_col], training, mean, &mut out),
        _ => {}
    }
    let square = |out: &Standardization, entry: &Entry| out.target(*entry).powi(2);
    let largest = training.iter().fold(0.0_f64, |most, entry| most.max(entry.2.abs()));
    let whole = root_mean_square(training, |e| square(&out, e));
    if whole <= ROUNDING * largest {
        return Err("every observed entry is what is subtracted from it, so that nothing is left to complete (choose a coarser \
                    `center`, or leave it out)"
            .to_owned());
    }
    // A row of which nothing is left, or nothing is known, is divided by what all are.
    let roots = |side: Side| -> Vec<f64> {
        let squares = means(side, training, |e| square(&out, e), whole * whole);
        let root = |square: f64| if square.sqrt() <= ROUNDING * largest { whole } else { square.sqrt() };
        squares.into_iter().map(root).collect()
    };
    match p.text(SCALE) {
        Some("rows") => out.row_factor = roots(by_row),
        Some("columns") => out.col_factor = roots(by_col),
        _ => {}
    }
    let left = root_mean_square(training, |e| square(&out, e));
    let scaled = if p.text(SCALE) == Some("columns") { &mut out.col_factor } else { &mut out.row_factor };
    scaled.iter_mut().for_each(|factor| *factor *= left / unit);
    let shifts = out.row_shift.iter_mut().chain(&mut out.col_shift);
    shifts.for_each(|shift| *shift /= unit);
    Ok(out)
}

/// The shifts of rows and columns nearest to the entries, by turns. A row or a column without entries has the mean of all.
fn center_both([by_row, by_col]: [Side; 2], training: &[Entry], mean: f64, out: &mut Standardization) {
    out.row_shift.fill(mean);
    let largest = training.iter().fold(0.0_f64, |most, entry| most.max(entry.2.abs()));
    for _ in 0..MOST_TURNS {
        let rows = means(by_row, training, |e| e.2 - out.col_shift[e.1], mean);
        let cols = means(by_col, training, |e| e.2 - rows[e.0], 0.0);
        let moved = rows.iter().zip(&out.row_shift).chain(cols.iter().zip(&out.col_shift));
        let most = moved.map(|(now, before)| (now - before).abs()).fold(0.0, f64::max);
        (out.row_shift, out.col_shift) = (rows, cols);
        if most <= SETTLED * largest {
            break;
        }
    }
}

/// Means over the entries of each place on a side; `otherwise` where there are none.
fn means((place, length): Side, entries: &[Entry], of: impl Fn(&Entry) -> f64, otherwise: f64) -> Vec<f64> {
    let mut sums = vec![(0.0, 0_usize); length];
    for entry in entries {
        let (sum, count) = &mut sums[place(entry)];
        *sum += of(entry);
        *count += 1;
    }
    sums.into_iter().map(|(sum, count)| if count == 0 { otherwise } else { sum / count as f64 }).collect()
}

fn mean(numbers: impl ExactSizeIterator<Item = f64>) -> Option<f64> {
    let count = numbers.len();
    (count > 0).then(|| numbers.sum::<f64>() / count as f64)
}

fn root_mean_square(entries: &[Entry], square: impl Fn(&Entry) -> f64) -> f64 {
    mean(entries.iter().map(square)).unwrap_or(0.0).sqrt()
}
