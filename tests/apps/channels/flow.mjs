export default async function flow({ page, open, url, step }) {
  // What a note that has come through a socket leads to, and whether its picture loads.
  const note = async (id, reader = page) => {
    await reader.locator(`#note-${id}`).waitFor();
    await reader.waitForFunction((id) => document.querySelector(`#note-${id} img`).complete, id);
    return reader.locator(`#note-${id}`).evaluate((note) => ({
      links: [...note.querySelectorAll('a')].map(({ href, textContent }) => [href, textContent]),
      picture: [note.querySelector('img').src, note.querySelector('img').naturalWidth],
      action: note.querySelector('form').action,
    }));
  };
  const write = async (text, reader = page) => {
    await reader.getByRole('textbox').fill(text);
    await reader.getByRole('button', { name: 'Write' }).click();
    await reader.locator('#answer a').getByText(text, { exact: true }).waitFor();
    return reader.locator('#answer').evaluate((answer) => ({
      link: answer.querySelector('a').href,
      text: answer.querySelector('a').textContent,
      kept: answer.querySelector('code').textContent,
    }));
  };
  let other;

  await step('markup that a socket brings after the page', async () => {
    await page.goto(url('/'));
    const source = await page.locator('turbo-stream-source').getAttribute('src');
    return [source.replace(/^wss?:/, ''), await note(1)];
  });

  await step('a text with a URL of the site: what is kept, the answer, the broadcast', async () => {
    return [await write(`See ${url('/notes/1/')} and ${url('/')}.`), await note(2)];
  });

  await step('what another reader writes', async () => {
    other = await open();
    await other.goto(url('/'));
    await note(1, other);
    return [await write(`Mine: ${url('/mine/?a=1&b="ä"')}`, other), await note(3)];
  });

  await step('a form that a socket brought, and a stream as its answer', async () => {
    await page.locator('#note-2').getByRole('button').click();
    await page.locator('#removed a').waitFor();
    const link = await page.locator('#removed a').evaluate(({ href, textContent }) => {
      return [href, textContent];
    });
    return [link, await page.locator('#notes li').count()];
  });

  await step('a link that a socket brought', async () => {
    await page.locator('#note-3 a.self').click();
    await page.getByRole('heading', { name: 'Note 3' }).waitFor();
    return [page.url(), await page.locator('#text').innerHTML()];
  });

  await step('a socket for a page of nobody', async () => {
    await other.goto('data:text/html,<title>Nobody</title>');
    return other.evaluate((url) => new Promise((resolve) => {
      const socket = new WebSocket(url);
      socket.onopen = () => resolve('open');
      socket.onerror = () => resolve('refused');
    }), url('/notes/').replace('http', 'ws'));
  });
}
