/* Charts: <div data-chart="KIND" data-source="ID"> with its data in <script type="application/json" id="ID"> (shapes: qiangqu/ui/charts.py).
   One function per kind turns data into ECharts options. data-chart-ready="1" is set when a chart has been drawn to the end. */
(function () {
  "use strict";
  const FONT = '"PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Source Han Sans SC", sans-serif';
  // Okabe–Ito order, told apart also without colour by dash and symbol
  const COLOURS = { light: ["#17569b", "#c9480a", "#1b7a3d", "#8a4fa3", "#a77300", "#1c8ea6"], dark: ["#63b3ff", "#ffb35c", "#7be0a0", "#d7a6f0", "#ffe07a", "#79dbe8"] };
  const DASHES = ["solid", "dashed", "dotted", [8, 3, 2, 3], [12, 4], [3, 3]];
  const SYMBOLS = ["circle", "rect", "triangle", "diamond", "roundRect", "pin"];
  const STATUS = {
    done: { light: "#1a5fb4", dark: "#63b3ff", symbol: "circle" }, on_track: { light: "#1b7a3d", dark: "#7be0a0", symbol: "circle" },
    at_risk: { light: "#b97400", dark: "#ffcf66", symbol: "triangle" }, off_track: { light: "#b3261e", dark: "#ff8d82", symbol: "rect" },
    no_data: { light: "#7a889b", dark: "#9fb0c3", symbol: "emptyCircle" },
  };
  const drawn = new Map();
  const outlines = new Map();

  function palette(element) {
    const dark = Boolean(element.closest('[data-bs-theme="dark"]'));
    const wall = Boolean(element.closest(".qq-wall"));
    const width = element.clientWidth;
    return dark
      ? { dark, width, size: wall ? 15 : 12, ink: "#e8f1fb", soft: "#a9bfd6", line: "#22405f", grid: "#1b3552", paper: "#10223a", band: "rgba(99,179,255,.24)", low: "#16365a", high: "#4f9be8", up: "#7be0a0", down: "#ff8d82", colours: COLOURS.dark, key: "dark" }
      : { dark, width, size: 12, ink: "#1c2733", soft: "#56657a", line: "#c3ccd8", grid: "#e8edf2", paper: "#fff", band: "rgba(23,86,155,.16)", low: "#dbe8f6", high: "#17569b", up: "#1b7a3d", down: "#b3261e", colours: COLOURS.light, key: "light" };
  }
  function number(value, decimals) {
    if (value === null || value === undefined || !Number.isFinite(Number(value))) return "—";
    const digits = decimals === undefined || decimals === null ? { maximumFractionDigits: 4 } : { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
    return Number(value).toLocaleString("zh-CN", digits);
  }
  const withUnit = (value, data) => number(value, data.decimals) + (value === null || value === undefined || !data.unit ? "" : " " + data.unit);
  const escape = (text) => String(text).replace(/[&<>"']/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" })[c]);

  function frame(p, data, extra) {
    return Object.assign({
      animationDuration: 300, animationDurationUpdate: 200, backgroundColor: "transparent", color: p.colours,
      textStyle: { fontFamily: FONT, fontSize: p.size, color: p.ink },
      aria: { enabled: true },
      grid: { left: 8, right: 18, top: (extra && extra.legend && extra.legend.show ? 46 : 28) + p.size - 12, bottom: 6, containLabel: true },
      tooltip: { confine: true, backgroundColor: p.paper, borderColor: p.line, textStyle: { color: p.ink, fontSize: p.size, fontFamily: FONT } },
    }, extra);
  }
  const category = (p, x) => ({ type: "category", data: x, axisLine: { lineStyle: { color: p.line } }, axisTick: { show: false }, axisLabel: { color: p.soft, fontSize: p.size, hideOverlap: true } });
  const values = (p, data, more) => Object.assign({
    type: "value", scale: true, name: data.unit || "", nameTextStyle: { color: p.soft, fontSize: p.size, align: "left", padding: [0, 0, 0, -24] }, nameGap: 10,
    axisLabel: { color: p.soft, fontSize: p.size, formatter: (v) => number(v) }, splitLine: { lineStyle: { color: p.grid } },
  }, more);
  const legend = (p, names) => ({ show: names.length > 1, data: names, top: 0, right: 0, itemWidth: 26, itemHeight: 10, textStyle: { color: p.ink, fontSize: p.size, fontFamily: FONT } });
  const tip = (data) => (items) => [`<strong>${escape(items[0].axisValueLabel)}</strong>`]
    .concat(items.filter((i) => !String(i.seriesId).startsWith("band") && i.value !== null && i.value !== undefined && i.value !== "-")
      .map((i) => `${i.marker}${escape(i.seriesName)}　<strong>${escape(withUnit(Array.isArray(i.value) ? i.value[1] : i.value, data))}</strong>`)).join("<br>");

  const KINDS = {
    "target-path"(p, data, w) {
      const some = (list) => list && list.some((v) => v !== null && v !== undefined);
      const series = [];
      if (some(data.low) && some(data.high)) {
        const shift = (i) => (data.low[i] === null || data.high[i] === null ? null : data.high[i] - data.low[i]);
        const base = { type: "line", stack: "band", symbol: "none", silent: true, lineStyle: { opacity: 0 }, emphasis: { disabled: true } };
        // a stacked band cannot start below zero on one side only: draw it as a polygon when it crosses zero
        if (data.low.some((v, i) => v !== null && v < 0 && data.high[i] > 0)) series.push(polygon(p, data, w));
        else series.push(Object.assign({ id: "band-low", name: w.low, data: data.low, stackStrategy: "all" }, base), Object.assign({ id: "band-width", name: w.band, data: data.low.map((_, i) => shift(i)), itemStyle: { color: p.band }, areaStyle: { color: p.band }, stackStrategy: "all" }, base));
      }
      if (some(data.required)) series.push({ name: w.required, type: "line", data: data.required, symbol: "emptyRect", symbolSize: 6, lineStyle: { type: "dashed", width: 1.8, color: p.soft }, itemStyle: { color: p.soft }, connectNulls: true });
      if (some(data.observed)) series.push({ name: w.observed, type: "line", data: data.observed, symbol: "circle", symbolSize: 8, lineStyle: { width: 2.8, color: p.colours[0] }, itemStyle: { color: p.colours[0] }, connectNulls: true, z: 5 });
      if (some(data.forecast)) series.push({ name: w.forecast, type: "line", data: data.forecast, symbol: "emptyCircle", symbolSize: 7, lineStyle: { type: "dotted", width: 2.4, color: p.colours[0] }, itemStyle: { color: p.colours[0] }, connectNulls: true, z: 4 });
      if (data.target !== null && data.target !== undefined) {
        const label = `${data.target_label || w.target} ${data.direction === "<=" ? "≤" : data.direction === ">=" ? "≥" : ""}${withUnit(data.target, data)}`;
        series.push({ name: w.target, type: "line", data: data.x.map(() => null), markLine: { silent: true, symbol: ["none", "none"], data: [{ yAxis: data.target }], lineStyle: { color: p.colours[1], type: "solid", width: 1.6 }, label: { formatter: label, position: "insideStartTop", color: p.colours[1], fontSize: p.size, fontFamily: FONT } } });
      }
      const all = [].concat(data.required || [], data.observed || [], data.forecast || [], data.low || [], data.high || [], [data.target]).filter((v) => v !== null && v !== undefined);
      const low = Math.min(...all), high = Math.max(...all), pad = (high - low || Math.abs(high) || 1) * 0.08;
      const names = series.filter((s) => !String(s.id || "").startsWith("band") && s.name !== w.target).map((s) => s.name);
      if (series.some((s) => s.id === "band-width" || s.id === "band-polygon")) names.push({ name: w.band, icon: "rect" });
      return frame(p, data, { legend: legend(p, names), xAxis: Object.assign(category(p, data.x), { boundaryGap: true }),
        yAxis: values(p, data, { min: low >= 0 && low - pad < 0 ? 0 : nice(low - pad, Math.floor, high - low), max: nice(high + pad, Math.ceil, high - low) }), tooltip: Object.assign(frame(p, data).tooltip, { trigger: "axis", formatter: tip(data) }), series });
    },
    line(p, data) {
      const series = data.series.map((s, i) => ({ name: s.name, type: "line", data: s.values, symbol: SYMBOLS[i % 6], symbolSize: data.x.length > 36 ? 0 : 6, lineStyle: { width: 2.2, type: s.dashed ? "dashed" : DASHES[i % 6] } }));
      return frame(p, data, { legend: legend(p, series.map((s) => s.name)), xAxis: Object.assign(category(p, data.x), { boundaryGap: false }), yAxis: values(p, data, { scale: !data.zero }), tooltip: Object.assign(frame(p, data).tooltip, { trigger: "axis", formatter: tip(data) }), series });
    },
    bar(p, data) {
      const series = data.series.map((s) => ({ name: s.name, type: "bar", data: s.values, stack: data.stacked ? "all" : undefined, barMaxWidth: 34 }));
      return frame(p, data, { aria: { enabled: true, decal: { show: series.length > 1 } }, legend: legend(p, series.map((s) => s.name)), xAxis: category(p, data.x), yAxis: values(p, data, { scale: false }), tooltip: Object.assign(frame(p, data).tooltip, { trigger: "axis", axisPointer: { type: "shadow" }, formatter: tip(data) }), series });
    },
    ranking(p, data, w) {
      const items = data.items.slice().reverse();
      return frame(p, data, {
        grid: { left: 8, right: 64, top: 8, bottom: 6, containLabel: true },
        xAxis: values(p, data, { scale: false, name: "", axisLabel: { show: false }, splitLine: { show: false } }),
        yAxis: Object.assign(category(p, items.map((i) => i.name)), { axisLine: { show: false }, axisLabel: { color: p.ink, fontSize: p.size, width: Math.max(90, Math.min(p.width * 0.42, 15 * p.size)), overflow: "truncate" } }),
        tooltip: Object.assign(frame(p, data).tooltip, { trigger: "item", formatter: (i) => `${escape(i.name)}　<strong>${escape(withUnit(i.value, data))}</strong>` }),
        series: [{ type: "bar", data: items.map((i) => ({ value: i.value, url: i.url })), barMaxWidth: 20, itemStyle: { color: p.colours[0], borderRadius: [0, 3, 3, 0] }, cursor: items.some((i) => i.url) ? "pointer" : "default",
          label: { show: true, position: "right", color: p.ink, fontSize: p.size, fontFamily: FONT, formatter: (i) => number(i.value, data.decimals) },
          markLine: data.target === null || data.target === undefined ? undefined : { silent: true, symbol: "none", data: [{ xAxis: data.target }], lineStyle: { color: p.colours[1] }, label: { formatter: `${w.target} ${number(data.target, data.decimals)}`, color: p.colours[1] } } }],
      });
    },
    waterfall(p, data, w) {
      let level = 0;
      const names = data.items.map((i) => i.name);
      // each floating bar from low to high, drawn by hand so that it may cross zero
      const bars = data.items.map((item, at) => {
        const from = item.total ? 0 : level;
        const to = item.total ? item.value : level + (item.value || 0);
        level = to === null ? level : to;
        return { value: [at, from, to, item.value], total: Boolean(item.total), url: item.url };
      });
      return frame(p, data, {
        grid: { left: 8, right: 18, top: 34, bottom: 6, containLabel: true },
        xAxis: Object.assign(category(p, names), { axisLabel: { color: p.soft, fontSize: p.size, interval: 0, width: 84, overflow: "truncate", rotate: p.width / names.length < 62 ? 35 : 0 } }),
        yAxis: values(p, data, { scale: true }),
        tooltip: Object.assign(frame(p, data).tooltip, { trigger: "item", formatter: (i) => `${escape(names[i.value[0]])}　<strong>${escape(withUnit(i.value[3], data))}</strong>` }),
        series: [{ type: "custom", encode: { x: 0, y: [1, 2] }, data: bars, renderItem(params, api) {
          const bar = bars[params.dataIndex], a = api.coord([api.value(0), api.value(1)]), b = api.coord([api.value(0), api.value(2)]);
          const width = Math.min(api.size([1, 0])[0] * 0.62, 46), rise = api.value(2) >= api.value(1);
          const fill = bar.total ? p.colours[0] : rise ? p.up : p.down;
          const top = Math.min(a[1], b[1]);
          const text = (bar.total ? "" : rise ? "▲" : "▼") + number(api.value(3), data.decimals);
          return { type: "group", children: [
            { type: "rect", shape: { x: a[0] - width / 2, y: top, width, height: Math.max(Math.abs(a[1] - b[1]), 1) }, style: { fill } },
            { type: "text", ignore: !bar.total && text.length * p.size * 0.62 > api.size([1, 0])[0], style: { text, x: a[0], y: top - 4, textAlign: "center", textVerticalAlign: "bottom", fill: p.ink, font: `${p.size}px ${FONT}` } }] };
        } }],
      });
    },
    map(p, data, w) {
      const areas = data.areas || [], points = data.points || [];
      const known = areas.map((a) => a.value).filter((v) => v !== null && v !== undefined);
      const sizes = points.map((q) => q.value).filter((v) => v !== null && v !== undefined && v > 0);
      const biggest = Math.max(...sizes, 0);
      const radius = (v) => (v > 0 && biggest > 0 ? 9 + 19 * Math.sqrt(v / biggest) : 9);
      const colour = (q) => (STATUS[q.status] ? STATUS[q.status][p.key] : p.colours[1]);
      const series = [{ type: "map", map: data.outline, geoIndex: 0, data: areas.map((a) => ({ name: a.name, value: a.value === null ? undefined : a.value, url: a.url })) }];
      if (points.length) series.push({
        type: "scatter", coordinateSystem: "geo", name: data.point_name || "", z: 6, cursor: points.some((q) => q.url) ? "pointer" : "default",
        data: points.map((q) => ({ name: q.name, value: [q.lon, q.lat, q.value], url: q.url, status: q.status, symbolSize: radius(q.value), symbol: q.status && STATUS[q.status] ? STATUS[q.status].symbol : "circle", itemStyle: { color: colour(q), opacity: 0.88, borderColor: p.paper, borderWidth: 1.2 } })),
      });
      return frame(p, data, {
        visualMap: known.length ? { type: "continuous", seriesIndex: 0, min: Math.min(...known), max: Math.max(...known) === Math.min(...known) ? Math.max(...known) + 1 : Math.max(...known), left: 4, bottom: 4, itemWidth: 12, itemHeight: 80, text: [w.more, w.less], textStyle: { color: p.soft, fontSize: p.size }, inRange: { color: [p.low, p.high] }, calculable: false, formatter: (v) => number(v) } : undefined,
        geo: { map: data.outline, roam: false, aspectScale: 0.82, layoutCenter: ["52%", "50%"], layoutSize: "96%", label: { show: true, offset: [0, -1.2 * p.size], color: p.ink, fontSize: p.size, fontFamily: FONT, textBorderColor: p.paper, textBorderWidth: 2 }, itemStyle: { areaColor: p.dark ? "#16304d" : "#eef3f8", borderColor: p.dark ? "#4a76a8" : "#8fa8c4", borderWidth: 1.1 }, emphasis: { label: { color: p.ink }, itemStyle: { areaColor: p.dark ? "#24507f" : "#cfe1f5" } }, tooltip: { show: true } },
        tooltip: Object.assign(frame(p, data).tooltip, { trigger: "item", formatter: (i) => {
          if (i.seriesType === "scatter") return `<strong>${escape(i.name)}</strong>${i.value[2] === null || i.value[2] === undefined ? "" : `<br>${escape(data.point_name || w.value)}　<strong>${escape(number(i.value[2], data.decimals))}${data.point_unit ? " " + escape(data.point_unit) : ""}</strong>`}${i.data.status ? `<br>${escape(w[i.data.status] || "")}` : ""}`;
          const area = areas.find((a) => a.name === i.name);
          return `<strong>${escape(i.name)}</strong><br>${escape(data.value_name || w.value)}　<strong>${escape(withUnit(area ? area.value : null, data))}</strong>`;
        } }),
        series,
      });
    },
    sparkline(p, data) {
      return { animation: false, grid: { left: 2, right: 4, top: 4, bottom: 4 }, xAxis: { type: "category", show: false, boundaryGap: false, data: data.x || data.values.map((_, i) => i + 1) }, yAxis: { type: "value", show: false, scale: true }, aria: { enabled: true },
        series: [{ type: "line", data: data.values, symbol: "none", lineStyle: { width: 1.8, color: p.colours[0] }, areaStyle: { color: p.band }, connectNulls: true }] };
    },
    gauge(p, data, w) {
      const base = data.base || 0, span = data.target - base;
      const share = data.value === null || data.value === undefined || !span ? null : (data.value - base) / span;
      return frame(p, data, { series: [{ type: "gauge", startAngle: 205, endAngle: -25, min: 0, max: 100, radius: "98%", center: ["50%", "60%"], progress: { show: share !== null, width: 13, roundCap: true, itemStyle: { color: share >= 1 ? p.colours[0] : p.colours[0] } }, axisLine: { lineStyle: { width: 13, color: [[1, p.grid]] }, roundCap: true }, pointer: { show: false }, axisTick: { show: false }, splitLine: { show: false }, axisLabel: { show: false },
        title: { offsetCenter: [0, "38%"], color: p.soft, fontSize: p.size, fontFamily: FONT }, detail: { offsetCenter: [0, "2%"], fontSize: p.size + 10, fontWeight: 600, color: p.ink, fontFamily: FONT, formatter: () => (share === null ? "—" : number(share * 100, 0) + "%") },
        data: [{ value: share === null ? 0 : Math.max(0, Math.min(100, share * 100)), name: `${number(data.value, data.decimals)} / ${withUnit(data.target, data)}` }] }] });
    },
  };
  function nice(value, round, span) {
    const step = Math.pow(10, Math.floor(Math.log10(span || Math.abs(value) || 1)) - 1) * 5;
    return round(value / step) * step;
  }
  function polygon(p, data, w) {
    return { id: "band-polygon", name: w.band, type: "custom", silent: true, itemStyle: { color: p.band }, encode: { x: 0, y: [1, 2] }, data: data.x.map((_, i) => [i, data.low[i], data.high[i]]).filter((r) => r[1] !== null && r[2] !== null), renderItem(params, api) {
      if (params.dataIndex) return null;
      const rows = data.x.map((_, i) => [i, data.low[i], data.high[i]]).filter((r) => r[1] !== null && r[2] !== null);
      const points = rows.map((r) => api.coord([r[0], r[1]])).concat(rows.slice().reverse().map((r) => api.coord([r[0], r[2]])));
      return { type: "polygon", shape: { points }, style: { fill: p.band } };
    } };
  }

  // the same figures as a table: for screen readers, for copying, for print
  function tableOf(kind, data, w) {
    if (kind === "target-path") return { head: [w.period, w.required, w.observed, w.forecast, w.low, w.high], rows: data.x.map((x, i) => [x].concat(["required", "observed", "forecast", "low", "high"].map((k) => number((data[k] || [])[i], data.decimals)))) };
    if (kind === "line" || kind === "bar") return { head: [w.period].concat(data.series.map((s) => s.name)), rows: data.x.map((x, i) => [x].concat(data.series.map((s) => number(s.values[i], data.decimals)))) };
    if (kind === "map") return { head: [w.name, w.value], rows: (data.areas || []).concat(data.points || []).map((a) => [a.name, number(a.value, data.decimals)]) };
    return { head: [w.name, w.value], rows: (data.items || []).map((i) => [i.name, number(i.value, data.decimals)]) };
  }
  function fillTable(holder, kind, data, w) {
    const place = holder.querySelector("div");
    if (place.firstChild) return;
    const { head, rows } = tableOf(kind, data, w);
    const table = document.createElement("table");
    table.className = "table table-sm";
    const row = (cells, tag) => { const tr = document.createElement("tr"); cells.forEach((c, i) => { const cell = document.createElement(tag); cell.textContent = c; if (i) cell.className = "qq-num"; tr.append(cell); }); return tr; };
    table.createTHead().append(row(head, "th"));
    const body = table.createTBody();
    rows.forEach((r) => body.append(row(r, "td")));
    place.append(table);
  }
  function isEmpty(kind, data) {
    const none = (list) => !list || !list.some((v) => v !== null && v !== undefined);
    if (kind === "target-path") return none(data.observed) && none(data.required) && none(data.forecast) && (data.target === null || data.target === undefined);
    if (kind === "line" || kind === "bar") return data.series.every((s) => none(s.values));
    if (kind === "sparkline") return none(data.values);
    if (kind === "ranking" || kind === "waterfall") return !data.items.length;
    return false;
  }
  function say(element, text) {
    const box = document.createElement("div");
    box.className = "qq-chart-failed";
    box.textContent = text;
    element.replaceChildren(box);
    element.setAttribute("data-chart-ready", "1");
  }
  async function outline(url) {
    if (!url) return false;
    if (!outlines.has(url)) outlines.set(url, fetch(url, { credentials: "same-origin" }).then((r) => { if (!r.ok) throw new Error(`${url}: ${r.status}`); return r.json(); }).then((json) => { window.echarts.registerMap(url, json); return true; }));
    return outlines.get(url);
  }
  async function draw(element) {
    const source = document.getElementById(element.dataset.source);
    if (!source || drawn.has(element)) return;
    drawn.set(element, null);
    const kind = element.dataset.chart;
    const data = JSON.parse(source.textContent);
    const w = JSON.parse(document.getElementById(`${element.dataset.source}-words`)?.textContent || "{}");
    const holder = document.querySelector(`[data-chart-table="${element.dataset.source}"]`);
    holder?.addEventListener("toggle", () => fillTable(holder, kind, data, w));
    if (isEmpty(kind, data) || (kind === "map" && !data.outline)) return say(element, w.none);
    try {
      if (kind === "map") await outline(data.outline);
      const chart = window.echarts.init(element, null, { renderer: kind === "map" ? "canvas" : "svg" });
      drawn.set(element, chart);
      chart.on("finished", () => element.setAttribute("data-chart-ready", "1"));
      chart.on("click", (event) => { const url = event.data && event.data.url; if (url && url.startsWith("/")) window.location.assign(url); });
      const label = element.getAttribute("aria-label");
      chart.setOption(KINDS[kind](palette(element), data, w));
      // ECharts writes its own English or generated label; the page's is better
      if (label) element.setAttribute("aria-label", label);
      watcher.observe(element);
    } catch (error) {
      console.error(error);
      say(element, w.failed || String(error));
    }
  }
  const watcher = new ResizeObserver((entries) => entries.forEach((entry) => {
    const chart = drawn.get(entry.target);
    if (chart && entry.contentRect.width > 0) chart.resize();
  }));
  function drawAll(root) {
    for (const [element, chart] of drawn) if (!element.isConnected) { watcher.unobserve(element); chart?.dispose(); drawn.delete(element); }
    root.querySelectorAll("[data-chart]").forEach(draw);
  }
  document.addEventListener("htmx:afterSettle", () => drawAll(document));
  window.addEventListener("beforeprint", () => { for (const chart of drawn.values()) chart?.resize(); });
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", () => drawAll(document));
  else drawAll(document);
})();
