// Stations and outlets: filled by what they report, with a ring where an alarm or an exceedance is open.
import { HALO, collection, cornersOf, fit, maps, pointOf, telling } from "../ui/map.js";

const FILL = ["match", ["get", "state"], "aqi1", "#00e400", "aqi2", "#ffff00", "aqi3", "#ff7e00", "aqi4", "#d60000", "aqi5", "#99004c", "aqi6", "#7e0023", "over", "#b3261e", "silent", "#8a94a6", "#5aa0d8"];
const FILLED = ["case", ["all", ["==", ["get", "what"], "station"], ["==", ["get", "state"], "fine"]], "#fff", FILL];
const RING = ["match", ["get", "ring"], "alarm", "#d63939", "exceeded", "#f76707", "#22384f"];
const OPEN = ["!=", ["get", "ring"], ""];

maps(({ maplibre, map, box }) => {
  const drawn = JSON.parse(document.getElementById("environment-drawn").textContent);
  const features = drawn.map(({ at: [lon, lat], ...one }) => pointOf(lon, lat, one));
  map.addSource("places", { type: "geojson", data: collection(features) });
  map.addLayer({
    id: "places", type: "circle", source: "places",
    layout: { "circle-sort-key": ["case", OPEN, 2, ["==", ["get", "state"], "over"], 1, 0] },
    paint: {
      "circle-color": FILLED, "circle-radius": ["match", ["get", "what"], "station", 10, 7],
      "circle-stroke-color": RING, "circle-stroke-width": ["case", OPEN, 4, 1.5],
    },
  });
  map.addLayer({ id: "place-names", type: "symbol", source: "places", minzoom: 11, layout: { "text-field": ["get", "title"], "text-size": 12, "text-anchor": "top", "text-offset": [0, 0.9], "text-max-width": 9, "text-optional": true }, paint: { "text-color": "#111", ...HALO } });
  telling(maplibre, map, ["places"], ({ properties: one }) => ({ title: one.title, lines: one.lines, link: one.url === location.pathname ? null : [box.dataset.wordOpen, one.url] }));
  fit(map, cornersOf(features), features.length > 1 ? 14 : 9); // one alone among the outlines around it
});
