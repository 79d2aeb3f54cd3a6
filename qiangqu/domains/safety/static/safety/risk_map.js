// The map of risks: points in the colours of their levels, the graver the larger, and open permits as rings.
import { HALO, collection, cornersOf, fit, maps, pointOf, telling } from "../ui/map.js";

const COLOURS = ["match", ["get", "kind"], "red", "#d63939", "orange", "#f76707", "yellow", "#f5c400", "blue", "#1c7ed6", "permit", "#fff", "#8a94a6"];
// a permit is a ring around the point that it lies on: both can be seen and opened
const ORDER = ["match", ["get", "kind"], "permit", 0, "red", 5, "orange", 4, "yellow", 3, "blue", 2, 1];
const SIZES = ["match", ["get", "kind"], "red", 10, "orange", 9, "yellow", 8, "permit", 13, 7];

maps(({ maplibre, map, box }) => {
  const drawn = JSON.parse(document.getElementById("risks-drawn").textContent);
  const features = drawn.map(({ at: [lon, lat], ...one }) => pointOf(lon, lat, one));
  map.addSource("risks", { type: "geojson", data: collection(features) });
  map.addLayer({
    id: "risks", type: "circle", source: "risks", layout: { "circle-sort-key": ORDER },
    paint: {
      "circle-color": COLOURS, "circle-radius": SIZES,
      "circle-stroke-color": ["match", ["get", "kind"], "permit", "#1d273b", "#fff"], "circle-stroke-width": ["match", ["get", "kind"], "permit", 3, 2],
    },
  });
  map.addLayer({ id: "risk-names", type: "symbol", source: "risks", minzoom: 12, layout: { "text-field": ["get", "title"], "text-size": 12, "text-anchor": "top", "text-offset": [0, 0.9], "text-max-width": 9, "text-optional": true }, paint: { "text-color": "#111", ...HALO } });
  telling(maplibre, map, ["risks"], ({ properties: one }) => ({ title: one.title, lines: one.lines, link: [box.dataset.wordOpen, one.url] }));
  fit(map, cornersOf(features), 14);
});
