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

function confusionCard(variant) {
  const { columns, counts } = variant.evaluation.confusion;
  const dataset = datasetOf(variant);
  const classes = dataset ? dataset.classes : columns.slice(0, Math.floor(counts.length / columns.length));
  const at = (row, column) => counts[row * columns.length + column];
  const wrong = classes.flatMap((name, row) => columns.map((answer, column) => ({ name, answer, count: answer === name ? 0 : at(row, column) })))
    .filter((entry) => entry.count > 0).sort((a, b) => b.count - a.count);
  const most = wrong.length > 0 ? `most often ${wrong[0].name} is taken for ${wrong[0].answer} (${wrong[0].count})` : "no sample is taken for another class";
  const caption = `What the samples of each class were taken for by ${variant.name}: ${most}`;
  if (classes.length > 30) {
    return make("div", { class: "card" }, table(caption, [{ title: "class" }, { title: "taken for" }, { title: "samples", number: true }],
      wrong.slice(0, 50).map((entry) => [entry.name, entry.answer, String(entry.count)])));
  }
  const rows = classes.map((name, row) => {
    const total = columns.reduce((sum, _, column) => sum + at(row, column), 0) || 1;
    return { title: name, cells: columns.map((answer, column) =>
      ({ text: String(at(row, column)), heat: at(row, column) / total, right: answer === name })) };
  });
  return make("div", { class: "card" }, heatTable(caption, ["class", ...columns], rows));
}

function confusionSection() {
  const having = evaluated.filter((v) => list(v.evaluation.confusion?.counts).length > 0);
  if (having.length === 0) return undefined;
  const first = having.includes(chosen) ? chosen : having[0];
  const place = make("div", {}, confusionCard(first));
  return section("confusion", "What is taken for what", "Confusion", "Rows are what the images show, columns are the answers.",
    having.length > 1 ? choice("Variant", having.map((v) => [v.name, v.name]), first.name,
      (name) => place.replaceChildren(confusionCard(variantNamed(name)))) : "", place);
}
