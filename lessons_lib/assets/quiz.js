const stage = root.querySelector(".ll-stage");
const right = data.questions.map(() => false);
const score = make("p", { class: "ll-score ll-soft", "aria-live": "polite" });
const showScore = () => { score.textContent = `${right.filter(Boolean).length} of ${right.length} right so far.`; };
data.questions.forEach((question, q) => {
  const feedback = make("p", { class: "ll-feedback", "aria-live": "polite" });
  const inputs = question.options.map((_, o) => make("input", { type: "radio", name: `${unique}-${q}`, value: String(o) }));
  const labels = question.options.map((option, o) =>
    make("label", { class: "ll-option" }, inputs[o], make("span", {}, ...rich(option.text))));
  const form = make("form", {},
    make("fieldset", {},
      make("legend", {}, `${q + 1}. `, ...rich(question.text)),
      make("div", { class: "ll-options" }, ...labels)),
    make("button", { type: "submit" }, "Check the answer", make("span", { class: "ll-unseen" }, ` to question ${q + 1}`)),
    feedback);
  form.addEventListener("change", () => { feedback.replaceChildren(); feedback.classList.remove("ll-right"); });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const chosen = question.options[inputs.findIndex((input) => input.checked)];
    right[q] = Boolean(chosen?.correct);
    feedback.classList.toggle("ll-right", right[q]);
    const head = !chosen ? "Choose an answer first." : right[q] ? "\u2713 Right." : "\u2717 Not this one.";
    feedback.replaceChildren(make("strong", {}, head), " ", ...rich(chosen?.feedback ?? ""));
    showScore();
  });
  stage.append(form);
});
showScore();
stage.append(score);
root.querySelector(".ll-static").hidden = true;
