const stage = root.querySelector(".ll-stage");
let group = 0;
const frames = () => data.groups[group].frames;
const last = frames().length - 1;

const range = make("input", { type: "range", id: `${unique}-range`, min: "0", max: String(last), step: "1" });
range.value = String(data.start);
const position = make("span", { class: "ll-soft", "aria-hidden": "true" });
const previous = make("button", { type: "button" }, "Previous");
const next = make("button", { type: "button" }, "Next");
const sentence = make("p", { class: "ll-sentence", "aria-live": "polite" });
const chips = make("ul", { class: "ll-chips" });
const bars = make("ul", { class: "ll-bars" });

const place = (value) => (100 * (value - data.low)) / (data.high - data.low || 1);
const drawBar = (item, bar) => {
  const [label, track, number] = item.children;
  const from = place(Math.min(bar.value, 0)), to = place(Math.max(bar.value, 0));
  label.replaceChildren(...rich(bar.label));
  track.firstChild.style.left = `${from}%`;
  track.firstChild.style.width = `${to - from}%`;
  track.firstChild.classList.toggle("ll-negative", bar.value < 0);
  number.textContent = bar.shown;
};
const newBar = () => {
  const track = make("span", { class: "ll-track", "aria-hidden": "true" }, make("span", { class: "ll-bar" }));
  if (data.low < 0) track.append(make("span", { class: "ll-zero", style: `left: ${place(0)}%` }));
  return make("li", {}, make("span"), track, make("span", { class: "ll-number" }));
};
const newChip = (chip) => {
  const item = make("li", {}, make("b", {}, chip.text), make("small", {}, chip.shown));
  const strength = Math.round((34 * Math.abs(chip.weight)) / (data.heaviest || 1));
  if (chip.weight) item.style.background = `color-mix(in srgb, var(--ll-accent) ${strength}%, transparent)`;
  else item.classList.add("ll-out");
  return item;
};
const draw = () => {
  const i = Number(range.value), frame = frames()[i];
  range.setAttribute("aria-valuetext", frame.label);
  position.replaceChildren(...rich(frame.label));
  previous.setAttribute("aria-disabled", String(i === 0));
  next.setAttribute("aria-disabled", String(i === last));
  sentence.replaceChildren(...rich(frame.sentence));
  chips.replaceChildren(...frame.chips.map(newChip));
  while (bars.children.length > frame.bars.length) bars.lastChild.remove();
  while (bars.children.length < frame.bars.length) bars.append(newBar());
  frame.bars.forEach((bar, b) => drawBar(bars.children[b], bar));
};
const move = (by) => { range.value = String(Number(range.value) + by); draw(); };
range.addEventListener("input", draw);
previous.addEventListener("click", () => move(-1));
next.addEventListener("click", () => move(1));

if (data.groups.length > 1) {
  const choices = data.groups.map(({ name }, g) => {
    const input = make("input", { type: "radio", name: `${unique}-group`, value: String(g) });
    input.checked = g === 0;
    input.addEventListener("change", () => { group = g; draw(); });
    return make("label", {}, input, make("span", {}, ...rich(name)));
  });
  stage.append(make("form", {}, make("fieldset", { class: "ll-groups" }, make("legend", {}, ...rich(data.groupLabel)),
    make("div", {}, ...choices))));
}
stage.append(
  make("div", { class: "ll-head" }, make("label", { for: range.id }, ...rich(data.label)), position),
  make("div", { class: "ll-controls" }, previous, range, next),
  sentence);
const caption = (text) => make("p", { class: "ll-caption" }, ...rich(text));
if (data.hasChips) stage.append(caption(data.chipsLabel), chips);
if (data.hasBars) stage.append(caption(data.barsLabel), bars);
draw();
root.querySelector(".ll-values").removeAttribute("open");
