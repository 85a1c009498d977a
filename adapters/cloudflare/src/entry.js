// The entry point of the Worker. It is put behind what worker-build makes, whose own entry point,
// `Generated`, puts four proxies around each request.

/** What tells whether a trap has left the instance unusable. */
const state = globalThis.__worker_init_state;

const { fetch: answer } = Generated.prototype;

const Entry = {
  async fetch(request, env, ctx) {
    // The generated entry point makes another instance.
    if (state.criticalError) new Generated(ctx, env);
    try {
      return await answer.call({ env, ctx }, request);
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) state.criticalError = true;
      throw error;
    }
  },
};
