import { release } from '$lib/waiting.js';

export function POST() {
  release();
  return new Response(null, { status: 204 });
}
