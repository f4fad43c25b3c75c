// Puts the page together. Sections whose data the document lacks are left out. Charts are drawn once their canvases
// stand in the page and have a size.

// The system's colours, until the reader asks for others; paper is light.
const themeButton = document.getElementById("theme");
const systemIsDark = matchMedia("(prefers-color-scheme: dark)");
let wishesDark;
function showTheme(dark) {
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  themeButton.textContent = dark ? "Light" : "Dark";
  themeButton.setAttribute("aria-label", dark ? "Use light colours" : "Use dark colours");
  drawAll();
}
const showWishedTheme = () => showTheme(wishesDark ?? systemIsDark.matches);
themeButton.addEventListener("click", () => { wishesDark = !isDark(); showWishedTheme(); });
systemIsDark.addEventListener("change", showWishedTheme);
addEventListener("beforeprint", () => showTheme(false));
addEventListener("afterprint", showWishedTheme);

document.title = `${results.name || "Goldilocks"}: ${chosen ? `${chosen.name}${proof && !proof.passed ? " (proof failed)" : ""}` : selection ? "no variant passed" : "results"}`;
document.getElementById("main").append(...[answerSection(), tradeoffSection(), classesSection(), widthsSection(),
  sensitivitySection(), mixedSection(), confusionSection(), differencesSection(), variantsSection(), runSection()].filter(Boolean));
showWishedTheme();
