const UPLOAD = 50 << 20;

export default async function flow({ page, url, step, gated }) {
  const text = (selector) => page.locator(selector).first().textContent();

  await step('log in to the admin', async () => {
    await page.goto(url('/admin/'));
    if (gated) await page.locator('#inserted').waitFor({ state: 'attached' });
    await page.locator('#id_username').fill('ada');
    await page.locator('#id_password').fill('analytical');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.locator('#user-tools').waitFor();
    return [page.url(), await text('#user-tools strong')];
  });

  await step('add a book in the admin', async () => {
    await page.goto(url('/admin/shelf/book/add/'));
    await page.locator('#id_title').fill('Notes');
    await page.locator('#id_link').fill(url('/notes'));
    await page.getByRole('button', { name: 'Save and continue editing' }).click();
    const said = await text('.messagelist');
    return [page.url(), said, await page.locator('#id_link').inputValue()];
  });

  await step('a script of the admin asks for the words of its language', async () => {
    await page.goto(url('/admin/jsi18n/'));
    return (await page.content()).includes('gettext');
  });

  await step('a formset that posts back', async () => {
    await page.goto(url('/shelf/'));
    await page.locator('#id_form-1-title').fill('Sketch');
    await page.locator('#id_form-1-link').fill(url('/sketch'));
    await page.getByRole('button', { name: 'Save' }).click();
    const said = await text('.message');
    await page.waitForLoadState();
    const values = await page.locator('input[type=text], input[type=url]').evaluateAll((inputs) => {
      return inputs.map(({ value }) => value);
    });
    return [page.url(), said, values];
  });

  await step('a formset with a fault', async () => {
    await page.locator('#id_form-2-link').fill(url('/nameless'));
    await page.getByRole('button', { name: 'Save' }).click();
    return text('.errorlist');
  });

  await step('an upload of 50 MiB', async () => {
    await page.goto(url('/upload/'));
    await page.evaluate((size) => {
      const bytes = new Uint8Array(size);
      for (let at = 0; at < size; at += 4093) bytes[at] = at % 251;
      const files = new DataTransfer();
      files.items.add(new File([bytes], 'large.bin'));
      document.querySelector('input[type=file]').files = files.files;
    }, UPLOAD);
    await page.getByRole('button', { name: 'Send' }).click();
    await page.locator('output:not(:empty)').waitFor();
    return text('output');
  });

  await step('a page whose rest waits for its first part', async () => {
    await page.goto(url('/slow/'));
    return text('#rest');
  });

  await step('a list of what was stored, and a feed', async () => {
    await page.goto(url('/'));
    const links = await page.locator('a').evaluateAll((links) => links.map(({ href }) => href));
    const feed = await page.evaluate(async () => (await fetch('/feed/')).text());
    return [await text('h1'), links, feed.replace(/<lastBuildDate>.*?</, '<')];
  });

  await step('log out', async () => {
    await page.goto(url('/admin/'));
    await page.getByRole('button', { name: 'Log out' }).click();
    return [page.url(), await text('h1')];
  });
}
