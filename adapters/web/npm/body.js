// Bodies between streams and objects that are read: `read()` resolves to a chunk, or to undefined
// at the end, and rejects if the body breaks off; `cancel()` gives it up.
import { failure } from "./failure.js";

/** Rejects with a failure of the kind `late` if a chunk takes more than so many milliseconds. */
export async function within(chunk, milliseconds, late) {
  if (!milliseconds) return chunk;
  let timer;
  const fail = (_, reject) => {
    const end = () => reject(failure(late, `nothing for ${milliseconds} ms`));
    timer = setTimeout(end, milliseconds);
  };
  return Promise.race([chunk, new Promise(fail)]).finally(() => clearTimeout(timer));
}

/** How long the body of a response may pause, in milliseconds, by its `Content-Type`. */
export function pauseOf(limits, type) {
  const isEvents = /^text\/event-stream\s*(;|$)/i.test(type ?? "");
  return isEvents ? limits.eventsIdle : limits.bodyIdle;
}

/** A stream that is read, unless it is taken whole. It may pause for so many milliseconds. */
export class StreamSource {
  #reader;
  #pause;
  #late;

  constructor(stream, pause, late) {
    this.stream = stream;
    this.#pause = pause;
    this.#late = late;
  }

  async read() {
    this.#reader ??= this.stream.getReader();
    const { done, value } = await within(this.#reader.read(), this.#pause, this.#late);
    return done ? undefined : value;
  }

  /** Nobody waits for it, and nobody is told if there was nothing to give up. */
  cancel() {
    (this.#reader ?? this.stream).cancel().catch(() => {});
  }
}

/** A stream of what is read of a body: nothing is read that nobody asks for. */
export function streamOf(source) {
  let begun = false;
  return new ReadableStream({
    type: "bytes",
    async pull(controller) {
      // Bun holds a stream back that ends before its loop turns, to send it with a length.
      if (begun && globalThis.Bun) await new Promise((turn) => setTimeout(turn));
      begun = true;
      const chunk = await source.read();
      if (chunk !== undefined) return controller.enqueue(chunk);
      controller.close();
      controller.byobRequest?.respond(0);
    },
    cancel: () => source.cancel(),
  });
}
