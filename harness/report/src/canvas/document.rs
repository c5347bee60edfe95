use std::cell::RefCell;
use std::fmt::Write;
use std::rc::Rc;

use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::style::{Color, RGBColor};

use super::{Backend, UNITS, backend, tidy};

/// What is drawn so far.
#[derive(Default)]
pub(super) struct Body {
    pub(super) text: String,
    /// Where the content of each open group begins.
    open: Vec<usize>,
    /// Attributes that lines inherit from a group around them, and the number of groups open inside which they do.
    pub(super) inherited: Option<(String, usize)>,
}

/// Text of an SVG body, shared between plotters' drawing areas and whoever opens and closes groups around what they draw.
pub(crate) struct Canvas {
    body: Rc<RefCell<Body>>,
    width: f64,
    height: f64,
}

impl Canvas {
    /// An empty surface of `width` × `height` pixels.
    pub(crate) fn new(width: f64, height: f64) -> Self {
        Canvas { body: Rc::default(), width, height }
    }

    /// The whole surface, for plotters.
    pub(crate) fn area(&self) -> DrawingArea<Backend, Shift> {
        let size = ((self.width * UNITS) as u32, (self.height * UNITS) as u32);
        Backend::new(Rc::clone(&self.body), size).into_drawing_area()
    }

    /// Opens a group; everything drawn until [`Canvas::close`] is inside. Attribute values are escaped, empty ones left out.
    pub(crate) fn open(&self, attributes: &[(&str, &str)]) {
        let body = &mut *self.body.borrow_mut();
        body.text.push_str("<g");
        for (name, value) in attributes.iter().filter(|(_, value)| !value.is_empty()) {
            let _ = write!(body.text, " {name}=\"{}\"", escape(value));
        }
        body.text.push('>');
        body.open.push(body.text.len());
    }

    /// [`Canvas::open`] for many lines of one colour and width in pixels, which say so once. The class of the colour is
    /// among the attributes.
    pub(crate) fn open_lines(&self, attributes: &[(&str, &str)], colour: RGBColor, width: f64) {
        let (stroke, width_text) = (format!("#{:02x}{:02x}{:02x}", colour.0, colour.1, colour.2), width.to_string());
        let own = [("fill", "none"), ("stroke", stroke.as_str()), ("stroke-width", width_text.as_str())];
        self.open(&[attributes, &own].concat());
        let body = &mut *self.body.borrow_mut();
        let style = colour.stroke_width((width * UNITS).round() as u32);
        body.inherited = Some((backend::stroked(&style), body.open.len()));
    }

    /// The hover text of the group that is open.
    pub(crate) fn title(&self, text: &str) {
        let _ = write!(self.body.borrow_mut().text, "<title>{}</title>", escape(text));
    }

    /// Closes the group opened last.
    pub(crate) fn close(&self) {
        let body = &mut *self.body.borrow_mut();
        body.inherited.take_if(|(_, depth)| *depth >= body.open.len());
        body.open.pop();
        body.text.push_str("</g>");
    }

    /// [`Canvas::close`] for a group of lines and labels, none of which lies on another: those that look alike are put
    /// together.
    pub(crate) fn close_tidied(&self) {
        {
            let body = &mut *self.body.borrow_mut();
            let begin = body.open.last().copied().unwrap_or(0);
            let content = tidy::tidied(&body.text[begin..]);
            body.text.truncate(begin);
            body.text.push_str(&content);
        }
        self.close();
    }

    /// What was drawn, for a place inside another document.
    pub(crate) fn fragment(self) -> String {
        std::mem::take(&mut self.body.borrow_mut().text)
    }

    /// What was drawn as decoration beside words that say the same.
    pub(crate) fn decoration(self, class: &str) -> String {
        let (width, height, class) = (self.width, self.height, escape(class));
        let body = &self.body.borrow().text;
        format!(
            "<svg class=\"{class}\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" aria-hidden=\"true\">{body}</svg>"
        )
    }

    /// The finished document. `id` makes the ids inside unique in a page; `data` is kept for scripts.
    pub(crate) fn finish(self, id: &str, title: &str, description: &str, data: &str) -> String {
        let (width, height) = (self.width, self.height);
        let (id, title, description, data) = (escape(id), escape(title), escape(description), escape(data));
        let body = &self.body.borrow().text;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
             role=\"img\" aria-labelledby=\"{id}-t {id}-d\" font-family=\"Helvetica, Arial, sans-serif\" data-axes=\"{data}\">\
             <title id=\"{id}-t\">{title}</title><desc id=\"{id}-d\">{description}</desc>\n{body}</svg>\n"
        )
    }
}

/// `text` for use in SVG or HTML, inside elements and inside quoted attributes. Characters that XML cannot hold become
/// U+FFFD.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' | '\r' => out.push(' '),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
