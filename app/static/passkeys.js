// Passkeys: asks the site for a challenge, lets the device answer it, and posts the answer with the form that it belongs to.
// Where the browser can, a sign-in is also suggested at the field of the user name. Each way to fail has a line in the page.

const RENEW = 240_000; // milliseconds: a challenge holds for five minutes
const form = document.querySelector("[data-passkey]");
let suggesting; // what ends the suggestion

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const letters = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");

function say(name) {
  for (const line of form.querySelectorAll("[data-say]")) line.hidden = line.dataset.say !== name;
  form.querySelector("[data-ask]").hidden = ["unsupported", "address"].includes(name);
}

async function challenge() {
  const token = form.querySelector("[name=csrf_token]").value;
  const answer = await fetch(form.dataset.challenge, { method: "POST", redirect: "error", headers: { "X-CSRF-Token": token } });
  if (!answer.ok) throw new Error(answer.status);
  const options = await answer.json();
  options.challenge = bytes(options.challenge);
  if (options.user) options.user.id = bytes(options.user.id);
  for (const held of [...(options.excludeCredentials ?? []), ...(options.allowCredentials ?? [])]) held.id = bytes(held.id);
  return options;
}

// As JSON: the methods of the browsers that do this themselves differ in what they leave out.
function plain({ id, rawId, type, response }) {
  const said = { clientDataJSON: letters(response.clientDataJSON) };
  for (const part of ["attestationObject", "authenticatorData", "signature", "userHandle"])
    if (response[part]) said[part] = letters(response[part]);
  if (response.getTransports) said.transports = response.getTransports();
  return JSON.stringify({ id, rawId: letters(rawId), type, clientExtensionResults: {}, response: said });
}

function send(credential) {
  form.querySelector("[name=credential]").value = plain(credential);
  form.submit();
}

async function ask(event) {
  event.preventDefault();
  suggesting?.abort();
  say("waiting");
  const making = form.dataset.passkey === "create";
  try {
    send(await navigator.credentials[making ? "create" : "get"]({ publicKey: await challenge() }));
  } catch ({ name }) {
    say({ NotAllowedError: "cancelled", AbortError: "cancelled", SecurityError: "address", InvalidStateError: "held" }[name] ?? "failed");
  }
}

// Quietly: nobody has asked for it. The challenge is renewed before it is too old, while somebody looks at the page.
async function suggest() {
  const mine = (suggesting = new AbortController());
  const renewal = setTimeout(() => {
    mine.abort();
    if (document.visibilityState === "visible") suggest();
    else document.addEventListener("visibilitychange", suggest, { once: true });
  }, RENEW);
  try {
    send(await navigator.credentials.get({ publicKey: await challenge(), mediation: "conditional", signal: mine.signal }));
  } catch {
    if (!mine.signal.aborted) clearTimeout(renewal);
  }
}

async function start() {
  if (!window.PublicKeyCredential) return say("unsupported");
  say("");
  form.addEventListener("submit", ask);
  if ("suggest" in form.dataset && (await PublicKeyCredential.isConditionalMediationAvailable?.())) await suggest();
}

if (form) start();
