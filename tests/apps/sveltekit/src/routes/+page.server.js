export async function load({ url, cookies, fetch }) {
  const answer = await fetch(`${url.origin}/kit/api`);
  const visitor = cookies.get('visitor') ?? 'nobody';
  return { here: url.href, visitor, answer: await answer.json() };
}
