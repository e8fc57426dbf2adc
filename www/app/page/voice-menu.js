/** The voices at hand, as a menu, and the dialog with all others. */
import { tell } from "./alerts.js";
import { byId, make, size } from "./dom.js";
import { watchDrops } from "./drop.js";
import { choices } from "./manner.js";
import { Voices } from "../lib/voices/index.js";

/** @typedef {import("../lib/voices/index.js").VoiceInfo} VoiceInfo */

const voices = new Voices();
const menu = byId("voice", HTMLSelectElement);
const dialog = byId("voices", HTMLDialogElement);
const list = byId("voice-list", HTMLUListElement);
const note = byId("voices-note", HTMLParagraphElement);
const filter = byId("filter", HTMLInputElement);
const picker = byId("files", HTMLInputElement);

/** @type {VoiceInfo[]} */
let known = [];
/** Downloads under way. @type {Map<string, {loaded: number, total: number, stop: AbortController}>} */
const loading = new Map();
/** @type {() => void} */
let changed = () => {};

/** @param {() => void} onChange called when another voice is chosen */
export async function watchVoices(onChange) {
  changed = onChange;
  menu.addEventListener("change", () => choose(menu.value));
  byId("more-voices", HTMLButtonElement).addEventListener("click", open);
  byId("voices-close", HTMLButtonElement).addEventListener("click", () => dialog.close());
  // A click beside it closes it too.
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  filter.addEventListener("input", showList);
  byId("add", HTMLButtonElement).addEventListener("click", () => picker.click());
  picker.addEventListener("change", () => {
    add([...(picker.files ?? [])]);
    picker.value = "";
  });
  watchDrops(add);
  await refresh({ near: true });
}

/** @param {{near?: boolean}} [options] */
async function refresh(options = { near: known.every(isNear) }) {
  known = await voices.list(options).catch((error) => {
    tell(error);
    return known;
  });
  const chosen = known.find((voice) => voice.key === choices.voice);
  // The voice may be gone: removed here, in another tab, or by the browser.
  if (choices.voice && !(chosen && isReady(chosen))) choose("");
  showMenu();
  showList();
}

async function open() {
  dialog.showModal();
  note.textContent = "Asking for Piper’s published voices…";
  showList();
  await Promise.all([showStorage(), refresh({ near: false })]);
  note.textContent = voices.problems.map(({ message }) => message).join(" ");
}

/** @param {VoiceInfo} voice */
const isReady = (voice) => voice.stored || voice.source === "site";
/** @param {VoiceInfo} voice */
const isNear = (voice) => isReady(voice) || voice.begun > 0;
/** @param {VoiceInfo} voice */
const titleOf = ({ name, language, quality }) => {
  const country = language.country_english && !language.name_english.includes(language.country_english);
  return { name, detail: `${language.name_english}${country ? ` (${language.country_english})` : ""}, ${quality.replace("_", " ")}` };
};

function showMenu() {
  const ready = known.filter(isReady);
  const options = ready.map((voice) => {
    const { name_english, code, region = code.split("_")[1] } = voice.language;
    return make("option", { value: voice.key, textContent: `${voice.name} – ${name_english}${region ? ` (${region})` : ""}` });
  });
  if (!options.length) options.push(make("option", { value: "", textContent: "none yet" }));
  menu.replaceChildren(...options);
  menu.value = choices.voice || (ready[0]?.key ?? "");
}

/** @param {string} key */
function choose(key) {
  if (choices.voice === key) return;
  choices.voice = key;
  choices.speaker = "";
  showMenu();
  changed();
}

function showList() {
  if (!dialog.open) return;
  const words = filter.value.toLocaleLowerCase().split(/\s+/);
  const found = known.filter((voice) => {
    const { language } = voice;
    const all = [voice.key, voice.name, language.name_english, language.name_native, language.country_english].join(" ");
    return words.every((word) => all.toLocaleLowerCase().includes(word));
  });
  const focused = document.activeElement?.id;
  list.replaceChildren(...found.map(row));
  // What had the focus was built anew.
  if (focused) document.getElementById(focused)?.focus();
}

