// One figure over the widths of each function: the KL divergence first of all, and whatever else was measured.

function widthMetrics(members) {
  const metrics = new Set();
  for (const v of members) for (const figure of list(v.evaluation.figures)) metrics.add(figure.metric);
  for (const metric of ["mean_accuracy", "agreement"]) metrics.add(metric);
  const usable = [...metrics].filter((metric) => members.some((v) => Number.isFinite(figureOf(v, metric))));
  return usable.sort((a, b) => Number(b === "kl") - Number(a === "kl"));
}

function widthChart(lines, widths, metric) {
  const title = metricTitle(metric);
  const value = (line, bits) => { const v = atWidth(line, bits); return v ? figureOf(v, metric) : undefined; };
  const values = lines.flatMap((line) => widths.map((bits) => value(line, bits))).filter(Number.isFinite);
  // Divergences run over powers of ten; what touches 0 can't stand on such an axis.
  const logarithmic = Math.min(...values) > 0 && Math.max(...values) / Math.min(...values) > 50;
  const told = lines.map((line) => `${line.title}: ${widths.filter((bits) => Number.isFinite(value(line, bits)))
    .map((bits) => `${metricText(metric, value(line, bits))} at ${bits}`).join(", ")} bits`);
  const summary = `Line chart of the ${title} by bits per weight. ${told.join(". ")}.`;
  return chartCard({
    title: `${title} by bits per weight`, summary, height: 360,
    note: logarithmic ? "The scale is logarithmic. Bars are intervals, where there are any." : "",
    figures: [`${title} by bits per weight`, [{ title: "bits" }, ...lines.map((line) => ({ title: line.title, number: true }))],
      widths.map((bits) => [String(bits), ...lines.map((line) => metricText(metric, value(line, bits)))])],
    config: (palette) => ({
      type: "line",
      data: { labels: widths.map(String), datasets: lines.map((line, i) => ({ label: line.title,
        data: widths.map((bits) => {
          const v = atWidth(line, bits);
          const interval = v && intervalOf(v, metric);
          const y = value(line, bits);
          return { x: String(bits), y: Number.isFinite(y) ? y : null, ...(interval ? { low: toNumber(interval.lower), high: toNumber(interval.upper) } : {}) };
        }),
        spanGaps: true, borderColor: palette.series(i), backgroundColor: palette.series(i), borderWidth: 2, pointRadius: 4,
        pointStyle: pointShapes[i % pointShapes.length] })) },
      options: {
        interaction: { mode: "index", intersect: false },
        scales: { x: { title: axisTitle("bits per weight") },
          y: logarithmic ? { type: "logarithmic", title: axisTitle(title), afterBuildTicks: logarithmicMarks, ticks: { callback: powerOfTen } }
            : { title: axisTitle(title), ticks: { maxTicksLimit: 8 } } },
        plugins: { legend: legend(palette), tooltip: { callbacks: { title: ([item]) => `${item.label} bits`,
          label: ({ dataset, raw }) => `${dataset.label}: ${metricText(metric, raw.y ?? undefined)}` } } },
      },
    }),
  });
}

function widthsSection() {
  const members = evaluated.filter((v) => isOfALine(v) && v.bits > 0);
  const lines = linesOf(members);
  const widths = widthsOf(lines);
  const metrics = widthMetrics(members);
  if (widths.length < 2 || metrics.length === 0) return undefined;
  const place = make("div", {});
  const show = (metric) => {
    replaceChart(place, () => widthChart(lines, widths, metric));
  };
  show(metrics[0]);
  const title = metrics[0] === "kl" ? "KL divergence by width" : "Figures by width";
  return section("widths", title, "Widths", "What each bit less costs, function by function.",
    choice("Figure", metrics.map((metric) => [metric, metricTitle(metric)]), metrics[0], show), place);
}
