export default async function flow({ page, open, url, step, gated }) {
  const text = (selector) => page.locator(selector).textContent();

  await step('a page with an island that the server renders later', async () => {
    await page.goto(url('/'), { waitUntil: 'networkidle' });
    if (gated) await page.locator('#inserted').waitFor({ state: 'attached' });
    const canonical = await page.locator('link[rel=canonical]').getAttribute('href');
    return [await text('#here'), await text('#island'), canonical];
  });

  await step('an action that a script calls', async () => {
    await page.locator('#call').click();
    await page.locator('output:not(:empty)').waitFor();
    return text('output');
  });

  await step('an action that a form calls', async () => {
    await page.locator('input[name=name]').fill('ada');
    await page.getByRole('button', { name: 'Greet' }).click();
    return [await text('#result'), page.url()];
  });

  await step('an action that fails', async () => {
    await page.locator('input[name=name]').fill('nobody');
    await page.getByRole('button', { name: 'Greet' }).click();
    return [await text('#fault'), page.url()];
  });

  await step('a navigation by the router of the page', async () => {
    await page.getByRole('link', { name: 'Slow' }).click();
    await page.getByRole('heading', { name: 'Slow' }).waitFor();
    return page.url();
  });

  await step('a page whose rest waits for its first part', async () => {
    await page.goto(url('/slow'));
    return text('#rest');
  });

  await step('an action without scripts', async () => {
    const plain = await open({ javaScriptEnabled: false });
    await plain.goto(url('/'));
    await plain.locator('input[name=name]').fill('edsger');
    await plain.getByRole('button', { name: 'Greet' }).click();
    return plain.locator('#result').textContent();
  });
}
