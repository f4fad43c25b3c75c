// Numbers as people read them, and elements. Texts of the document become text nodes, never markup. A number and its unit
// stay on one line.

const space = "\u00a0";

function bytes(count) {
  if (count === undefined) return "";
  if (count < 1000) return `${count}${space}B`;
  let value = count;
  let unit = 0;
  while (value >= 999.5 && unit < 3) { value /= 1000; ++unit; }
  return `${value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0)}${space}${["B", "kB", "MB", "GB"][unit]}`;
}
const percent = (share, decimals = 0) => `${(100 * share).toFixed(decimals)}${space}%`;

// Four decimals, or two digits of what is smaller; never a negative zero.
function decimal(value, decimals = 4) {
  if (value === undefined || Number.isNaN(value)) return "";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  if (value !== 0 && Math.abs(value) < 10 ** -decimals * 5) return value.toPrecision(2).replace("-", "−");
  const text = Math.abs(value) >= 1000 ? value.toFixed(0) : value.toFixed(decimals);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "−");
}
function metricText(metric, value) {
  if (value === undefined || Number.isNaN(value)) return "";
  if (metric === "size" || metric === "zip_size") return bytes(value);
  if (metric === "time") return `${decimal(value * 1000, 2)}${space}ms`;
  return decimal(value);
}
const intervalText = (interval) =>
  interval ? `${decimal(toNumber(interval.lower), 3)} to ${decimal(toNumber(interval.upper), 3)}` : "";
const plural = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;
const withUnits = (text) => text.replace(/(\d) (?=(?:%|B|[kMG]B|ms|bits?)(?![\p{L}\d]))/gu, `$1${space}`);
const sentence = (text) => (text ? withUnits(/[.!?]$/.test(text) ? text : `${text}.`) : text);

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== undefined && child !== ""));
  return element;
}

// A section of the page, with its entry in the list on top.
function section(id, title, short, intro, ...content) {
  document.getElementById("sections").append(make("a", { href: `#${id}` }, short));
  return make("section", { id, "aria-labelledby": `${id}-title` }, make("h2", { id: `${id}-title` }, title),
    intro ? make("p", { class: "intro" }, intro) : "", ...content);
}

// A plain table. Columns: {title, number}; the first one names its row. It can be scrolled by keyboard, too.
function table(caption, columns, rows) {
  const cell = (column, text, index) => index === 0
    ? make("th", { scope: "row" }, text)
    : make("td", { class: column.number ? "number" : undefined }, text);
  return make("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": caption }, make("table", {},
    make("caption", {}, make("span", {}, caption)),
    make("thead", {}, make("tr", {}, columns.map((column) =>
      make("th", { scope: "col", class: column.number ? "number" : undefined }, column.title)))),
    make("tbody", {}, rows.map((row) => make("tr", {}, row.map((text, i) => cell(columns[i], text, i)))))));
}

// A list to choose from, with its label.
function choice(label, entries, selected, change) {
  const select = make("select", {}, entries.map(([value, text]) =>
    make("option", { value, selected: value === selected }, text)));
  select.addEventListener("change", () => change(select.value));
  return make("label", { class: "choice" }, label, select);
}
