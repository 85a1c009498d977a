export async function handle({ event, resolve }) {
  const response = await resolve(event);
  if (event.params.policy) response.headers.set('Referrer-Policy', event.params.policy);
  return response;
}
