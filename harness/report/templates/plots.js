// Figures: values on hover and by keyboard, other scales and axes, download.
let packed = {};
try { packed = JSON.parse(document.getElementById("trajectory-data").textContent); } catch { /* figures keep what is drawn */ }
// Numbers come as changes of their logarithm in thousandths of a decade; null is missing, false is zero.
const unpacked = (codes) => { let at = 0; return codes.map((c) => (c === null ? null : c === false ? 0 : +(10 ** ((at += c) / 1000)).toPrecision(3))); };
const trajectories = {};
function courseOf(key) {
  if (!trajectories[key] && packed[key]) {
    const p = packed[key];
    let step = 0;
    const n = p.n.map((change) => (step += change));
    const g = typeof p.g === "number" ? n.map((steps) => +(steps * p.g).toPrecision(9)) : unpacked(p.g);
    trajectories[key] = { n, g, t: unpacked(p.t), loss: unpacked(p.loss), trace: unpacked(p.trace), error: unpacked(p.error), s: p.s?.map(unpacked) };
  }
  return trajectories[key];
}
const SVG = "http://www.w3.org/2000/svg";
const AXIS_NAMES = { g: "gradient equivalents", n: "steps", t: "seconds" };
const marksOf = (figure) => all(".run, .reference, .curve, .setting, .trial, .estimate, .pooled", figure).filter((m) => m.getClientRects().length);

function parseAxes(svg) {
  const [place, x, y] = svg.dataset.axes.split("|");
  const [left, right, top, bottom] = place.split(" ").map(Number);
  const axis = (text, from, to) => {
    const [low, high, kind, floor] = text.split(" ");
    return { low: +low, high: +high, log: kind === "log", floor: +floor, from, to };
  };
  return { x: axis(x, left, right), y: axis(y, bottom, top) };
}

function position(axis, value) {
  const v = Math.min(Math.max(value, axis.floor || axis.low), axis.high);
  const share = axis.log ? Math.log(v / axis.low) / Math.log(axis.high / axis.low) : (v - axis.low) / (axis.high - axis.low);
  return axis.from + share * (axis.to - axis.from);
}

function rescaled(axis, values, kind) {
  const usable = values.filter((v) => Number.isFinite(v) && v >= 0);
  const high = Math.max(...usable, 0);
  if (kind === "linear") return { ...axis, low: 0, high: high * 1.04 || 1, log: false, floor: 0 };
  const positive = usable.filter((v) => v > 0);
  const low = positive.length ? Math.min(...positive) : 0.1;
  return { ...axis, low: low / 1.15, high: Math.max(high, low) * 1.15, log: true, floor: 0 };
}

function ticks(axis) {
  const out = [];
  if (!axis.log) {
    const raw = (axis.high - axis.low) / 5;
    const unit = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 5, 10].map((m) => m * unit).find((s) => s >= raw * 0.95);
    for (let i = Math.ceil(axis.low / step - 1e-9); i * step <= axis.high * (1 + 1e-9); i++) out.push(i * step);
    return out;
  }
  const first = Math.ceil(Math.log10(axis.floor || axis.low) - 1e-9), last = Math.floor(Math.log10(axis.high) + 1e-9);
  if (last - first < 2) {
    for (let e = first - 1; e <= last; e++) for (const m of [1, 2, 5]) out.push(m * 10 ** e);
    return out.filter((v) => v >= axis.low && v <= axis.high);
  }
  const step = Math.max(1, Math.ceil((last - first + 1) / 6));
  for (let e = first; e <= last; e += step) out.push(Math.max(10 ** e, axis.low));
  return out;
}

function tickLabel(value, axis) {
  const exponent = Math.log10(value);
  let text;
  if (axis.log && Math.abs(exponent - Math.round(exponent)) < 1e-9 && (exponent < -2.5 || exponent > 3.5)) {
    text = "10" + String(Math.round(exponent)).replace(/./g, (c) => (c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c]));
  } else if (value !== 0 && (Math.abs(value) >= 1e6 || Math.abs(value) < 1e-3)) text = value.toExponential(0);
  else text = Math.abs(value) >= 1e4 ? `${Math.round(value / 100) / 10}k` : String(+value.toFixed(4));
  return axis.floor && value <= axis.floor * (1 + 1e-9) ? `≤${text}` : text;
}

const shape = (tag, attributes, text) => {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text !== undefined) element.textContent = text;
  return element;
};

