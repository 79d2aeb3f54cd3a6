/* Half-filled forms survive a lost connection: what is typed is kept in this browser until the server says that it has it. */
(function () {
  "use strict";
  const PREFIX = "qq-draft:";
  const KEPT_DAYS = 14;
  let store;
  try { store = window.localStorage; store.getItem(PREFIX); } catch { return; }

  function drop(key) { store.removeItem(PREFIX + key); }

  // drafts of others who used this browser, and old ones, go
  const owner = document.querySelector("form[data-draft]")?.dataset.draft.split(":")[0];
  for (const name of Object.keys(store)) {
    if (!name.startsWith(PREFIX)) continue;
    let saved = 0;
    try { saved = JSON.parse(store.getItem(name)).at; } catch { saved = 0; }
    const foreign = owner !== undefined && name.slice(PREFIX.length).split(":")[0] !== owner;
    if (foreign || !(Date.now() - saved < KEPT_DAYS * 86400000)) store.removeItem(name);
  }
  document.querySelectorAll("[data-draft-done]").forEach((mark) => drop(mark.dataset.draftDone));

  function own(field) { return field.name && field.type !== "file" && field.type !== "hidden"; }

  function values(form) {
    const found = {};
    for (const field of form.elements) {
      if (!own(field)) continue;
      if (field.type === "checkbox" || field.type === "radio") {
        found[field.name] ??= [];
        if (field.checked) found[field.name].push(field.value);
      } else found[field.name] = [field.value];
    }
    return found;
  }

  function fill(form, found) {
    for (const field of form.elements) {
      if (!own(field) || !(field.name in found)) continue;
      if (field.type === "checkbox" || field.type === "radio") field.checked = found[field.name].includes(field.value);
      else field.value = found[field.name][0] ?? "";
    }
  }

  document.querySelectorAll("form[data-draft]").forEach((form) => {
    const key = PREFIX + form.dataset.draft;
    const note = form.querySelector(".qq-draft");
    const first = JSON.stringify(values(form));

    function say(text, droppable) {
      if (!note) return;
      note.hidden = false;
      note.textContent = text;
      if (!droppable) return;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "btn btn-sm";
      button.textContent = note.dataset.drop;
      button.addEventListener("click", () => { fill(form, JSON.parse(first)); store.removeItem(key); note.hidden = true; });
      note.append(button);
    }

    let held = null;
    try { held = JSON.parse(store.getItem(key)); } catch { held = null; }
    if (held && JSON.stringify(held.values) !== first) {
      fill(form, held.values);
      // the server compares with what the page showed when this was typed
      if (held.seen && form.elements._seen) form.elements._seen.value = held.seen;
      say(note?.dataset.restored ?? "", true);
    }

    function keep() {
      const now = values(form);
      try {
        if (JSON.stringify(now) === first) store.removeItem(key);
        else store.setItem(key, JSON.stringify({ at: Date.now(), values: now, seen: form.elements._seen?.value }));
      } catch { /* the browser's store is full: the page still works, only without a draft */ }
    }
    form.addEventListener("input", keep);
    form.addEventListener("change", keep);
    form.addEventListener("submit", (event) => {
      keep();
      if (!navigator.onLine) { event.preventDefault(); say(note?.dataset.offline ?? "", false); note?.scrollIntoView({ block: "center" }); }
    });
    window.addEventListener("online", () => { if (note && note.textContent === note.dataset.offline) note.hidden = true; });
  });
})();
