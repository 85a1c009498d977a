export default async function flow({ page, open, url, step, gated }) {
  const text = (selector) => page.locator(selector).textContent();
  // A mark on the window is gone if the browser loads a page instead of its data.
  const mark = () => page.evaluate(() => (globalThis.marked = true));
  const isMarked = () => page.evaluate(() => globalThis.marked === true);

  await step('the page hydrates', async () => {
    await page.goto(url('/'), { waitUntil: 'networkidle' });
    if (gated) await page.locator('#inserted').waitFor({ state: 'attached' });
    await page.locator('#counter').click();
    const canonical = await page.locator('link[rel=canonical]').getAttribute('href');
    return [await text('#counter'), await text('#here'), canonical];
  });

  await step('a navigation by single fetch', async () => {
    await mark();
    const data = page.waitForResponse(/list\.data/);
    await page.getByRole('link', { name: 'List' }).click();
    await page.getByRole('heading', { name: 'List' }).waitFor();
    return [(await data).status(), page.url(), await text('#here'), await isMarked()];
  });

  await step('an action', async () => {
    await page.locator('input[name=name]').fill('ada');
    await page.getByRole('button', { name: 'Add' }).click();
    await page.getByRole('link', { name: 'ada' }).waitFor();
    const link = await page.getByRole('link', { name: 'ada' }).getAttribute('href');
    return [link, await isMarked()];
  });

  await step('an action that fails', async () => {
    await page.locator('input[name=name]').fill('');
    await page.getByRole('button', { name: 'Add' }).click();
    return [await text('#fault'), await isMarked()];
  });

  await step('streamed data of a navigation', async () => {
    const released = page.waitForResponse(/slow\.data/);
    await page.getByRole('link', { name: 'Slow' }).click();
    await released;
    await page.evaluate(() => fetch('/release.data', { method: 'POST' }));
    return [await text('#rest'), await isMarked()];
  });

  await step('an action that sets a cookie and redirects to an absolute URL', async () => {
    await page.goto(url('/list'), { waitUntil: 'networkidle' });
    await page.getByRole('button', { name: 'Leave' }).click();
    await page.getByRole('heading', { name: 'Home of gone' }).waitFor();
    return page.url();
  });

  await step('a page whose suspended part waits for its first part', async () => {
    await page.goto(url('/slow'));
    return text('#rest');
  });

  await step('actions without scripts', async () => {
    const plain = await open({ javaScriptEnabled: false });
    await plain.goto(url('/list'));
    await plain.locator('input[name=name]').fill('grace');
    await plain.getByRole('button', { name: 'Add' }).click();
    await plain.locator('li', { hasText: 'grace' }).waitFor();
    await plain.waitForLoadState();
    const names = await plain.locator('li').allTextContents();
    await plain.getByRole('button', { name: 'Leave' }).click();
    await plain.getByRole('heading', { name: 'Home of gone' }).waitFor();
    return [names, plain.url(), await plain.locator('h1').textContent()];
  });
}
