// The gate: each scan is answered in place, with a sound; a camera can scan; without a connection scans wait on this device.
// What waits is a code, a time and an id: nothing about a learner is kept. Without this the page is a form.

const find = (selector, root = document) => root.querySelector(selector);
const box = find(".gate");
const KEPT = "gate"; // in localStorage
const SOON = 15000; // milliseconds until what waits is tried again
const SAME = 3000; // and in which the camera sees one card once
const TONES = { in: [660, 880], out: [880, 660], again: [520, 520], crit: [220, 165, 220], recorded: [600] };

const { scans: to, school, token, most } = box.dataset;
const words = find("[data-words]", box).dataset;
const field = find("#code", box);
const policy = window.trustedTypes?.createPolicy("gate", { createHTML: (html) => html });
let [sound, sending, timer] = [null, Promise.resolve(), 0];

const kept = () => JSON.parse(localStorage.getItem(KEPT) ?? "[]");
const keep = (scans) => localStorage.setItem(KEPT, JSON.stringify(scans));
const here = () => school ?? localStorage.getItem("gate-school");
const waiting = () => kept().filter((scan) => scan.school === here());
const clock = (moment) => new Date(moment).toTimeString().slice(0, 5);

// ---- What the officer sees and hears ----

function ring(name) {
  try {
    sound ??= new AudioContext();
    (TONES[name] ?? TONES.crit).forEach((pitch, place) => {
      const [tone, volume, start] = [sound.createOscillator(), sound.createGain(), sound.currentTime + place * 0.16];
      tone.frequency.value = pitch;
      volume.gain.setValueAtTime(0.25, start);
      volume.gain.exponentialRampToValueAtTime(0.001, start + 0.15);
      tone.connect(volume).connect(sound.destination);
      tone.start(start);
      tone.stop(start + 0.16);
    });
  } catch {
    // no sound here: the word and the colour say the same
  }
}

function show(nodes, name) {
  find(".answer", box).replaceChildren(...nodes);
  ring(name);
  count();
}

function draw(html) {
  const { body } = new DOMParser().parseFromString(policy ? policy.createHTML(html) : html, "text/html");
  show(body.childNodes, find("[data-sound]", body)?.dataset.sound);
}

function tell(tone, title, text, name = tone) {
  const made = (tag, className, ...inside) => {
    const element = Object.assign(document.createElement(tag), { className });
    element.append(...inside);
    return element;
  };
  show([made("div", `scanned ${tone}`, made("p", "verdict", made("strong", "", title)), made("p", "", text ?? ""))], name);
}

const recorded = (scan) => tell("warn", words.recorded.replace("%(time)s", clock(scan.scanned_at)), words.offline, "recorded");

function count() {
  const [number, line] = [waiting().length, find("[data-count]", box)];
  find("[data-queue]", box).hidden = number === 0;
  line.textContent = (number === 1 ? line.dataset.one : line.dataset.many).replace("%(num)s", number);
}

// ---- What is sent ----

async function post(scans, more) {
  const body = JSON.stringify(scans.map(({ id, code, scanned_at }) => ({ id, code, scanned_at })));
  const headers = { "Content-Type": "application/json", "X-CSRF-Token": token, "X-School": school, ...more };
  const answer = await fetch(to, { method: "POST", redirect: "manual", headers, body, signal: AbortSignal.timeout?.(8000) });
  if (answer.type === "opaqueredirect") throw { said: words.out };
  if (answer.status >= 500) throw new Error("away");
  const found = await answer.json();
  if (!answer.ok) throw { said: found.message };
  return found.scans;
}

// What the school has taken, or will never take, waits no longer.
function settle(scans, answers) {
  const done = scans.map(({ id }) => id);
  keep(kept().filter(({ id }) => !done.includes(id)));
  answers.forEach(({ result, message }, place) => {
    const time = clock(scans[place].scanned_at);
    if (result === "refused") tell("crit", words.refused.replace("%(time)s", time), message);
  });
}

