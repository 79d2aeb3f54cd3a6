// Maps of emergencies: the situation of an event, choosing its place, and siting, where sites are moved by hand. What a
// page's map shows is said by its box (emergency/map_box.html).
import { HALO, collection, fit, maps, pointOf, read, telling } from "../ui/map.js";

const NEAR_PIXELS = 14;
const COLOURS = ["match", ["get", "kind"], "event", "#d6336c", "hit", "#f76707", "shelter", "#2fb344", "medical", "#0ca678", "entry", "#6c757d", "#206bc4"];
const COVER = ["match", ["get", "at"], 0, "#2fb344", 1, "#f59f00", 2, "#d63939", "#343a40"];

// The loaded roads around what is drawn, under everything else.
async function roads(box, map, points) {
  const [lons, lats] = [points.map((one) => one[0]), points.map((one) => one[1])];
  const wide = [Math.min(...lons) - 0.05, Math.min(...lats) - 0.05, Math.max(...lons) + 0.05, Math.max(...lats) + 0.05];
  const answer = await fetch(`${box.dataset.roads}?within=${wide.map((one) => one.toFixed(4)).join(",")}`);
  if (!answer.ok) return;
  const { lines } = await answer.json();
  if (!lines.length) return;
  map.addSource("roads", { type: "geojson", data: { type: "Feature", properties: {}, geometry: { type: "MultiLineString", coordinates: lines } } });
  map.addLayer({ id: "roads", type: "line", source: "roads", paint: { "line-color": "#b8bec8", "line-width": ["interpolate", ["linear"], ["zoom"], 9, 0.6, 14, 2.5] } });
}

function circle([lon, lat], metres) {
  const ring = [];
  for (let n = 0; n <= 64; n += 1) {
    const turn = (n / 64) * 2 * Math.PI;
    ring.push([lon + ((metres / 111195) * Math.cos(turn)) / Math.cos((lat * Math.PI) / 180), lat + (metres / 111195) * Math.sin(turn)]);
  }
  return { type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates: [ring] } };
}

// ------------------------------------------------------------------ an event

async function situation({ maplibre, map, box }) {
  const found = await read(box.dataset.url);
  const seen = [...circle(found.event, Math.max(found.radius, 1500)).geometry.coordinates[0], ...found.lines.flat()];
  await roads(box, map, seen);
  map.addSource("radius", { type: "geojson", data: circle(found.event, found.radius) });
  map.addLayer({ id: "radius", type: "fill", source: "radius", paint: { "fill-color": "#d6336c", "fill-opacity": 0.12 } });
  map.addLayer({ id: "radius-edge", type: "line", source: "radius", paint: { "line-color": "#d6336c", "line-width": 1.5 } });
  map.addSource("lines", { type: "geojson", data: collection(found.lines.map((one) => ({ type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: one } }))) });
  map.addLayer({ id: "lines", type: "line", source: "lines", paint: { "line-color": "#206bc4", "line-width": 2, "line-dasharray": [2, 2] } });
  map.addSource("points", { type: "geojson", data: collection(found.points.map((one) => pointOf(one.lon, one.lat, one))) });
  map.addLayer({ id: "points", type: "circle", source: "points", paint: { "circle-color": COLOURS, "circle-radius": ["match", ["get", "kind"], "event", 9, 6], "circle-stroke-color": "#fff", "circle-stroke-width": 1.5 } });
  map.addLayer({ id: "names", type: "symbol", source: "points", minzoom: 11, layout: { "text-field": ["get", "name"], "text-size": 12, "text-offset": [0, 1.1], "text-anchor": "top", "text-max-width": 9, "text-optional": true }, paint: { "text-color": "#111", ...HALO } });
  telling(maplibre, map, ["points"], ({ properties: one }) => ({ title: one.name, lines: [one.told] }));
  fit(map, seen);
}

// ------------------------------------------------------------------ choosing a place

async function pick({ maplibre, map }) {
  const lon = document.getElementById("id_lon");
  const lat = document.getElementById("id_lat");
  const at = () => [Number(lon.value) || 106.2, Number(lat.value) || 38.4];
  const marker = new maplibre.Marker({ color: "#d6336c", draggable: true }).setLngLat(at()).addTo(map);
  map.jumpTo({ center: at(), zoom: 11 });
  const write = ({ lng, lat: north }) => { lon.value = lng.toFixed(6); lat.value = north.toFixed(6); };
  marker.on("dragend", () => write(marker.getLngLat()));
  map.on("click", (event) => { marker.setLngLat(event.lngLat); write(event.lngLat); });
  for (const field of [lon, lat]) field.addEventListener("change", () => { marker.setLngLat(at()); map.panTo(at()); });
}

// ------------------------------------------------------------------ siting

const FIGURES = { share: [1, 1], twice: [1, 1], mean: [1, -1], worst: [1, -1], beyond: [0, -1], unreached: [0, -1] };

