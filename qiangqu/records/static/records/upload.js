/* Files of a form: listed when they are chosen, refused here when they are too many or too large, sent with a bar for each. Without this script the form
   works as any other. */
(function () {
  "use strict";
  if (window.qqUpload) return;
  window.qqUpload = true;
  const MB = 1024 * 1024;

  function parts(field) {
    const box = field.closest("[data-upload]");
    return { box, list: box.querySelector(".qq-upload-files"), said: box.querySelector("[data-said]") };
  }

  function say(field, text) {
    const { said } = parts(field);
    said.textContent = text;
    said.hidden = !text;
  }

  function row(file) {
    const item = document.createElement("li");
    const name = document.createElement("span");
    const size = document.createElement("small");
    const bar = document.createElement("progress");
    name.textContent = file.name;
    size.textContent = file.size < MB ? `${Math.max(1, Math.round(file.size / 1024))} KB` : `${(file.size / MB).toFixed(1)} MB`;
    bar.max = Math.max(file.size, 1);
    bar.value = 0;
    bar.hidden = true;
    bar.setAttribute("aria-label", file.name);
    item.append(name, size, bar);
    return item;
  }

  document.addEventListener("change", (event) => {
    const field = event.target;
    if (!field.matches?.("[data-upload] input[type=file]")) return;
    const { box, list } = parts(field);
    const files = [...field.files];
    list.replaceChildren(...files.map(row));
    list.hidden = files.length === 0;
    const large = files.find((file) => file.size > Number(box.dataset.mostMb) * MB);
    const fault = files.length > Number(box.dataset.most) ? box.dataset.tooMany : large ? `${large.name}：${box.dataset.tooLarge}` : "";
    field.setCustomValidity(fault);
    say(field, fault);
  });

  /* The body of a form holds its files one after the other: what has gone up fills the bars in their order. */
  function fill(bars, share) {
    const total = bars.reduce((sum, bar) => sum + bar.max, 0);
    let gone = share * total;
    for (const bar of bars) {
      bar.value = Math.min(bar.max, Math.max(0, gone));
      gone -= bar.max;
    }
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const fields = [...form.querySelectorAll("[data-upload] input[type=file]")].filter((field) => field.files.length);
    if (event.defaultPrevented || !fields.length) return;
    event.preventDefault();
    if (form.dataset.sending) return;
    form.dataset.sending = "1";
    const bars = fields.flatMap((field) => [...parts(field).list.querySelectorAll("progress")]);
    const buttons = [...form.querySelectorAll("button")].filter((button) => !button.disabled);
    const request = new XMLHttpRequest();
    request.open("POST", form.getAttribute("action") || window.location.href);
    request.upload.addEventListener("progress", (step) => {
      if (!step.lengthComputable) return;
      fill(bars, step.loaded / step.total);
      if (step.loaded === step.total) say(fields[0], parts(fields[0]).box.dataset.checking);
    });
    request.addEventListener("load", () => {
      // the answer is a page, the one that a redirection led to: it takes the place of this one
      window.history.replaceState(null, "", request.responseURL);
      document.open();
      document.write(request.responseText);
      document.close();
    });
    request.addEventListener("error", () => {
      delete form.dataset.sending;
      buttons.forEach((button) => { button.disabled = false; });
      bars.forEach((bar) => { bar.hidden = true; });
      say(fields[0], parts(fields[0]).box.dataset.broken);
    });
    bars.forEach((bar) => { bar.hidden = false; });
    request.send(new FormData(form, event.submitter));
    buttons.forEach((button) => { button.disabled = true; });
  });
})();
