// The map of vehicles: where they are now, asked again every few seconds, or one vehicle's way over a day. All of it is
// served by this node; what a map shows is said by the data attributes of its box (vehicles/map_box.html).
const EVERY = 5000;
const KINDS = ["match", ["get", "kind"], "keep", "#1c7ed6", "ban", "#d63939", "#f08c00"];
const STATES = ["match", ["get", "state"], "alarm", "#d63939", "silent", "#8a94a6", "#2fb344"];
const HALO = { "text-halo-color": "#fff", "text-halo-width": 1.5 };

const empty = () => ({ type: "FeatureCollection", features: [] });
const read = async (url) => (await fetch(url, { headers: { Accept: "application/json" } })).json();

function textOf(tag, text) {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}

// An outline of ECharts 4 (differences in zigzag, 1/1024 degrees); plain GeoJSON is left as it is.
function plain(ring, offset) {
  if (typeof ring !== "string") return ring;
  let [x, y] = offset;
  const points = [];
  for (let at = 0; at < ring.length; at += 2) {
    const [dx, dy] = [ring.charCodeAt(at) - 64, ring.charCodeAt(at + 1) - 64];
    x += (dx >> 1) ^ -(dx & 1);
    y += (dy >> 1) ^ -(dy & 1);
    points.push([x / 1024, y / 1024]);
  }
  return points;
}

function outlineOf(feature) {
  const { type, coordinates, encodeOffsets: offsets } = feature.geometry;
  if (!offsets) return feature;
  const polygon = (rings, at) => rings.map((ring, n) => plain(ring, at[n]));
  const decoded = type === "Polygon" ? polygon(coordinates, offsets) : coordinates.map((rings, n) => polygon(rings, offsets[n]));
  return { type: "Feature", properties: {}, geometry: { type, coordinates: decoded } };
}

function extent(held) {
  const box = [180, 90, -180, -90];
  const look = (one) => {
    if (typeof one[0] === "number") {
      box[0] = Math.min(box[0], one[0]); box[1] = Math.min(box[1], one[1]);
      box[2] = Math.max(box[2], one[0]); box[3] = Math.max(box[3], one[1]);
    } else one.forEach(look);
  };
  held.features.forEach((one) => look(one.geometry.coordinates));
  return box[0] <= box[2] ? box : null;
}

async function ground(maplibre, map, box) {
  if (!box.dataset.base) return;
  const held = await read(box.dataset.base);
  map.addSource("base", { type: "geojson", data: { type: "FeatureCollection", features: held.features.map(outlineOf) } });
  map.addLayer({ id: "base", type: "fill", source: "base", paint: { "fill-color": "#fbfaf5" } });
  map.addLayer({ id: "base-edges", type: "line", source: "base", paint: { "line-color": "#8a94a6", "line-width": 1.2 } });
  map.addControl(new maplibre.AttributionControl({ compact: false, customAttribution: box.dataset.baseNote }), "bottom-right");
}

