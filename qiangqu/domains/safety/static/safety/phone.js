// A check-list filled in with or without a line: what is entered lies in this browser (IndexedDB) under a number of its
// own until the node has taken it; sent twice, the node knows it by that number.
(() => {
  const body = document.body.dataset;
  const word = (name) => body[`word${name}`];
  const said = document.getElementById("said");
  let token = body.csrf;
  let sending = false;

  function tell(text) {
    said.textContent = text;
    said.hidden = !text;
  }

  function number() {
    if (crypto.randomUUID) return crypto.randomUUID();
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    const hex = [...bytes].map((one) => one.toString(16).padStart(2, "0")).join("");
    return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
  }

  // ---- what lies here

  const opened = new Promise((done, failed) => {
    const asked = indexedDB.open("qiangqu-visits", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("entries", { keyPath: "uid" });
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => failed(asked.error);
  });

  async function store(mode, act) {
    const base = await opened;
    return new Promise((done, failed) => {
      const work = base.transaction("entries", mode);
      const asked = act(work.objectStore("entries"));
      work.oncomplete = () => done(asked.result);
      work.onerror = work.onabort = () => failed(work.error);
    });
  }

  const put = (entry) => store("readwrite", (entries) => entries.put(entry));
  const every = async () => (await store("readonly", (entries) => entries.getAll()))
    .filter((one) => one.visit === body.visit && one.user === body.user)
    .sort((a, b) => a.order - b.order);

  // ---- shown

  function show(entry) {
    const form = entry.kind === "finish" ? document.getElementById("finish") : document.querySelector(`[data-item="${CSS.escape(entry.item)}"]`);
    if (!form) return;
    const state = form.querySelector(".qq-item-state");
    const words = { waiting: word("Waiting"), sent: word("Sent"), refused: `${word("Refused")}：${entry.said}` };
    state.textContent = words[entry.state] + (entry.hazard ? ` · ${word("Hazard")} ${entry.hazard}` : "") + (entry.lat !== undefined && entry.lat !== null ? ` · ${word("Place")}` : "");
    state.dataset.state = entry.state;
    for (const [name, value] of Object.entries(entry.fields)) {
      const field = form.elements[name];
      if (field && field.type !== "file") field.value = value;
    }
  }

  async function refresh() {
    const entries = await every();
    entries.forEach(show);
    document.getElementById("waiting").textContent = entries.filter((one) => one.state === "waiting").length;
    document.getElementById("line").textContent = navigator.onLine ? word("Online") : word("Offline");
    return entries;
  }

  // ---- entered

  function place() {
    return new Promise((done) => {
      if (!navigator.geolocation) return done(null);
      navigator.geolocation.getCurrentPosition((at) => done(at.coords), () => done(null), { timeout: 4000, maximumAge: 60000, enableHighAccuracy: true });
    });
  }

  async function kept(kind, item, fields, photographs) {
    const entry = { uid: number(), visit: body.visit, user: body.user, kind, item, fields, photographs, at: new Date().toISOString(), order: Date.now(), state: "waiting" };
    try {
      await put(entry);
    } catch {
      tell(word("Storage"));
      return;
    }
    await refresh();
    if (kind === "answer") {
      const coordinates = await place();
      const now = (await every()).find((one) => one.uid === entry.uid);
      if (coordinates && now && now.state === "waiting") {
        Object.assign(now, { lon: coordinates.longitude, lat: coordinates.latitude, accuracy: coordinates.accuracy });
        await put(now);
      }
    }
    await refresh();
    send();
  }

  document.querySelectorAll(".qq-item").forEach((form) => form.addEventListener("submit", (event) => {
    event.preventDefault();
    const fields = { verdict: form.elements.verdict.value, note: form.elements.note.value.trim(), due: form.elements.due.value };
    const state = form.querySelector(".qq-item-state");
    if (!fields.verdict) { state.textContent = word("Verdict"); return; }
    if (fields.verdict === "not_met" && fields.note.length < 2) { state.textContent = word("Note"); form.elements.note.focus(); return; }
    const photographs = [...form.elements.photographs.files].map((file) => ({ name: file.name, data: file }));
    form.elements.photographs.value = "";
    kept("answer", form.dataset.item, fields, photographs);
  }));

  document.getElementById("finish").addEventListener("submit", (event) => {
    event.preventDefault();
    const form = event.target;
    kept("finish", "", { on: form.elements.on.value, outcome: form.elements.outcome.value, findings: form.elements.findings.value.trim() }, []);
  });

  // ---- sent

  async function post(entry) {
    const form = new FormData();
    form.append("kind", entry.kind);
    form.append("uid", entry.uid);
    form.append("item", entry.item);
    form.append("at", entry.at);
    for (const [name, value] of Object.entries(entry.fields)) form.append(name, value);
    for (const name of ["lon", "lat", "accuracy"]) if (entry[name] !== undefined && entry[name] !== null) form.append(name, entry[name]);
    for (const one of entry.photographs) form.append("photographs", one.data, one.name);
    return fetch(body.post, { method: "POST", body: form, headers: { "X-CSRFToken": token }, credentials: "same-origin" });
  }

  // a page that was kept long ago has an old token: the page of now has a new one
  async function renewed() {
    const text = await (await fetch(location.pathname, { credentials: "same-origin" })).text();
    const found = text.match(/data-csrf="([^"]+)"/);
    if (found) token = found[1];
    return Boolean(found);
  }

  async function send() {
    if (sending || !navigator.onLine) { refresh(); return; }
    sending = true;
    try {
      for (const entry of (await every()).filter((one) => one.state === "waiting")) {
        let answer = await post(entry);
        let json = (answer.headers.get("Content-Type") || "").includes("json");
        if (!json && answer.status === 403 && await renewed()) {
          answer = await post(entry);
          json = (answer.headers.get("Content-Type") || "").includes("json");
        }
        if (!json) {
          if (answer.redirected || answer.status === 403) tell(word("Login"));
          break;  // no answer of ours: later
        }
        const told = await answer.json();
        if (answer.ok) Object.assign(entry, { state: "sent", photographs: [], hazard: told.hazard || "" });
        else if (answer.status < 500) Object.assign(entry, { state: "refused", said: told.error });
        else break;
        tell("");
        await put(entry);
        if (answer.ok && entry.kind === "finish" && navigator.serviceWorker?.controller) navigator.serviceWorker.controller.postMessage({ drop: location.pathname });
        await refresh();
      }
    } catch {
      // no line after all: what is entered stays here
    } finally {
      sending = false;
      refresh();
    }
  }

  document.getElementById("send").addEventListener("click", send);
  addEventListener("online", send);
  addEventListener("offline", refresh);
  setInterval(send, 30000);

  // ---- kept for places without a line

  async function keepPage() {
    if (!navigator.serviceWorker) { tell(word("Unkept")); return; }
    await navigator.serviceWorker.register(body.worker);
    const ready = await navigator.serviceWorker.ready;
    const parts = [...document.querySelectorAll("link[href], script[src]")].map((one) => new URL(one.href || one.src).pathname);
    const channel = new MessageChannel();
    channel.port1.onmessage = (event) => { document.body.dataset.kept = event.data; };
    ready.active.postMessage({ keep: [location.pathname, ...parts] }, [channel.port2]);
  }

  refresh().then(send);
  keepPage().catch(() => tell(word("Unkept")));
})();
