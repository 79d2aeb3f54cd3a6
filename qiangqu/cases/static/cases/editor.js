/* The process editor: bpmn-js over the text of the file. Without it (or when it cannot draw) the text itself is edited. */
(function () {
  "use strict";
  const canvas = document.getElementById("canvas");
  const text = document.getElementById("bpmn-text");
  const form = document.getElementById("editor");
  if (!canvas || !window.BpmnJS) return;

  const WORDS = {
    "Activate hand tool": "移动画布", "Activate lasso tool": "框选", "Activate create/remove space tool": "增减空间", "Activate global connect tool": "连线",
    "Create start event": "开始事件", "Create intermediate/boundary event": "中间或边界事件", "Create end event": "结束事件", "Create gateway": "网关",
    "Create task": "任务", "Create expanded sub-process": "展开的子流程", "Create data object reference": "数据对象", "Create data store reference": "数据存储",
    "Create pool/participant": "泳池", "Create group": "分组", "Append end event": "接结束事件", "Append gateway": "接网关", "Append task": "接任务",
    "Append intermediate/boundary event": "接中间事件", "Append user task": "接用户任务", "Add text annotation": "加文字注释", "Change type": "改类型", "Change element": "改类型",
    "Delete": "删除", "Remove": "删除", "Connect to other element": "连到其他步骤", "Connect using association": "连到其他步骤", "Set color": "颜色",
    "User task": "用户任务", "Business rule task": "业务规则任务", "Task": "任务", "Exclusive gateway": "排他网关", "Parallel gateway": "并行网关", "Inclusive gateway": "包容网关",
    "Event-based gateway": "事件网关", "Timer intermediate catch event": "定时中间事件", "Timer boundary event": "定时边界事件", "Timer boundary event (non-interrupting)": "不打断的定时边界事件",
    "Start event": "开始事件", "End event": "结束事件", "Terminate end event": "终止结束事件", "Sequence flow": "普通连线", "Default flow": "默认连线", "Conditional flow": "条件连线",
    "Sub-process (expanded)": "展开的子流程", "Search": "查找", "Search in diagram": "在图中查找", "Open minimap": "打开缩略图", "Close minimap": "关闭缩略图"
  };
  function translate(template, values) {
    const word = canvas.dataset.lang === "en" ? template : WORDS[template] || template;
    return word.replace(/{([^}]+)}/g, (_all, key) => (values && key in values ? values[key] : `{${key}}`));
  }

  const modeler = new window.BpmnJS({ container: canvas, additionalModules: [{ translate: ["value", translate] }] });
  let drawn = false;
  let changed = false;

  async function show(xml) {
    try {
      await modeler.importXML(xml);
      modeler.get("canvas").zoom("fit-viewport", "auto");
      drawn = true;
      canvas.classList.remove("is-failed");
    } catch (error) {
      drawn = false;
      canvas.classList.add("is-failed");
      canvas.dataset.message = `${canvas.dataset.failed} ${error.message}`;
      text.closest("details").open = true;
    }
    canvas.dataset.ready = drawn ? "yes" : "no";
  }
  show(text.value);

  // the text follows the picture, the picture the text: whichever was changed last
  modeler.on("commandStack.changed", async () => {
    if (!drawn) return;
    text.value = (await modeler.saveXML({ format: true })).xml;
    changed = true;
  });
  text.addEventListener("change", () => { changed = true; show(text.value); });
  form.addEventListener("input", () => { changed = true; });
  form.addEventListener("submit", () => { changed = false; });
  window.addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });

  document.getElementById("open-bpmn").addEventListener("change", async (event) => {
    const file = event.target.files[0];
    if (!file) return;
    text.value = await file.text();
    changed = true;
    show(text.value);
  });
  document.getElementById("save-bpmn").addEventListener("click", () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text.value], { type: "application/xml" }));
    link.download = "process.bpmn";
    link.click();
    URL.revokeObjectURL(link.href);
  });

  // what bpmn-js has no field for: conditions of ways and times of clocks
  const panel = document.getElementById("node");
  const condition = document.getElementById("node-condition");
  const timer = document.getElementById("node-timer");
  let chosen = null;
  function clockOf(element) { return element?.businessObject.eventDefinitions?.find((one) => one.$type === "bpmn:TimerEventDefinition"); }
  function toggle(field, on) { field.hidden = !on; field.previousElementSibling.hidden = !on; }
  modeler.on("selection.changed", ({ newSelection }) => {
    chosen = newSelection.length === 1 ? newSelection[0] : null;
    panel.hidden = !chosen;
    if (!chosen) return;
    document.getElementById("node-id").textContent = chosen.businessObject.id;
    const flow = chosen.type === "bpmn:SequenceFlow";
    const clock = clockOf(chosen);
    toggle(condition, flow);
    toggle(timer, Boolean(clock));
    condition.value = flow ? chosen.businessObject.conditionExpression?.body ?? "" : "";
    timer.value = (clock?.timeDate ?? clock?.timeDuration)?.body ?? "";
  });
  condition.addEventListener("change", () => {
    const moddle = modeler.get("moddle");
    const value = condition.value.trim();
    modeler.get("modeling").updateProperties(chosen, { conditionExpression: value ? moddle.create("bpmn:FormalExpression", { body: value }) : undefined });
  });
  timer.addEventListener("change", () => {
    const moddle = modeler.get("moddle");
    const value = timer.value.trim();
    const length = /^P/i.test(value);
    const expression = value ? moddle.create("bpmn:FormalExpression", { body: value }) : undefined;
    modeler.get("modeling").updateModdleProperties(chosen, clockOf(chosen), { timeDuration: length ? expression : undefined, timeDate: length ? undefined : expression });
  });
})();
