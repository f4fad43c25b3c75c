// Runs in the page after its own scripts, uses it as a reader does, and hands what it saw as JSON to the document around
// it.
(() => {
  const seen = { errors: window.pageErrors, charts: [], headings: [], rows: {}, overflow: 0, unnamed: [] };
  const drawnPixels = (canvas) => {
    const copy = Object.assign(document.createElement("canvas"), { width: canvas.width, height: canvas.height });
    const context = copy.getContext("2d", { willReadFrequently: true });
    context.drawImage(canvas, 0, 0);
    const pixels = context.getImageData(0, 0, canvas.width, canvas.height).data;
    let count = 0;
    for (let i = 3; i < pixels.length; i += 4) if (pixels[i] !== 0) ++count;
    return count;
  };
  // How many intervals reach out of the plot.
  const cutIntervals = (chart) => chart.data.datasets.flatMap((dataset, i) => {
    const scale = chart.scales[chart.getDatasetMeta(i).yAxisID];
    return dataset.data.filter((point) => point?.low < scale?.min || point?.high > scale?.max);
  }).length;
  const lookAtCharts = () => [...document.querySelectorAll("canvas")].map((canvas) => ({
    drawn: canvas.width > 0 && canvas.height > 0 ? drawnPixels(canvas) : 0,
    alternative: canvas.getAttribute("aria-label") ?? "",
    series: Chart.getChart(canvas)?.data.datasets.map((dataset) => dataset.label ?? "") ?? [],
    cut: cutIntervals(Chart.getChart(canvas)),
    table: canvas.closest("figure")?.querySelectorAll("details table tbody tr").length ?? 0,
  }));
  try {
    seen.title = document.title;
    seen.answer = document.querySelector("h1").textContent;
    seen.headings = [...document.querySelectorAll("section[id]")].map((section) => section.id);
    seen.text = document.getElementById("main").textContent;
    seen.scripts = document.querySelectorAll("script").length;
    seen.images = [...document.images].map((image) => ({ width: image.naturalWidth, alternative: image.alt }));
    seen.charts = lookAtCharts();
    seen.width = document.documentElement.clientWidth;
    seen.wide = [...document.querySelectorAll("main *")].filter((element) => !element.closest(".scroll") &&
      element.getBoundingClientRect().right > seen.width + 1).map((element) => element.outerHTML.slice(0, 80));
    seen.overflow = document.documentElement.scrollWidth - document.documentElement.clientWidth;

    const names = () => [...document.querySelectorAll("#variants-table tbody th")].map((cell) => cell.textContent);
    const button = (title) => [...document.querySelectorAll("#variants-table thead button")].find((b) => b.textContent === title);
    seen.rows.before = names();
    for (const [key, title] of [["bySize", "size"], ["bySizeDown", "size"], ["byName", "variant"], ["byDrop", "drop of mean accuracy"]]) {
      button(title)?.click();
      seen.rows[key] = names();
    }
    seen.sorted = document.querySelector("#variants-table th[aria-sort]")?.getAttribute("aria-sort");

    for (const select of document.querySelectorAll("select")) {
      for (const option of [...select.options]) {
        select.value = option.value;
        select.dispatchEvent(new Event("change"));
      }
    }
    const background = () => getComputedStyle(document.body).backgroundColor;
    seen.backgrounds = [background()];
    document.getElementById("theme").click();
    seen.backgrounds.push(background());
    seen.chartsAfter = lookAtCharts();
    for (const element of document.querySelectorAll("button, a, select, summary, [role=region]")) {
      const name = element.getAttribute("aria-label") || element.textContent || element.labels?.[0]?.textContent;
      if (!name) seen.unnamed.push(element.outerHTML.slice(0, 80));
    }
  } catch (error) {
    seen.errors.push(String(error.stack ?? error));
  }
  // Escaped such that the printed document has it as it is, without entities.
  parent.postMessage(JSON.stringify(seen)
    .replace(/[<>&\u0080-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`), "*");
})();
