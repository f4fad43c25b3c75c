// The samples to which the chosen variant gives another first answer than its baseline: those with a picture as cards,
// all of them as a table.

// A photograph is a JPEG, a small drawing a PNG, whose base64 begins with iVBOR.
const imageOf = (thumbnail) => `data:image/${thumbnail.startsWith("iVBOR") ? "png" : "jpeg"};base64,${thumbnail}`;

// Scores that are no numbers give no answer.
const answerText = (text) => text || "no answer";

function differenceCard(one, baseline) {
  const answer = (who, text, probability) => make("p", {}, `${who}: `,
    make("span", { class: one.truth ? (text === one.truth ? "good" : "bad") : undefined },
      `${answerText(text)}${one.truth ? (text === one.truth ? " ✓" : " ✗") : ""}`), text ? ` (${percent(toNumber(probability) ?? 0)})` : "");
  return make("li", { class: "difference" },
    one.thumbnail ? make("img", { src: imageOf(one.thumbnail), alt: one.truth ? `a sample of ${one.truth}` : `the sample ${one.sample}`,
      loading: "lazy" }) : "",
    make("div", {}, one.truth ? make("p", {}, make("strong", {}, one.truth)) : "",
      answer(baseline, one.baselineAnswer, one.baselineProbability), answer("now", one.answer, one.probability),
      make("p", { class: "sample" }, one.sample)));
}

function differencesSection() {
  const differences = list(stated?.evaluation?.differences);
  if (differences.length === 0) return undefined;
  const { baseline, samples, dataset } = stated.evaluation;
  const pictured = differences.filter((one) => one.thumbnail);
  const cards = pictured.length > 0 ? pictured : differences.slice(0, 12);
  const rows = differences.map((one) => [one.sample, one.truth, answerText(one.baselineAnswer), decimal(toNumber(one.baselineProbability), 3),
    answerText(one.answer), decimal(toNumber(one.probability), 3)]);
  const columns = [{ title: "sample" }, { title: "class" }, { title: baseline }, { title: "probability", number: true },
    { title: chosen.name }, { title: "probability", number: true }];
  return section("differences", "Where the answers differ", "Differences",
    `${plural(differences.length, "sample")} of ${samples}${proof ? ` of ${dataset}` : ""} to which ${chosen.name} gives another first answer than ${baseline}.`,
    make("ul", { class: "differences" }, cards.map((one) => differenceCard(one, baseline))),
    make("details", {}, make("summary", {}, `All ${differences.length} as a table`), table("Samples with another first answer", columns, rows)));
}
