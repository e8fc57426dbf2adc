/** The sound as it is heard: bars that wander past, or one level where motion is not wanted. */
import { byId } from "./dom.js";

const BAR = 3;
const GAP = 2;
/** Bars a second. */
const RATE = 30;

const canvas = byId("wave", HTMLCanvasElement);
const still = matchMedia("(prefers-reduced-motion: reduce)");
const samples = new Float32Array(2048);
/** Levels from 0 to 1, the newest last. @type {number[]} */
let levels = [];
/** @type {AnalyserNode | undefined} */
let analyser;
/** @type {AudioNode | undefined} */
let source;
let running = false;
let lastBar = 0;

/** Shows what a node sounds like from now on. @param {AudioNode | undefined} node */
export function listen(node) {
  if (!node || node === source) return;
  source = node;
  analyser = node.context.createAnalyser();
  analyser.fftSize = samples.length;
  node.connect(analyser);
}

/** Moves while something is spoken. @param {boolean} on */
export function move(on) {
  if (on && !running) requestAnimationFrame(frame);
  running = on;
}

/** @param {number} time */
function frame(time) {
  const silent = levels.every((level) => level === 0);
  if (!running && silent) return draw();
  if (time - lastBar >= (still.matches ? 250 : 1000 / RATE)) {
    lastBar = time;
    levels.push(running ? level() : 0);
    draw();
  }
  requestAnimationFrame(frame);
}

/** How loud it is, from 0 to 1; quiet sounds show more than they would by their amplitude alone. */
function level() {
  if (!analyser) return 0;
  analyser.getFloatTimeDomainData(samples);
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
  return Math.min(1, (3 * Math.sqrt(power)) ** 0.7);
}

function draw() {
  const { clientWidth: width, clientHeight: height } = canvas;
  const scale = devicePixelRatio;
  if (canvas.width !== Math.round(width * scale)) canvas.width = Math.round(width * scale);
  if (canvas.height !== Math.round(height * scale)) canvas.height = Math.round(height * scale);
  const context = canvas.getContext("2d");
  if (!context) return;
  const style = getComputedStyle(canvas);
  const count = Math.floor((width + GAP) / (BAR + GAP));
  levels = levels.slice(-count);
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  for (let i = 0; i < count; i++) {
    const newest = levels.at(-1) ?? 0;
    const value = still.matches ? (i < newest * count ? 0.3 : 0) : (levels[levels.length - count + i] ?? 0);
    context.fillStyle = value > 0.05 ? style.color : style.borderTopColor;
    const tall = Math.max(BAR, value * height);
    context.beginPath();
    context.roundRect(i * (BAR + GAP), (height - tall) / 2, BAR, tall, BAR / 2);
    context.fill();
  }
}

new ResizeObserver(draw).observe(canvas);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
