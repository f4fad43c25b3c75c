// Heat maps, as tables whose cells have a colour: what each tensor's width costs alone, the widths that came of it, and
// what the samples of a class were taken for.

function heatTable(caption, columns, rows) {
  return make("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": caption }, make("table", { class: "heat" },
    make("caption", {}, make("span", {}, caption)),
    make("thead", {}, make("tr", {}, columns.map((title) => make("th", { scope: "col" }, title)))),
    make("tbody", {}, rows.map((row) => make("tr", {}, make("th", { scope: "row" }, row.title),
      row.cells.map((cell) => make("td", { style: `--h:${cell.heat.toFixed(3)}`, class: cell.right ? "right-answer" : undefined }, cell.text)))))));
}

// Nothing where a tensor can't have that width.
const powerText = (value) => (Number.isNaN(value) ? "" : value === 0 ? "0" : value.toExponential(1).replace("-", "−"));

function sensitivitySection() {
  const content = list(results.sensitivities).map((one) => {
    const positive = one.tensors.flatMap((tensor) => list(tensor.divergence).map(toNumber)).filter((v) => v > 0);
    if (positive.length === 0) return "";
    // Each step of the colour is a power of ten, over six of them.
    const top = Math.log10(Math.max(...positive));
    const heat = (value) => (value > 0 ? Math.max(0, 1 - (top - Math.log10(value)) / 6) : 0);
    const rows = one.tensors.map((tensor) => ({ title: `${tensor.layer} ${tensor.parameter}`,
      cells: list(tensor.divergence).map(toNumber).map((value) => ({ text: powerText(value), heat: heat(value) })) }));
    const largest = (tensor) => Math.max(...list(tensor.divergence).map(toNumber).filter(Number.isFinite), 0);
    const worst = { tensor: one.tensors.reduce((a, b) => (largest(b) > largest(a) ? b : a)) };
    return make("div", { class: "card" }, make("h3", {}, `${one.model}, ${one.function}`), heatTable(
      `${metricTitle(one.metric)} that one tensor causes alone, on ${plural(one.samples, "sample")}; the most sensitive is ${worst.tensor.layer} ${worst.tensor.parameter}`,
      ["tensor", ...one.bits.map((bits) => plural(bits, "bit"))], rows));
  }).filter(Boolean);
  return content.length === 0 ? undefined : section("sensitivity", "Sensitivity of the weights", "Sensitivity",
    "The stronger the colour of a cell, the more the answers change if this tensor alone has so few bits.", ...content);
}

// The widths of each mixed variant, tensor by tensor. Rows are the tensors of any of them, in their order.
function mixedSection() {
  const mixed = list(results.mixed).filter((one) => list(one.widths).length > 0);
  if (mixed.length === 0) return undefined;
  const nameOf = (tensor) => `${tensor.layer} ${tensor.parameter}`;
  const titles = [...new Set(mixed.flatMap((one) => one.widths.map(nameOf)))];
  const rows = titles.map((title) => ({ title, cells: mixed.map((one) => {
    const tensor = one.widths.find((each) => nameOf(each) === title);
    return { text: tensor ? String(tensor.bits) : "", heat: tensor ? Math.min(tensor.bits, 16) / 16 : 0 };
  }) }));
  const told = mixed.map((one) => {
    const apart = toNumber(one.measuredDivergence);
    return make("li", {}, make("strong", {}, one.variant),
      `: ${one.target}. Measured divergence ${decimal(apart)}; the sum over the tensors was ${decimal(toNumber(one.predictedDivergence))}` +
      (one.corrections > 0 ? `, and ${plural(one.corrections, "correction")} by measuring took it from ${decimal(toNumber(one.uncorrectedDivergence))}` : "") +
      `. As rules: ${one.rulesFile}.`);
  });
  return section("mixed", "Mixed widths", "Mixed", "How many bits each weight tensor has; the stronger the colour, the more.",
    make("ul", { class: "findings" }, told),
    make("div", { class: "card" }, heatTable(`Bits per weight of ${plural(titles.length, "tensor")}`,
      ["tensor", ...mixed.map((one) => one.variant)], rows)));
}

// What was taken for what, as entries {row, column, count}: the document's cells, or an older one's matrix.
function confusionCells({ evaluation }) {
  if (list(evaluation.confusionCells).length > 0) {
    return evaluation.confusionCells.map((cell) => ({ row: cell.class, column: cell.column, count: cell.count }));
  }
  const width = list(evaluation.confusion?.columns).length;
  return list(evaluation.confusion?.counts)
    .map((count, index) => ({ row: Math.floor(index / width), column: index % width, count })).filter((cell) => cell.count > 0);
}

function confusionCard(variant) {
  const cells = confusionCells(variant);
  const classes = datasetOf(variant)?.classes ?? variant.evaluation.confusion.columns.slice(0, -1);
  const columns = [...classes, "other"];
  const wrong = cells.filter((cell) => cell.row !== cell.column).sort((a, b) => b.count - a.count);
  const most = wrong.length > 0 ? `most often ${classes[wrong[0].row]} is taken for ${columns[wrong[0].column]} (${wrong[0].count})`
    : "no sample is taken for another class";
  const caption = `What the samples of each class were taken for by ${variant.name}: ${most}`;
  if (classes.length > 30) {
    return make("div", { class: "card" }, table(caption, [{ title: "class" }, { title: "taken for" }, { title: "samples", number: true }],
      wrong.slice(0, 50).map((cell) => [classes[cell.row], columns[cell.column], String(cell.count)])));
  }
  const rows = classes.map((title, row) => {
    const counts = columns.map((_, column) => cells.find((cell) => cell.row === row && cell.column === column)?.count ?? 0);
    const total = counts.reduce((sum, count) => sum + count, 0) || 1;
    return { title, cells: counts.map((count, column) => ({ text: String(count), heat: count / total, right: column === row })) };
  });
  return make("div", { class: "card" }, heatTable(caption, ["class", ...columns], rows));
}

function confusionSection() {
  const having = evaluated.filter((v) => confusionCells(v).length > 0);
  if (having.length === 0) return undefined;
  const first = having.includes(chosen) ? chosen : having[0];
  const place = make("div", {}, confusionCard(first));
  return section("confusion", "What is taken for what", "Confusion", "Rows are what the images show, columns are the answers.",
    having.length > 1 ? choice("Variant", having.map((v) => [v.name, v.name]), first.name,
      (name) => place.replaceChildren(confusionCard(variantNamed(name)))) : "", place);
}
