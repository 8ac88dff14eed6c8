// Keys, and news from the server. Pages work without any of it.
"use strict";

const typing = (target) => target.closest("input, textarea, select, [contenteditable]");
const pressed = (key) => document.querySelector(`[data-key="${CSS.escape(key)}"]`);
let before = "";

function rows() {
  return [...document.querySelectorAll(".row-link")];
}

function move(step) {
  const all = rows();
  if (all.length === 0) return;
  const at = all.indexOf(document.activeElement);
  const next = all[Math.min(Math.max(at + step, 0), all.length - 1)] || all[0];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

// What a key stands for: a form to open, a link to follow, a button to press.
function act(element) {
  if (element.localName === "details") {
    element.open = true;
    const field = element.querySelector("input:not([type=hidden]):placeholder-shown, textarea, input:not([type=hidden])");
    (field || element.querySelector("button")).focus();
    return;
  }
  element.click();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === "Escape" && typing(event.target)) {
    event.target.blur();
    return;
  }
  if (typing(event.target)) return;
  const key = before ? `${before} ${event.key}` : event.key;
  before = "";
  if (event.key === "j" || event.key === "k") {
    if (rows().length > 0) {
      event.preventDefault();
      move(event.key === "j" ? 1 : -1);
      return;
    }
  }
  const element = pressed(key);
  if (element) {
    event.preventDefault();
    act(element);
  } else if (event.key === "g") {
    before = "g";
  }
});

// The name that decisions are written down with is remembered here, in this browser alone.
for (const field of document.querySelectorAll("input[data-remember]")) {
  const name = `shadow-${field.dataset.remember}`;
  try {
    if (!field.value) field.value = localStorage.getItem(name) || "";
    field.form.addEventListener("submit", () => localStorage.setItem(name, field.value));
  } catch {
    // A browser that keeps nothing asks each time.
  }
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const text = document.getElementById(button.dataset.copy).textContent;
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Select it and copy";
    }
  });
}

// News: the page is asked for again, and its live parts are put in place of the old ones.
const live = document.body.dataset.live;

async function renew() {
  const answer = await fetch(location.href, { headers: { accept: "text/html" } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const parts = document.querySelectorAll("[data-live-part]");
  if (parts.length === 0 && page.querySelector("[data-live-part]")) {
    location.reload();
    return;
  }
  for (const part of parts) {
    const other = page.querySelector(`[data-live-part="${CSS.escape(part.dataset.livePart)}"]`);
    if (!other || part.outerHTML === other.outerHTML) continue;
    if (part.contains(document.activeElement) || part.querySelector("details[open]")) {
      waiting = true;
      continue;
    }
    part.replaceWith(document.importNode(other, true));
  }
  document.title = page.title;
}

let waiting = false;
let renewing = null;
let again = false;

function news() {
  if (renewing) {
    again = true;
    return;
  }
  renewing = setTimeout(async () => {
    // What is told from here on may be newer than the page that is asked for.
    waiting = again = false;
    try {
      await renew();
    } catch {
      // The next event asks again.
    }
    renewing = null;
    if (again) news();
  }, 200);
}

if (live && window.EventSource) {
  const source = new EventSource(live);
  source.addEventListener("changed", news);
  document.addEventListener("focusout", () => waiting && news());
  addEventListener("pagehide", () => source.close());
}
