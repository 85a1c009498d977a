export default async function flow({ page, url, step, gated }) {
  const text = (selector) => page.locator(selector).textContent();

  await step('a page with data that the server has fetched', async () => {
    const asked = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await page.goto(url('/'), { waitUntil: 'networkidle' });
    if (gated) await page.locator('#inserted').waitFor({ state: 'attached' });
    return [await text('#here'), asked.filter((path) => path === '/api/place').length];
  });

  await step('the page hydrates', async () => {
    await page.locator('#counter').click();
    await page.getByText('1', { exact: true }).waitFor();
    // Hydration takes over the server's elements, and makes none anew.
    return page.evaluate(() => document.querySelectorAll('h1').length);
  });

  await step('a navigation of the router, and back', async () => {
    await page.evaluate(() => (globalThis.marked = true));
    await page.getByRole('link', { name: 'About' }).click();
    await page.getByRole('heading', { name: 'About' }).waitFor();
    await page.getByRole('link', { name: 'Home' }).click();
    await page.locator('#here:not(:empty)').waitFor();
    return [page.url(), await text('#here'), await page.evaluate(() => globalThis.marked)];
  });
}
