// Notifications on this device. The browser is asked only after a click; each way in which it can fail has a line in the page.

const box = document.querySelector("#this-device[data-key]");
const { key, keyId, school, token, to, renew, worker } = box?.dataset ?? {};
const LATE = new Error("late");

// What the page says of this device, and whether the button stands below it.
function say(name) {
  for (const line of box.querySelectorAll("[data-say]")) line.hidden = line.dataset.say !== name;
  box.querySelector("[data-ask]").hidden = !["off", "unanswered", "late", "failed", "answer"].includes(name);
}

// A push service that cannot be reached lets a browser wait for ever.
function inTime(promise) {
  const late = new Promise((_, reject) => setTimeout(reject, Number(box.dataset.patience), LATE));
  return Promise.race([promise, late]);
}

const failed = (error) => say(error === LATE ? "late" : "failed");

function unsupported() {
  if ("serviceWorker" in navigator && "PushManager" in window && "Notification" in window) return "";
  const apple = /iPhone|iPad|iPod/.test(navigator.userAgent) || (navigator.platform === "MacIntel" && navigator.maxTouchPoints > 1);
  return apple ? "home" : "unsupported";
}

// The one address that may become a script here (require-trusted-types-for).
const scripts = window.trustedTypes?.createPolicy("umthi-worker", { createScriptURL: () => worker }) ?? {
  createScriptURL: () => worker,
};
const registered = () => navigator.serviceWorker.register(scripts.createScriptURL(""), { scope: "/" });

const letters = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
const isNewest = (subscription) => letters(subscription.options.applicationServerKey ?? []) === key;

async function rowOf(subscription) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(subscription.endpoint));
  const print = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return document.querySelector(`[data-device="${print}"]`);
}

// A subscription made with the newest key.
async function subscribed() {
  await registered();
  const { pushManager } = await navigator.serviceWorker.ready;
  const held = await pushManager.getSubscription();
  if (held && isNewest(held)) return held;
  await held?.unsubscribe();
  return pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
}

const post = (path, headers, body) =>
  fetch(path, { method: "POST", redirect: "error", headers: { "Content-Type": "application/json", ...headers }, body: JSON.stringify(body) });

// Tells the school; keeps the token that it answers with, by which the worker can tell it a new address later.
async function told(subscription, more) {
  const cache = await caches.open("device");
  const kept = (await (await cache.match("/device"))?.json()) ?? { tokens: {} };
  const body = { ...subscription.toJSON(), key_id: keyId };
  const tokens = Object.values(kept.tokens);
  if (tokens.length) await post(renew, {}, { ...body, tokens });
  const answer = await post(to, { "X-CSRF-Token": token, "X-School": school }, { ...body, ...more });
  if (!answer.ok) throw { said: (await answer.json().catch(() => ({}))).message };
  kept.tokens[school] = (await answer.json()).device;
  await cache.put("/device", new Response(JSON.stringify({ key, key_id: keyId, tokens: kept.tokens })));
}

async function ask() {
  say("waiting");
  const permission = await Notification.requestPermission();
  if (permission !== "granted") return say(permission === "denied" ? "denied" : "unanswered");
  const subscription = await inTime(subscribed());
  try {
    await told(subscription);
  } catch ({ said }) {
    if (said) box.querySelector("[data-say=answer] span").textContent = said;
    return say("answer");
  }
  location.reload();
}

// When this browser is one of the devices already: mark it, bring its worker up to date, and its key if there is a newer one.
async function start() {
  box.querySelector("[data-ask] button").addEventListener("click", () => ask().catch(failed));
  const why = unsupported() || (Notification.permission === "denied" && "denied");
  if (why) return say(why);
  const registration = await navigator.serviceWorker.getRegistration("/");
  const subscription = await registration?.pushManager.getSubscription();
  const row = subscription && (await rowOf(subscription));
  if (!row) return say("off");
  mark(row, subscription);
  say("on");
  await registered();
  if (!isNewest(subscription)) await told(await inTime(subscribed()), { again: true });
}

function mark(row, subscription) {
  row.querySelector(":scope > [hidden]").hidden = false;
  // Removed here, the browser forgets it too, unless another school of this person may use the same subscription.
  row.querySelector("form").addEventListener("submit", async (event) => {
    if (box.dataset.schools !== "1") return;
    event.preventDefault();
    await inTime(subscription.unsubscribe()).catch(() => {});
    event.target.submit();
  });
}

if (box) start().catch(failed);
