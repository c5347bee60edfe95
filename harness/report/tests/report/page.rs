//! What the page promises: the same bytes for the same records, nothing loaded from elsewhere, text that stays text, a
//! place for every run, and a size that stays in bounds.

use crate::synthetic;

use flatbench_records::{Init, Libraries, LimitState, Rule, Split, Value};
use flatbench_report::render;

#[test]
fn the_order_of_records_does_not_matter() {
    let input = synthetic::with_tuning(synthetic::study(3, 3, 5));
    let mut turned = input.clone();
    turned.sources[0].records.reverse();
    assert_eq!(render(&input), render(&input));
    assert_eq!(render(&input), render(&turned));
}

#[test]
fn nothing_is_loaded_from_elsewhere() {
    let rendered = render(&synthetic::study(2, 2, 5));
    let outside: Vec<&str> = rendered
        .html
        .split("http")
        .skip(1)
        .filter(|rest| rest.starts_with("://") || rest.starts_with("s://"))
        .filter(|rest| !rest.starts_with("://www.w3.org/2000/svg"))
        .collect();
    assert!(outside.is_empty(), "{}", &outside[0][..40]);
    for tag in ["<link rel=\"stylesheet", "<script src", "<img", "<iframe", "@import", "url("] {
        assert!(!rendered.html.contains(tag), "{tag}");
    }
}

#[test]
fn data_files_are_shown_as_they_were_read() {
    let html = render(&synthetic::study(2, 2, 5)).html;
    for text in ["Data file of ratings", "ratings.csv", "4 × 5", "5 of 20 entries, 25.0 %", "1 to 5", "&lt;b&gt;rating"]
    {
        assert!(html.contains(text), "{text}");
    }
}

#[test]
fn text_stays_text() {
    let evil = "<script>alert(1)</script>\"'&\u{0}</style>";
    let mut input = synthetic::with_tuning(synthetic::study(2, 2, 5));
    let source = &mut input.sources[0];
    source.name = Some(evil.to_owned());
    source.description = Some(evil.to_owned());
    source.directory = evil.to_owned();
    source.complaints.push(flatbench_report::Complaint { place: evil.to_owned(), problem: evil.to_owned() });
    for record in &mut source.records {
        for text in [
            &mut record.suite,
            &mut record.case,
            &mut record.family,
            &mut record.optimizer,
            &mut record.optimizer_version,
        ] {
            text.push_str(evil);
        }
        record.result.outcome_detail = Some(evil.to_owned());
        record.result.reference.missing = Some(evil.to_owned());
        record.hyperparameters.insert(evil.to_owned(), Value::Text(evil.to_owned()));
    }
    let keys: Vec<String> = source.records.iter().map(|r| r.key.clone()).collect();
    for (record, key) in source.records.iter_mut().zip(&keys) {
        record.key = format!("{key}{evil}");
    }
    input.trajectories = input.trajectories.into_iter().map(|(k, t)| (format!("{k}{evil}"), t)).collect();
    let rendered = render(&input);
    assert_eq!(rendered.html.matches("<script").count(), 2, "the data and the script of the page itself");
    assert_eq!(rendered.html.matches("</style").count(), 1);
    assert!(!rendered.html.contains("<script>alert"));
    for (name, svg) in &rendered.figures {
        assert!(!svg.contains("<script") && !svg.contains('\0'), "{name}");
        assert!(name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.'), "{name}");
    }
}

#[test]
fn every_run_has_a_place_and_every_link_leads_somewhere() {
    let input = synthetic::with_tuning(synthetic::study(10, 3, 5));
    let html = render(&input).html;
    let ids: std::collections::BTreeSet<&str> =
        html.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(ids.len(), html.matches(" id=\"").count(), "ids are unique");
    for record in &input.sources[0].records {
        assert!(ids.contains(format!("run-{}", record.key).as_str()));
        assert!(html.contains(&format!("flatbench replay . {}", record.key)));
    }
    for target in html.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(ids.contains(target), "#{target}");
    }
}

