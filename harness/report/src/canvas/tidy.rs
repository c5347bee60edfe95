//! Fewer words for the same drawing.

/// The elements of a group whose parts do not lie on each other: paths that look alike become one, texts that look alike
/// share a group. Anything but bare paths and texts is left as it is.
pub(super) fn tidied(body: &str) -> String {
    let Some(elements) = elements(body) else { return body.to_owned() };
    let mut out = String::with_capacity(body.len());
    let mut paths: Vec<(&str, String)> = Vec::new();
    let mut texts: Vec<(&str, Vec<(&str, &str)>)> = Vec::new();
    for element in elements {
        match element {
            Element::Path { steps, look } => match paths.iter_mut().find(|p| p.0 == look) {
                Some((_, all)) => all.push_str(steps),
                None => paths.push((look, steps.to_owned())),
            },
            Element::Text { place, look, words } => match texts.iter_mut().find(|t| t.0 == look) {
                Some((_, all)) => all.push((place, words)),
                None => texts.push((look, vec![(place, words)])),
            },
        }
    }
    for (look, steps) in paths {
        out.push_str(&format!("<path d=\"{steps}\"{look}/>"));
    }
    for (look, texts) in texts {
        if let [(place, words)] = texts.as_slice() {
            out.push_str(&format!("<text{place}{look}>{words}</text>"));
            continue;
        }
        out.push_str(&format!("<g{look}>"));
        texts.iter().for_each(|(place, words)| out.push_str(&format!("<text{place}>{words}</text>")));
        out.push_str("</g>");
    }
    out
}

enum Element<'a> {
    Path { steps: &'a str, look: &'a str },
    Text { place: &'a str, look: &'a str, words: &'a str },
}

/// `None` if there are others than those the backend writes for lines and labels.
fn elements(mut body: &str) -> Option<Vec<Element<'_>>> {
    let mut out = Vec::new();
    while !body.is_empty() {
        if let Some(rest) = body.strip_prefix("<path d=\"") {
            let (steps, rest) = rest.split_once('"')?;
            let (look, rest) = rest.split_once("/>")?;
            out.push(Element::Path { steps, look });
            body = rest;
        } else {
            let (opening, rest) = body.strip_prefix("<text")?.split_once('>')?;
            let (words, rest) = rest.split_once("</text>")?;
            // x and y come first, a quotation mark before and after each.
            let end = opening.match_indices('"').nth(3)?.0 + 1;
            let (place, look) = opening.split_at(end);
            out.push(Element::Text { place, look, words });
            body = rest;
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_alike_is_together() {
        let body = "<text x=\"1\" y=\"2\" class=\"a\">1</text><path d=\"M0,0l1,1\" class=\"g\"/>\
                    <text x=\"3\" y=\"4\" class=\"a\">2</text><path d=\"M5,5l1,1\" class=\"g\"/><text x=\"5\" y=\"6\">3</text>";
        assert_eq!(
            tidied(body),
            "<path d=\"M0,0l1,1M5,5l1,1\" class=\"g\"/><g class=\"a\"><text x=\"1\" y=\"2\">1</text>\
             <text x=\"3\" y=\"4\">2</text></g><text x=\"5\" y=\"6\">3</text>"
        );
    }

    #[test]
    fn other_elements_stay() {
        for body in ["<circle r=\"1\"/>", "<path d=\"M0,0\"/><g><path d=\"M0,0\"/></g>", ""] {
            assert_eq!(tidied(body), body);
        }
    }
}