function drawMesh(mesh, x, y, xName) {
  const names = all("text", mesh).filter((t) => t.getAttribute("font-size") === "10.5");
  if (xName) names.filter((t) => !t.hasAttribute("transform")).forEach((t) => { t.textContent = xName; });
  const line = (x1, y1, x2, y2, kind) => shape("path", { d: `M${x1},${y1}L${x2},${y2}`, class: `s-${kind}`, "stroke-width": 1, fill: "none" });
  const label = (px, py, anchor, text) => shape("text", { x: px, y: py, "font-size": 10, "text-anchor": anchor, class: "f-muted" }, text);
  const parts = [];
  for (const value of ticks(x)) {
    const at = position(x, value);
    parts.push(line(at, y.from, at, y.to, "grid"), line(at, y.from, at, y.from + 3, "muted"), label(at, y.from + 14, "middle", tickLabel(value, x)));
  }
  for (const value of ticks(y)) {
    const at = position(y, value);
    parts.push(line(x.from, at, x.to, at, "grid"), line(x.from - 3, at, x.from, at, "muted"), label(x.from - 6, at + 3.5, "end", tickLabel(value, y)));
  }
  parts.push(line(x.from, y.from, x.to, y.from, "muted"), line(x.from, y.from, x.from, y.to, "muted"));
  mesh.replaceChildren(...parts, ...names);
}

const pair = (text) => (text ? text.split(" ").map(Number) : null);

// What a curve is of, in the unit that it is drawn in.
function valuesOf(curve) {
  const data = courseOf(curve.dataset.key), q = curve.dataset.q, unit = +(curve.dataset.unit || 1);
  const values = /^s\d+$/.test(q) ? data?.s?.[+q.slice(1)] : data?.[q];
  return values?.map((value) => value && value / unit);
}

function replot(figure, section) {
  const svg = figure.querySelector("svg[data-axes]");
  const mesh = svg?.querySelector(".mesh");
  if (!mesh || !svg.dataset.axes) return;
  const kinds = { x: state.scales[`x-${section}`], y: state.scales[`y-${section}`] };
  const curves = all(".curve", svg), runs = all(".run", svg), fixed = all(".reference", svg);
  const other = curves.length > 0 && state.axis !== "g";
  if (!figure.original) {
    if (!kinds.x && !kinds.y && !other) return;
    figure.original = svg.cloneNode(true);
  }
  if (!kinds.x && !kinds.y && !other) {
    svg.replaceWith(figure.original);
    figure.original = null;
    return;
  }
  const old = parseAxes(figure.original), axes = parseAxes(figure.original);
  const curveOf = (curve) => {
    const ys = valuesOf(curve), data = ys && courseOf(curve.dataset.key);
    return ys && { xs: data[state.axis], ys, flat: data.loss.map((loss) => loss !== null && loss <= 1e-6 * data.loss[0]) };
  };
  const points = [...runs, ...fixed].flatMap((m) => [pair(m.dataset.it), pair(m.dataset.li)]).filter(Boolean);
  const drawn = curves.map(curveOf);
  const values = (i) => [...points.map((p) => p[i]), ...drawn.filter(Boolean).flatMap((c) => (i ? c.ys : c.xs)).filter((v) => v !== null)];
  if (kinds.x || other) axes.x = rescaled(axes.x, values(0).map((v) => (kinds.x || state.axis === "t" ? v : Math.max(v, 1))), kinds.x || "log");
  if (kinds.y) axes.y = rescaled(axes.y, values(1), kinds.y);
  const to = ([x, y]) => [position(axes.x, x), position(axes.y, y)];
  const move = (element, p) => {
    const [ax, ay] = [position(old.x, p[0]), position(old.y, p[1])], [bx, by] = to(p);
    element?.setAttribute("transform", `translate(${bx - ax} ${by - ay})`);
  };
  for (const run of runs) {
    const it = pair(run.dataset.it), li = pair(run.dataset.li);
    if (it) move(run.querySelector(".it"), it);
    if (li) move(run.querySelector(".li"), li);
    const link = run.querySelector(":scope > path");
    if (link && it && li) link.setAttribute("d", `M${to(it)}L${to(li)}`);
  }
  for (const mark of fixed) move(mark, pair(mark.dataset.li));
  const level = svg.querySelector("[data-level] path"), box = svg.querySelector("[data-box] rect");
  if (level) level.setAttribute("d", `M${axes.x.from},${position(axes.y, 1)}L${axes.x.to},${position(axes.y, 1)}`);
  if (box) box.setAttribute("width", Math.max(0, position(axes.x, +box.parentNode.dataset.box) - axes.x.from));
  curves.forEach((curve, index) => {
    if (!drawn[index]) return;
    const { xs, ys, flat } = drawn[index];
    const places = xs.map((x, i) => (x === null || ys[i] === null ? null : to([x, ys[i]]).map((v) => v.toFixed(1))));
    const [whole, thick, ...rest] = all("path", curve);
    whole.setAttribute("d", `M${places.filter(Boolean).join("L")}`);
    // What is thick, at zero loss, in one path: pieces where it comes and goes.
    rest.forEach((path) => path.remove());
    let pen = "M";
    thick?.setAttribute("d", places.map((place, i) => { const part = place && flat[i] ? pen + place : ""; pen = part ? "L" : "M"; return part; }).join(""));
  });
  drawMesh(mesh, axes.x, axes.y, curves.length ? AXIS_NAMES[state.axis] : null);
}