#[test]
fn the_verdict_tells_what_was_planted() {
    let html = crate::without_terms(&render(&synthetic::study(10, 5, 5)).html);
    let verdict =
        html.split("id=\"verdict-h\"").nth(1).and_then(|rest| rest.split("</section>").next()).expect("it is there");
    let verdict = verdict.replace("<b>", "").replace("</b>", "").replace('\u{2011}', "-");
    for words in [
        "From a large start: trace-penalty reached the flattest minimum known on 7 of 8 cases (excess flatness 1.000×), 1.077× to 2.15× on the others,",
        "sgd (10.5× to 10.7×) stopped short and did not recover",
        "and recovered the truth in all 40 runs, to ",
        "Against gd on the same instances, from a large start, flatter minima: trace-penalty (tr H ",
        "no difference of 10\u{a0}% or more: sgd (ratio ",
        "In anisotropic-few flatness and recovery part ways: in 5 of 5 instances",
        "itself not the truth (relative error 0.610), while the truth has excess flatness 1.020×",
        "trace-penalty in 10 of 10 runs",
        "the solution of smallest norm is not in 5 of 5 instances of anisotropic (relative error 0.240, excess flatness 1.24×)",
        "On the control case covariance-estimation tr H agreed, as theory demands",
        "On deep-matrix-factorization the flattest minimum known is not certified",
        "anisotropic-few: its flattest minimum is not the truth.",
        "Inside cases, flatter went with better recovery",
        "1 compared run failed",
    ] {
        assert!(verdict.contains(words), "{words:?} is not in {verdict}");
    }
}

/// The sentences of the two boxes of conclusions.
fn concluded(html: &str) -> [String; 2] {
    let html = crate::without_terms(html).replace("<b>", "").replace("</b>", "");
    ["aria-label=\"What you may conclude\"", "aria-label=\"What you may not\""]
        .map(|mark| html.split(mark).nth(1).and_then(|rest| rest.split("</ul>").next()).unwrap_or_default().to_owned())
}

#[test]
fn what_may_be_concluded_follows_from_the_records() {
    let mut input = synthetic::study(10, 5, 5);
    let [may, may_not] = concluded(&render(&input).html);
    assert!(may.contains("which is certified on ") && may.contains("Whether flatness bought recovery on "), "{may}");
    assert!(may.contains("trace-penalty") && may.contains("end at other flatness than gd"), "{may}");
    assert!(may_not.contains("there the flattest minimum is not the truth"), "{may_not}");
    assert!(may_not.contains("on anisotropic-few") && may_not.contains("on deep-matrix-factorization"), "{may_not}");
    assert!(may_not.contains("settings were given there"), "nothing was tuned: {may_not}");
    // One draw whose flattest minimum is another than the truth takes its case away.
    let cases = |may: &str| -> usize {
        let rest = may.split("bought recovery on ").nth(1).and_then(|rest| rest.split(' ').next());
        rest.and_then(|number| number.parse().ok()).unwrap_or(0)
    };
    let certain = |r: &&mut flatbench_records::Record| {
        r.family == "matrix-sensing"
            && r.result.reference.flat.as_ref().is_some_and(|flat| flat.relative_error < Some(1e-6))
    };
    let records = &mut input.sources[0].records;
    let (case, seed) = records.iter_mut().find(certain).map(|r| (r.case.clone(), r.instance_seed)).expect("one");
    for record in records.iter_mut().filter(|r| r.case == case && r.instance_seed == seed) {
        if let Some(flat) = &mut record.result.reference.flat {
            flat.relative_error = Some(0.5);
        }
    }
    let [fewer, _] = concluded(&render(&input).html);
    assert_eq!(cases(&fewer) + 1, cases(&may), "{fewer}");
    // With one optimizer there is nothing to hold against each other.
    input.sources[0].records.retain(|record| record.optimizer == "gd");
    let [alone, not] = concluded(&render(&input).html);
    assert!(!alone.contains("bought recovery") && !not.contains("best at its best"), "{alone} {not}");
}

