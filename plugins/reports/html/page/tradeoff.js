// Size against accuracy: every variant a point, those of one function in a line, with intervals, the limit and the front
// of variants that no other one beats, where the document has them.

function tradeoffPoint(variant, x, y) {
  const interval = intervalOf(variant, y);
  return { x: figureOf(variant, x), y: figureOf(variant, y), name: variant.name,
    ...(interval ? { low: toNumber(interval.lower), high: toNumber(interval.upper) } : {}) };
}

// The lines of the chart: files of mixed widths lie between those of one width, so that they have a line of their own.
function tradeoffLines(members, x) {
  const mixed = new Set(list(results.mixed).map((one) => one.variant));
  return linesOf(members).flatMap((line) => {
    const apart = line.variants.filter((v) => mixed.has(v.name)).sort((a, b) => figureOf(a, x) - figureOf(b, x));
    const others = line.variants.filter((v) => !mixed.has(v.name));
    return [{ ...line, variants: others }, { ...line, title: `${line.title}, mixed widths`, variants: apart }]
      .filter((one) => one.variants.length > 0);
  });
}

// The ends of the scale that leave room for the intervals, too.
function tradeoffRange(members, y) {
  const ends = members.flatMap((v) => [intervalOf(v, y)?.lower, intervalOf(v, y)?.upper])
    .filter((end) => end !== undefined).map(toNumber).filter(Number.isFinite);
  return ends.length > 0 ? { suggestedMin: Math.min(...ends), suggestedMax: Math.max(...ends) } : {};
}

const loadedAs = (variant) => (isFull(variant) ? "full precision" : variant.form);

function tradeoffDatasets(palette, lines, loaded, x, y) {
  const mark = (members, colour) => ({
    pointBorderColor: members.map((v) => (v === chosen ? palette.accent : colour)),
    pointBackgroundColor: members.map((v) => (v === chosen ? palette.card : colour)),
    pointRadius: members.map((v) => (v === chosen ? 8 : 4)),
    pointBorderWidth: members.map((v) => (v === chosen ? 4 : 1)),
    pointHoverRadius: 8,
  });
  const datasets = lines.map((line, index) => {
    const colour = palette.series(index);
    return { label: line.title, data: line.variants.map((v) => tradeoffPoint(v, x, y)), showLine: true, borderWidth: 1.5,
      borderColor: colour, backgroundColor: colour, pointStyle: pointShapes[index % pointShapes.length],
      ...mark(line.variants, colour) };
  });
  for (const label of new Set(loaded.map(loadedAs))) {
    const members = loaded.filter((v) => loadedAs(v) === label);
    datasets.push({ label, data: members.map((v) => tradeoffPoint(v, x, y)), borderColor: palette.text,
      backgroundColor: palette.text, pointStyle: "rect", ...mark(members, palette.text) });
  }
  const unbeaten = list(front?.variants).map(variantNamed).filter(Boolean);
  if (unbeaten.length > 1) {
    datasets.push({ label: "not beaten in both", data: unbeaten.map((v) => ({ ...tradeoffPoint(v, x, y), low: undefined })),
      showLine: true, borderColor: `${palette.accent}59`, borderWidth: 9, pointRadius: 0, pointHitRadius: 0,
      borderCapStyle: "round", borderJoinStyle: "round", pointStyle: "line", order: 99,
      backgroundColor: `${palette.accent}59` });
  }
  return datasets;
}

function tradeoffLevels(references, y) {
  if (references.length !== 1) return [];
  const top = figureOf(references[0], y);
  const limited = y === "mean_accuracy" && selection?.maxDrop > 0;
  return [{ y: top, text: references[0].name },
    ...(limited ? [{ y: top - selection.maxDrop, text: `limit: ${selection.maxDrop} less`, below: true }] : [])];
}

function tradeoffSection() {
  const x = (front && [front.x, front.y].find((metric) => metric && metric !== mainMetric)) || "size";
  const y = mainMetric;
  const shown = y ? variants.filter((v) => figureOf(v, x) !== undefined && Number.isFinite(figureOf(v, y))) : [];
  if (shown.length < 2) return undefined;
  const lines = tradeoffLines(shown, x);
  const loaded = shown.filter((v) => !isOfALine(v));
  // The axis ends a little beyond the points; by itself a logarithmic one begins at a power of ten.
  const [least, most] = [Math.min, Math.max].map((end) => end(...shown.map((v) => figureOf(v, x))));
  const isBytes = x === "size" || x === "zip_size";
  const [xTitle, yTitle] = [metricTitle(x), metricTitle(y)];
  const describe = (v) => `${v.name} with ${metricText(x, figureOf(v, x))} and ${metricText(y, figureOf(v, y))}`;
  const summary = `Scatter chart of ${plural(shown.length, "model file")}, ${xTitle} against ${yTitle}. ` +
    `${loaded.map((v) => `${loadedAs(v).replace(/^./, (c) => c.toUpperCase())}: ${describe(v)}. `).join("")}${chosen && shown.includes(chosen) ? `Chosen: ${describe(chosen)}.` : ""}`;
  const card = chartCard({
    title: `${yTitle} by ${xTitle}`, summary, height: 420,
    note: chosen ? `The ring is the chosen variant.${shown.some((v) => intervalOf(v, y)) ? " Bars are intervals." : ""}` : "",
    figures: [summary, [{ title: "variant" }, { title: xTitle, number: true }, { title: yTitle, number: true }, { title: "interval", number: true }],
      shown.map((v) => [v.name, metricText(x, figureOf(v, x)), metricText(y, figureOf(v, y)), intervalText(intervalOf(v, y))])],
    config: (palette) => ({
      type: "scatter",
      data: { datasets: tradeoffDatasets(palette, lines, loaded, x, y) },
      options: {
        scales: {
          x: { type: "logarithmic", min: least * 0.92, max: most * 1.08, title: axisTitle(xTitle), afterBuildTicks: logarithmicMarks,
            ticks: { maxRotation: 0, autoSkipPadding: 12, callback: (value) => (isBytes ? bytes(value) : metricText(x, value)) } },
          y: { title: axisTitle(yTitle), ...tradeoffRange(shown, y) },
        },
        plugins: {
          legend: legend(palette),
          levels: { lines: tradeoffLevels(shown.filter(isReference), y), colour: palette.soft, rim: palette.card },
          tooltip: { callbacks: { label: ({ raw }) => [raw.name, `${metricText(x, raw.x)}, ${yTitle} ${decimal(raw.y)}`,
            ...(raw.low === undefined ? [] : [`${decimal(raw.low, 3)} to ${decimal(raw.high, 3)}`])] } },
        },
      },
    }),
  });
  return section("tradeoff", `${xTitle.replace(/^./, (c) => c.toUpperCase())} against ${yTitle}`, "Trade-off",
    "Every file that was measured. Further to the left is smaller, further up is better; files of one function, or stored in one form, are joined.", card);
}
