//! The templates of the pages, which are part of the program.

use minijinja::value::Serde;
use minijinja::{Environment, Value};
use serde::Serialize;

use crate::page::{explained, said};

/// Names of the templates decide the escaping: everything that ends in `.html` is escaped.
const TEMPLATES: [(&str, &str); 14] = [
    ("gallery.html", include_str!("../templates/gallery.html")),
    ("page.html", include_str!("../templates/page.html")),
    ("head.html", include_str!("../templates/head.html")),
    ("controls.html", include_str!("../templates/controls.html")),
    ("verdict.html", include_str!("../templates/verdict.html")),
    ("section.html", include_str!("../templates/section.html")),
    ("choices.html", include_str!("../templates/choices.html")),
    ("published.html", include_str!("../templates/published.html")),
    ("table.html", include_str!("../templates/table.html")),
    ("failures.html", include_str!("../templates/failures.html")),
    ("beside.html", include_str!("../templates/beside.html")),
    ("about.html", include_str!("../templates/about.html")),
    ("runs.html", include_str!("../templates/runs.html")),
    ("foot.html", include_str!("../templates/foot.html")),
];

const STYLE: [&str; 2] = [include_str!("../templates/style.css"), include_str!("../templates/parts.css")];

const GALLERY_STYLE: &str = include_str!("../templates/gallery.css");

const SCRIPT: [&str; 4] = [
    include_str!("../templates/state.js"),
    include_str!("../templates/tables.js"),
    include_str!("../templates/plots.js"),
    include_str!("../templates/start.js"),
];

/// The report.
pub(crate) fn report(page: &impl Serialize) -> String {
    filled("page.html", page, &STYLE.concat(), &SCRIPT.concat())
}

/// The gallery.
pub(crate) fn gallery(page: &impl Serialize) -> String {
    filled("gallery.html", page, &(STYLE.concat() + GALLERY_STYLE), "")
}

#[expect(
    clippy::expect_used,
    reason = "the templates are part of the program, and no record changes which fields there are"
)]
fn filled(name: &str, page: &impl Serialize, style: &str, script: &str) -> String {
    let mut environment = Environment::new();
    environment.add_filter("explained", explained);
    environment.add_filter("said", |pieces: Serde<Vec<(bool, String)>>| said(&pieces.0));
    for (name, source) in TEMPLATES {
        environment.add_template(name, source).expect("the templates are part of the program and parse");
    }
    environment.add_global("style", Value::from_safe_string(style.to_owned()));
    environment.add_global("script", Value::from_safe_string(script.to_owned()));
    let template = environment.get_template(name).expect("it was added above");
    template.render(Serde(page)).expect("the templates name only fields that exist")
}
