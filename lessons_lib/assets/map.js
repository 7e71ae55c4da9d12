const stage = root.querySelector(".ll-stage");
const SVG = "http://www.w3.org/2000/svg";
const draw = (tag, attributes = {}, ...children) => {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
};
const WIDE = 640, HIGH = 460, EDGE = 14;
// Each group has a colour and a shape, so that neither is needed alone. The paths stand around (0, 0).
const COLOURS = ["#2f7cc4", "#c2570c", "#0f8a66", "#b0558c", "#8a7400", "#6b6fd0", "#7a7a7a", "#a33b3b"];
const SHAPES = ["M-5 0a5 5 0 1 0 10 0a5 5 0 1 0 -10 0", "M-4.5 -4.5h9v9h-9z", "M0 -6l5.6 10h-11.2z", "M0 -6.4l5.4 6.4l-5.4 6.4l-5.4 -6.4z",
  "M0 6l5.6 -10h-11.2z", "M-1.7 -5.5h3.4v3.8h3.8v3.4h-3.8v3.8h-3.4v-3.8h-3.8v-3.4h3.8z",
  "M-5.2 -3l2.2 -2.2l3 3l3 -3l2.2 2.2l-3 3l3 3l-2.2 2.2l-3 -3l-3 3l-2.2 -2.2l3 -3z", "M0 -6l5.7 4.1l-2.2 6.8h-7l-2.2 -6.8z"];
let view = 0, chosen = -1;

const svg = draw("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", "aria-label": data.title, class: "ll-map-plot" });
const at = (i) => {
  const [x, y] = data.views[view].points[i];
  return [EDGE + x * (WIDE - 2 * EDGE), HIGH - EDGE - y * (HIGH - 2 * EDGE)];
};
const marks = data.words.map((entry, i) => {
  const shape = draw("path", { d: SHAPES[entry.group % SHAPES.length], fill: COLOURS[entry.group % COLOURS.length] });
  const mark = draw("g", {}, draw("title", {}, `${entry.word} (${data.groups[entry.group]})`), shape);
  mark.addEventListener("pointerenter", () => choose(i));
  mark.addEventListener("click", () => choose(i));
  svg.append(mark);
  return mark;
});
const lines = draw("g", { class: "ll-map-lines" });
const label = draw("text", { class: "ll-map-label", "text-anchor": "middle" });
svg.prepend(lines);
svg.append(label);

const told = make("p", { class: "ll-sentence", "aria-live": "polite" }, data.start);
const select = make("select", { id: `${unique}-word` }, make("option", { value: "-1" }, "choose a word"));
data.groups.forEach((name, g) => {
  const group = make("optgroup", { label: name });
  data.words.forEach((entry, i) => { if (entry.group === g) group.append(make("option", { value: String(i) }, entry.word)); });
  select.append(group);
});
select.addEventListener("change", () => choose(Number(select.value)));

const place = () => {
  marks.forEach((mark, i) => {
    mark.setAttribute("transform", `translate(${at(i).join(" ")})${i === chosen ? " scale(1.7)" : ""}`);
    mark.classList.toggle("ll-map-faint", chosen >= 0 && i !== chosen && !data.words[chosen].nearest.includes(i));
  });
  lines.replaceChildren();
  label.textContent = "";
  if (chosen < 0) return;
  const [x, y] = at(chosen);
  for (const other of data.words[chosen].nearest) {
    const [x2, y2] = at(other);
    lines.append(draw("line", { x1: x, y1: y, x2, y2 }));
  }
  label.textContent = data.words[chosen].word;
  label.setAttribute("x", Math.min(Math.max(x, 50), WIDE - 50));
  label.setAttribute("y", y < 36 ? y + 26 : y - 13);
};
const choose = (i) => {
  chosen = i;
  select.value = String(i);
  const entry = data.words[i];
  told.replaceChildren(...rich(entry ? `\`${entry.word}\` (${data.groups[entry.group]}). ${entry.text}` : data.start));
  place();
};

if (data.views.length > 1) {
  const choices = data.views.map(({ name }, v) => {
    const input = make("input", { type: "radio", name: `${unique}-view`, value: String(v) });
    input.checked = v === 0;
    input.addEventListener("change", () => { view = v; place(); note(); });
    return make("label", {}, input, make("span", {}, ...rich(name)));
  });
  stage.append(make("form", {}, make("fieldset", { class: "ll-map-views" }, make("legend", {}, "Map"), make("div", {}, ...choices))));
}
const remark = make("p", { class: "ll-soft" });
const note = () => remark.replaceChildren(...rich(data.views[view].note));
const legend = make("ul", { class: "ll-map-legend" }, ...data.groups.map((name, g) => {
  const picture = draw("svg", { viewBox: "-8 -8 16 16", width: "14", height: "14", "aria-hidden": "true" },
    draw("path", { d: SHAPES[g % SHAPES.length], fill: COLOURS[g % COLOURS.length] }));
  return make("li", {}, picture, " ", name);
}));
stage.append(legend, svg, make("p", {}, make("label", { for: select.id }, "Word "), select), told, remark);
place();
note();
root.querySelector(".ll-values").removeAttribute("open");