/** @param {VoiceInfo} voice */
function row(voice) {
  const { name, detail } = titleOf(voice);
  const { key, begun, bytes } = voice;
  const under = loading.get(key);
  const speakers = voice.numSpeakers > 1 ? `, ${voice.numSpeakers} speakers` : "";
  const had = !under && begun > 0 && !voice.stored ? `, ${size(begun)} of it here` : "";
  const about = make("div", { className: "about" }, make("strong", { textContent: name }), make("span", {
    className: "hint",
    textContent: `${detail}${speakers} · ${size(bytes)}${had}`,
  }));
  const item = make("li", {}, about);
  /** @param {string} label @param {() => void} act */
  const button = (label, act) => {
    const one = make("button", { type: "button", id: `voice ${key}`, textContent: label });
    one.setAttribute("aria-label", `${label} ${name}, ${detail}`);
    one.addEventListener("click", act);
    item.append(one);
  };
  if (under) {
    const bar = make("progress", { max: under.total, value: under.loaded });
    bar.setAttribute("aria-label", `Download of ${name}`);
    bar.dataset.key = key;
    about.append(bar);
    button("Cancel", () => under.stop.abort(new DOMException("It was cancelled.", "AbortError")));
  } else if (voice.stored) button("Remove", () => remove(key));
  else if (voice.source === "site") button("Use", () => use(key));
  else button(begun > 0 ? "Go on" : "Download", () => download(voice));
  return item;
}

/** @param {string} key */
function use(key) {
  choose(key);
  dialog.close();
}

/** @param {VoiceInfo} voice */
async function download({ key, name, bytes }) {
  const under = { loaded: 0, total: bytes, stop: new AbortController() };
  loading.set(key, under);
  note.textContent = `Downloading ${name}…`;
  showList();
  try {
    await voices.download(key, {
      signal: under.stop.signal,
      onProgress(loaded, total) {
        Object.assign(under, { loaded, total });
        progress(key, `Downloading ${name}: ${size(loaded)} of ${size(total)}`, under);
      },
    });
    note.textContent = `${name} is stored, and chosen.`;
    choose(key);
  } catch (error) {
    note.textContent = under.stop.signal.aborted ? "The download was cancelled; what came in is kept." : "";
    fail(error, under.stop.signal);
  } finally {
    loading.delete(key);
    await refresh();
    await showStorage();
  }
}

/** @param {File[]} files */
async function add(files) {
  if (!files.length) return;
  note.textContent = "Storing the voice…";
  try {
    const key = await voices.addFiles(files);
    note.textContent = "The voice is stored, and chosen.";
    await refresh();
    choose(key);
    await showStorage();
  } catch (error) {
    note.textContent = "";
    fail(error);
  }
}

/** @param {string} key */
async function remove(key) {
  try {
    await voices.remove(key);
  } catch (error) {
    fail(error);
  }
  await refresh();
  await showStorage();
}

/** Where it is seen: the page behind a dialog is not. @param {unknown} error @param {AbortSignal} [signal] */
function fail(error, signal) {
  if (signal?.aborted) return;
  if (dialog.open && error instanceof Error) note.textContent = error.message;
  else tell(error);
}

/** @param {string} key @param {string} text @param {{loaded: number, total: number}} under */
function progress(key, text, { loaded, total }) {
  const bar = /** @type {HTMLProgressElement | null} */ (list.querySelector(`progress[data-key="${CSS.escape(key)}"]`));
  if (bar) Object.assign(bar, { max: total, value: loaded, title: text });
}

async function showStorage() {
  const { usage, quota, note } = await voices.quota();
  const of = quota ? ` of the ${size(quota)} that the browser allows` : "";
  byId("storage", HTMLParagraphElement).textContent = `${size(usage)} used${of}. ${note}`;
}
