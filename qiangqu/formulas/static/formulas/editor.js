// The formula form: a click on an element, an indicator, a function or an example writes it where the cursor stands.
(() => {
  const field = document.getElementById("id_formula");
  if (!field) return;
  let place = [field.value.length, field.value.length];
  const note = () => { place = [field.selectionStart, field.selectionEnd]; };
  for (const event of ["keyup", "click", "select", "input", "focus"]) field.addEventListener(event, note);

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-insert]");
    if (!button) return;
    const before = field.value.slice(0, place[0]);
    // inside a function's brackets the bare name is meant, elsewhere the name needs a function around it
    const inside = before.lastIndexOf("(") > before.lastIndexOf(")") || before.lastIndexOf("（") > before.lastIndexOf("）");
    const text = inside && button.dataset.bare ? button.dataset.bare : button.dataset.insert;
    field.setRangeText(text, place[0], place[1], "end");
    const empty = text.indexOf("()");
    const at = empty >= 0 ? place[0] + empty + 1 : place[0] + text.length;
    field.focus();
    field.setSelectionRange(at, at);
    note();
  });

  document.addEventListener("input", (event) => {
    const filter = event.target.closest("[data-filters]");
    if (!filter) return;
    const wanted = filter.value.trim().toLowerCase();
    for (const row of document.querySelectorAll(`${filter.dataset.filters} > li`)) {
      row.hidden = wanted !== "" && !row.textContent.toLowerCase().includes(wanted);
    }
  });
})();
