use std::path::PathBuf;

/// A page of `harness/docs`, parts of which are written by the code.
pub struct Page {
    file: PathBuf,
    text: String,
}

impl Page {
    /// Reads a page.
    pub fn open(name: &str) -> Self {
        let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs").join(name);
        let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        Page { file, text }
    }

    /// Holds what stands between `<!-- NAME -->` and `<!-- end of NAME -->` against `content`.
    #[track_caller]
    pub fn between_marks(&self, name: &str, content: &str) {
        let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->"));
        let place = |mark: &str| self.text.find(mark).unwrap_or_else(|| panic!("{}: no {mark}", self.file.display()));
        self.part(place(&begin) + begin.len(), place(&end), content);
    }

    /// Holds the only line that begins with `start` against `start` and `rest`.
    #[track_caller]
    pub fn line(&self, start: &str, rest: &str) {
        let from = self.text.find(start).unwrap_or_else(|| panic!("{}: no line {start}", self.file.display()));
        let length = self.text[from..].find('\n').expect("lines end");
        self.part(from, from + length, &format!("{start}{rest}"));
    }

    #[track_caller]
    fn part(&self, from: usize, to: usize, content: &str) {
        if self.text[from..to] == *content {
            return;
        }
        if std::env::var_os("FLATBENCH_WRITE_DOCS").is_some() {
            let text = [&self.text[..from], content, &self.text[to..]].concat();
            std::fs::write(&self.file, text).expect("the documentation can be written");
            return;
        }
        let found = &self.text[from..to];
        panic!("{} says\n{found}\nand should say\n{content}\n(FLATBENCH_WRITE_DOCS=1 writes it)", self.file.display());
    }
}