async function fences(map, box) {
  const held = await read(box.dataset.fences);
  map.addSource("fences", { type: "geojson", data: held });
  map.addLayer({ id: "fences", type: "fill", source: "fences", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": KINDS, "fill-opacity": 0.1 } });
  map.addLayer({ id: "fence-edges", type: "line", source: "fences", paint: { "line-color": KINDS, "line-width": 2 } });
  map.addLayer({ id: "fence-names", type: "symbol", source: "fences", minzoom: 9, layout: { "text-field": ["concat", ["get", "name"], "\n", ["get", "word"]], "text-size": 12 }, paint: { "text-color": KINDS, ...HALO } });
  return held;
}

const pointsOf = (vehicles) => ({
  type: "FeatureCollection",
  features: vehicles.filter((one) => one.lon !== null).map((one) => ({
    type: "Feature",
    geometry: { type: "Point", coordinates: [one.lon, one.lat] },
    properties: { ...one, alarms: one.alarms.join("，"), terminal: one.terminal.join("，") },
  })),
});

function told(box, one) {
  const made = document.createElement("div");
  made.append(textOf("strong", one.plate));
  for (const line of [one.firm, one.alarms, one.terminal, `${box.dataset.wordAt} ${one.at}`, `${Math.round(one.speed)} km/h`, one.simulated ? box.dataset.wordSimulated : ""]) {
    if (line) made.append(textOf("div", line));
  }
  const link = textOf("a", box.dataset.wordOpen);
  link.href = box.dataset.track.replace("/0/", `/${one.id}/`);
  made.append(link);
  return made;
}

function listed(vehicles) {
  for (const one of vehicles) {
    const row = document.querySelector(`[data-vehicle="${one.id}"]`);
    if (!row) continue;
    if (one.speed !== null) row.querySelector("[data-speed]").textContent = String(Math.round(one.speed));
    if (one.at) row.querySelector("[data-at]").textContent = one.at;
    const state = row.querySelector("[data-state] .qq-status");
    if (one.alarms.length) {
      state.className = "qq-status qq-status-red";
      state.textContent = one.alarms[0];
    }
  }
}

async function now(maplibre, map, box, held) {
  map.addSource("vehicles", { type: "geojson", data: empty() });
  map.addLayer({ id: "vehicles", type: "circle", source: "vehicles", paint: { "circle-color": STATES, "circle-radius": 8, "circle-stroke-color": "#fff", "circle-stroke-width": 2 } });
  map.addLayer({ id: "plates", type: "symbol", source: "vehicles", layout: { "text-field": ["get", "plate"], "text-size": 12, "text-anchor": "top", "text-offset": [0, 0.9] }, paint: { "text-color": "#111", ...HALO } });
  map.on("click", "vehicles", (event) => {
    new maplibre.Popup({ maxWidth: "20rem" }).setLngLat(event.lngLat).setDOMContent(told(box, event.features[0].properties)).addTo(map);
  });
  map.on("mouseenter", "vehicles", () => { map.getCanvas().style.cursor = "pointer"; });
  map.on("mouseleave", "vehicles", () => { map.getCanvas().style.cursor = ""; });
  const look = async () => {
    const { vehicles } = await read(box.dataset.now);
    const points = pointsOf(vehicles);
    map.getSource("vehicles").setData(points);
    listed(vehicles);
    return points;
  };
  const points = await look();
  const seen = extent({ features: [...points.features, ...held.features] });
  if (seen) map.fitBounds(seen, { padding: 60, duration: 0, maxZoom: 14 });
  setInterval(() => { if (!document.hidden) look().catch(() => {}); }, EVERY);
}

async function way(map, box) {
  const held = await read(box.dataset.way);
  map.addSource("way", { type: "geojson", data: held });
  map.addLayer({ id: "way", type: "line", source: "way", filter: ["==", ["geometry-type"], "LineString"], paint: { "line-color": "#364fc7", "line-width": 4 }, layout: { "line-join": "round", "line-cap": "round" } });
  map.addLayer({ id: "stops", type: "circle", source: "way", filter: ["has", "from"], paint: { "circle-color": "#fff", "circle-radius": 5, "circle-stroke-color": "#364fc7", "circle-stroke-width": 3 } });
  map.addLayer({ id: "stop-words", type: "symbol", source: "way", filter: ["has", "from"], minzoom: 11, layout: { "text-field": box.dataset.wordStop, "text-size": 12, "text-anchor": "top", "text-offset": [0, 0.7] }, paint: HALO });
  map.addLayer({ id: "crossings", type: "circle", source: "way", filter: ["has", "fence"], paint: { "circle-color": ["case", ["get", "entered"], "#2fb344", "#d63939"], "circle-radius": 7, "circle-stroke-color": "#fff", "circle-stroke-width": 2 } });
  map.addLayer({ id: "crossing-words", type: "symbol", source: "way", filter: ["has", "fence"], minzoom: 9, layout: { "text-field": ["concat", ["case", ["get", "entered"], box.dataset.wordIn, box.dataset.wordOut], " ", ["get", "fence"], "\n", ["get", "at"]], "text-size": 12, "text-anchor": "top", "text-offset": [0, 0.8] }, paint: { "text-color": "#111", ...HALO } });
  const line = document.querySelector("[data-vehicle-summary]");
  line.textContent = held.summary.positions ? box.dataset.wordSummary.replace(/\{(\w+)\}/g, (_all, name) => held.summary[name]) : box.dataset.wordNothing;
  const seen = extent(held);
  if (seen) map.fitBounds(seen, { padding: 60, duration: 0, maxZoom: 15 });
}

async function begin(box) {
  try {
    const maplibre = await import(box.dataset.maplibre);
    maplibre.setWorkerUrl(box.dataset.worker);
    const style = { version: 8, sources: {}, layers: [{ id: "background", type: "background", paint: { "background-color": "#eef1f4" } }] };
    const map = new maplibre.Map({ container: box, style, attributionControl: false, dragRotate: false, pitchWithRotate: false });
    map.touchZoomRotate.disableRotation();
    map.addControl(new maplibre.NavigationControl({ showCompass: false }));
    map.addControl(new maplibre.ScaleControl({ unit: "metric" }));
    map.fitBounds([104.2, 35.2, 107.7, 39.4], { duration: 0 });
    await new Promise((done) => { map.once("load", done); });
    await ground(maplibre, map, box);
    const held = await fences(map, box);
    if (box.dataset.way) await way(map, box);
    else await now(maplibre, map, box, held);
    box.dataset.ready = "1";
  } catch (fault) {
    box.replaceChildren(Object.assign(textOf("p", box.dataset.wordFailed), { className: "veh-failed" }));
    console.error(fault);
  }
}

document.querySelectorAll("[data-vehicle-map]").forEach(begin);
