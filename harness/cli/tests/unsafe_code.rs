//! Every use of `unsafe` has its argument beside it, and `harness/docs/UNSAFE.md` has them all.
mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use support::root;

/// What begins a use of `unsafe`.
const KINDS: [(&str, &str); 4] = [
    ("unsafe {", "block"),
    ("unsafe impl", "implementation"),
    ("unsafe extern \"C\" {", "foreign functions"),
    ("#[unsafe(", "attribute"),
];

/// Lines that an argument may stand above what it is for: the rest of a statement.
const FAR: usize = 8;

/// What an exported function of a table says: its contract is that of the field that it fills.
const OF_TABLE: &str = "called through a table of the plugin interface, as the field says that it fills";

/// Folders whose functions have one contract between them, with the file that says it.
const SHARED: [(&str, &str); 1] = [(
    "harness/problems/src/kernel/",
    "by the contract of the trait `Lanes` in `harness/problems/src/kernel/lanes.rs`",
)];

/// A use of `unsafe`: in which function or item, what it is, and why it is sound.
#[derive(PartialEq, Eq)]
struct Use {
    place: String,
    kind: &'static str,
    argument: String,
}

/// Source files of the workspace.
fn sources() -> Vec<PathBuf> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        let mut entries: Vec<_> =
            std::fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path()).collect();
        entries.sort();
        for path in entries {
            if path.is_dir() && path.file_name().is_some_and(|name| name != "target") {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    ["benches", "harness", "plugins"].iter().for_each(|folder| walk(&root().join(folder), &mut found));
    found
}

/// The code of a line: no comment, no strings.
fn code(line: &str) -> String {
    let kept: String = line.split('"').step_by(2).collect::<Vec<_>>().join("\"");
    kept.split("//").next().unwrap_or_default().to_owned()
}

/// The comment that begins with `mark` at or above a line, its lines joined.
fn argument(lines: &[&str], at: usize, mark: &str, far: usize) -> Option<String> {
    let begin = (at.saturating_sub(far)..=at).rev().find(|&i| lines[i].trim_start().starts_with(mark))?;
    let comment = mark.split(' ').next().unwrap_or_default();
    let text: Vec<&str> = lines[begin..]
        .iter()
        .map(|line| line.trim())
        .take_while(|line| line.starts_with(comment))
        .map(|line| line.trim_start_matches('/').trim())
        .collect();
    let text = text.join(" ");
    Some(text.trim_start_matches("SAFETY:").trim_start_matches("# Safety").trim().to_owned())
}

/// The name of the function or item that a line is in.
fn place(lines: &[&str], at: usize) -> String {
    let name = |line: &str| {
        let line = code(line);
        let words: Vec<&str> = line.split_whitespace().collect();
        let after = words.iter().position(|word| ["fn", "impl", "static", "macro_rules!"].contains(word))?;
        let name = words.get(after + 1)?.split(['(', '<', ':', '{']).next()?;
        (!name.is_empty()).then(|| name.to_owned())
    };
    (0..=at).rev().find_map(|i| name(lines[i])).unwrap_or_default()
}

/// The uses in a file, and the lines of those without an argument.
fn uses(file: &str, text: &str) -> (Vec<Use>, Vec<usize>) {
    let lines: Vec<&str> = text.lines().collect();
    let (mut found, mut bare) = (Vec::new(), Vec::new());
    for (at, line) in lines.iter().enumerate() {
        let code = code(line);
        let declares = code.contains("unsafe fn ") || code.contains("unsafe extern \" fn ");
        let is_type = code.contains("fn(");
        let (kind, argument) = if declares && !is_type {
            // The section is somewhere in the documentation right above; attributes may stand between.
            let above = lines[..at].iter().rev().take_while(|line| {
                let line = line.trim_start();
                line.starts_with("///") || line.starts_with("#[") || line.starts_with("//")
            });
            let above = above.count();
            let documented = argument(&lines, at, "/// # Safety", above);
            let own = argument(&lines, at, "// SAFETY:", above);
            let of_table = line.contains("extern").then(|| OF_TABLE.to_owned());
            let shared =
                SHARED.iter().find(|(folder, _)| file.starts_with(folder)).map(|(_, words)| (*words).to_owned());
            ("function", documented.or(own).or_else(|| of_impl(&lines, at)).or(of_table).or(shared))
        } else if let Some((_, kind)) = KINDS.iter().find(|(begin, _)| line_has(line, begin)) {
            (*kind, argument(&lines, at, "// SAFETY:", FAR).or_else(|| of_attribute(kind, &lines, at)))
        } else {
            continue;
        };
        match argument.filter(|argument| !argument.is_empty()) {
            Some(argument) => found.push(Use { place: place(&lines, at), kind, argument }),
            None => bare.push(at + 1),
        }
    }
    found.dedup();
    (found, bare)
}

/// The argument of the `unsafe impl` that a method is in.
fn of_impl(lines: &[&str], at: usize) -> Option<String> {
    let begin = (0..at)
        .rev()
        .take_while(|&i| lines[i] != "}")
        .find(|&i| lines[i].starts_with("unsafe impl") && !lines[i].ends_with('}'))?;
    argument(lines, begin, "// SAFETY:", FAR)
}

fn line_has(line: &str, begin: &str) -> bool {
    let before = line.split("//").next().unwrap_or_default();
    before.find(begin).is_some_and(|at| before[..at].matches('"').count().is_multiple_of(2))
}

/// An attribute may have any comment for its argument.
fn of_attribute(kind: &str, lines: &[&str], at: usize) -> Option<String> {
    if kind != "attribute" {
        return None;
    }
    let above = lines.get(at.checked_sub(1)?)?.trim().strip_prefix("// ")?;
    Some(above.to_owned())
}

#[test]
fn every_use_has_its_argument_and_is_listed() {
    let mut files = BTreeMap::new();
    let mut bare = Vec::new();
    for path in sources() {
        let name = path.strip_prefix(root()).expect("inside the tree").to_str().expect("UTF-8").to_owned();
        let (found, without) = uses(&name, &std::fs::read_to_string(&path).expect("a source file"));
        bare.extend(without.into_iter().map(|line| format!("{name}:{line}")));
        if !found.is_empty() {
            files.insert(name, found);
        }
    }
    assert!(bare.is_empty(), "`unsafe` without `// SAFETY:` or `# Safety`:\n{}", bare.join("\n"));
    assert!(files.len() > 20, "{} files", files.len());

    let mut text = String::from(
        "# Unsafe code\n\nEvery use of `unsafe` with the argument that stands beside it, by file and function, in their order.\n\
         Written by `FLATBENCH_WRITE_DOCS=1 cargo test -p flatbench --test unsafe_code`; the same test fails where an argument is missing, and\n\
         clippy's `undocumented_unsafe_blocks` where a block has none.\n",
    );
    for (file, found) in &files {
        text += &format!("\n## `{file}`\n\n| in | is | why it is sound |\n|---|---|---|\n");
        for Use { place, kind, argument } in found {
            text += &format!("| `{place}` | {kind} | {} |\n", argument.replace('|', "\\|"));
        }
    }
    let page = root().join("harness/docs/UNSAFE.md");
    if std::env::var_os("FLATBENCH_WRITE_DOCS").is_some() {
        std::fs::write(&page, &text).expect("the documentation can be written");
    }
    let written = std::fs::read_to_string(&page).unwrap_or_default();
    assert!(written == text, "harness/docs/UNSAFE.md is not what the code says (FLATBENCH_WRITE_DOCS=1 writes it)");
}

#[test]
fn a_use_without_an_argument_is_found() {
    let text = "fn a() {\n    unsafe { b() }\n}\n// SAFETY: c.\nunsafe impl Send for D {}\nunsafe fn e() {}\n// unsafe { f() }\n";
    let (found, bare) = uses("x.rs", text);
    assert_eq!(bare, [2, 6]);
    assert_eq!(
        found.iter().map(|one| (one.kind, one.argument.as_str())).collect::<Vec<_>>(),
        [("implementation", "c.")]
    );
}
