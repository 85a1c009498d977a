// Bodies of node:http.
import { failure, failureOf } from "./failure.js";

/** A message that arrives, read chunk by chunk. It may pause for so many milliseconds. */
export class MessageSource {
  #chunks;
  #pause;
  #late;

  constructor(message, pause, late) {
    this.message = message;
    this.#pause = pause ?? undefined;
    this.#late = late;
  }

  async read() {
    this.#chunks ??= this.message[Symbol.asyncIterator]();
    const late = () => this.message.destroy(failure(this.#late, "nothing came in time"));
    const timer = this.#pause && setTimeout(late, this.#pause);
    try {
      const { done, value } = await this.#chunks.next();
      return done ? undefined : value;
    } catch (error) {
      throw this.message.cancelled ? failure("client-gone", "the client went away") : error;
    } finally {
      clearTimeout(timer);
    }
  }

  cancel() {
    this.message.cancelled = true;
    this.message.destroy();
  }
}

/**
 * Writes a body, chunk by chunk: one has left before the next is read. Rejects if reading fails,
 * with `reading` set, or if the receiver is gone or takes nothing for so many milliseconds.
 */
export async function pump(source, to, idle) {
  for (;;) {
    const chunk = await source.read().catch((error) => {
      throw Object.assign(failureOf(error), { reading: true });
    });
    if (chunk === undefined) return;
    if (to.destroyed) throw failure("closed", "the receiver is gone");
    if (!to.write(chunk)) await drained(to, idle);
  }
}

function drained(to, idle) {
  return new Promise((resolve, reject) => {
    const end = (settle) => () => {
      clearTimeout(timer);
      to.off("drain", drain).off("close", close);
      settle();
    };
    const drain = end(resolve);
    const close = end(() => reject(failure("closed", "the receiver is gone")));
    const late = end(() => reject(failure("closed", "the receiver takes nothing")));
    const timer = idle ? setTimeout(late, idle) : undefined;
    to.on("drain", drain).on("close", close);
  });
}