function showScales() {
  for (const section of all("main > section[id$='-section']")) {
    const id = section.id.replace("-section", "");
    all("figure", section).forEach((figure) => replot(figure, id));
    all("[data-scale]", section).forEach((box) => { box.checked = state.scales[box.dataset.scale] !== "linear"; });
    all("select.axis", section).forEach((select) => { select.value = state.axis; });
  }
}

// A figure as a file: without what is hidden, and with a legend of the optimizers in it.
function standalone(figure) {
  const shown = figure.querySelector("svg"), svg = shown.cloneNode(true);
  // The page paints by class; a file has to carry its colours, those of paper.
  const theme = root.dataset.theme;
  root.dataset.theme = "light";
  const copies = all("[class]", svg);
  all("[class]", shown).forEach((part, index) => {
    const names = part.getAttribute("class");
    if (/\bf-/.test(names)) copies[index].setAttribute("fill", getComputedStyle(part).fill);
    if (/\bs-/.test(names)) copies[index].setAttribute("stroke", getComputedStyle(part).stroke);
  });
  if (theme) root.dataset.theme = theme; else delete root.dataset.theme;
  all("[data-o],[data-p]", svg).filter((part) => state.o.has(part.dataset.o) || state.p.has(part.dataset.p)).forEach((part) => part.remove());
  const drawn = new Set(all("[data-o]", svg).map((part) => part.dataset.o));
  const chips = figure.dataset.o ? [] : all(".legend .chip").filter((chip) => drawn.has(chip.querySelector("input").value)).slice(0, 24);
  const [, , width, height] = svg.getAttribute("viewBox").split(" ").map(Number);
  const perRow = Math.max(1, Math.floor(width / 142));
  chips.forEach((chip, index) => {
    const x = (index % perRow) * (width / perRow) + 8, y = height + 5 + 18 * Math.floor(index / perRow);
    const swatch = chip.querySelector("svg").cloneNode(true);
    for (const [name, value] of [["x", x], ["y", y]]) swatch.setAttribute(name, value);
    svg.append(swatch, shape("text", { x: x + 36, y: y + 11, "font-size": 11, fill: "#1b1f24" }, chip.querySelector("span").textContent));
  });
  const whole = height + (chips.length ? 18 * Math.ceil(chips.length / perRow) + 8 : 0);
  svg.setAttribute("height", whole);
  svg.setAttribute("viewBox", `0 0 ${width} ${whole}`);
  return svg;
}

function figureCsv(figure) {
  const name = (mark) => mark.closest("[data-optimizer]")?.dataset.optimizer || "";
  const title = (mark) => mark.querySelector("title")?.textContent || "";
  const curves = all(".curve", figure);
  if (curves.length) {
    const rows = [["optimizer", "run", "quantity", "gradient_equivalents", "steps", "seconds", "value"]];
    for (const curve of curves) {
      const data = courseOf(curve.dataset.key), q = curve.dataset.unit ? "excess flatness" : curve.dataset.q;
      valuesOf(curve)?.forEach((value, i) => rows.push([name(curve), curve.dataset.key, q, data.g[i], data.n[i], data.t[i], value]));
    }
    return toCsv(rows);
  }
  const rows = [["optimizer", "run", "point", "relative_error", "flatness", "description"]];
  for (const mark of all(".run, .reference", figure)) {
    for (const [point, at] of [["iterate", pair(mark.dataset.it)], ["limit", pair(mark.dataset.li)]]) {
      if (at) rows.push([name(mark), mark.dataset.key || "", mark.dataset.key ? point : "reference", at[0], at[1], title(mark)]);
    }
  }
  if (rows.length > 1) return toCsv(rows);
  const marks = all("[data-v]", figure);
  const columns = [...new Set(marks.flatMap((m) => m.dataset.v.split(";").map((part) => part.split("=")[0])))];
  const cells = (mark) => { const v = Object.fromEntries(mark.dataset.v.split(";").map((part) => part.split("="))); return columns.map((c) => v[c]); };
  return toCsv([["optimizer", ...columns, "description"], ...marks.map((m) => [name(m), ...cells(m), title(m)])]);
}
