// For everyone: names, contrast, small screens, stillness.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startServer } from "./page-server.js";
import { launch } from "./support/chromium.js";

const CONTROLS = ["button", "checkbox", "combobox", "DisclosureTriangle", "link", "searchbox", "slider", "spinbutton", "textbox"];

/** @type {Awaited<ReturnType<typeof startServer>>} */
let server;
/** @type {import("playwright-core").Browser} */
let browser;

before(async () => {
  [server, browser] = await Promise.all([startServer(), launch()]);
});
after(() => Promise.all([browser?.close(), server?.stop()]));

/** @param {import("playwright-core").BrowserContextOptions} options */
async function open(options) {
  const context = await browser.newContext({ serviceWorkers: "block", ...options });
  await context.route(/^https:/, (route) => route.abort());
  const page = await context.newPage();
  await page.goto(server.url);
  await page.locator("#state", { hasText: "Ready" }).waitFor({ timeout: 60_000 });
  // All that can be shown.
  await page.evaluate(() => {
    for (const details of document.querySelectorAll("details")) details.open = true;
    for (const id of ["address-field", "speaker-field", "speaker-name-field", "install"]) {
      document.getElementById(id)?.removeAttribute("hidden");
    }
  });
  await page.evaluate(() => dispatchEvent(new ErrorEvent("error", { message: "a message that one has to read, of https://example.org/some/long/address/in/it" })));
  await page.waitForSelector(".alert");
  return page;
}

test("every control has a name, and every live region is one", async () => {
  const page = await open({});
  await page.click("#more-voices");
  await page.waitForSelector("#voice-list button");
  const session = await page.context().newCDPSession(page);
  /** @type {string[]} */
  const names = [];
  for (const close of [false, true]) {
    if (close) await page.click("#voices-close");
    const { nodes } = await session.send("Accessibility.getFullAXTree");
    for (const { ignored, role, name } of nodes) {
      if (ignored || !CONTROLS.includes(role?.value)) continue;
      assert.ok(name?.value?.trim(), `a ${role?.value} has no name`);
      names.push(name?.value);
    }
  }
  for (const name of ["Speak", "Pause", "Stop", "Text to speak", "Speed", "Expressiveness", "Voice", "Spoken by"]) {
    assert.ok(names.includes(name), `${name} is missing among ${names}`);
  }
  assert.equal(await page.getAttribute("#state", "role"), "status");
  assert.equal(await page.getAttribute("#alerts", "role"), "alert");
  await page.context().close();
});

for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
  test(`contrast: ${colorScheme}`, async () => {
    const page = await open({ colorScheme });
    for (const dialog of [false, true]) {
      if (dialog) {
        await page.click("#more-voices");
        await page.waitForSelector("#voice-list button");
      }
      const poor = await page.evaluate(poorContrast);
      assert.deepEqual(poor, []);
    }
    await page.context().close();
  });
}

/** Runs in the page: texts below 4.5 to 1. Colours are opaque here, but for what is switched off. */
function poorContrast() {
  const parse = (/** @type {string} */ colour) => {
    const canvas = new OffscreenCanvas(1, 1).getContext("2d");
    if (!canvas) throw new Error("no canvas");
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const luminance = (/** @type {number[]} */ colour) => {
    const [r, g, b] = colour.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (/** @type {Element | null} */ element) => {
    for (; element; element = element.parentElement) {
      const colour = parse(getComputedStyle(element).backgroundColor);
      if (colour[3] === 255) return colour;
    }
    throw new Error("no background");
  };
  const top = document.querySelector("dialog[open]") ?? document.body;
  const poor = [];
  let seen = 0;
  for (const element of top.querySelectorAll("*")) {
    const html = /** @type {HTMLElement} */ (element);
    const own = [...element.childNodes].some((node) => node instanceof Text && node.data.trim());
    if (!(own || element.matches("input, select, textarea")) || !html.checkVisibility({ visibilityProperty: true })) continue;
    if (element.matches("[aria-disabled=true], option, .unseen")) continue;
    seen++;
    const [a, b] = [luminance(parse(getComputedStyle(element).color)), luminance(ground(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) poor.push(`${element.tagName}#${element.id} "${element.textContent?.slice(0, 30)}": ${ratio.toFixed(2)}`);
  }
  if (seen < 5) poor.push(`only ${seen} texts were seen`);
  return poor;
}

for (const [width, height] of [[320, 640], [390, 844], [1280, 800]]) {
  test(`nothing sticks out at ${width} × ${height}`, async () => {
    const page = await open({ viewport: { width, height } });
    const wide = () => page.evaluate(() => [document.documentElement.scrollWidth, document.querySelector("dialog")?.scrollWidth ?? 0]);
    const [whole] = await wide();
    assert.ok(whole <= width, `${whole} px`);
    const tall = await page.evaluate(() => [...document.querySelectorAll("button")].filter((one) => one.offsetHeight > 50).map(({ id }) => id));
    assert.deepEqual(tall, [], "labels of buttons stay in one line");
    await page.click("#more-voices");
    await page.waitForSelector("#voice-list button");
    const [, dialog] = await wide();
    assert.ok(dialog <= width, `${dialog} px`);
    await page.context().close();
  });
}

test("everything can be reached by Tab, and shows that it is", async () => {
  const page = await open({});
  const want = ["text", "speak", "pause", "stop", "save", "target", "voice", "more-voices", "speed", "expression", "seed", "reset"];
  const got = new Set();
  await page.focus("#text");
  for (let i = 0; i < 40; i++) {
    const [id, outline] = await page.evaluate(() => {
      const element = /** @type {Element} */ (document.activeElement);
      const shown = element.id === "text" ? /** @type {Element} */ (element.parentElement) : element;
      const style = getComputedStyle(shown);
      return [element.id, style.outlineStyle !== "none" || style.boxShadow !== "none"];
    });
    if (id) {
      got.add(id);
      assert.ok(outline, `${id} does not show that it has the focus`);
    }
    await page.keyboard.press("Tab");
  }
  assert.deepEqual(want.filter((id) => !got.has(id)), []);
  await page.context().close();
});

test("with reduced motion the picture of the sound does not wander", async () => {
  const page = await open({ reducedMotion: "reduce" });
  // Where bars are lit: with one level they begin at the left, and end somewhere.
  await page.fill("#text", "A sound that goes on for a while, so that its level can be seen.");
  await page.click("#speak");
  await page.waitForFunction(() => {
    const canvas = /** @type {HTMLCanvasElement} */ (document.querySelector("#wave"));
    const context = canvas.getContext("2d");
    const middle = context?.getImageData(0, Math.round(canvas.height * 0.4), canvas.width, 1).data;
    const lit = [];
    for (let i = 0; middle && i < canvas.width; i++) lit.push(middle[4 * i + 3] > 0);
    return lit.indexOf(true) >= 0 && lit.indexOf(true) < 5 && lit.lastIndexOf(true) < canvas.width * 0.95;
  }, null, { timeout: 30_000 });
  await page.context().close();
});
