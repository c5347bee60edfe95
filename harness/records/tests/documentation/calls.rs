use flatbench_records::CallKind;

use crate::page::Page;

#[test]
fn prices() {
    let mut table = "| oracle call | cost | reason |\n|---|---|---|\n".to_owned();
    for kind in CallKind::ALL {
        table += &format!("| {} | {} | {} |\n", kind.name(), kind.cost(), kind.reason());
    }
    Page::open("METRICS.md").between_marks("prices", &table);
}

/// Fields of `oracle_calls`, and the columns made of them.
#[test]
fn counts() {
    let list = |count: &dyn Fn(&str) -> String| {
        let of = |kind: CallKind| {
            let measurements = kind.is_priced_per_measurement().then(|| format!("`{}_measurements`", kind.key()));
            [Some(count(kind.key())), measurements].into_iter().flatten()
        };
        CallKind::ALL.into_iter().flat_map(of).collect::<Vec<_>>().join(", ")
    };
    let fields = list(&|key| format!("`{key}`"));
    Page::open("FORMAT.md").line("| `oracle_calls` | ", &format!("{fields} |"));
    let columns = list(&|key| format!("`{key}_calls`"));
    Page::open("FORMAT.md")
        .line("| `loss_calls`", &format!("{} | oracle calls by kind |", &columns["`loss_calls`".len()..]));
}
