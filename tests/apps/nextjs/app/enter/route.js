export function GET() {
  const headers = { Location: `${process.env.ORIGIN}/`, 'Set-Cookie': 'visitor=ada; Path=/' };
  return new Response(null, { status: 307, headers });
}
