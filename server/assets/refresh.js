// Looks again every few seconds while somebody is looking, and swaps in what changed. Pages are whole without it.
"use strict";
const seconds = Number(document.body.dataset.refresh);
let last = document.querySelector("main").innerHTML;

function idle() {
  const at = document.activeElement;
  const reading = at && at !== document.body && document.querySelector("main").contains(at);
  return document.visibilityState === "visible" && !reading && String(getSelection()) === "";
}

async function look() {
  if (!idle()) return;
  const answer = await fetch(location.href, { redirect: "error", headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const now = page.querySelector("main");
  if (!now || now.innerHTML === last || !idle()) return;
  last = now.innerHTML;
  const main = document.querySelector("main");
  for (const was of main.querySelectorAll("details[id]")) {
    const is = now.querySelector("#" + CSS.escape(was.id));
    if (is) is.open = was.open;
  }
  main.replaceWith(document.adoptNode(now));
  document.title = page.title;
  if (page.body.dataset.refresh === undefined) clearInterval(timer);
}

const timer = setInterval(() => look().catch(() => {}), seconds * 1000);
