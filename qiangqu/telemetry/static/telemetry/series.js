/* The course of a point: <div data-series="URL" data-start data-end> asks the server for values between two moments; closer looks ask again,
   and the server answers in rows, minutes, hours or days. Times are shown as China Standard Time whatever the browser's zone. */
(function () {
  "use strict";
  const place = document.querySelector("[data-series]");
  if (!place) return;
  const words = JSON.parse(document.getElementById("series-words").textContent);
  const state = document.getElementById("series-state");
  const SHIFT = 8 * 3600 * 1000; // the chart runs in UTC on moments moved to China Standard Time
  const FONT = '"PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Source Han Sans SC", sans-serif';
  let chart = null, whole = null, start = Number(place.dataset.start), end = Number(place.dataset.end), asked = 0, waiting = 0, shown = null;

  const two = (n) => String(n).padStart(2, "0");
  function clock(ms, seconds) {
    const d = new Date(ms);
    return `${d.getUTCFullYear()}-${two(d.getUTCMonth() + 1)}-${two(d.getUTCDate())} ${two(d.getUTCHours())}:${two(d.getUTCMinutes())}` + (seconds ? `:${two(d.getUTCSeconds())}` : "");
  }
  const number = (v) => (v === null || v === undefined ? "—" : Number(v).toLocaleString("zh-CN", { maximumFractionDigits: 4 }));

  async function ask(from, to) {
    const answer = await fetch(`${place.dataset.series}?start=${Math.floor(from)}&end=${Math.ceil(to)}`, { credentials: "same-origin", headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(`${answer.status}`);
    return answer.json();
  }
  // a finer part in the place of what the coarser whole has there
  function joined(coarse, fine, from, to) {
    const made = { times: [], mean: [], low: [], high: [] };
    const take = (source, keep) => source.times.forEach((t, i) => { if (keep(t)) { made.times.push(t); made.mean.push(source.mean[i]); made.low.push(source.low[i]); made.high.push(source.high[i]); } });
    take(coarse, (t) => t < from);
    take(fine, () => true);
    take(coarse, (t) => t >= to);
    return Object.assign({}, fine, made);
  }
  function rows(data) {
    const mean = [], low = [], width = [];
    let last = null;
    data.times.forEach((t, i) => {
      if (last !== null && data.gap && t - last > data.gap) { mean.push([last + SHIFT + 1, null]); low.push([last + SHIFT + 1, null]); width.push([last + SHIFT + 1, null]); }
      last = t;
      mean.push([t + SHIFT, data.mean[i]]);
      low.push([t + SHIFT, data.low[i]]);
      width.push([t + SHIFT, data.low[i] === null ? null : data.high[i] - data.low[i], data.low[i], data.high[i]]);
    });
    return { mean, low, width };
  }
  function bound(value) {
    return value === undefined ? [] : [{ yAxis: Number(value) }];
  }
  function draw(data, keep) {
    const band = data.resolution !== "raw";
    const { mean, low, width } = rows(data);
    const quiet = { type: "line", stack: "band", stackStrategy: "all", symbol: "none", silent: true, lineStyle: { opacity: 0 }, emphasis: { disabled: true }, connectNulls: false };
    const option = {
      animation: false, useUTC: true, textStyle: { fontFamily: FONT, fontSize: 12 }, aria: { enabled: true },
      grid: { left: 8, right: 24, top: 30, bottom: 52, containLabel: true },
      tooltip: { trigger: "axis", confine: true, formatter: (items) => {
        const at = items.find((i) => i.seriesName === words.mean) || items[0];
        const wide = items.find((i) => i.seriesName === words.range);
        const lines = [`<strong>${clock(at.value[0], !band || data.resolution === "minute")}</strong>`, `${band ? words.mean : words.value}　<strong>${number(at.value[1])}</strong> `];
        if (wide && wide.value[2] !== undefined) lines.push(`${words.range}　${number(wide.value[2])}—${number(wide.value[3])}`);
        return lines.join("<br>");
      } },
      xAxis: { type: "time", min: start + SHIFT, max: end + SHIFT, axisLabel: { color: "#56657a", hideOverlap: true }, axisLine: { lineStyle: { color: "#c3ccd8" } } },
      yAxis: { type: "value", scale: true, name: data.unit || "", nameTextStyle: { color: "#56657a", align: "left" }, axisLabel: { color: "#56657a" }, splitLine: { lineStyle: { color: "#e8edf2" } } },
      series: [
        Object.assign({ name: words.low, data: band ? low : [] }, quiet),
        Object.assign({ name: words.range, data: band ? width : [], areaStyle: { color: "rgba(23,86,155,.18)" } }, quiet),
        { name: words.mean, type: "line", data: mean, symbol: data.times.length > 120 ? "none" : "circle", symbolSize: 5, connectNulls: false, lineStyle: { width: 1.8, color: "#17569b" }, itemStyle: { color: "#17569b" }, z: 5,
          markLine: { silent: true, symbol: "none", lineStyle: { color: "#c9480a", type: "dashed" }, label: { color: "#c9480a" }, data: bound(place.dataset.lower).concat(bound(place.dataset.upper)) } },
      ],
    };
    if (!keep) option.dataZoom = [{ type: "inside", minValueSpan: 10000 }, { type: "slider", height: 22, bottom: 10, minValueSpan: 10000, labelFormatter: (v) => clock(v, false), borderColor: "#c3ccd8" }];
    chart.setOption(option);
    shown = data;
    state.textContent = data.times.length ? `${data.resolution_label} · ${data.times.length}` : words.none;
    place.setAttribute("data-resolution", data.resolution);
    place.setAttribute("data-count", String(data.times.length));
    fill();
  }
  function fill() {
    const holder = document.getElementById("series-table");
    if (!holder || !holder.closest("details").open || !shown) return;
    const table = document.createElement("table");
    table.className = "table table-sm";
    const line = (cells, tag) => { const tr = document.createElement("tr"); cells.forEach((c, i) => { const cell = document.createElement(tag); cell.textContent = c; if (i) cell.className = "qq-num"; tr.append(cell); }); return tr; };
    table.createTHead().append(line([words.time, words.mean, words.low, words.high], "th"));
    const body = table.createTBody();
    const from = Math.max(0, shown.times.length - 500);
    for (let i = shown.times.length - 1; i >= from; i--) body.append(line([clock(shown.times[i] + SHIFT, true), number(shown.mean[i]), number(shown.low[i]), number(shown.high[i])], "td"));
    holder.replaceChildren(table);
  }
  async function closer() {
    const zoom = chart.getOption().dataZoom[0];
    const from = zoom.startValue - SHIFT, to = zoom.endValue - SHIFT;
    const turn = ++asked;
    if (from <= start && to >= end) return draw(whole, true);
    try {
      const fine = await ask(from, to);
      if (turn === asked) draw(joined(whole, fine, from, to), true);
    } catch { state.textContent = words.failed; }
  }
  async function load(keep) {
    const turn = ++asked;
    try {
      const data = await ask(start, end);
      if (turn !== asked) return;
      whole = data;
      draw(whole, keep);
    } catch { state.textContent = words.failed; }
    place.setAttribute("data-series-ready", "1");
  }
  function begin() {
    chart = window.echarts.init(place, null, { renderer: "canvas" });
    chart.on("datazoom", () => { window.clearTimeout(waiting); waiting = window.setTimeout(closer, 250); });
    new ResizeObserver(() => chart.resize()).observe(place);
    document.getElementById("series-table")?.closest("details").addEventListener("toggle", fill);
    load(false);
    // up to an hour the chart moves on with the clock, unless a person looks closer
    if (place.dataset.live !== undefined && end - start <= 3600000) window.setInterval(() => {
      const zoom = chart.getOption().dataZoom?.[0];
      if (document.hidden || (zoom && (zoom.start > 0 || zoom.end < 100))) return;
      const span = end - start;
      end = Date.now();
      start = end - span;
      load(true);
    }, 10000);
  }
  if (window.echarts) begin();
  else {
    const script = document.createElement("script");
    script.src = place.dataset.library;
    script.addEventListener("load", begin);
    document.head.append(script);
  }
})();
