import { release } from '../waiting.js';

export function POST() {
  release();
  return new Response(null, { status: 204 });
}
