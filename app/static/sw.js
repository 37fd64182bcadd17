// The worker that shows a school's notifications while no page is open. It answers one request itself: the gate's page where there
// is no connection, from the cache "gate" that gate.js fills. push.js keeps what `renewed` needs in the cache "device".

const ICON = "/icon-192.png"; // the server writes the address of the real one here
const worker = self;

worker.addEventListener("install", () => worker.skipWaiting());
worker.addEventListener("activate", (event) => event.waitUntil(worker.clients.claim()));

worker.addEventListener("push", (event) => event.waitUntil(shown(read(event.data))));
worker.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(opened(event.notification.data));
});
worker.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renewed(event)));

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const { pathname } = new URL(request.url);
  if (request.mode === "navigate" && pathname === "/gate/") event.respondWith(fetch(request).catch(() => held("/gate/offline")));
  else if (["style", "script"].includes(request.destination)) event.respondWith(fetch(request).catch(() => held(request)));
});

async function held(request) {
  return (await (await caches.open("gate")).match(request)) ?? Response.error();
}

// What came, as text. A browser takes the right to push away from a site that shows nothing, so whatever came is shown.
function read(data) {
  let said = {};
  try {
    said = data?.json() ?? {};
  } catch {
    // not ours, or cut off
  }
  const text = (name) => (typeof said[name] === "string" ? said[name] : "");
  return { title: text("title") || "Umthi", body: text("body"), url: text("url"), tag: text("tag"), receipt: text("receipt") };
}

async function shown({ title, body, url, tag, receipt }) {
  await worker.registration.showNotification(title, { body, tag, icon: ICON, badge: ICON, data: url });
  if (receipt) await post("/push/receipts", { receipt });
}

// A tab that shows the notice already, else a new one: what somebody is typing in another tab is not taken away.
async function opened(address) {
  const url = ours(address);
  const tabs = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  const tab = tabs.find((each) => each.url.split("#")[0] === url);
  return tab ? tab.focus() : worker.clients.openWindow(url);
}

function ours(address) {
  try {
    const url = new URL(address || "/", worker.location.origin);
    if (url.origin === worker.location.origin) return url.href.split("#")[0];
  } catch {
    // no address at all
  }
  return `${worker.location.origin}/`;
}

// The browser gave this device another address: the schools are told, by the tokens that they gave it.
async function renewed({ newSubscription }) {
  const kept = await (await (await caches.open("device")).match("/device"))?.json();
  if (!kept) return;
  const options = { userVisibleOnly: true, applicationServerKey: kept.key };
  const subscription = newSubscription ?? (await worker.registration.pushManager.subscribe(options));
  await post("/push/renewals", { ...subscription.toJSON(), key_id: kept.key_id, tokens: Object.values(kept.tokens) });
}

function post(path, body) {
  const headers = { "Content-Type": "application/json" };
  return fetch(path, { method: "POST", headers, body: JSON.stringify(body), keepalive: true }).catch(() => undefined);
}
