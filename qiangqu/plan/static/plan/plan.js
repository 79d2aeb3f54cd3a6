/* Review of a document: the text and the items lead to one another; a selected piece of text can be added as a target or measure. */
(function () {
  "use strict";
  // a refused correction comes back as 422 with the form and its sentence: it is shown like any other answer
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status === 422) { event.detail.shouldSwap = true; event.detail.isError = false; }
  });
  const text = document.querySelector("[data-review-text]");
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
  function show(pk, from) {
    document.querySelectorAll(".is-shown").forEach((e) => e.classList.remove("is-shown"));
    const card = document.getElementById(`item-${pk}`);
    const marks = text ? [...text.querySelectorAll(`mark[data-item="${pk}"]`)] : [];
    card?.classList.add("is-shown");
    marks.forEach((m) => m.classList.add("is-shown"));
    if (from !== "text" && marks.length) text.scrollTo({ top: marks[0].offsetTop - text.clientHeight / 3, behavior: calm });
    if (from === "text") {
      if (card) card.scrollIntoView({ block: "nearest", behavior: calm });
      else { const url = new URL(window.location.href); url.search = `?item=${pk}`; url.hash = `item-${pk}`; window.location.assign(url); }
    }
  }
  document.addEventListener("click", (event) => {
    const mark = event.target.closest("mark[data-item]");
    if (mark) { if (!String(window.getSelection())) show(mark.dataset.item, "text"); return; }
    const card = event.target.closest("[data-item-card]");
    if (card && !event.target.closest("button, a, input, select, textarea, label")) show(card.dataset.itemCard, "card");
    if (event.target.closest("[data-close-drawer]")) document.getElementById("plan-drawer")?.replaceChildren();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("mark[data-item]")) show(event.target.dataset.item, "text");
    if (event.key === "Escape") document.getElementById("plan-drawer")?.replaceChildren();
  });
  // the marks keep the colour of the decision
  document.addEventListener("htmx:afterSwap", () => {
    document.querySelectorAll("[data-item-card]").forEach((card) => {
      text?.querySelectorAll(`mark[data-item="${card.dataset.itemCard}"]`).forEach((mark) => { mark.dataset.state = card.dataset.state; });
    });
  });

  // positions are counted in characters as the server counts them, not in UTF-16 units
  function position(node, offset) {
    const piece = (node.nodeType === 3 ? node.parentElement : node).closest("[data-start]");
    if (!piece || !text.contains(piece)) return null;
    const range = document.createRange();
    range.selectNodeContents(piece);
    range.setEnd(node, offset);
    return Number(piece.dataset.start) + Array.from(range.toString()).length;
  }
  const tip = document.getElementById("plan-select-tip");
  function offer() {
    const selection = window.getSelection();
    if (!tip || !text || !selection.rangeCount || selection.isCollapsed || !text.contains(selection.anchorNode) || !text.contains(selection.focusNode)) return tip?.classList.remove("is-open");
    const range = selection.getRangeAt(0);
    const start = position(range.startContainer, range.startOffset), end = position(range.endContainer, range.endOffset);
    if (start === null || end === null || end <= start) return tip.classList.remove("is-open");
    tip.querySelectorAll("[hx-get]").forEach((button) => {
      button.setAttribute("hx-vals", JSON.stringify({ start, end, kind_of_item: button.dataset.kind }));
    });
    const box = range.getBoundingClientRect();
    tip.classList.add("is-open");
    tip.style.left = `${Math.max(8, Math.min(box.left, window.innerWidth - tip.offsetWidth - 8))}px`;
    tip.style.top = `${Math.max(64, Math.min(box.bottom + 6, window.innerHeight - 48))}px`;
  }
  document.addEventListener("selectionchange", () => { window.clearTimeout(offer.waiting); offer.waiting = window.setTimeout(offer, 250); });
  const named = window.location.hash.match(/^#item-(\d+)$/);
  if (named) window.addEventListener("load", () => { show(named[1], "card"); document.getElementById(`item-${named[1]}`)?.scrollIntoView({ block: "start" }); });
})();
