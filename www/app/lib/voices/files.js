/** A voice among files that a user picked or dropped. */
import { ChanterError } from "../errors.js";
import { MAX_CONFIG, parseConfig } from "./config.js";
import { isKey } from "./names.js";

/**
 * @param {File[]} files
 * @returns {Promise<{key: string, model: File, config: File}>}
 */
export async function voiceOfFiles(files) {
  const models = files.filter((file) => /\.onnx$/i.test(file.name));
  const configs = files.filter((file) => /\.json$/i.test(file.name));
  if (!models.length && !configs.length) throw wrong("A voice is two files, NAME.onnx and NAME.onnx.json; neither is among these.");
  if (!models.length) throw wrong(`The voice itself is missing: add ${configs[0].name.replace(/\.json$/i, "")} together with ${configs[0].name}.`);
  if (models.length > 1) throw wrong("These are several voices: add one at a time.");
  const [model] = models;
  // A lone settings file belongs to the voice whatever its name, as browsers rename what they download twice.
  const config = configs.find((file) => file.name === `${model.name}.json`) ?? (configs.length === 1 ? configs[0] : undefined);
  if (!config) throw wrong(`The voice's settings are missing: add ${model.name}.json together with ${model.name}.`);
  if (config.size > MAX_CONFIG || !parseConfig(new Uint8Array(await config.arrayBuffer()))) {
    throw wrong(`${config.name} is not the settings file of a Piper voice.`);
  }
  const start = await model.slice(0, 20).text();
  if (start.startsWith("version https://git-")) throw wrong(`${model.name} is only a pointer to the voice (Git LFS). Download the file itself.`);
  if (model.size < 1000 || /^[\s\ufeff]*</.test(start)) throw wrong(`${model.name} is not an ONNX model.`);
  return { key: keyOf(model.name), model, config };
}

/** @param {string} name */
function keyOf(name) {
  const plain = name.normalize().replace(/\.onnx$/i, "").replace(/[^\p{L}\p{M}\p{N}_.+ ()-]/gu, "_");
  const key = plain.replace(/^[^\p{L}\p{N}]+/u, "").slice(0, 100);
  if (!isKey(key)) throw wrong(`Give the file ${name} a name of letters and digits.`);
  return key;
}

/** @param {string} message */
function wrong(message) {
  return new ChanterError("voice", message);
}
