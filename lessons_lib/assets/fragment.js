// Shared by all fragments: find the own root, keep the notebook's shortcuts out, build elements from text.
const script = document.currentScript;
const root = script?.closest(".ll-fragment") ?? document.querySelector(`[data-ll="${data.id}"]:not([data-ll-ready])`);
if (!root || "llReady" in root.dataset) return;
root.dataset.llReady = "";
root.addEventListener("keydown", (event) => { if (event.key !== "Escape") event.stopPropagation(); });
window.llCount = (window.llCount ?? 0) + 1;
const unique = `${data.id}-${window.llCount}`;
const make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
};
const rich = (text) => text.split("`").map((part, i, all) =>
  i % 2 && i < all.length - 1 ? make("code", {}, part) : i % 2 ? "`" + part : part);
