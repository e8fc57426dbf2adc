import { chromium } from "playwright-core";

/**
 * Chromium as people have it, but headless; `strict` keeps its rule that sound needs a click.
 * @param {{strict?: boolean, args?: string[]}} [options]
 */
export function launch({ strict = false, args = [] } = {}) {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-background-timer-throttling",
      "--disable-renderer-backgrounding",
      ...(strict ? [] : ["--autoplay-policy=no-user-gesture-required"]),
      ...args,
    ],
  });
}

/**
 * What a page says that it should not: errors of the console and what nobody caught.
 * @param {import("playwright-core").Page} page
 * @returns {string[]} grows
 */
export function complaints(page) {
  /** @type {string[]} */
  const all = [];
  page.on("pageerror", (error) => all.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") all.push(message.text());
  });
  return all;
}
