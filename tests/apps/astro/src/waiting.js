// Lets a page wait for what the browser does when it has seen a part of it.

const waiting = (globalThis.waiting ??= new Set());

export function released() {
  return new Promise((resolve) => {
    waiting.add(() => resolve('after the first part was seen'));
    setTimeout(resolve, 5_000, 'too late');
  });
}

export function release() {
  for (const resolve of waiting) resolve();
  waiting.clear();
}
