import { release } from './waiting.js';

export function action() {
  release();
  return new Response(null, { status: 204 });
}
