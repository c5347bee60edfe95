"use strict";
// What is shown: kept in the address after the anchor, as `#anchor~name=value~…`, so that a link carries it.
const root = document.documentElement;
const all = (selector, within = document) => Array.from(within.querySelectorAll(selector));
const make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
};
const state = { anchor: "", o: new Set(), p: new Set(), end: "both", theme: "", scales: {}, axis: "g" };

function readState() {
  let hash = location.hash.slice(1);
  try { hash = decodeURIComponent(hash); } catch { /* a broken address is an address without state */ }
  const [anchor, ...parts] = hash.split("~");
  state.anchor = anchor;
  if (!parts.length) return;
  const values = Object.fromEntries(parts.map((part) => part.split("=")));
  for (const kind of ["o", "p"]) state[kind] = new Set((values[kind] || "").split(".").filter(Boolean));
  state.end = ["limit", "iterate"].includes(values.end) ? values.end : "both";
  state.theme = ["light", "dark"].includes(values.theme) ? values.theme : "";
  state.axis = ["n", "t"].includes(values.axis) ? values.axis : "g";
  state.scales = {};
  for (const name of (values.linear || "").split(".").filter(Boolean)) state.scales[name] = "linear";
}

function writeState() {
  const linear = Object.keys(state.scales).filter((name) => state.scales[name] === "linear");
  const parts = [
    state.o.size && `o=${[...state.o].join(".")}`,
    state.p.size && `p=${[...state.p].join(".")}`,
    state.end !== "both" && `end=${state.end}`,
    state.theme && `theme=${state.theme}`,
    state.axis !== "g" && `axis=${state.axis}`,
    linear.length && `linear=${linear.join(".")}`,
  ].filter(Boolean);
  const hash = [encodeURIComponent(state.anchor), ...parts].join("~");
  history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search);
}

const hiding = document.head.appendChild(make("style"));

function showState() {
  const rules = ["o", "p"].flatMap((kind) => [...state[kind]].filter((n) => /^\d+$/.test(n)).map((n) => `[data-${kind}="${n}"]`));
  hiding.textContent = rules.length ? `${rules.join(",")}{display:none!important}` : "";
  for (const box of all("input[data-toggle]")) {
    box.checked = !state[box.dataset.toggle].has(box.value);
    box.closest("label").classList.toggle("off", !box.checked);
  }
  document.body.classList.toggle("end-limit", state.end === "limit");
  document.body.classList.toggle("end-iterate", state.end === "iterate");
  document.getElementById("end").value = state.end;
  if (state.theme) root.dataset.theme = state.theme; else delete root.dataset.theme;
  showEnds(state.end === "iterate");
  showScales();
}

let endsSwapped = false;
function showEnds(iterate) {
  if (iterate === endsSwapped) return;
  endsSwapped = iterate;
  for (const cell of all("[data-other]")) {
    const text = cell.textContent;
    cell.textContent = cell.dataset.other;
    cell.dataset.other = text;
  }
  for (const cell of all("[data-other-class]")) {
    const name = cell.className;
    cell.className = cell.dataset.otherClass;
    cell.dataset.otherClass = name;
  }
}

function changed() {
  writeState();
  showState();
}