#[test]
fn settings_that_the_truth_chose_are_flagged_wherever_they_are_compared() {
    const WORDS: &str = "chosen by the rule “oracle”, which knows the truth";
    let plain = synthetic::with_tuning(synthetic::study(3, 3, 5));
    let mut by_records = plain.clone();
    for record in by_records.sources[0].records.iter_mut().filter(|record| record.split == Split::Evaluation) {
        record.selection_rule = Some(Rule::Oracle);
    }
    // Records of before do not name the rule.
    let mut by_suite = plain.clone();
    by_suite.sources[0].selection = Some("oracle".to_owned());
    for input in [&by_records, &by_suite] {
        let html = render(input).html;
        let headline = html.split("<p class=\"headline").nth(1).and_then(|rest| rest.split("</p>").next());
        assert!(headline.is_some_and(|headline| headline.contains(WORDS)), "{headline:?}");
        let captions: Vec<&str> =
            html.split("<caption>").skip(1).filter_map(|c| c.split("</caption>").next()).collect();
        for kind in ["Where the flattest", "Paired comparison", "Median flatness", "Medians over runs"] {
            let caption = captions.iter().find(|caption| caption.starts_with(kind));
            assert!(caption.is_some_and(|caption| caption.contains(WORDS)), "{kind}: {captions:?}");
        }
        assert!(html.contains("that rule knows the truth"), "the sweeps");
    }
    assert!(render(&by_records).html.contains("comparison, setting chosen by knowing the truth"));
    let mut fair = plain;
    fair.sources[0].selection = Some("validation".to_owned());
    fair.sources[0].records.iter_mut().for_each(|record| record.selection_rule = Some(Rule::Validation));
    let html = render(&fair).html;
    assert!(!html.contains("knows the truth") && !html.contains("knowing the truth"));
}

#[test]
fn the_choice_of_settings_shows_scores_ties_and_edges() {
    let mut input = synthetic::with_tuning(synthetic::study(1, 1, 2));
    input.sources[0].selection = Some("validation".to_owned());
    let score = |losses: [f64; 5], chosen: f64| {
        let mut input = input.clone();
        for record in input.sources[0].records.iter_mut().filter(|record| record.optimizer == "gd") {
            let step = record.hyperparameters.get("step_size").and_then(Value::as_real).unwrap_or_default();
            if record.split == Split::Evaluation {
                record.hyperparameters.insert("step_size".to_owned(), Value::Real(chosen));
                continue;
            }
            let place = [0.125, 0.25, 0.5, 1.0, 2.0].iter().position(|known| *known == step).expect("one of them");
            let loss = losses[place];
            record.result.start.as_mut().expect("begun").validation_loss = Some(2.0);
            for metrics in
                record.result.limit.iter_mut().map(|limit| &mut limit.metrics).chain(&mut record.result.iterate)
            {
                metrics.validation_loss = Some(2.0 * loss);
            }
        }
        render(&input).html
    };
    let html = score([1e-3, 1e-2, 1e-1, 1.0, 1.0], 0.125);
    assert!(html.contains("2 of 2 chosen settings are at the edge of the values tried"), "the warning");
    assert!(html.contains(
        "<td>step_size = 0.125</td><td>5</td><td>1.0e-3</td><td></td><td class=\"failed\">smallest step_size</td>"
    ));
    let html = score([3e-25, 1e-23, 2e-24, 1.0, 1.0], 0.25);
    assert!(!html.contains("at the edge of the values tried") && html.contains("3 of 5, the middle one taken"));
    assert!(html.contains("the middle one in the order of the suite"), "the rule is stated");
    assert!(!render(&synthetic::study(1, 1, 2)).html.contains("Chosen settings"), "nothing was tuned");
}

#[test]
fn a_series_of_cases_is_spoken_of_once() {
    let mut input = synthetic::study(10, 5, 5);
    let mut second = Vec::new();
    for record in input.sources[0].records.iter_mut().filter(|record| record.case == "anisotropic-few") {
        record.case = "few-m=110".to_owned();
        let mut twin = record.clone();
        twin.case = "few-m=120.5".to_owned();
        twin.key = format!("{}-twin", twin.key);
        twin.instance_seed += 1_000_000;
        second.push(twin);
    }
    input.sources[0].records.extend(second);
    let html = render(&input).html.replace('\u{2011}', "-");
    assert!(html.contains("In the 2 cases few-m=* flatness and recovery part ways: in 10 of 10 instances"));
    assert_eq!(html.matches("flatness and recovery part ways").count(), 1);
}

