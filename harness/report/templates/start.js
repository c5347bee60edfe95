// Everything wired up.
const tip = document.getElementById("tip");
let current = null;

function showTip(mark, x, y) {
  current?.classList.remove("at");
  current = mark;
  const text = mark?.querySelector(":scope > title")?.textContent || mark?.dataset.title;
  tip.hidden = !text;
  if (!text) return;
  mark.classList.add("at");
  tip.textContent = text;
  const box = tip.getBoundingClientRect();
  tip.style.left = `${Math.max(4, Math.min(x + 14, innerWidth - box.width - 8))}px`;
  tip.style.top = `${y + 18 + box.height > innerHeight ? y - box.height - 10 : y + 18}px`;
}

function goTo(mark) {
  if (mark?.dataset.key) location.hash = `run-${mark.dataset.key}`;
}

// The browser's own tooltip comes late and cannot be reached by keyboard; ours takes its text, while it is shown.
const MARKS = ".run, .reference, .curve, .setting, .trial, .estimate, .pooled, .series";
document.addEventListener("mousemove", (event) => {
  const mark = event.target.closest?.("figure") && event.target.closest(MARKS);
  if (mark || current?.closest("figure")) showTip(mark, event.clientX, event.clientY);
});
document.addEventListener("click", (event) => {
  if (event.target.closest?.("figure svg")) goTo(event.target.closest(MARKS));
});

function step(figure, by) {
  const marks = marksOf(figure);
  if (!marks.length) return;
  const at = marks.indexOf(current);
  const next = marks[at < 0 ? (by > 0 ? 0 : marks.length - 1) : (at + by + marks.length) % marks.length];
  const box = next.getBoundingClientRect();
  showTip(next, box.left + box.width / 2, box.top + box.height / 2);
}

// Explanations of words: by hover, and by keyboard where a word first stands.
const explained = new Set();
for (const word of all("abbr[title]")) {
  word.dataset.title = word.title;
  word.removeAttribute("title");
  word.addEventListener("mouseenter", (event) => showTip(word, event.clientX, event.clientY));
  word.addEventListener("mouseleave", () => showTip(null));
  if (explained.has(word.dataset.title) || word.closest("button")) continue;
  explained.add(word.dataset.title);
  word.tabIndex = 0;
  word.addEventListener("focus", () => { const box = word.getBoundingClientRect(); showTip(word, box.left, box.bottom - 10); });
  word.addEventListener("blur", () => showTip(null));
}

for (const figure of all("figure")) {
  const title = figure.querySelector("svg > title")?.textContent || figure.id;
  figure.tabIndex = 0;
  figure.setAttribute("aria-label", `${title}. Arrow keys step through its values, Enter opens a run.`);
  figure.addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (event.target !== figure) return;
    if (by) { event.preventDefault(); step(figure, by); }
    else if (event.key === "Enter") goTo(current);
    else if (event.key === "Escape") showTip(null);
  });
  figure.addEventListener("blur", () => showTip(null));
  const svg = make("button", { type: "button", "aria-label": `Download ${title} as SVG` }, "SVG");
  svg.addEventListener("click", () => save(`${figure.id}.svg`, new XMLSerializer().serializeToString(standalone(figure)), "image/svg+xml"));
  const csv = make("button", { type: "button", "aria-label": `Download the data of ${title} as CSV` }, "CSV");
  csv.addEventListener("click", () => save(`${figure.id}.csv`, figureCsv(figure), "text/csv"));
  figure.append(make("div", { class: "tools" }, svg, csv));
}

for (const section of all("main > section[id$='-section']")) {
  const id = section.id.replace("-section", "");
  if (!section.querySelector(".run, .curve")) continue;
  const tools = make("div", { class: "tools" });
  for (const axis of ["x", "y"]) {
    const box = make("input", { type: "checkbox", "data-scale": `${axis}-${id}` });
    box.addEventListener("change", () => { state.scales[box.dataset.scale] = box.checked ? "" : "linear"; changed(); });
    tools.append(make("label", {}, box, ` logarithmic ${axis}`));
  }
  if (section.classList.contains("trajectories")) {
    const select = make("select", { class: "axis" }, ...Object.entries(AXIS_NAMES).map(([value, name]) => make("option", { value }, name)));
    select.addEventListener("change", () => { state.axis = select.value; changed(); });
    tools.append(make("label", {}, "along ", select));
  }
  section.querySelector(".lead").after(tools);
}

all("table.filterable").forEach(makeFilterable);
all("table.sortable, table.board").forEach(makeSortable);
all("details.runs").forEach((details) => { details.open = false; });

for (const box of all("input[data-toggle]")) {
  box.addEventListener("change", () => { state[box.dataset.toggle][box.checked ? "delete" : "add"](box.value); changed(); });
}
for (const [attribute, hide] of [["data-all", false], ["data-none", true]]) {
  for (const button of all(`button[${attribute}]`)) {
    const kind = button.getAttribute(attribute);
    button.addEventListener("click", () => {
      state[kind] = new Set(hide ? all(`input[data-toggle="${kind}"]`).map((box) => box.value) : []);
      changed();
    });
  }
}
for (const button of all("[data-pin]")) {
  button.addEventListener("click", () => {
    const n = button.dataset.pin;
    state.pin[state.pin.has(n) ? "delete" : "add"](n);
    state.o.delete(n);
    state.only &&= state.pin.size > 0;
    changed();
  });
}
document.getElementById("only").addEventListener("change", (event) => { state.only = event.target.checked; changed(); });

// Where there are many, the list is searched.
const find = document.getElementById("find"), entries = all(".legend .entry");
find.hidden = entries.length <= 12;
find.addEventListener("input", () => {
  const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const entry of entries) entry.hidden = !words.every((word) => entry.textContent.toLowerCase().includes(word));
});
find.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && find.value.trim()) entries.find((entry) => !entry.hidden)?.querySelector(".pin").click();
});
document.getElementById("whole-board")?.addEventListener("click", (event) => {
  const whole = document.getElementById("board").classList.toggle("whole");
  event.target.setAttribute("aria-expanded", whole);
  event.target.textContent = whole ? "Show the first rows only" : `Show all ${document.getElementById("board").tBodies[0].rows.length} rows`;
});
document.getElementById("end").addEventListener("change", (event) => { state.end = event.target.value; changed(); });
document.getElementById("theme").addEventListener("click", () => {
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  state.theme = dark ? "light" : "dark";
  changed();
});

function follow() {
  readState();
  changed();
  const target = state.anchor && document.getElementById(state.anchor);
  if (!target) return;
  for (let box = target.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
  if (state.anchor.startsWith("run-")) showRun(state.anchor.slice(4));
  else target.scrollIntoView();
}
addEventListener("hashchange", () => {
  // A link inside the page names an anchor only: what is shown stays.
  if (!location.hash.includes("~")) {
    try { state.anchor = decodeURIComponent(location.hash.slice(1)); } catch { state.anchor = ""; }
    writeState();
  }
  follow();
});
root.classList.add("has-js");
follow();
