// The answer in a sentence, why, its main figures, and what the samples can tell and what they can't.

function headline() {
  if (chosen) {
    const source = variantNamed(chosen.model);
    const smaller = chosen.compression > 1 ? `, ${percent(1 - 1 / chosen.compression)} smaller${source ? ` than ${source.name}` : ""}` : "";
    if (proof && !proof.passed) return ["Don't ship ", make("strong", {}, chosen.name), ": it was chosen, but its proof failed."];
    return ["Ship ", make("strong", {}, chosen.name), `: ${bytes(chosen.sizeBytes)}${smaller}.`];
  }
  if (selection) {
    return ["No variant passed.", selection.nearest ? ` The nearest miss is ${selection.nearest}.` : ""];
  }
  return [`${plural(variants.length, "model file")}, ${evaluated.length === 0 ? "not evaluated" : `${evaluated.length} evaluated`}.`];
}

function tile(title, value, detail) {
  return value === "" ? "" : make("div", { class: "tile" }, make("dt", {}, title), make("dd", {}, value),
    detail ? make("dd", {}, detail) : "");
}

function withConfidence(interval) {
  return interval ? `${intervalText(interval)} (${percent(interval.confidence)})` : "";
}

function tiles(variant) {
  const evaluation = variant.evaluation;
  const loaded = variantNamed(evaluation?.baseline || variant.model);
  const source = loaded && proof ? { ...loaded, evaluation: proof.baseline } : loaded;
  const limit = list((proof ?? selection)?.constraints).find((one) => one.metric === "mean_drop" && one.atMost !== undefined)?.atMost
    ?? selection?.maxDrop;
  const tileOf = (metric, title, detail = "") =>
    tile(title, metricText(metric, figureOf(variant, metric)), detail);
  const content = [
    tile("Size", bytes(variant.sizeBytes), source ? `${source.name}: ${bytes(source.sizeBytes)}` : ""),
    tileOf("zip_size", "As a download (zip)"),
  ];
  if (evaluation) {
    const before = source ? metricText(mainMetric, figureOf(source, mainMetric)) : "";
    if (mainMetric) {
      content.push(tileOf(mainMetric, metricTitle(mainMetric).replace(/^./, (c) => c.toUpperCase()),
        withConfidence(intervalOf(variant, mainMetric)) || (before && `${source.name}: ${before}`)));
    }
    content.push(tileOf("mean_drop", "Drop", withConfidence(intervalOf(variant, "mean_drop")) ||
      (limit ? `limit ${limit}` : "")));
    content.push(evaluation.top1Agreement === undefined ? ""
      : tile("Agreement", percent(evaluation.top1Agreement, 1), source ? `same answer as ${source.name}` : ""));
    content.push(tileOf("kl", "KL divergence"));
    content.push(tileOf("time", "Time per sample"));
  }
  return make("dl", { class: "tiles" }, content);
}

function answerSection() {
  const paragraph = (className, text) => (text ? make("p", { class: className }, text) : "");
  const verdict = stated?.evaluation?.comparison?.verdict;
  const told = list(results.findings);
  const findings = [...(verdict && !told.some((text) => text.includes(verdict)) ? [verdict] : []), ...told];
  return make("section", { class: "answer", "aria-labelledby": "answer-title" },
    paragraph("run-name", results.name),
    make("h1", { id: "answer-title" }, headline()),
    proof ? paragraph("reason", sentence(`Proof: ${proof.reason}`)) : "",
    selection ? paragraph("reason", sentence(selection.reason)) : "",
    selection ? paragraph("reason", sentence(selection.runnerUpCost)) : "",
    selection?.rule ? paragraph("rule", sentence(`Rule: ${selection.rule}`)) : "",
    stated ? tiles(stated) : "",
    findings.length > 0 ? make("h2", {}, "What the samples can tell") : "",
    findings.length > 0 ? make("ul", { class: "findings" }, findings.map((text) => make("li", {}, sentence(text)))) : "");
}
