// The map of vehicles: where they are now, asked again every few seconds, or one vehicle's way over a day. All of it is
// served by this node; what a map shows is said by the data attributes of its box (vehicles/map_box.html).
import { HALO, collection, cornersOf, fit, maps, pointOf, read, telling } from "../ui/map.js";

const EVERY = 5000;
const KINDS = ["match", ["get", "kind"], "keep", "#1c7ed6", "ban", "#d63939", "#f08c00"];
const STATES = ["match", ["get", "state"], "alarm", "#d63939", "silent", "#8a94a6", "#2fb344"];

const pointsOf = (vehicles) => collection(vehicles.filter((one) => one.lon !== null).map((one) => (
  pointOf(one.lon, one.lat, { ...one, alarms: one.alarms.join("，"), terminal: one.terminal.join("，") })
)));

const told = (box, one) => ({
  title: one.plate,
  lines: [one.firm, one.alarms, one.terminal, [box.dataset.wordAt, one.at], `${Math.round(one.speed)} km/h`, one.simulated && box.dataset.wordSimulated],
  link: [box.dataset.wordOpen, box.dataset.track.replace("/0/", `/${one.id}/`)],
});

async function fences(map, box) {
  const held = await read(box.dataset.fences);
  map.addSource("fences", { type: "geojson", data: held });
  map.addLayer({ id: "fences", type: "fill", source: "fences", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": KINDS, "fill-opacity": 0.1 } });
  map.addLayer({ id: "fence-edges", type: "line", source: "fences", paint: { "line-color": KINDS, "line-width": 2 } });
  map.addLayer({ id: "fence-names", type: "symbol", source: "fences", minzoom: 9, layout: { "text-field": ["concat", ["get", "name"], "\n", ["get", "word"]], "text-size": 12 }, paint: { "text-color": KINDS, ...HALO } });
  return held;
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
  map.addSource("vehicles", { type: "geojson", data: collection([]) });
  map.addLayer({ id: "vehicles", type: "circle", source: "vehicles", paint: { "circle-color": STATES, "circle-radius": 8, "circle-stroke-color": "#fff", "circle-stroke-width": 2 } });
  map.addLayer({ id: "plates", type: "symbol", source: "vehicles", layout: { "text-field": ["get", "plate"], "text-size": 12, "text-anchor": "top", "text-offset": [0, 0.9] }, paint: { "text-color": "#111", ...HALO } });
  telling(maplibre, map, ["vehicles"], ({ properties }) => told(box, properties));
  const look = async () => {
    const { vehicles } = await read(box.dataset.now);
    const points = pointsOf(vehicles);
    map.getSource("vehicles").setData(points);
    listed(vehicles);
    return points;
  };
  const points = await look();
  fit(map, cornersOf([...points.features, ...held.features]), 12);
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
  fit(map, cornersOf(held.features), 15);
}

maps(async ({ maplibre, map, box }) => {
  const held = await fences(map, box);
  if (box.dataset.map === "way") await way(map, box);
  else await now(maplibre, map, box, held);
});
