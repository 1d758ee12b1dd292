// Has a form's act proved by a passkey; without this script a code is typed.
const bytes = text => Uint8Array.from(
  atob(text.replace(/-/g, "+").replace(/_/g, "/")), c => c.charCodeAt(0));
const text = buffer => btoa(String.fromCharCode(...new Uint8Array(buffer)))
  .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const named = list => (list || []).map(one => ({ ...one, id: bytes(one.id) }));

function touch({ options: o, make }) {
  const publicKey = { ...o, challenge: bytes(o.challenge) };
  if (!make)
    return navigator.credentials.get(
      { publicKey: { ...publicKey, allowCredentials: named(o.allowCredentials) } });
  publicKey.user = { ...o.user, id: bytes(o.user.id) };
  publicKey.excludeCredentials = named(o.excludeCredentials);
  return navigator.credentials.create({ publicKey });
}

function written({ id, rawId, type, response }) {
  const said = {};
  for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature",
    "userHandle"])
    if (response[part]) said[part] = text(response[part]);
  return JSON.stringify({ id, type, rawId: text(rawId), response: said });
}

function fill(form, name, value) {
  let field = form.querySelector(`input[name="${name}"]`);
  if (!field) {
    field = document.createElement("input");
    Object.assign(field, { type: "hidden", name });
    form.append(field);
  }
  field.value = value;
}

async function asked(form, submitter) {
  if (form.dataset.asked) return JSON.parse(form.dataset.asked);
  const typed = new URLSearchParams(new FormData(form, submitter));
  typed.set("path", new URL(form.action).pathname);
  const answer = await fetch(form.dataset.passkey, { method: "POST", body: typed });
  return answer.ok ? answer.json() : {};
}

async function prove(form, submitter) {
  const question = await asked(form, submitter);
  if (question.options) {
    const touched = await touch(question);
    fill(form, "proof_nonce", question.nonce);
    fill(form, "proof_answer", written(touched));
    if (question.make) fill(form, "proof_made", "1");
  }
}

const words = document.getElementById("passkey-words");
let busy = false;

async function submitted(event) {
  const form = event.target, { submitter } = event;
  if (!("passkey" in form.dataset)) return;
  event.preventDefault();
  if (busy) return;
  busy = true;
  try {
    await prove(form, submitter);
  } catch {
    if (words) words.textContent = "No passkey was used. Try again, or type a code.";
    if (!("orElse" in form.dataset)) return void (busy = false);
  }
  if (submitter?.name) fill(form, submitter.name, submitter.value);
  form.submit();
  setTimeout(() => { busy = false; }, 2e3);
}

if (window.PublicKeyCredential) {
  for (const only of document.querySelectorAll("[data-only-passkey]")) only.hidden = false;
  document.addEventListener("submit", submitted);
}
