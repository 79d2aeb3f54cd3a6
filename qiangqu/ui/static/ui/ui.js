/* Behaviour of the page shell: side menu on narrow screens, lists in drop-downs, search hits, clock, confirmations. No page has a script of its own. */
(function () {
  "use strict";
  const body = document.body;

  function setSide(open) {
    body.classList.toggle("qq-side-open", open);
    document.querySelectorAll("[data-toggle-side][aria-expanded]").forEach((b) => b.setAttribute("aria-expanded", String(open)));
    if (open) document.querySelector(".qq-side a")?.focus();
  }
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-toggle-side]")) setSide(!body.classList.contains("qq-side-open"));
    const more = event.target.closest("[data-toggle-filters]");
    if (more) more.setAttribute("aria-expanded", String(more.closest(".qq-filters").classList.toggle("is-open")));
    if (event.target.closest("[data-print]")) window.print();
    if (event.target.closest("[data-fullscreen]")) {
      if (document.fullscreenElement) document.exitFullscreen();
      else document.documentElement.requestFullscreen?.();
    }
    const hits = document.getElementById("shell-hits");
    if (hits && !event.target.closest(".qq-search")) hits.replaceChildren();
    const row = event.target.closest("tr[data-href]");
    if (row && !event.target.closest("a, button, input, select, label, summary")) window.location.assign(row.dataset.href);
    const copy = event.target.closest("[data-copy]");
    if (copy) navigator.clipboard?.writeText(document.querySelector(copy.dataset.copy).textContent.trim());
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      setSide(false);
      document.getElementById("shell-hits")?.replaceChildren();
    }
    if (event.key === "/" && !event.target.closest("input, textarea, select")) {
      const search = document.getElementById("shell-search");
      if (search && search.offsetParent) { event.preventDefault(); search.focus(); }
    }
    const list = event.target.closest(".qq-search, .dropdown-menu");
    if (list && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      const stops = [...list.querySelectorAll("input:not([type=hidden]), a, button")].filter((e) => e.offsetParent);
      const at = stops.indexOf(document.activeElement);
      const next = stops[at + (event.key === "ArrowDown" ? 1 : -1)];
      if (next) { event.preventDefault(); event.stopPropagation(); next.focus(); }
    }
  });
  document.addEventListener("submit", (event) => {
    const question = event.target.dataset.confirm;
    if (question && !window.confirm(question)) event.preventDefault();
    // a view keeps what the list shows now, which htmx may have changed since the page came
    if (event.target.matches("[data-view-form]")) event.target.elements.query.value = window.location.search.slice(1);
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit();
  });
  // a drop-down that loads its list when it opens
  document.addEventListener("shown.bs.dropdown", (event) => {
    const panel = event.target.parentElement.querySelector("[data-load-on-open]");
    if (panel) { panel.dispatchEvent(new Event("open-panel", { bubbles: true })); panel.querySelector("input")?.focus(); }
  });
  // the addresses of lists keep only what was filled in
  document.addEventListener("htmx:configRequest", (event) => {
    // what the page asks for by itself does not keep a session alive that nobody uses
    const cause = event.detail.triggeringEvent;
    if (!document.querySelector("body.qq-wall") && (!cause || cause.type === "hx:poll:trigger")) event.detail.headers["X-Poll"] = "1";
    if (!event.target.matches("[data-tidy], [data-tidy] *")) return;
    for (const [key, value] of Object.entries(event.detail.parameters)) if (value === "") delete event.detail.parameters[key];
  });
  document.addEventListener("htmx:pushedIntoHistory", () => {
    document.querySelectorAll("a[data-keep-query]").forEach((link) => { link.search = window.location.search; });
  });
  // reference fields: suggestions while typing
  let waiting = 0;
  document.addEventListener("input", (event) => {
    const field = event.target.closest("[data-pick]");
    if (!field) return;
    let list = field.list;
    if (!list) {
      list = document.createElement("datalist");
      list.id = `${field.id}-options`;
      field.after(list);
      field.setAttribute("list", list.id);
    }
    window.clearTimeout(waiting);
    waiting = window.setTimeout(async () => {
      const url = new URL(field.dataset.pick, window.location.href);
      url.searchParams.set("q", field.value.replace(/（[^（）]*）\s*$/, ""));
      const answer = await fetch(url, { credentials: "same-origin" });
      if (answer.ok) list.innerHTML = await answer.text();
    }, 200);
  });
  document.addEventListener("htmx:responseError", (event) => {
    if (event.detail.xhr.status === 401 || event.detail.xhr.status === 403) window.location.reload();
  });

  // charts: the drawing library is large, so a page loads it only when it holds a chart
  const own = document.currentScript.src;
  let asked = false;
  function loadCharts() {
    if (asked || !document.querySelector("[data-chart]")) return;
    asked = true;
    for (const name of ["../vendor/echarts.min.js", "charts.js"]) {
      const script = document.createElement("script");
      script.src = new URL(name, own).href;
      script.async = false;
      document.head.append(script);
    }
  }
  document.addEventListener("htmx:afterSettle", loadCharts);
  loadCharts();

  // a table that would stand beside a phone's screen becomes cards, as lists are: each value with its heading
  function asCards() {
    if (!window.matchMedia("(max-width: 699.98px)").matches) return;
    document.querySelectorAll("main .table-responsive:not(.qq-list)").forEach((box) => {
      const table = box.querySelector(":scope > table");
      const heads = table && table.tHead && table.tHead.rows.length === 1 ? [...table.tHead.rows[0].cells] : [];
      const rows = table ? [...table.tBodies].flatMap((body) => [...body.rows]) : [];
      if (!heads.length || box.scrollWidth <= box.clientWidth + 4) return;
      const full = rows.filter((row) => row.cells.length === heads.length);
      if (full.length * 2 < rows.length) return;
      full.forEach((row) => {
        [...row.cells].forEach((cell, at) => {
          cell.dataset.label ??= heads[at].innerText.trim();
          if (!at) cell.classList.add("is-name");
          else if (!cell.innerText.trim() && !cell.querySelector("input,select,button,img,svg,i")) cell.classList.add("is-empty");
        });
      });
      box.classList.add("qq-list");
    });
  }
  document.addEventListener("htmx:afterSettle", asCards);
  asCards();

  function tick() {
    document.querySelectorAll("[data-clock]").forEach((clock) => {
      const now = new Date();
      const two = (n) => String(n).padStart(2, "0");
      clock.textContent = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())} ${two(now.getHours())}:${two(now.getMinutes())}`;
      clock.dateTime = now.toISOString();
    });
  }
  if (document.querySelector("[data-clock]")) { tick(); window.setInterval(tick, 10000); }
})();
