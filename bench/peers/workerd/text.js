// The page as one string.
import { ask } from "./common.js";

export default {
  async fetch(request, env) {
    const response = await ask(request, env);
    const headers = new Headers(response.headers);
    headers.delete("Content-Length");
    const text = await response.text();
    return new Response(text.replaceAll(env.ORIGIN, env.PUBLIC), { status: response.status, headers });
  },
};
