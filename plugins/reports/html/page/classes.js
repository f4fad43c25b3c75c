// Accuracy by class: for each function over its widths, then all functions at one width side by side.

const classLimit = 10;

// Classes to draw: all of a few; of many those whose accuracy moves most over the variants.
function classesToDraw(dataset, members) {
  const spread = (index) => {
    const values = members.map((v) => v.evaluation.classAccuracy[index]);
    return Math.max(...values) - Math.min(...values);
  };
  const all = dataset.classes.map((name, index) => ({ name, index }));
  if (all.length <= classLimit) return all;
  return all.sort((a, b) => spread(b.index) - spread(a.index)).slice(0, classLimit).sort((a, b) => a.index - b.index);
}

function classesByWidth(line, dataset, classes) {
  const members = line.variants.filter((v) => v.bits > 0).sort((a, b) => b.bits - a.bits);
  const source = variantNamed(line.parts.model);
  const columns = [...(source && isLabelled(source) && datasetOf(source) === dataset ? [source] : []), ...members];
  const labels = columns.map(widthText);
  const accuracy = (v, index) => v.evaluation.classAccuracy[index];
  const worst = members.map((v) => ({ v, low: Math.min(...v.evaluation.classAccuracy) }));
  const summary = `Line chart of the accuracy of ${plural(classes.length, "class", "classes")} over the widths of ${line.title}, from ${labels[0]} to ` +
    `${labels.at(-1)} bits. The worst class has ${worst.map(({ v, low }) => `${decimal(low, 2)} at ${v.bits}`).join(", ")} bits.`;
  return chartCard({
    title: line.title, summary, height: 330,
    figures: [summary, [{ title: "class" }, ...columns.map((v) => ({ title: `${widthText(v)} bits`, number: true }))],
      dataset.classes.map((name, index) => [name, ...columns.map((v) => decimal(accuracy(v, index), 3))])],
    config: (palette) => ({
      type: "line",
      data: { labels, datasets: [
        ...classes.map(({ name, index }, i) => ({ label: name, data: columns.map((v) => accuracy(v, index)), borderWidth: 1.5,
          borderColor: palette.series(i), backgroundColor: palette.series(i), pointRadius: 2.5, pointStyle: pointShapes[i % pointShapes.length] })),
        { label: "mean", data: columns.map((v) => v.evaluation.meanAccuracy), borderColor: palette.text, backgroundColor: palette.text,
          borderWidth: 3, borderDash: [6, 3], pointRadius: 0 },
      ] },
      options: {
        interaction: { mode: "index", intersect: false },
        scales: { x: { title: axisTitle("bits per weight") }, y: { min: 0, max: 1, title: axisTitle("accuracy") } },
        plugins: { legend: legend(palette), tooltip: { callbacks: { title: ([item]) => `${item.label} bits` } } },
      },
    }),
  });
}

// All functions at one width, class by class, beside the full-precision model.
function classesAtWidth(lines, dataset, classes, bits) {
  const loaded = evaluated.filter((v) => !isOfALine(v) && isLabelled(v) && datasetOf(v) === dataset);
  const bars = [...loaded.map((v) => ({ title: v.name, variant: v, full: true })),
    ...lines.filter((line) => atWidth(line, bits)).map((line) => ({ title: line.title, variant: atWidth(line, bits), index: lines.indexOf(line) }))];
  const summary = `Bar chart of the accuracy of ${plural(classes.length, "class", "classes")} at ${bits} bits: ` +
    `${bars.map((bar) => `${bar.title} has a mean of ${decimal(bar.variant.evaluation.meanAccuracy, 3)}`).join(", ")}.`;
  return chartCard({
    title: `Accuracy by class at ${bits} bits`, summary, height: 340,
    figures: [summary, [{ title: "class" }, ...bars.map((bar) => ({ title: bar.title, number: true }))],
      dataset.classes.map((name, i) => [name, ...bars.map((bar) => decimal(bar.variant.evaluation.classAccuracy[i], 3))])],
    config: (palette) => ({
      type: "bar",
      data: { labels: classes.map(({ name }) => name), datasets: bars.map((bar) => {
        const colour = bar.full ? palette.soft : palette.series(bar.index);
        return { label: bar.title, data: classes.map(({ index }) => bar.variant.evaluation.classAccuracy[index]),
          backgroundColor: colour, borderColor: colour, borderRadius: 3 };
      }) },
      options: { scales: { x: { grid: { display: false } }, y: { min: 0, max: 1, title: axisTitle("accuracy") } },
        plugins: { legend: legend(palette, { pointStyle: "rect" }) } },
    }),
  });
}

function classesSection() {
  const content = [];
  for (const dataset of list(results.datasets)) {
    const members = evaluated.filter((v) => isOfALine(v) && isLabelled(v) && datasetOf(v) === dataset);
    const lines = linesOf(members);
    const widths = widthsOf(lines);
    if (widths.length === 0) continue;
    const classes = classesToDraw(dataset, members);
    if (list(results.datasets).length > 1) content.push(make("h3", {}, dataset.name));
    if (classes.length < dataset.classes.length) {
      content.push(make("p", { class: "intro" }, `The ${classes.length} of ${dataset.classes.length} classes whose accuracy changes most; the tables have all.`));
    }
    if (widths.length > 1) {
      content.push(make("div", { class: "grid" }, lines.filter((line) => widthsOf([line]).length > 1)
        .map((line) => classesByWidth(line, dataset, classes))));
    }
    const place = make("div", {});
    const show = (bits) => {
      replaceChart(place, () => classesAtWidth(lines, dataset, classes, Number(bits)));
    };
    const start = String(widths.includes(chosen?.bits) ? chosen.bits : widths.includes(8) ? 8 : widths[0]);
    content.push(make("div", { style: "margin-top:1.5rem" }, choice("Bits per weight", widths.map((bits) => [String(bits), String(bits)]), start, show), place));
    show(start);
  }
  return content.length === 0 ? undefined : section("classes", "Accuracy by class", "Classes",
    "A mean can hide a class that is lost. First each function over its widths, then all functions at one width.", ...content);
}
