/** The page: text in, sound out. */
import { clearAlerts, tell, tellTheUnexpected } from "./alerts.js";
import { byId, enable, enabled } from "./dom.js";
import { choices, chosenSettings, chosenTarget, keep, missing, setFacts, watchManner } from "./manner.js";
import { watchOffline } from "./offline.js";
import { endReading, mark } from "./reading.js";
import { offerSaving } from "./save.js";
import { figures, state } from "./telling.js";
import { watchVoices } from "./voice-menu.js";
import { listen, move } from "./wave.js";
import { Chanter } from "../lib/chanter.js";

/** @typedef {import("../lib/speech.js").Speech} Speech */

/** What the speech's states are called; the others have words of their own. @type {Record<string, string>} */
const STATES = {
  waiting: "Getting ready…",
  playing: "Speaking",
  starved: "Waiting for more sound…",
  paused: "Paused",
  blocked: "The browser holds the sound back. Press Speak again.",
  interrupted: "Something else has the sound now.",
  stopped: "Stopped",
};

/** Those that mostly pass before they could be read. */
const SOON = new Set(["waiting", "starved"]);

tellTheUnexpected();

const text = byId("text", HTMLTextAreaElement);
const speakButton = byId("speak", HTMLButtonElement);
const pauseButton = byId("pause", HTMLButtonElement);
const stopButton = byId("stop", HTMLButtonElement);
const chanter = new Chanter();
/** @type {Speech | undefined} */
let current;

speakButton.addEventListener("click", speak);
stopButton.addEventListener("click", stop);
pauseButton.addEventListener("click", () => enabled(pauseButton) && pause());
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !dialogIsOpen()) {
    event.preventDefault();
    if (!event.repeat) speak();
  } else if (event.key === "Escape" && !dialogIsOpen()) stop();
});
offerSaving((signal, onSeconds) => {
  const said = sayable();
  if (!said) return;
  aim();
  const onChunk = (/** @type {{to: number}} */ chunk) => onSeconds(chunk.to);
  return { text: said, wav: chanter.synthesize(said, { ...chosenSettings(), signal, onChunk }) };
});
watchManner((what) => {
  keep();
  if (what === "target") prepare();
});
watchOffline();
watchVoices(() => {
  keep();
  prepare();
}).then(prepare);

/** The text, if there is something to speak and someone to speak it. */
function sayable() {
  const what = text.value.trim() ? missing() : "There is no text yet. Write or paste one, and press Speak.";
  if (!what) return text.value;
  tell(what);
  (text.value.trim() ? byId("address", HTMLInputElement) : text).focus();
}

/** What is chosen, from the next text on. */
function aim() {
  chanter.target = chosenTarget();
  chanter.voice = choices.voice || undefined;
}

function speak() {
  clearAlerts();
  const said = sayable();
  if (!said) return;
  chanter.stop();
  aim();
  figures();
  const speech = (current = chanter.speak(said, chosenSettings()));
  show(speech, said);
}

/** @param {Speech} speech @param {string} said */
function show(speech, said) {
  const mine = () => speech === current;
  state("");
  state(STATES.waiting, 300);
  busy(true);
  speech.addEventListener("state", (event) => {
    const { state: to, message } = /** @type {any} */ (event);
    if (!mine()) return;
    if (STATES[to]) state(message ?? STATES[to], SOON.has(to) ? 300 : 0);
    if (to === "playing") listen(chanter.output);
    showPause();
  });
  speech.addEventListener("firstaudio", () => mine() && figures(speech.counters));
  speech.addEventListener("progress", () => mine() && figures(speech.counters));
  speech.addEventListener("word", (event) => {
    const { start, end } = /** @type {any} */ (event);
    if (mine()) mark(said, start, end);
  });
  speech.then(
    (outcome) => {
      if (!mine()) return;
      figures(outcome);
      state(outcome.stopped ? STATES.stopped : `Spoken: ${outcome.seconds.toFixed(1)} s`);
      over();
    },
    (error) => {
      if (!mine()) return;
      figures(speech.counters);
      state("");
      tell(error);
      over();
    },
  );
}

function stop() {
  chanter.stop();
}

function pause() {
  if (chanter.paused) chanter.resume();
  else chanter.pause();
  showPause();
}

function over() {
  current = undefined;
  endReading();
  busy(false);
}

/** @param {boolean} on */
function busy(on) {
  enable(stopButton, on);
  enable(pauseButton, on);
  showPause();
  move(on);
}

function showPause() {
  pauseButton.textContent = chanter.paused ? "Go on" : "Pause";
}

let asked = 0;

/** Loads what the next click needs. */
async function prepare() {
  const mine = ++asked;
  aim();
  setFacts({});
  if (missing()) return;
  if (!chanter.speaking) state("Loading the voice…", 200);
  try {
    const facts = await chanter.prepare();
    if (mine !== asked) return;
    setFacts(facts);
    listen(chanter.output);
    if (!chanter.speaking) state("Ready");
  } catch (error) {
    if (mine !== asked) return;
    if (!chanter.speaking) state("");
    tell(error);
  }
}

function dialogIsOpen() {
  return byId("voices", HTMLDialogElement).open;
}
