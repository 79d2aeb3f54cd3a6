// Review of a compiled document: a marked piece leads to its item and back; selected text becomes a new item.
"use strict";
(() => {
  const pane = document.getElementById("plan-text");
  const button = document.querySelector("[data-add-selection]");
  let chosen = null;

  const show = (id) => {
    for (const one of document.querySelectorAll(".is-current")) one.classList.remove("is-current");
    const mark = document.getElementById(`text-${id}`), card = document.getElementById(`item-${id}`);
    for (const one of [mark, card]) if (one) { one.classList.add("is-current"); one.scrollIntoView({ block: "center", behavior: "smooth" }); }
  };

  document.addEventListener("click", (event) => {
    const mark = event.target.closest(".plan-mark");
    if (mark && !String(getSelection())) return show(mark.dataset.item);
    if (event.target.closest("[data-close-add]")) return void (document.getElementById("plan-add").textContent = "");
    const card = event.target.closest(".plan-item");
    if (card && !event.target.closest("button, a, input, select, label")) show(card.dataset.item);
  });

  // offsets are counted in characters as the compiler counts them (code points), not in UTF-16 units
  const length = (text) => Array.from(text).length;
  const offset = (node, at) => {
    const piece = (node.nodeType === Node.TEXT_NODE ? node.parentElement : node).closest("[data-start]");
    if (!piece) return null;
    return Number(piece.dataset.start) + (node.nodeType === Node.TEXT_NODE ? length(node.data.slice(0, at)) : 0);
  };
  document.addEventListener("selectionchange", () => {
    if (!pane || !button) return;
    const selection = getSelection();
    chosen = null;
    if (selection.rangeCount && !selection.isCollapsed && pane.contains(selection.anchorNode) && pane.contains(selection.focusNode)) {
      const range = selection.getRangeAt(0);
      const start = offset(range.startContainer, range.startOffset), end = offset(range.endContainer, range.endOffset);
      if (start !== null && end !== null && end > start) chosen = { start, end };
    }
    button.disabled = !chosen;
  });
  if (button) button.addEventListener("mousedown", (event) => event.preventDefault()); // keeps the selection
  if (button) button.addEventListener("click", () => {
    if (!chosen) return;
    const query = new URLSearchParams({ kind_of_item: "target", start: chosen.start, end: chosen.end });
    htmx.ajax("GET", `${pane.dataset.addUrl}?${query}`, "#plan-add");
    document.getElementById("plan-add").scrollIntoView({ block: "center" });
  });
  // a refused correction comes back with its sentence: show it
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status === 422) { event.detail.shouldSwap = true; event.detail.isError = false; }
  });
  if (location.hash.startsWith("#item-")) show(location.hash.slice(6));
})();