#[test]
fn the_head_says_what_time_was_spent_on() {
    let mut input = synthetic::study(2, 2, 5);
    let done = input.sources[0].records.iter().filter(|r| r.result.iterate.is_some()).count() as f64;
    let html = render(&input).html;
    for (name, seconds) in [("in optimizers", 0.31), ("on metrics", 0.04), ("on references", 0.02)] {
        let value = three_digits(seconds * done);
        assert!(html.contains(&format!("<dt>time {name}</dt><dd>{value} s</dd>")), "{name}: {value} s");
    }
    input.sources[0].records.iter_mut().for_each(|r| r.result.reference_seconds = 0.0);
    assert!(!render(&input).html.contains("time on references"), "records of before do not tell");
}

fn three_digits(value: f64) -> String {
    let decimals = (2 - value.log10().floor() as i32).max(0) as usize;
    format!("{value:.decimals$}")
}

#[test]
fn the_default_suite_stays_small() {
    let rendered = render(&synthetic::study(9, 3, 5));
    assert!(rendered.html.len() < 2_000_000, "{}", rendered.html.len());
}

#[test]
fn no_panel_of_a_hundred_cases_is_lost() {
    let html = render(&synthetic::study(100, 1, 3)).html;
    let section = |id: &str| {
        let begin = html.find(&format!("id=\"{id}-section\"")).expect("it is there");
        html[begin..].split("</section>").next().expect("it ends").to_owned()
    };
    let flatness = section("flatness");
    assert_eq!(flatness.matches("<figure").count(), 200);
    // In pages, of which the first of each start is unfolded.
    for title in ["From a large start, 1 to 36 of 100", "From a small start, 73 to 100 of 100"] {
        assert!(flatness.contains(title), "{title}");
    }
    assert_eq!(flatness.matches("<details").count(), 6);
    assert_eq!(flatness.matches("<details class=\"group\" open").count(), 2);
    assert_eq!(section("trajectories").matches("<figure").count(), 600);
    assert!(html.len() < 20_000_000, "{}", html.len());
}

#[test]
fn ten_thousand_records_stay_in_bounds() {
    let input = synthetic::study(25, 25, 8);
    assert_eq!(input.sources[0].records.len(), 10_000);
    let rendered = render(&input);
    assert!(rendered.html.len() < 20_000_000, "{}", rendered.html.len());
}

/// Names of elements in the order in which they open, if every one is closed in turn.
fn balanced(svg: &str) -> Result<usize, String> {
    let mut open = Vec::new();
    let mut elements = 0;
    for piece in svg.split('<').skip(1) {
        let Some((tag, text)) = piece.split_once('>') else { return Err(format!("unclosed tag {piece}")) };
        if text.contains("&") && text.split('&').skip(1).any(|e| e.split(';').next().is_none_or(|e| e.len() > 6)) {
            return Err(format!("a bare ampersand in {text}"));
        }
        if tag.matches('"').count() % 2 == 1 {
            return Err(format!("an unclosed quotation in {tag}"));
        }
        if let Some(name) = tag.strip_prefix('/') {
            if open.pop() != Some(name) {
                return Err(format!("</{name}> closes something else"));
            }
        } else if !tag.ends_with('/') {
            open.push(tag.split(' ').next().unwrap_or(tag));
        }
        elements += 1;
    }
    if open.is_empty() { Ok(elements) } else { Err(format!("{open:?} stay open")) }
}

