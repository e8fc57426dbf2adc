/** A text without an end of a sentence is cut after so many characters, at a space. */
const LONGEST = 400;

/**
 * Cuts a text that arrives in pieces into sentences, as soon as it is plain that they are whole; null where the next
 * one is not there yet.
 * @param {import("./text-feed.js").TextFeed} feed
 * @returns {AsyncGenerator<string | null, void, void>}
 */
export async function* sentences(feed) {
  let text = "";
  for (;;) {
    if (!feed.ready) yield null;
    const more = await feed.take();
    if (more === undefined) break;
    text += more;
    for (let end = endOf(text); end; end = endOf(text)) {
      const sentence = text.slice(0, end);
      text = text.slice(end);
      if (sentence.trim()) yield sentence;
    }
  }
  if (text.trim()) yield text;
}

/** Where the first sentence ends; 0 if that is open. @param {string} text */
function endOf(text) {
  // What follows tells whether a full stop ends a sentence; CJK marks need nothing to follow.
  const end = /[.!?…]+["'”’)\]]*\s+(?=\S)|[。！？]+|\n\s*\n/u.exec(text);
  if (end && end.index + end[0].length <= LONGEST) return end.index + end[0].length;
  if (text.length <= LONGEST) return 0;
  const space = text.lastIndexOf(" ", LONGEST);
  return space > 0 ? space + 1 : LONGEST;
}
