// The map of parcels: tiles and colours of this node only, outlines of a file, and drawing. One module for every
// page: what a map shows is said by the data attributes of its box (land/map_box.html).
import { HALO, cornersOf, fit, maps, read, telling, textOf } from "../ui/map.js";

const STATES = ["match", ["get", "state"], "error", "#d63939", "warning", "#f59f00", "#2fb344"];
const NEAR_PIXELS = 12;

function style(box) {
  const tiles = `${location.origin}${box.dataset.tiles.replace("/0/0/0", "/{z}/{x}/{y}")}`;
  return {
    sources: { land: { type: "vector", tiles: [tiles], minzoom: 4, maxzoom: 18 } },
    layers: [
      { id: "zones", type: "fill", source: "land", "source-layer": "zones", paint: { "fill-color": "#ffffff" } },
      { id: "zone-edges", type: "line", source: "land", "source-layer": "zones", paint: { "line-color": "#445", "line-width": 2, "line-dasharray": [4, 2] } },
      { id: "parcels", type: "fill", source: "land", "source-layer": "parcels", paint: { "fill-color": "#b8bec8", "fill-opacity": 0.75 } },
      { id: "parcel-edges", type: "line", source: "land", "source-layer": "parcels", paint: { "line-color": "#24303c", "line-width": ["interpolate", ["linear"], ["zoom"], 10, 0.2, 16, 1.2] } },
      { id: "own", type: "line", source: "land", "source-layer": "parcels", filter: ["==", ["id"], Number(box.dataset.own || -1)], paint: { "line-color": "#d6336c", "line-width": 4 } },
      {
        id: "codes", type: "symbol", source: "land", "source-layer": "names", minzoom: 15,
        layout: { "text-field": ["get", "name"], "text-size": 12, "text-max-width": 8 },
        paint: { "text-color": "#111", ...HALO },
      },
      {
        id: "zone-names", type: "symbol", source: "land", "source-layer": "zone_names", maxzoom: 15,
        layout: { "text-field": ["get", "name"], "text-size": 14 },
        paint: { "text-color": "#223", "text-halo-color": "#fff", "text-halo-width": 2 },
      },
    ],
  };
}

async function colour(map, box, by) {
  const answer = await fetch(`${box.dataset.colours}?by=${encodeURIComponent(by)}`, { headers: { Accept: "application/json" } });
  if (!answer.ok) return;
  const found = await answer.json();
  map.removeFeatureState({ source: "land", sourceLayer: "parcels" });
  for (const [id, [at, told]] of Object.entries(found.of)) {
    map.setFeatureState({ source: "land", sourceLayer: "parcels", id: Number(id) }, { at, told });
  }
  const cases = found.classes.flatMap((one, at) => [at, one.colour]);
  map.setPaintProperty("parcels", "fill-color", ["match", ["coalesce", ["feature-state", "at"], -1], ...cases, "#b8bec8"]);
  map.landTitle = found.title;
  const legend = box.parentElement.querySelector(".qq-map-legend");
  legend.replaceChildren(textOf("strong", found.title));
  for (const one of found.classes) {
    const line = textOf("span", `${one.label}${one.count ? ` ${one.count}` : ""}`);
    const key = document.createElement("i");
    key.style.background = one.colour;
    line.prepend(key);
    legend.append(line);
  }
  if (found.note) legend.append(textOf("em", found.note));
}

function parcelTold(map, box, one) {
  if (map.landDrawing) return null;
  const { told } = map.getFeatureState({ source: "land", sourceLayer: "parcels", id: one.id });
  const { holder, code, mu, simulated } = one.properties;
  return {
    title: holder || code,
    lines: [holder && code, [box.dataset.wordArea, `${mu} ${box.dataset.wordMu}`], told && [map.landTitle, told], simulated && box.dataset.wordSimulated],
    link: [box.dataset.wordOpen, box.dataset.parcelPage.replace("/0/", `/${one.id}/`)],
  };
}

async function outlines(maplibre, map, box) {
  const held = await read(box.dataset.outlines);
  map.addSource("file", { type: "geojson", data: held });
  map.addLayer({ id: "file", type: "fill", source: "file", filter: ["!=", ["geometry-type"], "Point"], paint: { "fill-color": STATES, "fill-opacity": 0.45 } });
  map.addLayer({ id: "file-edges", type: "line", source: "file", filter: ["!=", ["geometry-type"], "Point"], paint: { "line-color": STATES, "line-width": 2 } });
  map.addLayer({ id: "file-codes", type: "symbol", source: "file", filter: ["!=", ["geometry-type"], "Point"], layout: { "text-field": ["get", "code"], "text-size": 12 }, paint: { ...HALO } });
  map.addLayer({ id: "file-faults", type: "circle", source: "file", filter: ["==", ["geometry-type"], "Point"], paint: { "circle-radius": 6, "circle-color": "#fff", "circle-stroke-color": "#7a0019", "circle-stroke-width": 3 } });
  telling(maplibre, map, ["file-faults"], ({ properties: one }) => ({ title: one.code, lines: [one.sentence] }));
  fit(map, cornersOf(held.features), 18);
}

