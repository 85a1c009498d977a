// Bodies between streams and objects that are read: `read()` resolves to a chunk, or to undefined at
// the end, and rejects if the body breaks off; `cancel()` gives it up.

/** A stream that is read, unless it is taken whole. */
export class StreamSource {
  #reader;

  constructor(stream) {
    this.stream = stream;
  }

  async read() {
    this.#reader ??= this.stream.getReader();
    const { done, value } = await this.#reader.read();
    return done ? undefined : value;
  }

  /** Nobody waits for it, and nobody is told if there was nothing to give up. */
  cancel() {
    (this.#reader ?? this.stream).cancel().catch(() => {});
  }
}

/** A stream of what is read of a body: nothing is read that nobody asks for. */
export function streamOf(source) {
  return new ReadableStream({
    type: "bytes",
    async pull(controller) {
      const chunk = await source.read();
      if (chunk !== undefined) return controller.enqueue(chunk);
      controller.close();
      controller.byobRequest?.respond(0);
    },
    cancel: () => source.cancel(),
  });
}
