// Bodies of node:http.
import { within } from "./body.js";
import { failure, failureOf } from "./failure.js";

/**
 * A message that arrives, read chunk by chunk. It may pause for `pause` milliseconds; `late` is the
 * kind of failure if it pauses for longer. `giveUp` is what becomes of a message that nobody reads.
 */
export class MessageSource {
  #chunks;
  #pause;
  #late;
  #giveUp;
  #isCancelled = false;

  constructor(message, { pause, late, giveUp = () => message.destroy() }) {
    this.message = message;
    this.#pause = pause;
    this.#late = late;
    this.#giveUp = giveUp;
  }

  async read() {
    this.#chunks ??= this.message[Symbol.asyncIterator]();
    try {
      const { done, value } = await within(this.#chunks.next(), this.#pause, this.#late);
      return done ? undefined : value;
    } catch (error) {
      throw this.#isCancelled ? failure("client-gone", "the client went away") : error;
    }
  }

  cancel() {
    this.#isCancelled = true;
    this.#giveUp();
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