// ------------------------------------------------------------------ drawing

async function drawing(map, box, form) {
  const draws = window.terraDraw, adapter = window.terraDrawMaplibreGlAdapter;
  const held = await read(box.dataset.around);
  const corners = held.features.filter((one) => !one.properties.own).flatMap((one) => one.geometry.coordinates.flat(one.geometry.type === "MultiPolygon" ? 2 : 1));
  const snap = (event) => {
    let nearest;
    let least = NEAR_PIXELS;
    for (const corner of corners) {
      const at = map.project(corner);
      const far = Math.hypot(at.x - event.containerX, at.y - event.containerY);
      if (far < least) { least = far; nearest = corner; }
    }
    return nearest;
  };
  const snapping = { toCustom: snap };
  const draw = new draws.TerraDraw({
    adapter: new adapter.TerraDrawMapLibreGLAdapter({ map, coordinatePrecision: 9 }),
    modes: [
      new draws.TerraDrawPolygonMode({ snapping, validation: (feature, { updateType }) => (updateType === "finish" ? draws.ValidateNotSelfIntersecting(feature) : { valid: true }) }),
      new draws.TerraDrawSelectMode({ flags: { polygon: { feature: { coordinates: { midpoints: true, draggable: true, deletable: true, snappable: snapping } } } } }),
    ],
  });
  const own = held.features.find((one) => one.properties.own && one.geometry.type === "Polygon" && one.geometry.coordinates.length === 1);
  const sent = form.elements.geometry;
  const begin = (geometry) => {
    draw.clear();
    if (geometry) draw.addFeatures([{ type: "Feature", geometry: rounded(geometry), properties: { mode: "polygon" } }]);
  };
  const rounded = (geometry) => ({ type: "Polygon", coordinates: geometry.coordinates.map((ring) => ring.map((point) => point.map((one) => Number(one.toFixed(9))))) });
  const start = (mode) => {
    if (!draw.enabled) {
      draw.start();
      map.landDrawing = true;
      begin(sent.value ? JSON.parse(sent.value) : own && own.geometry);
    }
    if (mode === "reset") begin(own && own.geometry);
    if (mode === "polygon") draw.clear();
    draw.setMode(mode === "polygon" ? "polygon" : "select");
    const first = draw.getSnapshot()[0];
    if (mode !== "polygon" && first) draw.selectFeature(first.id);
  };
  draw.on("finish", (_id, context) => {
    if (context.mode === "polygon") {
      const all = draw.getSnapshot().filter((one) => one.geometry.type === "Polygon");
      draw.removeFeatures(all.slice(0, -1).map((one) => one.id));
      start("select");
    }
  });
  form.querySelectorAll("[data-land-mode]").forEach((button) => button.addEventListener("click", () => start(button.dataset.landMode)));
  form.addEventListener("submit", () => {
    const found = draw.enabled && draw.getSnapshot().find((one) => one.geometry.type === "Polygon" && one.properties.mode === "polygon");
    if (found) sent.value = JSON.stringify(found.geometry);
  });
  if (sent.value) start("select");
  form.dataset.landReady = "1";
}

// ------------------------------------------------------------------ a page's maps

function watch(map, box, ways) {
  ways.elements.by.addEventListener("change", (event) => {
    const address = new URL(location.href);
    address.searchParams.set("by", event.target.value);
    history.replaceState(null, "", address);
    colour(map, box, event.target.value);
  });
  ways.addEventListener("submit", async (event) => {
    event.preventDefault();
    const field = ways.elements["land-code"];
    const answer = await fetch(`${box.dataset.search}?q=${encodeURIComponent(field.value)}`);
    const found = answer.ok ? await answer.json() : {};
    field.setCustomValidity(found.bounds ? "" : box.dataset.wordNothing);
    if (found.bounds) map.fitBounds(found.bounds, { padding: 80, maxZoom: 17 });
    else field.reportValidity();
  });
  ways.elements["land-code"].addEventListener("input", (event) => event.target.setCustomValidity(""));
}

maps(async ({ maplibre, map, box }) => {
  telling(maplibre, map, ["parcels"], (one) => parcelTold(map, box, one));
  if (box.dataset.outlines) {
    map.setPaintProperty("parcels", "fill-opacity", 0.3);
    await outlines(maplibre, map, box);
  } else await colour(map, box, box.dataset.by);
  const form = document.querySelector("[data-land-draw]");
  if (form && box.dataset.around) await drawing(map, box, form);
  const ways = document.querySelector("[data-land-ways]");
  if (ways) watch(map, box, ways);
  document.querySelectorAll("[data-land-go]").forEach((button) => button.addEventListener("click", () => {
    map.jumpTo({ center: button.dataset.landGo.split(",").map(Number), zoom: 18 });
    box.scrollIntoView({ block: "center" });
  }));
}, style);
