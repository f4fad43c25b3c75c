// What was run: enough to run it again, and to check that a file is the one that was measured.

function runSection() {
  const parts = [make("p", { class: "intro" }, results.program ?? "")];
  const add = (title, columns, rows) => {
    if (rows.length > 0) parts.push(make("div", { class: "card" }, table(title, columns.map((t) => (typeof t === "string" ? { title: t } : t)), rows)));
  };
  const hash = (text) => make("code", {}, text);
  add("Datasets", ["dataset", { title: "samples", number: true }, { title: "classes", number: true }, "preparation", "split", "path"],
    list(results.datasets).map((d) => [d.name, String(d.samples), String(list(d.classes).length), d.preparation ?? "", d.split ?? "", hash(d.path)]));
  const unusable = list(results.datasets).flatMap((d) => list(d.unusable).map((one) => [one.id, d.name, one.reason]));
  add("Samples that could not be read; they count nowhere", ["sample", "dataset", "reason"], unusable);
  add("Files that the pipeline read", ["input", "SHA-256"], list(results.inputs).map((i) => [hash(i.path), hash(i.sha256)]));
  add("Files that were measured", ["variant", "SHA-256"], variants.filter((v) => v.sha256).map((v) => [v.name, hash(v.sha256)]));
  add("Plugins", ["plugin", "kind", "version", "SHA-256"], list(results.plugins).map((p) => [p.name, p.kind, p.version, hash(p.sha256)]));
  const notices = list(results.notices);
  return section("run", "What was run", "Run", "",
    ...(notices.length > 0 ? [make("h3", {}, "Notices"), make("ul", { class: "findings" }, notices.map((text) => make("li", {}, text)))] : []),
    ...parts);
}