async function siting({ maplibre, map, box }) {
  const found = await read(box.dataset.url);
  const first = found.sites.map((one) => ({ ...one }));
  let sites = first.map((one) => ({ ...one }));
  const most = Math.max(1, ...found.demand.map((one) => one[2]));
  const covered = (minutes) => (minutes < 0 ? 3 : minutes <= found.standard ? 0 : minutes <= 2 * found.standard ? 1 : 2);
  const drawn = (minutes) => collection(found.demand.map(([lon, lat, weight, name], n) => pointOf(lon, lat, { at: covered(minutes[n]), name, weight, minutes: minutes[n], size: Math.sqrt(weight / most) })));
  const all = [...found.demand.filter((one) => one[2] > 0).map((one) => one.slice(0, 2)), ...sites.map((one) => [one.lon, one.lat])];
  await roads(box, map, all);
  map.addSource("demand", { type: "geojson", data: drawn(found.minutes) });
  map.addLayer({ id: "demand", type: "circle", source: "demand", paint: { "circle-color": COVER, "circle-opacity": 0.8, "circle-radius": ["+", 3, ["*", 7, ["get", "size"]]], "circle-stroke-color": "#fff", "circle-stroke-width": 0.8 } });
  map.addSource("candidates", { type: "geojson", data: collection(found.candidates.map(([lon, lat, name]) => pointOf(lon, lat, { name }))) });
  map.addLayer({ id: "candidates", type: "circle", source: "candidates", paint: { "circle-color": "#fff", "circle-radius": 4, "circle-stroke-color": "#6f42c1", "circle-stroke-width": 2 } });
  map.addLayer({ id: "candidate-names", type: "symbol", source: "candidates", minzoom: 12, layout: { "text-field": ["get", "name"], "text-size": 11, "text-offset": [0, 1], "text-anchor": "top" }, paint: { "text-color": "#4b2a86", ...HALO } });
  telling(maplibre, map, ["demand"], ({ properties: one }) => ({
    title: one.name || "",
    lines: [[box.dataset.wordDemand, one.weight], one.minutes < 0 ? box.dataset.wordUnreached : `${one.minutes} ${box.dataset.wordMinutes}`],
  }));
  fit(map, all);

  const page = document.querySelector(".em-siting");
  const part = (name) => page.querySelector(`[data-em-${name}]`);
  const [took, fault, save] = [part("took"), part("fault"), part("save")];
  const asked = () => sites.map((one) => (one.candidate === null ? `${one.lon.toFixed(6)},${one.lat.toFixed(6)}` : one.candidate)).join("|");

  function show(answer, begun) {
    map.getSource("demand").setData(drawn(answer.minutes));
    for (const [name, [digits, sense]] of Object.entries(FIGURES)) {
      const cell = page.querySelector(`[data-em-figure="${name}"]`);
      const [now, then] = [answer.figures[name], found.figures[name]];
      cell.textContent = now === null ? "—" : now.toFixed(digits);
      const change = now === null || then === null ? 0 : Math.sign(Number(now.toFixed(digits)) - Number(then.toFixed(digits))) * sense;
      cell.className = `text-end${change > 0 ? " is-better" : change < 0 ? " is-worse" : ""}`;
    }
    box.dataset.emTook = String(Math.round(performance.now() - begun));
    took.textContent = `${box.dataset.emTook} ms`;
    if (save) {
      save.elements.sites.value = asked();
      save.querySelector("button").disabled = false;
    }
  }

  // one question at a time; what was moved meanwhile is asked when the answer is there
  let busy = false;
  let again = false;
  async function ask() {
    if (busy) { again = true; return; }
    busy = true;
    const begun = performance.now();
    try {
      const answer = await fetch(`${box.dataset.seen}?sites=${encodeURIComponent(asked())}`);
      const said = await answer.json();
      fault.textContent = answer.ok ? "" : said.fault || box.dataset.wordFault;
      if (answer.ok) show(said, begun);
    } catch (error) {
      fault.textContent = box.dataset.wordFault;
      console.error(error);
    }
    busy = false;
    if (again) { again = false; ask(); }
  }

  const markers = sites.map((site, n) => {
    const pin = document.createElement("div");
    pin.className = `em-pin ${site.kept ? "is-kept" : "is-site"}`;
    pin.title = `${box.dataset.wordSite} ${site.name}`;
    const marker = new maplibre.Marker({ element: pin, draggable: true }).setLngLat([site.lon, site.lat]).addTo(map);
    marker.on("drag", () => { place(n, marker.getLngLat(), false); });
    marker.on("dragend", () => { place(n, marker.getLngLat(), true); });
    return marker;
  });

  function place(n, { lng, lat }, snap) {
    sites[n] = { ...sites[n], lon: lng, lat, candidate: null };
    if (snap) {
      const here = map.project([lng, lat]);
      let least = NEAR_PIXELS;
      found.candidates.forEach(([lon, north], at) => {
        const there = map.project([lon, north]);
        const far = Math.hypot(there.x - here.x, there.y - here.y);
        if (far < least) { least = far; sites[n] = { ...sites[n], lon, lat: north, candidate: at }; }
      });
      markers[n].setLngLat([sites[n].lon, sites[n].lat]);
    }
    ask();
  }

  const [from, to] = [part("site"), part("to")];
  sites.forEach((one, n) => from.append(new Option(one.name, n)));
  found.candidates.forEach(([, , name], n) => to.append(new Option(name, n)));
  part("go").addEventListener("click", () => {
    const [n, at] = [Number(from.value), Number(to.value)];
    const [lon, lat] = found.candidates[at];
    sites[n] = { ...sites[n], lon, lat, candidate: at };
    markers[n].setLngLat([lon, lat]);
    ask();
  });
  part("reset").addEventListener("click", () => {
    sites = first.map((one) => ({ ...one }));
    markers.forEach((marker, n) => marker.setLngLat([sites[n].lon, sites[n].lat]));
    ask();
  });
}

// ------------------------------------------------------------------ a page's maps

const KINDS = { event: situation, pick, siting };

maps((page) => KINDS[page.box.dataset.map](page));
