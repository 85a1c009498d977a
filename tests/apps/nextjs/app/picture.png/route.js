// One pixel.
const PICTURE = [
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E',
  'rkJggg==',
].join('');

export function GET() {
  return new Response(Buffer.from(PICTURE, 'base64'), { headers: { 'Content-Type': 'image/png' } });
}
