// The fields of heads. WebAssembly takes and gives a head as one text: name, LF, value, LF, and so
// on. Each character of it is a byte.

/** The text of fields, which are pairs of a name and a value. */
export function textOf(fields) {
  let text = "";
  for (const [name, value] of fields) text += `${name}\n${value}\n`;
  return text;
}

/** The pairs that a text holds. */
export function pairsOf(text) {
  const lines = text.split("\n");
  const pairs = [];
  for (let i = 0; i + 1 < lines.length; i += 2) pairs.push([lines[i], lines[i + 1]]);
  return pairs;
}

/** The text of names and values in turn, as Node has them. */
export function textOfRaw(raw) {
  return raw.length === 0 ? "" : `${raw.join("\n")}\n`;
}
