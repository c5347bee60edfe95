use crate::page::Digest;
use crate::{Input, page, templates};

/// A finished report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The page: one file, nothing loaded from elsewhere.
    pub html: String,
    /// File name and text of each figure; the picture of all cases comes first.
    pub figures: Vec<(String, String)>,
    /// What the verdict says, sentence by sentence, that which a reader takes home first.
    pub sentences: Vec<String>,
    /// Those of them about the place among archived optimizers.
    pub beside: Vec<String>,
    /// The page in a few lines.
    pub digest: Digest,
}

/// Makes page and figures from `input`. A pure function: the same input gives the same bytes.
pub fn render(input: &Input) -> Rendered {
    let (page, figures) = page::page(input);
    let html = templates::report(&page);
    let figures = figures.into_iter().map(|(id, svg)| (format!("{id}.svg"), svg)).collect();
    Rendered { html, figures, sentences: page.sentences(), beside: page.beside(), digest: page.digest }
}

impl Rendered {
    /// The page of a run in progress: it loads itself again every so many `seconds`, at least one.
    pub fn reloading(&self, seconds: f64) -> String {
        let seconds = seconds.max(1.0);
        // A page that is refreshed by its head alone may stay where its address names a place in it.
        let reload = format!(
            "<head>\n<script>setTimeout(() => location.reload(), {:.0});</script>\n\
             <noscript><meta http-equiv=\"refresh\" content=\"{seconds:.0}\"></noscript>",
            1e3 * seconds
        );
        self.html.replacen("<head>", &reload, 1)
    }
}
