use minijinja::value::Serde;
use minijinja::{Environment, Value};

use crate::{Input, page};

/// A finished report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The page: one file, nothing loaded from elsewhere.
    pub html: String,
    /// File name and text of each figure; the overview comes first.
    pub figures: Vec<(String, String)>,
    /// What the verdict says, sentence by sentence, that which a reader takes home first.
    pub sentences: Vec<String>,
    /// Those of them about the place among archived optimizers.
    pub beside: Vec<String>,
}

/// Names of the templates decide the escaping: everything that ends in `.html` is escaped.
const TEMPLATES: [(&str, &str); 12] = [
    ("page.html", include_str!("../templates/page.html")),
    ("head.html", include_str!("../templates/head.html")),
    ("controls.html", include_str!("../templates/controls.html")),
    ("verdict.html", include_str!("../templates/verdict.html")),
    ("section.html", include_str!("../templates/section.html")),
    ("choices.html", include_str!("../templates/choices.html")),
    ("table.html", include_str!("../templates/table.html")),
    ("failures.html", include_str!("../templates/failures.html")),
    ("beside.html", include_str!("../templates/beside.html")),
    ("about.html", include_str!("../templates/about.html")),
    ("runs.html", include_str!("../templates/runs.html")),
    ("foot.html", include_str!("../templates/foot.html")),
];

const STYLE: [&str; 2] = [include_str!("../templates/style.css"), include_str!("../templates/parts.css")];

const SCRIPT: [&str; 4] = [
    include_str!("../templates/state.js"),
    include_str!("../templates/tables.js"),
    include_str!("../templates/plots.js"),
    include_str!("../templates/start.js"),
];

/// Makes page and figures from `input`. A pure function: the same input gives the same bytes.
#[expect(
    clippy::expect_used,
    reason = "the templates are part of the program, and no record changes which fields there are"
)]
pub fn render(input: &Input) -> Rendered {
    let (page, figures) = page::page(input);
    let mut environment = Environment::new();
    for (name, source) in TEMPLATES {
        environment.add_template(name, source).expect("the templates are part of the program and parse");
    }
    environment.add_global("style", Value::from_safe_string(STYLE.concat()));
    environment.add_global("script", Value::from_safe_string(SCRIPT.concat()));
    let template = environment.get_template("page.html").expect("it was added above");
    let html = template.render(Serde(&page)).expect("the templates name only fields that exist");
    let figures = figures.into_iter().map(|(id, svg)| (format!("{id}.svg"), svg)).collect();
    Rendered { html, figures, sentences: page.sentences(), beside: page.beside() }
}
