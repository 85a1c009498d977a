/** The element that is injected into `head`. */
export const TAG = '<script src="/_sg/tag.js"></script>';

/** Asks the origin for what the client asks for. */
export function ask(request, env) {
  const { pathname, search } = new URL(request.url);
  return fetch(env.UPSTREAM + pathname + search, request);
}

/** Replaces the origin in one attribute of each element that it meets. */
export class Attribute {
  constructor(name, env) {
    this.name = name;
    this.env = env;
  }

  element(element) {
    const value = element.getAttribute(this.name);
    if (value.includes(this.env.ORIGIN)) {
      element.setAttribute(this.name, value.replaceAll(this.env.ORIGIN, this.env.PUBLIC));
    }
  }
}

/** Injects an element at the start of `head`. */
export const head = {
  element(element) {
    element.prepend(TAG, { html: true });
  },
};
