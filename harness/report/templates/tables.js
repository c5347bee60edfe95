// Tables: sorting by any column, filtering by text, download.
function cellValue(row, index) {
  const text = (row.cells[index]?.textContent || "").trim();
  const last = text.split("→").pop().trim();
  const number = last === "" || last === "–" ? NaN : parseFloat(last);
  return { text, number };
}

function sortTable(table, index, descending) {
  const bodies = [...table.tBodies];
  for (const body of bodies) {
    if (body.dataset.o) for (const row of body.rows) row.dataset.o = body.dataset.o;
  }
  const rows = bodies.flatMap((body) => [...body.rows]).map((row) => ({ row, ...cellValue(row, index) }));
  const numeric = rows.filter((r) => !Number.isNaN(r.number)).length * 2 >= rows.filter((r) => r.text && r.text !== "–").length;
  rows.sort((a, b) => {
    if (!numeric) return (descending ? -1 : 1) * a.text.localeCompare(b.text, "en", { numeric: true });
    if (Number.isNaN(a.number) || Number.isNaN(b.number)) return Number.isNaN(a.number) - Number.isNaN(b.number);
    return (descending ? -1 : 1) * (a.number - b.number);
  });
  delete bodies[0].dataset.o;
  bodies[0].append(...rows.map((r) => r.row));
  rows.forEach((r, index) => {
    r.row.place = index;
    // Of a scoreboard the first ones are unfolded, in whatever order.
    if (table.id === "board" && document.getElementById("whole-board")) r.row.classList.toggle("rest", index >= 12 && !r.row.classList.contains("own"));
  });
  showPinned(table);
}

// Pinned rows come first of their body, in the order that they have among themselves, and return to their places.
function showPinned(table) {
  for (const body of table.tBodies) {
    const rows = [...body.rows];
    if (!rows.some((row) => row.dataset.o)) continue;
    rows.forEach((row, index) => { row.place ??= index; });
    const pinned = (row) => state.pin.has(row.dataset.o);
    const ordered = [...rows].sort((a, b) => pinned(b) - pinned(a) || a.place - b.place);
    if (ordered.some((row, index) => row !== rows[index])) body.append(...ordered);
    rows.forEach((row) => row.classList.toggle("pinned", pinned(row)));
  }
}

function makeSortable(table) {
  const heads = all("thead tr:last-child th", table);
  heads.forEach((head, index) => {
    const button = make("button", { type: "button" }, ...head.childNodes);
    head.append(button);
    head.setAttribute("aria-sort", "none");
    button.addEventListener("click", () => {
      const descending = head.getAttribute("aria-sort") === "ascending";
      heads.forEach((other) => other.setAttribute("aria-sort", "none"));
      head.setAttribute("aria-sort", descending ? "descending" : "ascending");
      sortTable(table, index, descending);
    });
  });
}

function makeFilterable(table) {
  const name = table.dataset.name || "table";
  const search = make("input", { type: "search", placeholder: "filter rows", "aria-label": `Filter rows of ${table.caption?.textContent || name}` });
  const shown = make("span", { "aria-live": "polite" });
  search.addEventListener("input", () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const row of [...table.tBodies].flatMap((body) => [...body.rows])) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      count += !row.hidden;
    }
    shown.textContent = words.length ? `${count} rows` : "";
  });
  const csv = make("button", { type: "button" }, "CSV");
  csv.setAttribute("aria-label", `Download ${name} as CSV`);
  csv.addEventListener("click", () => {
    const rows = [...table.rows].filter((row) => !row.hidden);
    save(`${name}.csv`, toCsv(rows.map((row) => [...row.cells].map((cell) => cell.textContent.trim()))), "text/csv");
  });
  table.closest(".scroll").before(make("div", { class: "tools" }, search, csv, shown));
}

// Text from plugins must not become a formula in a spreadsheet.
const quote = (value) => {
  let text = String(value ?? "");
  if (/^[=+@\t\r]|^-(?![\d.])/.test(text)) text = `'${text}`;
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};
const toCsv = (rows) => rows.map((row) => row.map(quote).join(",")).join("\n") + "\n";

function save(name, text, type) {
  const link = make("a", { download: name, href: URL.createObjectURL(new Blob([text], { type })) });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

// A run in full, from its row.
function showRun(key) {
  const row = document.getElementById(`run-${key}`);
  if (!row) return;
  all("tr.at").forEach((other) => other.classList.remove("at"));
  row.classList.add("at");
  row.closest("details").open = true;
  row.scrollIntoView({ block: "center" });
  const card = document.getElementById("card");
  const heads = all("thead th", row.closest("table")).map((head) => head.textContent.trim());
  card.querySelector("h2").textContent = `${row.cells[1].textContent.trim()}, ${row.closest("table").caption.textContent.replace(/^Runs of /, "")}`;
  const entries = [...row.cells].flatMap((cell, index) => {
    const text = index === 0 ? key : cell.textContent.trim();
    return text && text !== "–" && text !== "– → –" ? [make("dt", {}, heads[index]), make("dd", {}, text)] : [];
  });
  const figures = new Set(all(`[data-key="${CSS.escape(key)}"]`).map((mark) => mark.closest("figure")?.id).filter(Boolean));
  if (figures.size) {
    const links = [...figures].flatMap((id) => [make("a", { href: `#${id}` }, id.split("-")[0]), " "]);
    entries.push(make("dt", {}, "drawn in"), make("dd", {}, ...links));
  }
  card.querySelector("dl").replaceChildren(...entries);
  if (!card.open) card.show();
}
