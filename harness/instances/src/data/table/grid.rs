use csv::{ReaderBuilder, StringRecord};

use super::super::{DataError, Source};
use super::dialect::Delimiter;

/// The fields of a text file, line by line.
#[derive(Default)]
pub(super) struct Grid {
    /// Every field, one after the other.
    text: String,
    /// End in `text` of each field.
    ends: Vec<usize>,
    /// Number in the file and end in `ends` of each line.
    lines: Vec<(u64, usize)>,
    /// Numbers of the comments among them that were dropped.
    pub(super) comments: Vec<u64>,
}

/// One line of a grid.
#[derive(Clone, Copy)]
pub(super) struct Line<'a> {
    grid: &'a Grid,
    first: usize,
    end: usize,
    /// Its number in the file, from 1.
    pub(super) number: u64,
}

impl Grid {
    /// Splits text into fields. `skipped` lines of the file come before it.
    pub(super) fn split(source: &Source, text: &str, delimiter: &Delimiter, skipped: u64) -> Result<Self, DataError> {
        let (text, byte) = delimiter.as_byte(text);
        let mut reader =
            ReaderBuilder::new().delimiter(byte).has_headers(false).flexible(true).from_reader(text.as_bytes());
        let mut grid = Grid::default();
        let mut record = StringRecord::new();
        let (mut number, mut counted) = (skipped + 1, 0);
        while reader.read_record(&mut record).map_err(|error| source.unreadable(error.to_string()))? {
            // The position is that of the blank lines before the record.
            let before = record.position().map_or(0, |position| usize::try_from(position.byte()).unwrap_or(usize::MAX));
            let ends = text.bytes().skip(before).take_while(|byte| b"\r\n".contains(byte)).count();
            let passed = text.as_bytes().get(counted..before + ends).unwrap_or_default();
            number += passed.iter().filter(|byte| **byte == b'\n').count() as u64;
            counted = before + ends;
            let is_blank = record.len() == 1 && record.iter().all(|field| !field.is_empty() && field.trim().is_empty());
            if is_blank {
                continue;
            }
            if record.iter().any(|field| field.contains(['\n', '\r'])) {
                return Err(source.unreadable(format!("line {number}: a quote is not closed on the line")));
            }
            grid.push(number, record.iter().map(str::trim));
        }
        let last = text.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
        if last.matches('"').count() % 2 == 1 {
            return Err(source.unreadable("last line: a quote is not closed"));
        }
        Ok(grid)
    }

    /// Number of lines.
    pub(super) fn len(&self) -> usize {
        self.lines.len()
    }

    /// A line, from 0.
    pub(super) fn line(&self, index: usize) -> Option<Line<'_>> {
        let &(number, end) = self.lines.get(index)?;
        let first = index.checked_sub(1).and_then(|before| self.lines.get(before)).map_or(0, |(_, end)| *end);
        Some(Line { grid: self, first, end, number })
    }

    /// All lines from one on.
    pub(super) fn lines(&self, from: usize) -> impl Iterator<Item = Line<'_>> + Clone {
        (from..self.len()).filter_map(|index| self.line(index))
    }

    /// Drops comments: remarks, and lines that begin as comments do and have not the fields of the others.
    pub(super) fn drop_comments(&mut self) {
        let width = self.lines(0).find(|line| !line.is_comment()).map_or(0, |line| line.len());
        let dropped = |line: &Line<'_>| line.is_remark() || line.is_comment() && (line.len() != width || width == 1);
        if !self.lines(0).any(|line| dropped(&line)) {
            return;
        }
        let mut grid = Grid::default();
        for line in self.lines(0) {
            if dropped(&line) {
                grid.comments.push(line.number);
            } else {
                grid.push(line.number, line.fields());
            }
        }
        *self = grid;
    }

    fn push<'a>(&mut self, number: u64, fields: impl Iterator<Item = &'a str>) {
        for field in fields {
            self.text.push_str(field);
            self.ends.push(self.text.len());
        }
        self.lines.push((number, self.ends.len()));
    }
}

impl<'a> Line<'a> {
    /// Number of fields.
    pub(super) fn len(&self) -> usize {
        self.end - self.first
    }

    /// A field, from 0, without blanks around it.
    pub(super) fn get(&self, index: usize) -> Option<&'a str> {
        let field = self.first.checked_add(index).filter(|field| *field < self.end)?;
        let start = field.checked_sub(1).and_then(|before| self.grid.ends.get(before)).map_or(0, |end| *end);
        self.grid.text.get(start..*self.grid.ends.get(field)?)
    }

    /// All fields.
    pub(super) fn fields(&self) -> impl Iterator<Item = &'a str> + Clone + use<'a> {
        let line = *self;
        (0..self.len()).filter_map(move |index| line.get(index))
    }

    /// Whether it begins as a comment does, or as a label such as `#1`.
    fn is_comment(&self) -> bool {
        self.get(0).is_some_and(super::begins_as_comment)
    }

    /// Whether a blank follows the sign of a comment, as it never does in a label.
    fn is_remark(&self) -> bool {
        self.get(0)
            .is_some_and(|field| ["#", "%"].contains(&field) || field.starts_with("# ") || field.starts_with("% "))
    }
}
