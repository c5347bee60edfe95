use std::borrow::Cow;

use super::super::{DataError, Keys, Source};
use super::grid::{Grid, Line};
use super::number::{is_missing, is_whole, parse};

/// Lines that a guess looks at.
const SAMPLE: usize = 200;

/// A byte that text does not use, in the place of a delimiter of several.
const UNIT_SEPARATOR: u8 = 0x1f;

/// What separates the fields of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Delimiter(pub(super) String);

/// How the fields of a file are written.
pub(super) struct Dialect {
    pub(super) delimiter: Delimiter,
    pub(super) decimal: char,
}

/// Delimiters that are looked for, the most likely one first.
const CANDIDATES: [&str; 6] = [",", ";", "\t", "|", "::", " "];

impl Delimiter {
    /// The text with a single byte between fields, and that byte.
    pub(super) fn as_byte<'a>(&self, text: &'a str) -> (Cow<'a, str>, u8) {
        match self.0.as_bytes() {
            b" " => (Cow::Owned(text.lines().map(|line| single_blanks(line) + "\n").collect()), b' '),
            &[byte] => (Cow::Borrowed(text), byte),
            _ => (Cow::Owned(text.replace(&self.0, "\u{1f}")), UNIT_SEPARATOR),
        }
    }

    /// In words.
    pub(super) fn name(&self) -> &str {
        match self.0.as_str() {
            "\t" => "tab",
            " " => "blanks",
            other => other,
        }
    }
}

/// The line with one space in the place of every run of blanks, those in quotes excepted.
fn single_blanks(line: &str) -> String {
    let mut quoted = false;
    let mut single = String::with_capacity(line.len());
    for letter in line.trim().chars() {
        quoted ^= letter == '"';
        let blank = letter.is_whitespace() && !quoted;
        match blank {
            true if single.ends_with(' ') => {}
            true => single.push(' '),
            false => single.push(letter),
        }
    }
    single
}

impl Dialect {
    /// The dialect that the keys say, or that makes numbers of most fields of the first lines.
    pub(super) fn detect(source: &Source, text: &str, keys: &Keys) -> Result<Self, DataError> {
        let lines: Vec<&str> = text
            .lines()
            .filter(|line| !line.trim().is_empty() && !super::begins_as_comment(line))
            .take(SAMPLE)
            .collect();
        let sample = lines.join("\n");
        let delimiter = match &keys.delimiter {
            Some(delimiter) => Delimiter(delimiter.clone()),
            None => delimiter_of(source, &sample, keys),
        };
        let decimal = match keys.decimal {
            Some(decimal) => decimal,
            None => decimal_of(source, &sample, &delimiter, keys)?,
        };
        Ok(Dialect { delimiter, decimal })
    }
}

/// The candidate under which all lines have as many fields and most of these are numbers; otherwise the one that the ending
/// of the file promises.
fn delimiter_of(source: &Source, sample: &str, keys: &Keys) -> Delimiter {
    let comma_is_decimal = keys.decimal == Some(',');
    let promised = match source.ending() {
        _ if comma_is_decimal => ";",
        "csv" => ",",
        "tsv" => "\t",
        _ => CANDIDATES.into_iter().find(|candidate| sample.contains(candidate)).unwrap_or(","),
    };
    let mut best = (0.0, promised);
    // The promised one wins a tie, as it comes first.
    for candidate in [promised].into_iter().chain(CANDIDATES.into_iter().filter(|c| *c != "," || !comma_is_decimal)) {
        let share = numeric_share(source, sample, candidate, keys);
        if share > best.0 {
            best = (share, candidate);
        }
    }
    Delimiter(best.1.to_owned())
}

/// Share of the fields that are numbers or missing, more than zero; zero where lines differ in length or there is one field.
fn numeric_share(source: &Source, sample: &str, candidate: &str, keys: &Keys) -> f64 {
    let Ok(grid) = Grid::split(source, sample, &Delimiter(candidate.to_owned()), 0) else { return 0.0 };
    let width = grid.line(grid.len().saturating_sub(1)).map_or(0, |line| line.len());
    // A header may lack the name of the first column, or of an empty last one.
    let fits = |(index, line): (usize, Line<'_>)| {
        line.len() == width || (index == 0 && line.len() + 1 == width && grid.len() > 1)
    };
    if width < 2 || !grid.lines(0).enumerate().all(fits) {
        return 0.0;
    }
    let body = grid.lines(usize::from(grid.len() > 1));
    let mut numbers = 0.0;
    let mut all = 0.0;
    for field in body.flat_map(|line| line.fields()) {
        let known = |decimal| parse(field, decimal).is_some();
        let is_number = match keys.decimal {
            Some(decimal) => known(decimal),
            None => known('.') || (candidate != "," && known(',')),
        };
        numbers += f64::from(u8::from(is_number || is_missing(field)));
        all += 1.0;
    }
    // A first line of its own length is less likely than another delimiter.
    let short = grid.line(0).is_some_and(|line| line.len() < width);
    (numbers + 1e-3) / all * if short { 0.9 } else { 1.0 }
}

/// The decimal sign: a comma where fields are numbers with it that are none with a point.
fn decimal_of(source: &Source, sample: &str, delimiter: &Delimiter, keys: &Keys) -> Result<char, DataError> {
    // What is wrong with the lines is said where all of them are split.
    let Ok(grid) = Grid::split(source, sample, delimiter, 0) else { return Ok('.') };
    let fields = || grid.lines(0).flat_map(|line| line.fields());
    let doubtful = |doubt: &str, way_out: &str| {
        Err(DataError::Doubtful { path: source.path.clone(), doubt: doubt.to_owned(), way_out: way_out.to_owned() })
    };
    if delimiter.0 == "," && keys.delimiter.is_none() && may_be_decimals(&grid) {
        return doubtful(
            "a comma stands before digits such as 05, so it may be a decimal sign",
            "`delimiter` = \",\" if it separates fields, `decimal` = \",\" if it does not",
        );
    }
    let with_comma: Vec<&str> =
        fields().filter(|field| parse(field, ',').is_some() && parse(field, '.').is_none()).collect();
    let with_point = fields().filter(|field| parse(field, '.').is_some() && parse(field, ',').is_none()).count();
    if with_comma.is_empty() {
        return Ok('.');
    }
    if with_point > 0 {
        return doubtful(
            &format!(
                "some numbers have a decimal comma, such as {:?}, and others a point",
                with_comma.first().unwrap_or(&"")
            ),
            "`decimal` = \",\" or \".\" says which is one; the other ones are refused",
        );
    }
    let thousands = |field: &&str| field.rsplit_once(',').is_some_and(|(_, digits)| digits.len() == 3);
    if with_comma.iter().all(thousands) {
        return doubtful(
            &format!(
                "in numbers such as {:?} a comma may be a decimal sign or group thousands",
                with_comma.first().unwrap_or(&"")
            ),
            "`decimal` = \",\" where it is a decimal sign; groups of thousands have to be joined in the file",
        );
    }
    Ok(',')
}

/// Whether every line is two whole numbers, some second one with a zero in front, as only decimals have it.
fn may_be_decimals(grid: &Grid) -> bool {
    let zero_first = |line: Line<'_>| line.get(1).is_some_and(|field| field.len() > 1 && field.starts_with('0'));
    grid.lines(0).all(|line| line.len() == 2 && line.fields().all(is_whole)) && grid.lines(0).any(zero_first)
}
