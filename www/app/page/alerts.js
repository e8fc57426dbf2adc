/** Errors, in plain words, until they are dismissed or the next try begins. */
import { byId, make } from "./dom.js";

const MOST = 3;

/** @param {unknown} error */
export function tell(error) {
  // What the user ended is no error.
  if (error instanceof DOMException && error.name === "AbortError") return;
  const known = error instanceof Error && "kind" in error;
  const message = error instanceof Error ? error.message : String(error);
  show(known || typeof error === "string" ? message : `Something in this page went wrong (${message}). Reload it and try again.`);
}

/** @param {string} message */
function show(message) {
  const alerts = byId("alerts", HTMLDivElement);
  for (const alert of [...alerts.children]) if (alert.firstChild?.textContent === message) alert.remove();
  const close = make("button", { type: "button", className: "quiet", textContent: "Dismiss" });
  const alert = make("div", { className: "alert" }, make("p", { textContent: message }), close);
  close.addEventListener("click", () => {
    alert.remove();
    byId("speak", HTMLButtonElement).focus();
  });
  alerts.append(alert);
  while (alerts.children.length > MOST) alerts.firstElementChild?.remove();
}

/** For a new try. */
export function clearAlerts() {
  byId("alerts", HTMLDivElement).replaceChildren();
}

/** Nothing fails silently. */
export function tellTheUnexpected() {
  addEventListener("error", (event) => tell(event.error ?? event.message));
  addEventListener("unhandledrejection", (event) => tell(event.reason));
}