#[test]
fn a_figure_with_several_optimizers_carries_a_legend() {
    let rendered = render(&synthetic::with_tuning(synthetic::study(2, 2, 5)));
    for (name, svg) in &rendered.figures {
        let kind = name.split('-').next().unwrap_or_default();
        let expected = match kind {
            "flatness" | "loss" | "trace" | "error" | "profile" | "recovery" | "glance.svg" => 5,
            "edge" | "balance" | "ends" | "detours" => 5,
            // A row says whose it is; gd alone is tuned here.
            "sensitivity" => 1,
            _ => 0,
        };
        let names = synthetic::OPTIMIZERS.iter().filter(|o| svg.contains(&format!(">{o}</text>"))).count();
        assert_eq!(names, expected, "{name}");
        let size = |attribute: &str| svg.split(&format!(" {attribute}=\"")).nth(1).and_then(|s| s.split('"').next());
        let whole = format!("0 0 {} {}", size("width").unwrap_or_default(), size("height").unwrap_or_default());
        assert_eq!(size("viewBox"), Some(whole.as_str()), "{name}");
    }
}

#[test]
fn figures_are_well_formed_and_say_what_they_show() {
    let rendered = render(&synthetic::with_tuning(synthetic::study(3, 3, 5)));
    for (name, svg) in &rendered.figures {
        assert!(balanced(svg).is_ok_and(|elements| elements > 10), "{name}: {:?}", balanced(svg));
        assert!(svg.contains("<title id=") && svg.contains("<desc id=") && svg.contains("role=\"img\""), "{name}");
        assert!(!svg.contains("<desc id=\"\"") && !svg.contains("></desc>"), "{name} says nothing");
    }
    for start in ["large", "small"] {
        let name = format!("flatness-{start}-init.svg");
        let overview = rendered.figures.iter().find(|(own, _)| *own == name).map(|(_, svg)| svg);
        let whole = overview.is_some_and(|svg| svg.starts_with("<svg") && svg.contains("width=\"900\""));
        assert!(whole, "{name}: four panels a row");
        assert_eq!(overview.map(|svg| svg.matches("class=\"mesh\"").count()), Some(3), "{name}: three cases");
        assert!(
            overview
                .is_some_and(|svg| svg.contains("the cases whose flattest minimum is certified: trace-penalty 1.0"))
        );
    }
}

/// The text of a part of the page, without tags and with plain hyphens.
fn said(html: &str, id: &str) -> String {
    let begin = html.find(&format!("id=\"{id}-h\"")).expect("it is there");
    let part = html[begin..].split("</section>").next().expect("it ends");
    let text: String = part.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text)).collect();
    text.replace('\u{2011}', "-").replace("&#x2f;", "/")
}

#[test]
fn flatness_at_no_minimum_is_neither_compared_nor_coloured() {
    let mut input = synthetic::study(3, 6, 5);
    for record in &mut input.sources[0].records {
        let limit = record.result.limit.as_mut().expect("it was searched");
        (limit.state, limit.reason) = (LimitState::NotReached, Some("held at the saddle at zero".to_owned()));
        let iterate = record.result.iterate.as_mut().expect("it completed");
        if record.optimizer == "sam" {
            (iterate.hessian_trace, iterate.excess_flatness) = (Some(0.2), Some(0.2 / 110.0));
        }
    }
    let html = render(&input).html;
    let verdict = said(&html, "verdict");
    for words in ["flatter minima", "times lower", "Paired comparison"] {
        assert!(!verdict.contains(words), "{words:?} is in {verdict}");
    }
    assert!(verdict.contains("so no flatness can be compared"), "{verdict}");
    assert!(
        verdict.contains("sam and sgd reached no minimum (held at the saddle at zero: 12 of 12 runs each)"),
        "{verdict}"
    );
    let table = said(&html, "table");
    assert!(table.contains("no minimum") && table.contains("held at the saddle at zero: 6 of 6 runs"), "{table}");
    for shade in 0..5 {
        assert!(!html.contains(&format!("class=\"q{shade}\"")) && !html.contains(&format!("-class=\"q{shade}\"")));
    }
    assert!(html.contains("0.00182× at the iterate") || html.contains("1.8e-3× at the iterate"), "it is shown as such");
    assert!(html.contains("No run reached a minimum: what is drawn is where optimizers stopped"));
}

