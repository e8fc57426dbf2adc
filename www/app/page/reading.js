/** The text as it is read: in the place of the text box, with the word that is heard marked. */
import { byId } from "./dom.js";

const box = byId("text", HTMLTextAreaElement);
const view = byId("reading", HTMLDivElement);
/** @type {Text | undefined} */
let shown;

/** Marks a word, and what came before it. @param {string} text @param {number} start @param {number} end */
export function mark(text, start, end) {
  // Browsers without highlights leave the box as it is.
  if (!("highlights" in CSS)) return;
  if (shown?.data !== text) open(text);
  if (!shown) return;
  const word = range(shown, start, end);
  CSS.highlights.set("word", new Highlight(word));
  CSS.highlights.set("heard", new Highlight(range(shown, 0, start)));
  follow(word);
}

/** The box again. */
export function endReading() {
  if (!shown) return;
  shown = undefined;
  CSS.highlights.clear();
  const focused = view.contains(document.activeElement);
  const { scrollTop } = view;
  view.hidden = true;
  view.replaceChildren();
  box.classList.remove("covered");
  box.inert = false;
  if (focused) box.focus({ preventScroll: true });
  box.scrollTop = scrollTop;
}

/** @param {string} text */
function open(text) {
  const focused = document.activeElement === box;
  shown = new Text(text);
  view.replaceChildren(shown);
  view.hidden = false;
  view.scrollTop = box.scrollTop;
  box.classList.add("covered");
  box.inert = true;
  if (focused) view.focus({ preventScroll: true });
}

/** @param {Text} text @param {number} start @param {number} end */
function range(text, start, end) {
  const range = new Range();
  range.setStart(text, Math.min(start, text.length));
  range.setEnd(text, Math.min(end, text.length));
  return range;
}

/** Scrolls when the word leaves the middle of the view. @param {Range} word */
function follow(word) {
  const at = word.getBoundingClientRect();
  const around = view.getBoundingClientRect();
  const margin = Math.min(around.height / 4, 2 * at.height);
  if (at.top < around.top + margin || at.bottom > around.bottom - margin) {
    view.scrollTop += at.top - around.top - around.height / 3;
  }
}
