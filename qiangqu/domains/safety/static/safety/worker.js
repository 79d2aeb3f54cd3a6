// Keeps the check-list pages of visits, and what they are made of, for places without a line. Only pages under
// /safety/visits/ are its clients. The network always comes first: what is kept is used when there is none.
const KEPT = "qiangqu-visits-1";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

async function keep(addresses) {
  const cache = await caches.open(KEPT);
  await Promise.all(addresses.map(async (address) => {
    const answer = await fetch(address, { credentials: "same-origin" });
    if (answer.ok && !answer.redirected) await cache.put(address, answer);
  }));
}

self.addEventListener("message", (event) => {
  const port = event.ports[0];
  const said = (what) => port && port.postMessage(what);
  if (event.data.keep) event.waitUntil(keep(event.data.keep).then(() => said("kept"), () => said("failed")));
  if (event.data.drop) event.waitUntil(caches.open(KEPT).then((cache) => cache.delete(event.data.drop)));
});

self.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  if (event.request.method !== "GET" || address.origin !== location.origin) return;
  event.respondWith((async () => {
    try {
      return await fetch(event.request);
    } catch (fault) {
      const kept = await (await caches.open(KEPT)).match(event.request, { ignoreVary: true });
      if (kept) return kept;
      throw fault;
    }
  })());
});
