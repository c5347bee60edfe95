//! A figure inside the page, which names colours in its style sheet and tells the sentence below it.

/// `svg` without the colours that its classes stand for and without its description; the page has both.
pub(crate) fn inline(id: &str, svg: &str) -> String {
    let described = format!(" aria-labelledby=\"{id}-t {id}-d\"");
    let named = format!(" aria-labelledby=\"{id}-t\"");
    let svg = svg.replacen(&described, &named, 1);
    match svg.split_once("<desc ").and_then(|(head, rest)| Some((head, rest.split_once("</desc>")?.1))) {
        Some((head, rest)) => unpainted(&format!("{head}{rest}")),
        None => unpainted(&svg),
    }
}

/// Length of a colour, `#rrggbb`.
const COLOUR: usize = 7;

fn unpainted(svg: &str) -> String {
    let mut out = String::with_capacity(svg.len());
    let mut rest = svg;
    // Quotation marks in words are escaped, so this is an attribute.
    while let Some(place) = rest.find("=\"#") {
        let (before, value) = rest.split_at(place);
        let end = "=\"".len() + COLOUR + "\"".len();
        let after = value.get(end..).unwrap_or_default();
        let name = [" fill", " stroke"].into_iter().find(|name| before.ends_with(name));
        let class = name.filter(|name| after.starts_with(&format!(" class=\"{}-", &name[1..2])));
        match class {
            Some(name) => out.push_str(&before[..before.len() - name.len()]),
            None => {
                out.push_str(before);
                out.push_str(value.get(..end).unwrap_or(value));
            }
        }
        rest = after;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_with_a_class_go_and_others_stay() {
        let svg = "<svg aria-labelledby=\"a-t a-d\"><title id=\"a-t\">x</title><desc id=\"a-d\">y</desc>\
                   <g class=\"series s-l0\" stroke=\"#006caa\"><path d=\"M0,0\" fill=\"none\" stroke=\"#006caa\" class=\"s-l0\"/>\
                   <circle r=\"1\" fill=\"#ffffff\" class=\"f-paper\"/><rect fill=\"#123456\"/></g></svg>";
        assert_eq!(
            inline("a", svg),
            "<svg aria-labelledby=\"a-t\"><title id=\"a-t\">x</title>\
             <g class=\"series s-l0\" stroke=\"#006caa\"><path d=\"M0,0\" fill=\"none\" class=\"s-l0\"/>\
             <circle r=\"1\" class=\"f-paper\"/><rect fill=\"#123456\"/></g></svg>"
        );
    }
}
