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
const state = { anchor: "", o: new Set(), p: new Set(), pin: new Set(), only: false, end: "both", theme: "", scales: {}, axis: "g" };

function readState() {
  let hash = location.hash.slice(1);
  try { hash = decodeURIComponent(hash); } catch { /* a broken address is an address without state */ }
  const [anchor, ...parts] = hash.split("~");
  state.anchor = anchor;
  if (!parts.length) return;
  const values = Object.fromEntries(parts.map((part) => part.split("=")));
  for (const kind of ["o", "p", "pin"]) state[kind] = new Set((values[kind] || "").split(".").filter((n) => /^\d+$/.test(n)));
  // A pin of another report names nobody here.
  state.pin = new Set([...state.pin].filter((n) => document.querySelector(`[data-pin="${n}"]`)));
  state.only = values.only === "1" && state.pin.size > 0;
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
    state.pin.size && `pin=${[...state.pin].join(".")}`,
    state.only && "only=1",
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
  const hidden = ["o", "p"].flatMap((kind) => [...state[kind]].map((n) => `[data-${kind}="${n}"]`));
  hiding.textContent = (hidden.length ? `${hidden.join(",")}{display:none!important}` : "") + pinnedRules();
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

// What is pinned stands out: others are faint in figures, or gone; its rows are marked, and the first of their tables.
function pinnedRules() {
  const pins = [...state.pin];
  for (const button of all("[data-pin]")) {
    const pinned = state.pin.has(button.dataset.pin);
    button.setAttribute("aria-pressed", pinned);
    button.textContent = pinned ? "★" : "☆";
    button.closest(".entry").style.order = pinned ? -1 : "";
  }
  const only = document.getElementById("only");
  only.disabled = !pins.length;
  only.checked = state.only;
  for (const table of all("table.board, table.sortable")) showPinned(table);
  if (!pins.length) return "";
  const others = `[data-o]${pins.map((n) => `:not([data-o="${n}"])`).join("")}`;
  const rows = pins.map((n) => `tr[data-o="${n}"] > :first-child`).join(",");
  const faint = state.only ? `${others}{display:none!important}` : `figure svg ${others}{opacity:.16}`;
  return `${faint}${rows}{box-shadow:inset 4px 0 var(--link)}`;
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
