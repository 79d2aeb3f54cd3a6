/* The page that checks a draw: reads a file on this machine, or the published one of the address, and recomputes it. */
"use strict";

(() => {
  const words = document.getElementById("verify").dataset;
  const at = (id) => document.getElementById(id);
  let last = null;

  function say(text, right) {
    at("said").hidden = false;
    at("said").className = `alert ${right ? "alert-success" : "alert-danger"}`;
    at("said").textContent = text;
  }

  function show(file, found) {
    at("found").hidden = false;
    at("draw-id").textContent = file.inputs.draw_id;
    at("found-commit").textContent = found.commit;
    at("source").textContent = file.inputs.source;
    at("value").textContent = file.inputs.public_value;
    at("seed").textContent = found.seed;
    at("teams").replaceChildren(...found.drawn.map((one) => {
      const row = document.createElement("tr");
      const short = found.short.includes(one) ? `（${words.short}）` : "";
      for (const text of [one, (found.teams[one].join("、") || words.nobody) + short]) {
        row.appendChild(document.createElement("td")).textContent = text;
      }
      return row;
    }));
  }

  async function check() {
    if (last === null) return;
    if (!window.crypto || !crypto.subtle) return void say(words.noCrypto, false);
    at("found").hidden = true;
    let file, answer;
    try {
      file = JSON.parse(last);
      answer = await window.QD1.check(file);
    } catch {
      return void say(words.noFile, false);
    }
    show(file, answer.found);
    const published = at("commit").value.trim().toLowerCase();
    const faults = answer.wrong.map((name) => `${name} ${words.wrong}`);
    faults.push(...answer.missing.map((name) => `${words.missing} ${name}`));
    if (published && published !== answer.found.commit) faults.push(words.other);
    say(faults.length ? faults.join("；") : words.right, !faults.length);
  }

  at("file").addEventListener("change", async () => {
    const [chosen] = at("file").files;
    last = chosen ? await chosen.text() : null;
    await check();
  });
  at("commit").addEventListener("input", check);

  const number = new URLSearchParams(location.search).get("file");
  if (number && /^[\w-]{1,40}$/.test(number)) {
    fetch(`./${number}/file`).then(async (answer) => {
      if (answer.ok) {
        last = await answer.text();
        await check();
      }
    });
  }
})();
