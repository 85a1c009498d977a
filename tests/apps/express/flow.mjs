export default async function flow({ page, url, step, gated }) {
  const text = (selector) => page.locator(selector).textContent();

  await step('the page: scripts, styles and images under its policy', async () => {
    await page.goto(url('/'));
    await page.locator('#library:not(:empty)').waitFor();
    // A rule of the gate inserts a script, with the nonce of the page.
    if (gated && !(await page.evaluate('injected'))) throw new Error('no script was inserted');
    return page.evaluate(() => ({
      title: document.title,
      greeting: document.getElementById('greeting').textContent,
      library: globalThis.library,
      marks: { ...document.documentElement.dataset },
      color: getComputedStyle(document.getElementById('styled')).color,
      background: getComputedStyle(document.getElementById('background')).backgroundImage,
      image: document.getElementById('image').complete,
      width: document.getElementById('image').naturalWidth > 0,
      base: document.baseURI,
    }));
  });

  await step('a form: an origin that is compared, a cookie, a redirect', async () => {
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByText('Hello, ada').waitFor();
    return { at: page.url(), user: await text('#user') };
  });

  await step('an event stream', () => {
    return page.evaluate(() => new Promise((resolve, reject) => {
      const source = new EventSource(new URL('/events', globalThis.library.home));
      source.addEventListener('hello', ({ data, origin }) => {
        source.close();
        resolve({ data, origin });
      });
      source.onerror = () => reject(new Error('the stream breaks off'));
    }));
  });

  await step('a WebSocket', () => {
    return page.evaluate(() => new Promise((resolve, reject) => {
      const socket = new WebSocket(globalThis.library.home.replace('http', 'ws') + 'socket');
      socket.onopen = () => socket.send('a message');
      socket.onmessage = ({ data }) => {
        socket.close();
        resolve(data);
      };
      socket.onerror = () => reject(new Error('the socket does not open'));
    }));
  }, { notOn: ['wasi'] });

  await step('a recording in which the browser seeks', async () => {
    const answered = page.waitForResponse((response) => {
      return response.status() === 206 && !/bytes=0-/.test(response.request().headers().range);
    });
    const at = await page.evaluate(() => new Promise((resolve, reject) => {
      const audio = document.getElementById('audio');
      audio.onloadedmetadata = () => (audio.currentTime = 280);
      audio.onseeked = () => resolve([audio.duration, audio.currentTime]);
      audio.onerror = () => reject(new Error(audio.error.message));
      audio.src = '/recording.wav';
    }));
    const headers = await (await answered).allHeaders();
    return { at, size: headers['content-range'].split('/')[1] };
  });

  await step('a range of a file', () => {
    return page.evaluate(async () => {
      const headers = { Range: 'bytes=8-15' };
      const response = await fetch('/recording.wav', { headers });
      const range = response.headers.get('content-range');
      return [response.status, range, await response.text()];
    });
  });

  await step('data that the browser revalidates', () => {
    return page.evaluate(async () => {
      const [first, second] = [await fetch('/data.json'), await fetch('/data.json')];
      const seen = [await first.json(), await second.json()];
      return { seen, revalidated: await (await fetch('/revalidated')).json() };
    });
  });

  await step('a page whose rest waits for its first part', async () => {
    await page.goto(url('/slow'));
    return text('#rest');
  });

  await step('a service worker, and what it has stored', async () => {
    await page.goto(url('/'));
    return page.evaluate(async () => {
      const options = { scope: '/' };
      await navigator.serviceWorker.register('/static/worker.js', options);
      await navigator.serviceWorker.ready;
      if (!navigator.serviceWorker.controller) {
        await new Promise((resolve) => {
          navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true });
        });
      }
      const answer = async (path) => (await fetch(path)).json();
      return [await answer('/from-worker'), await answer('/from-store')];
    });
  });

  await step('the page again, through the worker', async () => {
    await page.goto(url('/'));
    return text('#user');
  });
}
