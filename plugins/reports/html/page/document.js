// Reads the document (docs/results.md) from its element, and gives the figures of a variant by their names.

const results = JSON.parse(document.getElementById("results").textContent);
const list = (value) => value ?? [];
const variants = list(results.variants);
const selection = results.selection ?? null;
const variantNamed = (name) => variants.find((variant) => variant.name === name);
const chosen = selection && selection.chosen ? variantNamed(selection.chosen) : undefined;
// What is stated of the chosen variant: its figures on samples that took no part in the choice, where there are such.
const proof = results.proof ?? null;
const stated = chosen && (proof ? { ...chosen, evaluation: proof.evaluation } : chosen);
const datasetOf = (variant) =>
  list(results.datasets).find((dataset) => dataset.name === variant.evaluation?.dataset);
const evaluated = variants.filter((variant) => variant.evaluation);
const isLabelled = (variant) => list(variant.evaluation?.classAccuracy).length > 0;

// Protobuf's JSON writes what is not finite as text ("NaN", "Infinity").
const toNumber = (value) => (value === undefined || value === null ? undefined : Number(value));

// Figures that have a place of their own in the document.
const ownFigures = {
  size: (variant) => variant.file ? variant.sizeBytes : undefined,
  zip_size: (variant) => variant.cost?.zipBytes,
  time: (variant) => variant.cost?.speed?.secondsPerSample,
  mean_accuracy: (variant) => isLabelled(variant) ? variant.evaluation.meanAccuracy : undefined,
  accuracy: (variant) => isLabelled(variant) ? variant.evaluation.accuracy : undefined,
  top5_accuracy: (variant) => isLabelled(variant) ? variant.evaluation.top5Accuracy : undefined,
  // Of two means that are equal a difference of 1e-16 may be left.
  mean_drop: ({ evaluation }) => evaluation?.meanDrop === undefined ? undefined : Math.round(toNumber(evaluation.meanDrop) * 1e12) / 1e12,
  agreement: (variant) => variant.evaluation?.top1Agreement,
};
const figureEntry = (variant, metric) =>
  list(variant.evaluation?.figures).find((figure) => figure.metric === metric);
function figureOf(variant, metric) {
  const entry = figureEntry(variant, metric);
  return toNumber(entry ? entry.value : ownFigures[metric]?.(variant));
}
const intervalOf = (variant, metric) =>
  figureEntry(variant, metric)?.interval ??
  (metric === "mean_drop" ? variant.evaluation?.comparison?.drop : undefined);

// The figure that the page is about: that of the front; else accuracy where there are labels, or what was measured first.
const isCost = (metric) => ["size", "zip_size", "time"].includes(metric);
const front = selection?.front;
const mainMetric = (front && [front.y, front.x].find((metric) => metric && !isCost(metric))) ||
  (evaluated.some(isLabelled) ? "mean_accuracy" : evaluated.map((v) => v.evaluation.figures?.[0]?.metric).find(Boolean));

const metricTitles = {
  size: "size", zip_size: "size as a zip archive", time: "time per sample", kl: "KL divergence",
  snr: "signal-to-noise ratio (dB)", psnr: "peak signal-to-noise ratio (dB)", f1: "F1", nll: "negative log likelihood",
  mean_drop: "drop of mean accuracy", agreement: "agreement", ssim: "structural similarity",
};
const metricTitle = (metric) => metricTitles[metric] ?? metric.replaceAll("_", " ");

// What a file is: the function that made it; of a loaded one that is quantized, how its weights are stored, by the kind
// ("table" of "4 bit table"), as those of one kind differ in their width alone.
const isFull = (variant) => !variant.function && /^(float32)?$/.test(variant.form ?? "");
// What others are compared with, whatever it is.
const isReference = (variant) => !variant.function && !variant.evaluation?.baseline;
const isOfALine = (variant) => !isFull(variant) && !isReference(variant);
function kindOf(variant) {
  if (variant.function || isFull(variant)) return variant.function ?? "";
  const form = variant.form.replace(/^\d+ bits?,? /, "");
  return form.startsWith("mixed") ? "mixed widths" : form;
}
const widthText = (variant) => (variant.bits > 0 ? String(variant.bits) : /^mixed ([\d-]+) bits$/.exec(variant.form ?? "")?.[1] ?? "");

// Variants in lines: those of one line differ in their width alone. A line is named by its function, and by whatever
// else tells it from others of that function. What its input went through before counts only where a width is there
// twice otherwise: a pass that rests at one width, as folding does at 16 bits, doesn't break the line.
function linesOf(members) {
  const grouped = (some, partsOf) => {
    const groups = new Map();
    for (const variant of some) {
      const parts = partsOf(variant);
      const key = JSON.stringify([kindOf(variant), !variant.function, Object.entries(parts).sort()]);
      if (!groups.has(key)) groups.set(key, { kind: kindOf(variant), loaded: !variant.function, parts, variants: [] });
      groups.get(key).variants.push(variant);
    }
    return [...groups.values()];
  };
  const made = (v) => ({ model: v.model || (v.evaluation?.baseline ?? ""), dataset: v.evaluation?.dataset ?? "", ...v.options });
  const passed = (v) => ({ ...made(v), ...Object.fromEntries(list(v.passes).map((pass) => [pass.pass, pass.setting])) });
  const isTwofold = (line) => new Set(line.variants.map((v) => v.bits)).size < line.variants.length;
  const all = grouped(members.filter(isOfALine), made)
    .flatMap((line) => (isTwofold(line) ? grouped(line.variants, passed) : [line]));
  for (const line of all) {
    const alike = all.filter((other) => other.kind === line.kind);
    const telling = Object.entries(line.parts).filter(([key, value]) => alike.some((other) => other.parts[key] !== value));
    const twofold = alike.some((other) => other.loaded !== line.loaded);
    line.title = [line.kind, ...(line.loaded && twofold ? ["as loaded"] : []), ...telling.map(([key, value]) => `${key.replaceAll("_", " ")} ${value}`)].join(", ");
  }
  return all;
}
const widthsOf = (lines) =>
  [...new Set(lines.flatMap((line) => line.variants.map((v) => v.bits)))].filter((bits) => bits > 0).sort((a, b) => b - a);
const atWidth = (line, bits) => line.variants.find((variant) => variant.bits === bits);
