export default async function flow({ page, open, url, step, gated }) {
  const text = (selector) => page.locator(selector).textContent();
  // A mark on the window is gone if the browser loads a page instead of its payload.
  const mark = () => page.evaluate(() => (globalThis.marked = true));
  const isMarked = () => page.evaluate(() => globalThis.marked === true);

  await step('the page hydrates', async () => {
    await page.goto(url('/'));
    await page.waitForLoadState('networkidle');
    if (gated) await page.locator('#inserted').waitFor({ state: 'attached' });
    await page.locator('#counter').click();
    return { counter: await text('#counter'), home: await text('h1') };
  });

  await step('absolute metadata', () => {
    return page.evaluate(() => {
      const tags = document.querySelectorAll('link[rel=canonical], link[type], meta[property]');
      return [...tags].map((tag) => tag.outerHTML);
    });
  });

  await step('an optimised image with an absolute URL', () => {
    return page.evaluate(async () => {
      const image = document.querySelector('img');
      await image.decode();
      return [image.complete && image.naturalWidth > 0, decodeURIComponent(image.currentSrc)];
    });
  });

  await step('a navigation by payload, with a long text row', async () => {
    await mark();
    await page.getByRole('link', { name: 'About' }).click();
    await page.locator('#history').waitFor();
    await page.locator('#counter').click();
    return [page.url(), await isMarked(), await text('#history'), await text('#counter')];
  });

  await step('back, and a link with an absolute URL', async () => {
    await page.getByRole('link', { name: 'Home' }).click();
    await page.getByRole('link', { name: 'Guests' }).click();
    await page.getByRole('heading', { name: 'Guests' }).waitFor();
    return [page.url(), await isMarked()];
  });

  await step('a server action', async () => {
    await page.locator('input[name=name]').fill('ada');
    await page.getByRole('button', { name: 'Sign' }).click();
    await page.getByText('ada of').waitFor();
    return [await text('ul'), await isMarked()];
  });

  await step('a server action that sets a cookie and redirects', async () => {
    await page.getByRole('button', { name: 'Leave' }).click();
    await page.getByRole('heading', { name: 'Home of' }).waitFor();
    return [page.url(), await text('h1'), await isMarked()];
  });

  await step('a server action of a page that is loaded', async () => {
    await page.goto(url('/guests'), { waitUntil: 'networkidle' });
    await page.locator('input[name=name]').fill('grace');
    await page.getByRole('button', { name: 'Sign' }).click();
    await page.getByText('grace of').waitFor();
    return text('ul');
  });

  await step('a redirect with a cookie', async () => {
    await page.goto(url('/enter'));
    return [page.url(), await text('h1')];
  });

  await step('a page whose suspended part waits for its first part', async () => {
    await page.goto(url('/slow'));
    return text('#rest');
  });

  await step('a server action without scripts', async () => {
    const plain = await open({ javaScriptEnabled: false });
    await plain.goto(url('/guests'));
    await plain.locator('input[name=name]').fill('edsger');
    await plain.getByRole('button', { name: 'Sign' }).click();
    await plain.getByText('edsger of').waitFor();
    await plain.getByRole('button', { name: 'Leave' }).click();
    await plain.getByRole('heading', { name: 'Home of' }).waitFor();
    return [plain.url(), await plain.locator('h1').textContent()];
  });
}
