// Rows of conditions and levels are added by copying the last one; fields of other ways of reckoning are hidden.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-add-row]");
  if (!button) return;
  const rows = document.querySelectorAll(`#${button.dataset.addRow} [data-row]`);
  if (rows.length >= 43) return;
  const last = rows[rows.length - 1];
  const row = last.cloneNode(true);
  for (const field of row.querySelectorAll("input")) field.value = "";
  for (const field of row.querySelectorAll("select")) field.selectedIndex = 0;
  last.after(row);
  row.querySelector("select").focus();
});
const way = document.getElementById("id_way");
const fields = { fixed: ["amount"], share: ["of", "rate", "cap"], levels: ["cap"], formula: ["formula", "cap"], unknown: [] };
function show() {
  for (const name of ["amount", "of", "rate", "cap", "formula"]) {
    const field = document.getElementById(`id_${name}`);
    if (field) field.parentElement.hidden = !(fields[way.value] || []).includes(name);
  }
  document.getElementById("levels").hidden = way.value !== "levels";
}
if (way) {
  way.addEventListener("change", show);
  show();
}
