/* QD-1 in the browser: the same draw as qiangqu/base/draw.py, written a second time, with WebCrypto. */
"use strict";

window.QD1 = (() => {
  const encoder = new TextEncoder();
  const INPUTS = ["draw_id", "subjects_file", "inspectors_file", "conflicts_file", "rules", "nonce_hex", "source", "public_value"];
  const hex = (bytes) => Array.from(bytes, (one) => one.toString(16).padStart(2, "0")).join("");
  const unhex = (text) => Uint8Array.from(text.match(/../g), (pair) => parseInt(pair, 16));
  const digest = async (text) => hex(new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(text))));

  async function hmac(key, data) {
    const made = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    return new Uint8Array(await crypto.subtle.sign("HMAC", made, data));
  }

  // by the bytes of UTF-8, not by the browser's own units
  function bytewise(a, b) {
    const [one, other] = [encoder.encode(a), encoder.encode(b)];
    for (let i = 0; i < Math.min(one.length, other.length); i += 1) if (one[i] !== other[i]) return one[i] - other[i];
    return one.length - other.length;
  }

  // a stream of numbers of 64 bits, and of it the next below k
  function words(seed, label) {
    const prefix = encoder.encode(`qd1\0${label}\0`);
    let [block, waiting] = [0, []];
    return async () => {
      if (!waiting.length) {
        const data = new Uint8Array(prefix.length + 4);
        data.set(prefix);
        new DataView(data.buffer).setUint32(prefix.length, block);
        block += 1;
        const view = new DataView((await hmac(seed, data)).buffer);
        waiting = [0, 8, 16, 24].map((at) => view.getBigUint64(at));
      }
      return waiting.shift();
    };
  }

  async function below(next, k) {
    const [size, all] = [BigInt(k), 1n << 64n];
    for (;;) {
      const word = await next();
      if (word < all - (all % size)) return word % size;
    }
  }

  async function shuffled(seed, label, ids) {
    const order = [...ids].sort(bytewise);
    const next = words(seed, label);
    for (let i = 0; i < order.length - 1; i += 1) {
      const j = i + Number(await below(next, order.length - i));
      [order[i], order[j]] = [order[j], order[i]];
    }
    return order;
  }

  // the lines of a canonical file; throws for one that is not
  function lines(text, joint) {
    const rows = text.split("\n").slice(0, -1).map((line) => line.split(joint));
    const names = rows.map((row) => (joint === "\t" ? row[0] : row.join(joint)));
    const rising = names.every((name, i) => i === 0 || bytewise(names[i - 1], name) < 0);
    const whole = rows.every((row) => row.length === 2 && row[0] && row[1] && !/[\r\0]/.test(row.join("")));
    if (!rising || !whole || (text && !text.endsWith("\n"))) throw new Error("lines");
    return rows;
  }

  async function result(inputs) {
    if (INPUTS.some((name) => typeof inputs[name] !== "string")) throw new Error("inputs");
    if (!/^[0-9a-f]{64}$/.test(inputs.nonce_hex) || !inputs.public_value) throw new Error("nonce");
    if ([inputs.draw_id, inputs.source, inputs.public_value].some((text) => text.includes("\n"))) throw new Error("line");
    const rules = JSON.parse(inputs.rules);
    const canonical = JSON.stringify({ max_load: rules.max_load, quota: rules.quota, team: rules.team });
    if (canonical !== inputs.rules) throw new Error("rules");
    const subjects = lines(inputs.subjects_file, "\t");
    const inspectors = lines(inputs.inspectors_file, "\t");
    const apart = new Set(lines(inputs.conflicts_file, ">").map((row) => row.join(">")));
    const found = {};
    for (const [name, key] of [["subjects", "subjects_file"], ["inspectors", "inspectors_file"], ["conflicts", "conflicts_file"], ["rules", "rules"]]) {
      found[`H_${name}`] = await digest(inputs[key]);
    }
    found.commit = await digest(["qd1-commit", inputs.draw_id, found.H_subjects, found.H_inspectors, found.H_conflicts, found.H_rules, inputs.source, inputs.nonce_hex].join("\n"));
    const seed = await hmac(unhex(inputs.nonce_hex), encoder.encode(["qd1-seed", inputs.draw_id, found.commit, inputs.public_value].join("\n")));
    found.seed = hex(seed);
    [found.order, found.drawn, found.reserves, found.teams, found.short] = [{}, [], {}, {}, []];
    for (const [stratum, quota] of rules.quota) {
      const order = await shuffled(seed, `subject/${stratum}`, subjects.filter((row) => row[1] === stratum).map((row) => row[0]));
      found.order[stratum] = order;
      found.drawn.push(...order.slice(0, quota));
      found.reserves[stratum] = order.slice(quota);
    }
    const free = new Map(found.drawn.map((one) => [one, inspectors.map((row) => row[0]).filter((who) => !apart.has(`${who}>${one}`))]));
    const load = new Map(inspectors.map((row) => [row[0], 0]));
    const turn = found.drawn.map((one, place) => [one, place]).sort((a, b) => free.get(a[0]).length - free.get(b[0]).length || a[1] - b[1]);
    for (const [one] of turn) {
      const order = await shuffled(seed, `inspector/${one}`, free.get(one));
      found.teams[one] = order.filter((who) => load.get(who) < rules.max_load).slice(0, rules.team);
      for (const who of found.teams[one]) load.set(who, load.get(who) + 1);
    }
    found.short = found.drawn.filter((one) => found.teams[one].length < rules.team);
    return found;
  }

  // equal whatever the order of names in an object
  function same(a, b) {
    if (typeof a !== "object" || a === null || typeof b !== "object" || b === null) return a === b;
    const [one, other] = [Object.keys(a).sort(), Object.keys(b).sort()];
    return Array.isArray(a) === Array.isArray(b) && one.length === other.length && one.every((name, i) => name === other[i] && same(a[name], b[name]));
  }

  // which parts of a file's outputs do not follow from its inputs, and which it lacks
  async function check(file) {
    if (typeof file !== "object" || file === null || typeof file.inputs !== "object" || typeof file.outputs !== "object" || !file.inputs || !file.outputs) throw new Error("file");
    const found = await result(file.inputs);
    const wrong = Object.keys(found).filter((name) => name in file.outputs && !same(found[name], file.outputs[name]));
    const missing = ["commit", "drawn", "teams"].filter((name) => !(name in file.outputs));
    return { found, wrong, missing };
  }

  return { words, below, shuffled, unhex, result, check };
})();
