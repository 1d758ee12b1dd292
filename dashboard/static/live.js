// Keeps an open board fresh and its clocks running. The page is complete without it.
"use strict";
(() => {
  const root = document.documentElement;
  const board = document.getElementById("board"), live = document.getElementById("live");
  const rate = Number(root.dataset.rate);
  let told = Date.parse(root.dataset.now), since = performance.now();
  let etag = "", shown = board?.dataset.version, heard = performance.now();
  let source, held = false, waiting = false;

  const now = () => told + (performance.now() - since) * rate;
  const two = (n) => String(n).padStart(2, "0");
  const span = (ms) => {
    const s = Math.max(0, Math.round(ms / 1000)), d = Math.floor(s / 86400);
    const h = Math.floor(s / 3600) % 24, m = Math.floor(s / 60) % 60;
    if (d) return `${d} d ${h} h`;
    if (h) return `${h} h ${two(m)} min`;
    return m ? `${m} min ${two(s % 60)} s` : `${s} s`;
  };
  const say = (words, lost) => {
    if (live.textContent !== words) live.textContent = words;
    live.classList.toggle("lost", lost);
  };
  const fine = () => say(`Live. Last change ${board.firstElementChild.dataset.change}`, false);

  function tick() {
    const at = new Date(now()), clock = document.getElementById("clock");
    if (clock) clock.textContent = at.toISOString().slice(11, 19);
    for (const left of document.querySelectorAll("[data-until]"))
      left.textContent = span(Date.parse(left.dataset.until) - at);
    const quiet = performance.now() - heard;
    if (source && quiet > 40000)
      say(`No word from the server for ${Math.floor(quiet / 1000)} seconds.`, true);
  }

  async function pull(version) {
    if (held) { waiting = version; return; }
    const answer = await fetch(board.dataset.fragment, etag ? { headers: { "If-None-Match": etag } } : {});
    if (answer.redirected) return leave();
    if (answer.status === 200) {
      etag = answer.headers.get("ETag");
      swap(await answer.text());
    }
    if (answer.ok || answer.status === 304) { shown = version; fine(); }
  }

  function swap(html) {
    const focus = document.activeElement?.id, top = scrollY;
    const open = [...board.querySelectorAll("details[open][id]")].map((d) => d.id);
    board.innerHTML = html;
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    if (focus) document.getElementById(focus)?.focus({ preventScroll: true });
    scrollTo({ top, behavior: "instant" });
    told = Date.parse(board.firstElementChild.dataset.now);
    since = performance.now();
    tick();
  }

  const leave = () => location.assign("/sign-in?next=" + encodeURIComponent(location.pathname));

  function listen() {
    source = new EventSource(board.dataset.live);
    const hear = (event) => {
      heard = performance.now();
      if (event.data === shown) fine();
      else pull(event.data).catch(() => {});
    };
    source.addEventListener("version", hear);
    source.addEventListener("beat", hear);
    source.addEventListener("signout", leave);
    source.onerror = () => {
      say("Connection lost. Trying again. Showing the last known state.", true);
      if (source.readyState === 2) setTimeout(listen, 5000);
    };
  }

  setInterval(tick, 1000);
  if (!board) return;
  addEventListener("pointerdown", () => { held = true; });
  addEventListener("pointerup", () => {
    held = false;
    if (waiting) { const version = waiting; waiting = false; pull(version).catch(() => {}); }
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) { source?.close(); source = null; } else { heard = performance.now(); listen(); }
  });
  listen();
})();
