// Maps: the region's outline as base, controls, extent, what a click tells. What is drawn on it is said by the part whose
// page it is: it calls maps(draw), which gives every box of the page ({% map %} of templatetags/maps.py) its map.
// Everything comes from this node. data-map-ready="1" is set on the box when it has been drawn to the end.
export const HALO = { "text-halo-color": "#fff", "text-halo-width": 1.5 };
const FIELD = "#eef1f4";
const CHINA = [73, 18, 136, 54];

export function textOf(tag, text) {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}

export const collection = (features) => ({ type: "FeatureCollection", features });
export const pointOf = (lon, lat, properties) => ({ type: "Feature", properties, geometry: { type: "Point", coordinates: [lon, lat] } });

// Answer of this node as JSON. Throws an Error for any answer but a good one.
export async function read(url) {
  const answer = await fetch(url, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return answer.json();
}

// West, south, east, north of nested coordinates in degrees; null when there are none.
export function extent(coordinates) {
  const box = [180, 90, -180, -90];
  const look = (one) => {
    if (typeof one[0] === "number") {
      box[0] = Math.min(box[0], one[0]); box[1] = Math.min(box[1], one[1]);
      box[2] = Math.max(box[2], one[0]); box[3] = Math.max(box[3], one[1]);
    } else one.forEach(look);
  };
  look(coordinates);
  return box[0] <= box[2] ? box : null;
}

export const cornersOf = (features) => features.map((one) => one.geometry.coordinates);

// Show all of the coordinates; nothing to show leaves the map as it is.
export function fit(map, coordinates, maxZoom = 14) {
  const seen = extent(coordinates);
  if (seen) map.fitBounds(seen, { padding: 50, duration: 0, maxZoom });
}

// A click on the layers opens what make(feature) gives: { title, lines, link: [words, address] }, a line being a text or
// [name, value]; null opens nothing. Empty lines are left out.
export function telling(maplibre, map, layers, make) {
  map.on("click", layers, (event) => {
    const said = make(event.features[0]);
    if (!said) return;
    const made = document.createElement("div");
    made.append(textOf("strong", said.title));
    for (const line of said.lines.filter(Boolean)) {
      const [name, value] = Array.isArray(line) ? line : ["", line];
      const shown = textOf("div", value);
      if (name) shown.prepend(textOf("span", name));
      made.append(shown);
    }
    if (said.link) made.append(Object.assign(textOf("a", said.link[0]), { href: said.link[1] }));
    new maplibre.Popup({ maxWidth: "18rem" }).setLngLat(event.lngLat).setDOMContent(made).addTo(map);
  });
  map.on("mouseenter", layers, () => { map.getCanvas().style.cursor = "pointer"; });
  map.on("mouseleave", layers, () => { map.getCanvas().style.cursor = ""; });
}

// An outline of ECharts 4: differences in zigzag, in 1/1024 degrees; plain GeoJSON is left as it is.
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

// The region with its cities; a map without it is a map all the same.
async function outline(box) {
  if (!box.dataset.base) return [];
  try {
    return (await read(box.dataset.base)).features.map(outlineOf);
  } catch (fault) {
    console.error(fault);
    return [];
  }
}

async function opened(box, style) {
  const [maplibre, base] = await Promise.all([import(box.dataset.maplibre), outline(box)]);
  maplibre.setWorkerUrl(box.dataset.worker);
  const { sources = {}, layers = [] } = style;
  const map = new maplibre.Map({
    container: box,
    style: {
      version: 8,
      sources: { base: { type: "geojson", data: collection(base) }, ...sources },
      layers: [
        { id: "background", type: "background", paint: { "background-color": FIELD } },
        { id: "base", type: "fill", source: "base", paint: { "fill-color": "#fbfaf5" } },
        { id: "base-edges", type: "line", source: "base", paint: { "line-color": "#8a94a6", "line-width": 1.2 } },
        ...layers,
      ],
    },
    locale: JSON.parse(box.dataset.words),
    // what the library is given here it takes for HTML
    attributionControl: base.length ? { compact: false, customAttribution: textOf("span", box.dataset.baseNote).innerHTML } : false,
    bounds: box.dataset.bounds ? JSON.parse(box.dataset.bounds) : extent(cornersOf(base)) || CHINA,
    fitBoundsOptions: { padding: 40, maxZoom: 17 },
    dragRotate: false,
    pitchWithRotate: false,
  });
  map.touchZoomRotate.disableRotation();
  map.addControl(new maplibre.NavigationControl({ showCompass: false }));
  map.addControl(new maplibre.ScaleControl({ unit: "metric" }));
  box.map = map;
  await new Promise((done) => { map.once("load", done); });
  return { maplibre, map };
}

// Give every box of the page its map: draw({ maplibre, map, box }) adds to it what the page shows. styleOf(box) may give
// { sources, layers } that are to be there from the beginning.
export function maps(draw, styleOf = () => ({})) {
  document.querySelectorAll("[data-map]").forEach(async (box) => {
    try {
      const { maplibre, map } = await opened(box, styleOf(box));
      await draw({ maplibre, map, box });
      map.once("idle", () => { box.dataset.mapReady = "1"; });
      map.triggerRepaint();
    } catch (fault) {
      box.replaceChildren(Object.assign(textOf("p", box.dataset.wordFailed), { className: "p-3" }));
      console.error(fault);
    }
  });
}