// In the order of their times; the one that somebody waits for comes last and alone, for it is answered in full.
async function deliver(last) {
  clearTimeout(timer);
  if (!to) return last && recorded(last);
  try {
    const older = waiting().filter(({ id }) => id !== last?.id);
    while (older.length) {
      const some = older.splice(0, Number(most));
      settle(some, await post(some));
    }
    if (last) {
      const answers = await post([last], { "X-Fragment": "1" });
      settle([last], answers);
      if (answers[0].html) draw(answers[0].html);
    }
  } catch ({ said }) {
    if (said) tell("crit", said);
    else if (last) recorded(last);
    timer = setTimeout(flush, SOON);
  }
  count();
}

function flush(last) {
  sending = sending.then(() => deliver(last));
  return sending;
}

function scanned(code) {
  const scan = { id: crypto.randomUUID(), code, scanned_at: new Date().toISOString(), school: here() };
  try {
    keep([...kept(), scan]);
  } catch {
    return tell("crit", words.full);
  }
  return flush(scan);
}

// ---- Where codes come from ----

async function watch(button, video) {
  const detector = new BarcodeDetector();
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  video.srcObject = stream;
  await video.play();
  const seen = new Map();
  while (button.ariaPressed === "true") {
    for (const { rawValue: code } of await detector.detect(video).catch(() => [])) {
      if (code && !(Date.now() - seen.get(code) < SAME)) scanned(code);
      seen.set(code, Date.now());
    }
    await new Promise((done) => setTimeout(done, 200));
  }
  stream.getTracks().forEach((track) => track.stop());
}

function offerCamera(button) {
  const [frame, video] = [find(".camera", box), find("video", box)];
  button.hidden = !("BarcodeDetector" in window && navigator.mediaDevices);
  button.addEventListener("click", async () => {
    const on = button.ariaPressed !== "true";
    button.ariaPressed = String(on);
    frame.hidden = !on;
    if (!on) return;
    try {
      await watch(button, video);
    } catch {
      [button.ariaPressed, frame.hidden] = ["false", true];
      tell("crit", words.blocked);
    }
  });
}

// For a reload without a connection: the page of the gate that has nobody's data, and what it is made of.
async function prepare() {
  const only = { createScriptURL: () => box.dataset.worker };
  const scripts = window.trustedTypes?.createPolicy("umthi-worker", only) ?? only;
  await navigator.serviceWorker.register(scripts.createScriptURL(""), { scope: "/" });
  const parts = [...document.querySelectorAll("link[rel=stylesheet], script[src]")].map(({ href, src }) => href ?? src);
  const [cache, fresh] = [await caches.open(KEPT), [location.origin + box.dataset.offlinePage, ...parts]];
  await cache.addAll(fresh); // what was kept before goes only now
  for (const { url } of await cache.keys()) if (!fresh.includes(url)) await cache.delete(url);
}

// From the page without a connection to the one with it, unless somebody is typing.
async function goBack() {
  const answer = await fetch(box.dataset.home, { method: "HEAD" }).catch(() => null);
  if (answer && !field.value) location.assign(box.dataset.home);
}

// Where the address is no safe one a browser makes no ids: there the form stays a form.
if (crypto.randomUUID) {
  find("form.scan", box).addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopPropagation(); // it is sent more than once
    const code = field.value.trim();
    field.value = "";
    field.focus();
    if (code) scanned(code);
  });
  // A scanner types wherever the focus is.
  document.addEventListener("keydown", ({ key, target }) => {
    if (target === document.body && key.length === 1) field.focus();
  });
  offerCamera(find("[data-camera]", box));
  if (to) {
    localStorage.setItem("gate-school", school);
    window.addEventListener("online", () => flush());
    if (waiting().length) flush();
    if ("serviceWorker" in navigator) prepare().catch(() => {});
  } else {
    window.addEventListener("online", goBack);
    setInterval(goBack, SOON);
  }
  count();
  field.focus({ preventScroll: true });
}
