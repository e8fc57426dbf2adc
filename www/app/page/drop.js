/** Files that are dropped anywhere on the page. */
import { byId } from "./dom.js";

/** @param {(files: File[]) => void} dropped */
export function watchDrops(dropped) {
  const veil = byId("drop", HTMLParagraphElement);
  const hasFiles = (/** @type {DragEvent} */ event) => !!event.dataTransfer?.types.includes("Files");
  // Between its elements the page is left and entered at the same time.
  let inside = 0;
  const show = (/** @type {number} */ change) => {
    inside = Math.max(0, inside + change);
    veil.hidden = inside === 0;
  };
  document.addEventListener("dragenter", (event) => hasFiles(event) && show(1));
  document.addEventListener("dragleave", (event) => hasFiles(event) && show(-1));
  document.addEventListener("dragover", (event) => hasFiles(event) && event.preventDefault());
  document.addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    show(-inside);
    dropped([...(event.dataTransfer?.files ?? [])]);
  });
}
