const POLICIES = [
  'no-referrer',
  'no-referrer-when-downgrade',
  'origin',
  'origin-when-cross-origin',
  'same-origin',
  'strict-origin',
  'strict-origin-when-cross-origin',
  'unsafe-url',
];

export default async function flow({ page, open, url, step, gated }) {
  const text = (selector) => page.locator(selector).textContent();
  // A mark on the window is gone if the browser loads a page instead of its data.
  const mark = () => page.evaluate(() => (globalThis.marked = true));
  const isMarked = () => page.evaluate(() => globalThis.marked === true);

  await step('the page hydrates, with data that it fetched on the server', async () => {
    const asked = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await page.goto(url('/kit'), { waitUntil: 'networkidle' });
    if (gated) await page.locator('#inserted').waitFor({ state: 'attached' });
    await page.locator('#counter').click();
    const canonical = await page.locator('link[rel=canonical]').getAttribute('href');
    const fetched = asked.filter((path) => path === '/kit/api').length;
    return [await text('#counter'), await text('#here'), canonical, fetched];
  });

  await step('a navigation by __data.json', async () => {
    await mark();
    const data = page.waitForResponse(/__data\.json/);
    await page.getByRole('link', { name: 'List' }).click();
    await page.getByRole('heading', { name: 'List' }).waitFor();
    return [(await data).status(), page.url(), await text('#here'), await isMarked()];
  });

  await step('a form action', async () => {
    await page.locator('input[name=name]').fill('ada');
    await page.getByRole('button', { name: 'Add' }).click();
    await page.getByRole('link', { name: 'ada' }).waitFor();
    const link = await page.getByRole('link', { name: 'ada' }).getAttribute('href');
    return [link, await isMarked()];
  });

  await step('a form action that fails', async () => {
    await page.locator('input[name=name]').fill('');
    await page.getByRole('button', { name: 'Add' }).click();
    return [await text('#fault'), await isMarked()];
  });

  await step('a form action that sets a cookie and redirects', async () => {
    await page.getByRole('button', { name: 'Leave' }).click();
    await page.getByRole('heading', { name: 'Home of gone' }).waitFor();
    return [page.url(), await isMarked()];
  });

  await step('a page whose streamed data waits for its first part', async () => {
    await page.goto(url('/kit/slow'));
    return text('#rest');
  });

  await step('form actions without scripts', async () => {
    const plain = await open({ javaScriptEnabled: false });
    await plain.goto(url('/kit/list'));
    await plain.locator('input[name=name]').fill('grace');
    await plain.getByRole('button', { name: 'Add' }).click();
    await plain.locator('li', { hasText: 'grace' }).waitFor();
    await plain.waitForLoadState();
    const names = await plain.locator('li').allTextContents();
    await plain.getByRole('button', { name: 'Leave' }).click();
    await plain.getByRole('heading', { name: 'Home of gone' }).waitFor();
    return [names, plain.url(), await plain.locator('h1').textContent()];
  });

  for (const policy of POLICIES) {
    await step(`a form action under the referrer policy ${policy}`, async () => {
      const plain = await open({ javaScriptEnabled: false });
      await plain.goto(url(`/kit/policy/${policy}`));
      const answer = plain.waitForResponse((answer) => answer.request().method() === 'POST');
      await plain.getByRole('button', { name: 'Send' }).click();
      await answer;
      await plain.waitForLoadState();
      // Some policies take the origin from a form, which SvelteKit then refuses.
      const taken = await plain.locator('output').allTextContents();
      return [(await answer).status(), plain.url(), taken];
    });
  }
}
