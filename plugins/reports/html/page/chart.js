// Charts in the page's colours, drawn anew when those change. Each has a sentence for those who can't see it and its
// figures as a table.

// Told apart by people with any kind of colour vision (after Okabe and Ito), on both backgrounds.
const lineColours = {
  light: ["#0067a8", "#c65200", "#00795a", "#a8417f", "#7a6a00", "#5546b5", "#3d8fbf", "#8a3b12", "#4d7a1f", "#6b6b6b"],
  dark: ["#5cb3f0", "#ff9a52", "#3ecf9f", "#ec92c4", "#e6d24a", "#a99bf5", "#8fd0f0", "#e0946a", "#a5d66b", "#bdbdbd"],
};
const pointShapes = ["circle", "rectRot", "triangle", "rect", "star", "crossRot"];

const isDark = () => document.documentElement.dataset.theme === "dark";
function colours() {
  const style = getComputedStyle(document.documentElement);
  const of = (name) => style.getPropertyValue(name).trim();
  const palette = lineColours[isDark() ? "dark" : "light"];
  return { text: of("--text"), soft: of("--soft"), line: of("--line"), card: of("--card"), accent: of("--accent"),
    series: (index) => palette[index % palette.length] };
}

// Vertical bars from `low` to `high` of a dataset's points: the intervals of what was estimated.
const intervalBars = {
  id: "intervalBars",
  beforeDatasetsDraw(chart) {
    const { ctx, chartArea: area } = chart;
    chart.data.datasets.forEach((dataset, index) => {
      if (!chart.isDatasetVisible(index)) return;
      const meta = chart.getDatasetMeta(index);
      ctx.save();
      ctx.beginPath();
      ctx.rect(area.left, area.top, area.width, area.height);
      ctx.clip();
      ctx.strokeStyle = dataset.borderColor;
      ctx.globalAlpha = 0.55;
      ctx.lineWidth = 1.5;
      dataset.data.forEach((point, i) => {
        if (point?.low === undefined || !meta.data[i]) return;
        const scale = chart.scales[meta.yAxisID];
        const { x } = meta.data[i];
        const [top, bottom] = [scale.getPixelForValue(point.high), scale.getPixelForValue(point.low)];
        ctx.beginPath();
        for (const y of [top, bottom]) { ctx.moveTo(x - 4, y); ctx.lineTo(x + 4, y); }
        ctx.moveTo(x, top);
        ctx.lineTo(x, bottom);
        ctx.stroke();
      });
      ctx.restore();
    });
  },
};

// A dashed line across at each of `options.lines`: {y, text}. Its text stands above it, or `below`, and over all points,
// with a rim of the card's colour.
function forEachLevel(chart, options, draw) {
  const { ctx, chartArea, scales } = chart;
  for (const level of options.lines ?? []) {
    const y = scales.y.getPixelForValue(level.y);
    if (!(y >= chartArea.top && y <= chartArea.bottom)) continue;
    ctx.save();
    draw(ctx, chartArea, level, y);
    ctx.restore();
  }
}
const levels = {
  id: "levels",
  beforeDatasetsDraw(chart, _, options) {
    forEachLevel(chart, options, (ctx, area, level, y) => {
      ctx.strokeStyle = options.colour;
      ctx.setLineDash([5, 4]);
      ctx.beginPath();
      ctx.moveTo(area.left, y);
      ctx.lineTo(area.right, y);
      ctx.stroke();
    });
  },
  afterDatasetsDraw(chart, _, options) {
    forEachLevel(chart, options, (ctx, area, level, y) => {
      ctx.font = "12px system-ui, sans-serif";
      ctx.fillStyle = options.colour;
      ctx.strokeStyle = options.rim;
      ctx.lineWidth = 4;
      ctx.lineJoin = "round";
      for (const write of ["strokeText", "fillText"]) ctx[write](level.text, area.left + 6, level.below ? y + 14 : y - 5);
    });
  },
};

const drawn = [];
Chart.defaults.animation = false;
Chart.defaults.maintainAspectRatio = false;
Chart.defaults.font.family = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif";
Chart.register(intervalBars, levels);

function draw(entry) {
  entry.chart?.destroy();
  const palette = colours();
  Chart.defaults.color = palette.soft;
  Chart.defaults.borderColor = palette.line;
  entry.chart = new Chart(entry.canvas, entry.config(palette));
}
const drawAll = () => drawn.forEach(draw);

// A chart in a frame of its own. `config` makes Chart.js' configuration from the colours; `summary` is the text
// alternative; `figures` is what table() takes.
function chartCard({ title, summary, height = 320, config, figures, note }) {
  const canvas = make("canvas", { role: "img", "aria-label": summary });
  const card = make("figure", { class: "card" }, make("h3", {}, title),
    make("div", { class: "drawing", style: `height:${height}px` }, canvas),
    note ? make("figcaption", {}, note) : "",
    make("details", {}, make("summary", {}, "These figures as a table"), table(...figures)));
  drawn.push({ canvas, config });
  return card;
}

// Puts the chart that `build` makes into `place`, instead of the one that stood there.
function replaceChart(place, build) {
  for (let i = drawn.length - 1; i >= 0; --i) {
    if (place.contains(drawn[i].canvas)) drawn.splice(i, 1)[0].chart?.destroy();
  }
  place.replaceChildren(build());
  if (place.isConnected) draw(drawn.at(-1));
}

// Marks of a logarithmic axis where people expect them. Chart.js by itself marks powers of ten, of which a narrow range
// has none or one.
function logarithmicMarks(axis) {
  for (const steps of [[1, 1.5, 2, 3, 4, 5, 7], [1, 2, 5], [1]]) {
    const marks = [];
    for (let power = Math.floor(Math.log10(axis.min)); power <= Math.log10(axis.max); ++power) {
      for (const step of steps) marks.push({ value: Number(`${step}e${power}`) });
    }
    axis.ticks = marks.filter(({ value }) => value >= axis.min && value <= axis.max);
    if (axis.ticks.length <= 8) return;
  }
}
const powerOfTen = (value) => (value < 0.001 ? value.toExponential(0).replace("-", "−") : String(value));
const axisTitle = (text) => ({ display: true, text });
const legend = (palette, more = {}) =>
  ({ position: "bottom", labels: { usePointStyle: true, boxWidth: 8, boxHeight: 8, padding: 14, color: palette.text, ...more } });
