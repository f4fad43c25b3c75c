// Every variant in a row. A click, or Enter, on a column's head sorts by it, and again the other way round.

const smallerText = (share) => (share < 0 ? `${percent(-share)} larger` : percent(share));

const variantColumns = [
  { title: "variant", text: (v) => v.name },
  { title: "function", text: (v) => v.function ?? "" },
  { title: "form", text: (v) => v.form ?? "" },
  { title: "bits", number: true, text: widthText, value: (v) => v.bits || undefined },
  { title: "size", number: true, text: (v) => (v.file ? bytes(v.sizeBytes) : ""), value: (v) => figureOf(v, "size") },
  { title: "zip", number: true, text: (v) => bytes(figureOf(v, "zip_size")), value: (v) => figureOf(v, "zip_size") },
  { title: "smaller", number: true, text: (v) => (v.model && v.compression > 0 ? smallerText(1 - 1 / v.compression) : ""),
    value: (v) => (v.model && v.file ? v.compression : undefined) },
];
function figureColumn(metric) {
  return { title: metricTitle(metric), number: true, value: (v) => figureOf(v, metric), metric,
    text: (v) => metricText(metric, figureOf(v, metric)), more: (v) => intervalText(intervalOf(v, metric)) };
}

function tableColumns() {
  const measured = new Set(["mean_accuracy", "mean_drop", "agreement"]);
  for (const v of evaluated) for (const figure of list(v.evaluation.figures)) measured.add(figure.metric);
  measured.add("time");
  const columns = [...variantColumns, ...[...measured].map(figureColumn)];
  if (evaluated.some((v) => v.evaluation.comparison)) {
    columns.push({ title: "adjusted p", number: true, value: (v) => v.evaluation?.comparison?.adjustedPValue,
      text: (v) => decimal(v.evaluation?.comparison?.adjustedPValue) });
  }
  return columns.filter((column) => variants.some((v) => column.text(v) !== ""));
}

function sortRows(body, columns, index, ascending) {
  const column = columns[index];
  const key = (row) => (column.value ? column.value(row.variant) : column.text(row.variant));
  const rows = [...body.rows].sort((a, b) => {
    const [left, right] = [key(a), key(b)];
    const [noLeft, noRight] = [left, right].map((k) => k === undefined || k === "" || Number.isNaN(k));
    if (noLeft || noRight) return Number(noLeft) - Number(noRight);  // what has no figure stands last, either way
    const order = column.value ? left - right : left.localeCompare(right, "en", { numeric: true });
    return ascending ? order : -order;
  });
  body.append(...rows);
}

function variantsSection() {
  if (variants.length === 0) return undefined;
  const columns = tableColumns();
  const body = make("tbody", {}, variants.map((v) => {
    const row = make("tr", { class: v === chosen ? "chosen" : undefined }, columns.map((column, index) => {
      if (index === 0) return make("th", { scope: "row" }, v.name, v === chosen ? " (chosen)" : "");
      const more = column.more?.(v);
      return make("td", { class: column.number ? "number" : undefined }, column.text(v), more ? make("small", {}, more) : "");
    }));
    row.variant = v;
    return row;
  }));
  const heads = columns.map((column, index) => {
    const button = make("button", { type: "button" }, column.title);
    const head = make("th", { scope: "col", class: column.number ? "number" : undefined }, button);
    button.addEventListener("click", () => {
      const ascending = head.getAttribute("aria-sort") !== "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", ascending ? "ascending" : "descending");
      sortRows(body, columns, index, ascending);
    });
    return head;
  });
  const caption = "Sort by any column with the buttons in its head.";
  return section("variants", "All variants", "Variants", "",
    make("div", { class: "card" }, make("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "All variants" },
      make("table", { id: "variants-table" }, make("caption", {}, make("span", {}, caption)), make("thead", {}, make("tr", {}, heads)), body))), ...outcomes());
}

// Why each of the others was not chosen, and what could not be made at all.
function outcomes() {
  const content = [];
  const candidates = list(selection?.candidates);
  if (candidates.length > 0) {
    content.push(make("details", {}, make("summary", {}, "Why not the others"), table("Every variant and why it was or wasn't chosen",
      [{ title: "variant" }, { title: "within the limits" }, { title: "why" }], candidates.map((one) => [one.variant, one.passed ? "yes" : "no", one.reason]))));
  }
  const failed = variants.filter((v) => v.error);
  if (failed.length > 0) {
    content.push(make("h3", { style: "margin-top:1.5rem" }, "What failed"),
      make("ul", { class: "findings" }, failed.map((v) => make("li", {}, make("strong", {}, v.name), `: ${v.error}`))));
  }
  return content;
}
