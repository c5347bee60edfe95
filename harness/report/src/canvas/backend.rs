use std::cell::RefCell;
use std::convert::Infallible;
use std::fmt::Write;
use std::rc::Rc;

use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind, FontStyle,
    FontTransform,
};

use super::document::Body;
use super::{UNITS, escape};
use crate::palette;

/// Writes what plotters draws as SVG elements. A colour of the palette also becomes a class (`f-…` for fills, `s-…` for
/// strokes), so that a page can repaint the figure for a dark background.
pub(crate) struct Backend {
    body: Rc<RefCell<Body>>,
    size: (u32, u32),
}

impl Backend {
    pub(super) fn new(body: Rc<RefCell<Body>>, size: (u32, u32)) -> Self {
        Backend { body, size }
    }

    /// An element of a fixed shape, filled or stroked; nothing where it would not be seen.
    fn element<S: BackendStyle>(&mut self, name: &str, sizes: &[(&str, i32)], style: &S, fill: bool) -> Drawn {
        if style.color().alpha == 0.0 {
            return Ok(());
        }
        let out = &mut self.body.borrow_mut().text;
        out.push('<');
        out.push_str(name);
        sizes.iter().for_each(|(name, value)| attribute(out, name, *value));
        match fill {
            true => filled(out, style.color()),
            false => out.push_str(&stroked(style)),
        }
        out.push_str("/>");
        Ok(())
    }

    fn points(out: &mut String, points: impl IntoIterator<Item = BackendCoord>) {
        out.push_str(" points=\"");
        let mut last = None;
        for point in points {
            // Neighbouring samples often fall on the same tenth of a pixel.
            if last == Some(point) {
                continue;
            }
            if last.is_some() {
                out.push(' ');
            }
            coordinate(out, point.0);
            out.push(',');
            coordinate(out, point.1);
            last = Some(point);
        }
        out.push('"');
    }
}

type Drawn = Result<(), DrawingErrorKind<Infallible>>;

impl DrawingBackend for Backend {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, point: BackendCoord, color: BackendColor) -> Drawn {
        self.draw_rect(point, (point.0 + 1, point.1 + 1), &color, true)
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Drawn {
        self.draw_path([from, to], style)
    }

    fn draw_rect<S: BackendStyle>(&mut self, a: BackendCoord, b: BackendCoord, style: &S, fill: bool) -> Drawn {
        let (width, height) = ((b.0 - a.0).abs(), (b.1 - a.1).abs());
        self.element(
            "rect",
            &[("x", a.0.min(b.0)), ("y", a.1.min(b.1)), ("width", width), ("height", height)],
            style,
            fill,
        )
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, path: I, style: &S) -> Drawn {
        if style.color().alpha == 0.0 {
            return Ok(());
        }
        let body = &mut *self.body.borrow_mut();
        let look = stroked(style);
        let inherits = body.inherited.as_ref().is_some_and(|(inherited, _)| *inherited == look);
        let end = format!("\"{}/>", if inherits { "" } else { &look });
        let out = &mut body.text;
        // Neighbours that look alike, such as the lines of a grid, share one element.
        if !inherits && out.ends_with(&end) && out.rfind('<').is_some_and(|last| out[last..].starts_with("<path d=")) {
            out.truncate(out.len() - end.len());
        } else {
            out.push_str("<path d=\"");
        }
        steps(out, path);
        out.push_str(&end);
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(&mut self, center: BackendCoord, radius: u32, style: &S, fill: bool) -> Drawn {
        self.element("circle", &[("cx", center.0), ("cy", center.1), ("r", radius as i32)], style, fill)
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(&mut self, vert: I, style: &S) -> Drawn {
        if style.color().alpha == 0.0 {
            return Ok(());
        }
        let out = &mut self.body.borrow_mut().text;
        out.push_str("<polygon");
        Self::points(out, vert);
        filled(out, style.color());
        out.push_str("/>");
        Ok(())
    }

    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, pos: BackendCoord) -> Drawn {
        if style.color().alpha == 0.0 || text.is_empty() {
            return Ok(());
        }
        let out = &mut self.body.borrow_mut().text;
        out.push_str("<text");
        // Shifts rather than `dominant-baseline`, which print and conversion tools treat differently.
        let shift = match style.anchor().v_pos {
            VPos::Top => 0.8,
            VPos::Center => 0.35,
            VPos::Bottom => -0.2,
        };
        attribute(out, "x", pos.0);
        attribute(out, "y", pos.1 + (shift * style.size()).round() as i32);
        let _ = write!(out, " font-size=\"{}\"", style.size() / UNITS);
        match style.anchor().h_pos {
            HPos::Left => {}
            HPos::Right => out.push_str(" text-anchor=\"end\""),
            HPos::Center => out.push_str(" text-anchor=\"middle\""),
        }
        if matches!(style.style(), FontStyle::Bold) {
            out.push_str(" font-weight=\"bold\"");
        }
        let angle = match style.transform() {
            FontTransform::None => 0,
            FontTransform::Rotate90 => 90,
            FontTransform::Rotate180 => 180,
            FontTransform::Rotate270 => 270,
        };
        if angle != 0 {
            let _ = write!(out, " transform=\"rotate({angle}");
            for c in [pos.0, pos.1] {
                out.push(' ');
                coordinate(out, c);
            }
            out.push_str(")\"");
        }
        filled(out, style.color());
        let _ = write!(out, ">{}</text>", escape(text));
        Ok(())
    }

    fn estimate_text_size<S: BackendTextStyle>(
        &self,
        text: &str,
        style: &S,
    ) -> Result<(u32, u32), DrawingErrorKind<Infallible>> {
        let width = text.chars().count() as f64 * style.size() * 0.56;
        Ok((width as u32, style.size() as u32))
    }
}

/// A path in relative steps: half the bytes of absolute points.
fn steps(out: &mut String, path: impl IntoIterator<Item = BackendCoord>) {
    let mut last: Option<BackendCoord> = None;
    for (x, y) in path {
        match last {
            None => {
                out.push('M');
                coordinate(out, x);
                out.push(',');
                coordinate(out, y);
            }
            Some(place) if place == (x, y) => {}
            Some((a, b)) => {
                out.push('l');
                coordinate(out, x - a);
                if y >= b {
                    out.push(',');
                }
                coordinate(out, y - b);
            }
        }
        last = Some((x, y));
    }
}

fn coordinate(out: &mut String, units: i32) {
    let _ = write!(out, "{}", f64::from(units) / UNITS);
}

fn attribute(out: &mut String, name: &str, units: i32) {
    let _ = write!(out, " {name}=\"");
    coordinate(out, units);
    out.push('"');
}

fn filled(out: &mut String, color: BackendColor) {
    paint(out, "fill", color);
}

/// Attributes of a line.
pub(super) fn stroked<S: BackendStyle>(style: &S) -> String {
    let mut out = String::from(" fill=\"none\"");
    paint(&mut out, "stroke", style.color());
    attribute(&mut out, "stroke-width", style.stroke_width() as i32);
    out
}

fn paint(out: &mut String, property: &str, color: BackendColor) {
    let (r, g, b) = color.rgb;
    let _ = write!(out, " {property}=\"#{r:02x}{g:02x}{b:02x}\"");
    if let Some(class) = palette::class_of(color.rgb) {
        let _ = write!(out, " class=\"{}-{class}\"", &property[..1]);
    }
    if color.alpha < 1.0 {
        let _ = write!(out, " {property}-opacity=\"{}\"", color.alpha);
    }
}
