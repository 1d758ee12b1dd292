// Keeps an open board fresh; it is complete without.
const byId = id => document.getElementById(id);
const root = document.documentElement.dataset, board = byId("board"), live = byId("live");
const beat = () => performance.now();
let told = Date.parse(root.now), since = beat(), heard = beat();
let etag = "", shown = board?.dataset.version, source, held = false, waiting;

const two = n => `${n}`.padStart(2, 0);
function span(ms) {
  const s = Math.max(0, Math.round(ms / 1e3)), d = Math.floor(s / 86400);
  const h = Math.floor(s / 3600) % 24, m = Math.floor(s / 60) % 60;
  if (d) return `${d} d ${h} h`;
  if (h) return `${h} h ${two(m)} min`;
  return m ? `${m} min ${two(s % 60)} s` : `${s} s`;
}

function say(words, lost) {
  if (live.textContent !== words) live.textContent = words;
  live.classList.toggle("lost", !!lost);
}

const fine = () => say(`Live. Last change ${board.firstElementChild.dataset.change}`);
const leave = () => location.assign(`/sign-in?next=${location.pathname}`);

function tick() {
  const at = new Date(told + (beat() - since) * root.rate), quiet = beat() - heard;
  for (const { dataset, id, firstChild } of document.querySelectorAll("[data-east]"))
    firstChild.data = new Date(+at + dataset.east * 6e4).toISOString().slice(11, id ? 19 : 16);
  for (const left of document.querySelectorAll("[data-until]"))
    left.textContent = span(Date.parse(left.dataset.until) - at);
  if (source && quiet > 4e4)
    say(`No word from the server for ${Math.floor(quiet / 1e3)} seconds.`, true);
}

async function pull(version) {
  if (held) return void (waiting = version);
  const answer = await fetch(`${board.dataset.fragment}?version=${version}`, { headers: { "If-None-Match": etag } });
  if (answer.redirected) return leave();
  if (answer.status === 200) {
    etag = answer.headers.get("ETag");
    swap(await answer.text());
  }
  if (answer.ok || answer.status === 304) { shown = version; fine(); }
}

function swap(html) {
  const focus = document.activeElement?.id, top = scrollY;
  const open = [...board.querySelectorAll("details[open][id]")].map(d => d.id);
  board.innerHTML = html;
  for (const id of open) byId(id)?.setAttribute("open", "");
  if (focus) byId(focus)?.focus({ preventScroll: true });
  scrollTo(0, top);
  told = Date.parse(board.firstElementChild.dataset.now);
  since = beat();
  tick();
}

function hear({ data }) {
  heard = beat();
  if (data === shown) fine();
  else pull(data).catch(() => {});
}

function listen() {
  source = new EventSource(board.dataset.live);
  for (const kind of ["version", "beat"]) source.addEventListener(kind, hear);
  source.addEventListener("signout", leave);
  source.onerror = () => {
    say("Connection lost. Trying again. Showing the last known state.", true);
    if (source?.readyState === 2) setTimeout(listen, 5e3);
  };
}

function release() {
  held = false;
  if (waiting) hear({ data: waiting });
  waiting = 0;
}

setInterval(tick, 1000);
if (board) {
  onpointerdown = () => { held = true; };
  onpointerup = onpointercancel = release;
  document.onvisibilitychange = () => {
    source?.close();
    source = null;
    heard = beat();
    if (!document.hidden) listen();
  };
  listen();
}
