// Runs on the server, whose answer the page keeps, and in the browser.
export async function load({ data, fetch }) {
  const again = await (await fetch(data.answer.self)).json();
  return { ...data, again };
}
