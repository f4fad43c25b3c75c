// Puts the page together. Sections whose data the document lacks are left out. Charts are drawn once their canvases
// stand in the page and have a size.

const themeButton = document.getElementById("theme");
function showTheme() {
  themeButton.textContent = isDark() ? "Light" : "Dark";
  themeButton.setAttribute("aria-label", isDark() ? "Use light colours" : "Use dark colours");
}
themeButton.addEventListener("click", () => {
  document.documentElement.dataset.theme = isDark() ? "light" : "dark";
  showTheme();
  drawAll();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { showTheme(); drawAll(); });

document.title = `${results.name || "Goldilocks"}: ${chosen ? chosen.name : selection ? "no variant passed" : "results"}`;
document.getElementById("main").append(...[answerSection(), tradeoffSection(), classesSection(), widthsSection(),
  sensitivitySection(), confusionSection(), differencesSection(), variantsSection(), runSection()].filter(Boolean));
showTheme();
drawAll();