#[test]
fn what_flatness_cannot_explain_has_a_sentence_of_its_own() {
    let mut input = synthetic::study(10, 3, 5);
    let control = |r: &&mut flatbench_records::Record| r.family == "covariance-estimation" && r.init == Init::Large;
    for record in input.sources[0].records.iter_mut().filter(control) {
        let recovered = record.optimizer == "trace-penalty" && record.repetition < 2;
        let limit = record.result.limit.as_mut().expect("it has one");
        limit.metrics.relative_error = Some(if recovered { 1e-6 } else { 0.3 });
    }
    let verdict = said(&render(&input).html, "verdict");
    let words = "A bias that flatness cannot explain: on the control case covariance-estimation, where every minimum is equally \
                 flat, trace-penalty in 2 of 6 runs recovered the truth, the others in none of 24.";
    assert!(verdict.contains(words), "{verdict}");
    assert!(!verdict.contains("nothing differed"));
}

#[test]
fn the_threshold_of_recovery_is_drawn_and_said_where_it_decides() {
    let mut input = synthetic::study(3, 5, 5);
    for record in input.sources[0].records.iter_mut().filter(|r| r.optimizer == "gd" && r.init == Init::Small) {
        let limit = record.result.limit.as_mut().expect("it has one");
        limit.metrics.relative_error = Some(if record.repetition == 0 { 5e-4 } else { 4e-3 });
    }
    let rendered = render(&input);
    let verdict = said(&rendered.html, "verdict");
    assert!(
        verdict.contains("what counts as recovered decides: gd (2 of 10 runs at 1e-3, 10 at 1e-2)"),
        "the case whose flattest minimum is not the truth is left out: {verdict}"
    );
    for start in ["large", "small"] {
        let name = format!("recovery-{start}.svg");
        let svg = rendered.figures.iter().find(|(own, _)| *own == name).map(|(_, svg)| svg).expect("it is drawn");
        assert_eq!(svg.matches("class=\"series").count(), 5);
    }
}

#[test]
fn recoveries_on_tuned_and_untuned_cases_are_not_pooled() {
    let mut input = synthetic::with_tuning(synthetic::study(2, 4, 5));
    input.sources[0].records.retain(|r| r.split == Split::Evaluation || r.case == "matrix-sensing");
    for record in input.sources[0].records.iter_mut().filter(|r| r.case == "anisotropic" && r.repetition < 3) {
        record.result.limit.as_mut().expect("it has one").metrics.relative_error = Some(0.5);
    }
    let html = render(&input).html;
    let verdict = said(&html, "verdict");
    assert!(
        verdict.contains("recovered the truth in all 4 runs on tuned cases and in 1 of 4 runs on the others"),
        "{verdict}"
    );
    assert!(verdict.contains("4 of 4; untuned 1 of 4"), "{verdict}");
    assert!(html.contains("id=\"recovery-large\"") && html.contains("id=\"recovery-large-untuned\""));
}

#[test]
fn a_directory_with_a_space_is_quoted_and_a_foreign_plugin_named() {
    let mut input = synthetic::study(1, 1, 2);
    input.sources[0].directory = "/data/my runs".to_owned();
    let environment = input.sources[0].environment.as_mut().expect("it is made up");
    environment.plugins.get_mut("sgd").expect("it is there").source = Some("/home/me/my plugins/sgd".into());
    let html = render(&input).html.replace("&#x2f;", "/").replace("&#x27;", "'");
    let key = &input.sources[0].records[0].key;
    assert!(html.contains(&format!("flatbench replay '/data/my runs' {key} --plugin '/home/me/my plugins/sgd'<")));
    assert!(html.contains("flatbench verify '/data/my runs' --plugin '/home/me/my plugins/sgd'<"));
    // Libraries from a folder are all of them: it is named in their place, from the directory where it is inside.
    for (folder, shown) in
        [("/scratch/all of them", "'/scratch/all of them'"), ("cluster/libraries", "'/data/my runs/cluster/libraries'")]
    {
        let environment = input.sources[0].environment.as_mut().expect("it is made up");
        environment.libraries = Some(Libraries { folder: folder.into(), features: None });
        let html = render(&input).html.replace("&#x2f;", "/").replace("&#x27;", "'");
        assert!(html.contains(&format!("flatbench verify '/data/my runs' --libraries {shown}<")), "{shown}");
        assert!(!html.contains("--plugin"));
    }
}
