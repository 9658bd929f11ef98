// Keeps a page up to date while somebody looks at it: the server tells what changed; where it cannot, the page looks by
// itself every few seconds. Pages are whole without it.
"use strict";
const lookEvery = 5000, quietFor = 40000, againAfter = 30000;
const announcer = document.getElementById("announcer");
const liveState = document.getElementById("live-state");
let digest = document.body.dataset.live;
let source = null, looking = null, heard = 0;

// morph turns one element into another in place, so that focus, selection, scroll and what is unfolded stay.
function morph(was, is) {
  if (was.isEqualNode(is)) return;
  if (was.nodeType !== is.nodeType || was.nodeName !== is.nodeName || (was.id || "") !== (is.id || "")) {
    was.replaceWith(is);
    return;
  }
  if (was.nodeType !== Node.ELEMENT_NODE) {
    was.nodeValue = is.nodeValue;
    return;
  }
  for (const { name } of [...was.attributes]) if (!is.hasAttribute(name) && !kept(was, name)) was.removeAttribute(name);
  for (const { name, value } of is.attributes) if (was.getAttribute(name) !== value && !kept(was, name)) was.setAttribute(name, value);
  morphChildren(was, is);
}

// kept is what belongs to the reader: what they have unfolded.
function kept(element, name) { return element.nodeName === "DETAILS" && name === "open"; }

function morphChildren(was, is) {
  const named = new Map();
  const wanted = new Set([...is.children].map((child) => child.id));
  for (const child of [...was.children]) {
    if (child.id && !wanted.has(child.id)) child.remove();
    else if (child.id) named.set(child.id, child);
  }
  let at = was.firstChild;
  for (const next of [...is.childNodes]) {
    const known = next.id && named.get(next.id);
    if (known) {
      // What is in the way goes, or goes behind: an element that is itself moved would lose the focus.
      while (at !== known) {
        const here = at;
        at = at.nextSibling;
        if (here.id) known.after(here); else here.remove();
      }
      at = known.nextSibling;
      morph(known, next);
    } else if (at && !at.id && !next.id && at.nodeName === next.nodeName) {
      const here = at;
      at = at.nextSibling;
      morph(here, next);
    } else {
      was.insertBefore(next, at);
    }
  }
  while (at) {
    const gone = at;
    at = at.nextSibling;
    gone.remove();
  }
}

function show(page) {
  const main = document.querySelector("main"), focused = document.activeElement;
  const now = document.createElement("main");
  for (const { name, value } of main.attributes) now.setAttribute(name, value);
  now.append(...page.nodes);
  morph(main, now);
  if (focused && focused !== document.body && !focused.isConnected) main.focus({ preventScroll: true });
  document.title = page.title;
  ages();
  if (page.say) announcer.textContent = page.say;
  if (!page.live) end();
}

function nodesOf(html) { return new DOMParser().parseFromString(html, "text/html").body.childNodes; }

// look fetches the whole page and shows it where it differs.
async function look() {
  if (document.visibilityState !== "visible") return;
  const answer = await fetch(location.href, { redirect: "error", headers: { Accept: "text/html" } });
  if (answer.status === 404) location.reload();
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const now = page.body.dataset.live;
  if (now !== undefined && now === digest) return;
  digest = now || "";
  show({ title: page.title, nodes: page.querySelector("main").childNodes, say: "", live: now !== undefined });
}

function lookByItself() {
  if (!looking) looking = setInterval(() => look().catch(() => {}), lookEvery);
  tell("This page looks for news every few seconds.");
}

function stopLooking() {
  clearInterval(looking);
  looking = null;
}

function tell(text) { liveState.textContent = text; }

function listen() {
  if (source || !document.body.dataset.events || document.visibilityState !== "visible") return;
  const at = new URL(document.body.dataset.events, location.origin);
  at.searchParams.set("have", digest);
  source = new EventSource(at);
  source.onopen = alive;
  source.addEventListener("beat", alive);
  source.addEventListener("gone", () => location.reload());
  source.addEventListener("page", (event) => {
    alive();
    const page = JSON.parse(event.data);
    digest = event.lastEventId;
    show({ title: page.title, nodes: nodesOf(page.main), say: page.say, live: page.live });
  });
  source.onerror = () => {
    // The browser tries again by itself unless it was refused.
    if (source && source.readyState === EventSource.CLOSED) {
      hush();
      lookByItself();
      setTimeout(listen, againAfter);
    }
  };
}

function alive() {
  heard = Date.now();
  document.documentElement.dataset.stream = "open";
  stopLooking();
  tell("This page updates by itself.");
}

function hush() {
  if (source) source.close();
  source = null;
  delete document.documentElement.dataset.stream;
}

function end() {
  hush();
  stopLooking();
  clearInterval(watch);
  document.body.removeAttribute("data-events");
  tell("This is settled; the page no longer changes.");
}

// ages writes times as how long ago they were, which is what people want to know of the last look.
function ages() {
  for (const time of document.querySelectorAll("time[data-age]")) {
    const seconds = Math.round((Date.now() - new Date(time.dateTime)) / 1000);
    const [n, unit] = seconds < 90 ? [seconds, "second"] : seconds < 5400 ? [seconds / 60, "minute"] : seconds < 172800 ? [seconds / 3600, "hour"] : [seconds / 86400, "day"];
    time.title = time.title || time.textContent;
    time.textContent = seconds < 5 ? "just now" : new Intl.RelativeTimeFormat("en").format(-Math.round(n), unit);
  }
}

const watch = setInterval(() => {
  ages();
  if (source && heard && Date.now() - heard > quietFor) {
    hush();
    lookByItself();
    listen();
  }
}, 10000);

document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") listen(); else hush();
});
ages();
if (document.body.dataset.events && window.EventSource) listen(); else lookByItself();
